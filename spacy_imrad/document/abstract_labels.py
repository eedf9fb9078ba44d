"""What the printed labels of a structured abstract name: `Objective`, `Design, setting
and participants`, `Methods and findings`, `Trial registration`.

A label may name several IMRaD labels, as `Methods and findings` does; the sentences
behind it then have one of these. It names none where what follows is no part of the
text, such as a registration number. The patterns are those of PubMed's list of labels
in structured abstracts by what its categories mean here: BACKGROUND and OBJECTIVE are
Introduction, CONCLUSIONS are Discussion.
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

from spacy_imrad.document.lexicon import section_label

_INTRODUCTION: Final = r"""
    (?:(?:study|scientific|research|clinical|general)\s)?
      (?:backgrounds?|context|rationale|introduction|motivations?|problem|premise)
    | (?:current\s)?state\sof\sthe\sart
    | background\sinformation | importance | scope(?:\sof\s(?:the\s)?(?:study|review))?
    | statement\sof\s(?:the\s)?problem | problem\sstatement
    | (?:(?:study|trial|research|review|primary|secondary|main|specific|overall
      |principal|educational|general|key)\s)*
      (?:objectives?|aims?|purposes?|goals?|questions?|hypothes[ie]s|targets?)
      (?:\sof\s(?:the\s|this\s)?(?:study|review|trial|investigation|research|work|paper
      |article|report|present\sstudy))?
    | clinical\s(?:question|problem) | research\squestions? | focus
    | (?:what\sis\s)?(?:already\s)?known
      (?:\s(?:on|about)\sth(?:is|e)\s(?:topic|subject))?
    | reasons?\sfor\s(?:the\s|this\s)?(?:study|review|performing\s(?:the\s)?study)
    | (?:the\s)?need | theory | why\s(?:the\s|this\s)?(?:study|review)\smatters
    | (?:background|objectives?)\s(?:data|summary)
    | summary\s(?:of\s)?background(?:\sdata)? | hypothesis\stested | challenge
"""
_METHODS: Final = r"""
    (?:(?:study|research|general|experimental|statistical|analytical|review|search
      |trial|laboratory|survey|proposed|main|methodological|data|patients?|key|basic|our)\s)*
      (?:methods?|methodolog(?:y|ies)|procedures?|approach(?:es)?|protocols?|techniques?
      |designs?|strateg(?:y|ies))
      (?:\sof\s(?:(?:the\s)?(?:study|review)|(?:data\s)?(?:analysis|collection)))?
    | (?:study|research|trial|clinical|practice|primary|geographic)?\s?(?:settings?
      |locations?|sites?)
    | (?:study\s)?(?:materials?|patients?|participants?|subjects?|populations?|samples?
      |samplings?|animals?|cases?|volunteers|individuals|controls|cohorts?|centers?
      |centres?|women|men|children|specimens?|cells)
    | (?:(?:patient|target|study)\s)?(?:population|sample|group)(?:\sstudied)?
    | (?:methods?|materials?|patients?)\s?section
    | (?:(?:study|main|trial|primary|active)\s)?(?:interventions?|exposures?|treatments?
      |therap(?:y|ies)|comparisons?|comparators?|predictors?|investigations?|factors?
      |instruments?|equipment|apparatus|tools?|tests?|devices?|variables?|drugs?)
      (?:\s(?:of\sinterest|studied|under\sstudy|measured))?
    | (?:(?:main|primary|secondary|major|key|principal|clinical|study|and|or)\s)*
      (?:(?:outcomes?|effect|end-?\s?points?)\s)(?:measure(?:ments?|s)?|variables?
      |parameters?|assessments?|criteria)
    | (?:(?:main|primary|secondary|major|principal|and|or)\s)+
      (?:outcomes?|measure(?:ments?|s)?|end-?\s?points?|variables?|parameters?)
    | (?:measure(?:ments?|s)?|end-?\s?points?|assessments?|parameters?)
    | outcome\sand\smeasures
    | statistic(?:s|al\s(?:analys[ei]s|methods?|approach|tests?|considerations?))
      (?:\sused)?
    | (?:data|statistical|literature|content|economic|qualitative|meta)?[\s-]?
      analys[ei]s(?:\splan)?
    | (?:data|literature|evidence|information)\s(?:sources?|search(?:es)?|collection
      |acquisition|extraction|selection|gathering|identification)
      (?:\sand\s(?:analys[ei]s|synthesis|extraction|selection))?
    | (?:search|review|retrieval)\s(?:strategy|methods?|terms|criteria)
    | sources?(?:\sof\s(?:data|information|evidence))? | databases?
    | study\s(?:selection|period|population|identification|appraisal|procedures?)
    | (?:inclusion|exclusion|eligibility|selection|diagnostic)(?:\sand\sexclusion)?
      \scriteria(?:\sfor\s.{1,40})?
    | eligibility | (?:trial|patient|study)\s(?:selection|registration\sand\sdesign)
    | randomi[sz]ation | blinding | masking | follow[\s-]?up | recruitment
    | sample\ssize | methods?\s?/\s?design | implementation | model | perspective
    | time\shorizon
    | (?:study\s)?(?:appraisal|synthesis)(?:\sand\ssynthesis)?(?:\smethods?)?
    | risk\sof\sbias | intervention\sand\scontrol | experiments? | charting\smethods?
    | in\s(?:vitro|vivo)\s?(?:methods?)?
    | type\sof\s(?:study|participants|intervention)s?
    | program(?:me)?\s(?:description|design) | dates? | data
"""
_RESULTS: Final = r"""
    (?:(?:study|main|key|principal|major|primary|significant|important|experimental
      |clinical|new|preliminary|overall|essential|review|search|our|general|expected
      |anticipated|interim)\s)*
      (?:results?|findings?|observations?|outcomes?|evidence)
      (?:\s(?:of\s(?:the\s)?(?:study|review|data\ssynthesis)|obtained|summary))?
    | (?:evidence|data)\ssynthesis | (?:evidence|evidentiary)\sbase
    | (?:evidence|data)\ssummary | case\s(?:presentations?|reports?|descriptions?|series
      |summar(?:y|ies)|stud(?:y|ies)|history) | (?:clinical|patient)\s(?:presentation
      |case|findings) | adverse\seffects | (?:main\sresults?)\sand\s(?:the\s)?role\sof
      \schance | efficacy | safety | diagnos[ei]s
"""
_DISCUSSION: Final = r"""
    (?:(?:study|main|authors?['’]?s?|reviewers?['’]?s?|overall|general|key|final|major
      |principal|brief|clinical|our|concluding|practical)\s)*
      (?:conclusions?|discussions?|interpretations?|summary|comments?|commentary
      |remarks?|implications?|significance|relevance|perspectives|inferences?|lessons?
      |limitations?|recommendations?|conclusive)
      (?:\s(?:(?:of|for|to|in)\s.{1,60}|statement|learne?d))?
    | (?:clinical|public\shealth|practice|practical|policy|translational|social
      |research|wider|scientific|potential|societal|global|key)\s?(?:and\s(?:clinical|research
      |policy|practical)\s)?(?:implications?|relevance|significance|impacts?
      |applications?|perspectives?|value|message)
    | (?:study\s)?(?:strengths?|limitations?)(?:(?:\sand|\sor|,)\s(?:limitations?
      |weaknesses|reasons\sfor\scaution|strengths?))*(?:\sof\s(?:the|this)\sstudy)?
    | (?:reasons?\sfor\scaution) | wider\simplications(?:\sof\sthe\sfindings)?
    | what\sth(?:is|e)\s(?:study|paper|article|review)\sadds | what['’]?s\snew | novelty
    | take[\s-]home\smessages? | key\s(?:messages?|points?) | impacts?|innovations?
    | future\s(?:directions?|work|perspectives?|research) | outlook | advances?
    | originality(?:\s?/?\s?value)? | value | applications? | contributions?
    | advances\sin\sknowledge | (?:potential\s)?benefits?
"""
_NOTHING: Final = r"""
    (?:(?:clinical\s?)?(?:trials?|study|systematic\sreview|review|protocol|prospero
      |retrospective|prospective|isrctn)\s)*
      (?:registration|registry|registered|identifiers?)
      (?:\s(?:numbers?|no|details|information|id|identifiers?|dates?|name|site|url))*
    | (?:clinical\s?trials?(?:\s?\.?\s?gov)?|trials?|nct|isrctn|prospero|anzctr|chictr
      |eudract|umin)(?:\s(?:number|identifier|id|registry|no|registration))*
    | (?:trial\s)?registration | (?:trial\s)?status | url|doi | date\sof\sregistration
    | (?:primary\s|study\s)?(?:funding|funded|sponsor(?:ship)?|grants?|support)
      (?:\s(?:sources?|by|statement|information|number))*
      (?:\s?/?\s?(?:competing|conflicts?\sof)\sinterests?(?:\(s\))?)?
    | sources?\sof\s(?:funding|support) | (?:conflicts?\sof|competing)\sinterests?
    | declarations?\sof\sinterests? | disclosures? | key\s?words?(?:\sand\sphrases)?
    | mesh(?:\sterms)? | (?:index|indexing|key)\sterms | abbreviations? | level\sof
      \sevidence | levels? | copyright | ethics(?:\s.*)? | ethical\sapproval
    | (?:graphical|visual|video|tweetable)\sabstract | article\s(?:type|summary)
    | (?:data|code)\savailability | availability(?:\sand\simplementation)?
    | contacts? | supplementary\sinformation | pacs | jel(?:\sclassification)?
    | (?:protocol|version|trial)\s(?:number|version|identifier) | citation
    | classification\sof\sevidence | study\stype
"""
_PATTERNS: Final = tuple(
    (label, re.compile(pattern, re.VERBOSE))
    for label, pattern in (
        ("", _NOTHING),
        ("Introduction", _INTRODUCTION),
        ("Methods", _METHODS),
        ("Results", _RESULTS),
        ("Discussion", _DISCUSSION),
    )
)
_CATEGORIES: Final = {
    "BACKGROUND": "Introduction",
    "OBJECTIVE": "Introduction",
    "METHODS": "Methods",
    "RESULTS": "Results",
    "CONCLUSIONS": "Discussion",
}
_JOINT: Final = re.compile(r"\s*(?:[,;/&+|]|\band/or\b|\b(?:and|or|with)\b)\s*")
_LONGEST: Final = 100


@lru_cache(maxsize=1 << 12)
def abstract_labels(title: str, category: str = "") -> frozenset[str] | None:
    """The labels that a printed label of an abstract names.

    title: The label, in any case, with or without the punctuation around it.
    category: PubMed's `NlmCategory`, which speaks where the label says nothing known.
    RETURNS: One label or several; none for what is no part of the text, such as
        `Trial registration`. None if the title is no known label.
    """
    found = _named(_normal(title)) if len(title) <= _LONGEST else None
    if found is None and (label := _CATEGORIES.get(category.upper())):
        return frozenset({label})
    return found


def _named(name: str) -> frozenset[str] | None:
    if not name:
        return None
    if (label := _label(name)) is not None:
        return frozenset({label} - {""})
    parts = [part for part in _JOINT.split(name) if part]
    labels = [_label(part) for part in parts]
    if len(parts) < 2 or None in labels:
        return None
    return frozenset(label for label in labels if label)


def _label(name: str) -> str | None:
    for label, pattern in _PATTERNS:
        if pattern.fullmatch(name):
            return label
    found = section_label(name)
    return "Introduction" if found == "Related Work" else found


def _normal(title: str) -> str:
    plain = unicodedata.normalize("NFKC", title).casefold()
    plain = re.sub(r"\((?:s|es)\)", "s", plain).replace("&", " and ")
    return " ".join(plain.strip(" \t\n.:;,*_#–—-()[]<>|").split())
