"""Which heading titles belong to a paper's front or back matter."""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import Literal

from spacy_imrad.document.lexicon import normalise_title, section_label

_FRONT = re.compile(
    r"""
    (?:graphical\s|visual\s|structured\s|extended\s)?abstracts?
    | resum(?:o|en) | r[ée]sum[ée] | zusammenfassung | kurzfassung | riassunto
    | palabras\sclaves? | palavras[\s-]chaves? | mots[\s-]cl[ée]s | schlüsselwörter
    | title | authors? | affiliations? | author\s(?:information|details)
    | key\s?-?words?(?:\sand\sphrases)? | (?:index|key)\sterms
    | (?:research\s)?highlights | key\s(?:points|messages) | in\sbrief | at\sa\sglance
    | (?:author|lay|plain[\s-]language|editor(?:['’]s)?|executive)\ssummary
    | significance(?:\sstatement)? | (?:article|trial)\sinformation
    | (?:table\sof\s)?contents | ccs\sconcepts | (?:acm\s)?reference\sformat
    | (?:mathematics\ssubject|jel|pacs|msc)\s?(?:classifications?|codes?|numbers?)?
    | correspond(?:ence|ing\sauthors?) | dedication | article\shistory
    | strengths\sand\slimitations\sof\sthis\sstudy | clinical\srelevance\sstatement
    | elife\s(?:digest|assessment) | article\ssummary | research\sin\scontext
    | what\sis\salready\sknown(?:\s(?:on|about)\sthis\s(?:topic|subject))?
    | what\sthis\s(?:study|paper)\sadds
    | how\sthis\sstudy\smight\saffect\sresearch,\spractice\sor\spolicy
    """,
    re.VERBOSE,
)
_TERMINAL = re.compile(
    r"""
    (?:list\sof\s|additional\s|cited\s|selected\s)?references?
      (?:\scited|\sand\snotes|\sand\sfurther\sreading)?
    | bibliography | literature(?:\scited)? | works\scited | citations
    | (?:technical\s|online\s|supplementa(?:ry|l)\s)?appendi(?:x|ces)
      (?:\s[a-z0-9]{1,3}(?:\.\d+)*)?(?:\s?[:.–—-]\s?.*)?
    | (?:electronic\s|online\s)?supp?lement(?:a(?:ry|l))?
      (?:\s(?:materials?|information|data|files?|methods|notes?|figures?|tables?
      |documents?|appendi(?:x|ces)|results|discussion|content))?
      (?:\sand\s(?:methods|figures|tables|data))?
    | (?:online|electronic)\s(?:supplementary\s|supporting\s)?materials?
    | supporting\s(?:information|materials?|data|files?)(?:\s(?:captions?|legends?))?
    | additional\sfiles?
    | (?:figures?|tables?)(?:\sand\s(?:figures|tables))?(?:\s(?:legends?|captions?))?
    | figure\sand\stable\slegends | (?:neurips\s)?(?:paper\s)?checklist
    | reproducibility\schecklist | responsible\snlp\schecklist
    """,
    re.VERBOSE,
)
_BACK = re.compile(
    r"""
    (?:author(?:s|['’]s|s['’])?\s)?acknowledge?ments?
      (?:\sand\sdisclosure\sof\sfunding)? | thanks
    | fund(?:ing|ers)(?:\s(?:sources?|information|statement|disclosure|acknowledge?
      ments?|support))? | sources?\sof\s(?:funding|support) | (?:financial|grant)\s
      (?:support|disclosures?) | role\sof\sthe\s(?:funding\ssource|funders?|sponsors?)
    | financial\ssupport\sand\ssponsorship
    | (?:research\s)?ethic(?:s|al)(?:\s(?:statements?|declarations?|considerations?
      |approvals?|standards?|issues|review|aspects|and\sdissemination|impact|concerns
      |compliance|committee\sapproval|oversight|disclosures?|clearance))?
      (?:\sand\s(?:consent\b.*|broader\simpacts?|patient\sconsent|registration
      |dissemination|limitations|societal\simpact|informed\sconsent|privacy))?
    | (?:ethic(?:s|al)\s)?approval\sand\sconsent\b.*
    | (?:ethic(?:s|al)\sapproval\sand\s)?consent\s(?:to\sparticipate|for\spublication)
      \b.*
    | informed\sconsent(?:\sstatement)? | patient\sconsent(?:\sfor\spublication)?
    | institutional\sreview\sboard(?:\sstatement|\sapproval)?
    | (?:broader|societal|potential\ssocietal|social)\simpacts?(?:\sstatement)?
    | (?:reproducibility|impact|transparency|responsibility)\sstatement
    | (?:statement\sof\s|declaration\sof\s|potential\s|disclosure\sof\s|declared\s)?
      (?:conflicts?\sof\sinterests?|(?:competing|conflicting)\s(?:financial\s)?
      interests?)(?:\s(?:statement|declaration|disclosures?))?
    | (?:author\s|financial\s)?disclosures?(?:\sstatement)?
    | declarations?(?:\sof\sinterests?)?
    | (?:(?:data|code|software|material)s?(?:,?\s(?:and\s)?(?:data|code|software
      |material)s?)*)\s(?:availability|access(?:ibility)?|sharing|deposition)
      (?:\sstatement|\sand\srequirements)?
    | (?:data|code)\sand\s(?:data|code|materials?)\savailability(?:\sstatement)?
    | availability(?:\sof\s.*|\sand\srequirements)?
    | authors?(?:['’]s?|s['’])?\s(?:contributions?|roles?)(?:\sstatement)?
    | (?:credit\s)?(?:authorship\s)?contribution(?:s|ship)?\sstatement
    | credit\sauthor(?:ship)?\b.* | contributors?(?:ship)?(?:\sstatement)?
    | (?:list\sof\s)?(?:abbreviations?|acronyms|symbols|notations?\sand\sabbreviations)
      (?:\sused(?:\sin\sthis\spaper)?|\sand\sacronyms|\slist)?
    | nomenclature | glossary | (?:end|foot)?notes?(?:\sadded\sin\sproof)?
    | pre-?publication\shistory | peer\sreview(?:\s(?:information|file|history))?
    | publishers?['’]?s?\snote | provenance\sand\speer\sreview | disclaimers?
    | (?:clinical\s)?trial\sregistration(?:\snumber)? | registration
    | author\s(?:biograph(?:y|ies)|details|information) | (?:biographies|biography|vita)
    | (?:patient\sand\spublic|public\sand\spatient)\sinvolvement
    | about\sthe\sauthors? | (?:reprints?|rights)\sand\spermissions
    | copyright | license
    | open\saccess | guarantor | additional\sinformation | conflict\sstatement
    | (?:use|declaration)\sof\s(?:generative\s)?(?:ai|llms?|large\slanguage\smodels)\b.*
    | (?:sample|resource)s?\savailability | lead\scontact
    | inclusion\sand\sdiversity(?:\sstatement)?
    | (?:nature\s)?(?:research\s|portfolio\s)?reporting\ssummary | online\scontent
    | extended\sdata(?:\s(?:figures?|tables?))?(?:\sand\s(?:figures?|tables?))?
    | about\sthis\sarticle | (?:how\sto\s)?cite\sthis\sarticle
    | orcid(?:\sids?)? | further\sreading | supplementary\sinformation\sfiles
    """,
    re.VERBOSE,
)
_CLEAN = re.compile(r"[\s\u00a0]+")


def _clean(title: str) -> str:
    return _CLEAN.sub(" ", title).strip(" .:;*_").lower()


@lru_cache(maxsize=1 << 13)
def matter_of(title: str) -> Literal["front", "back"] | None:
    """Whether a heading with this bare `title` opens front or back matter.

    None for everything else: the title may name a body section, or not. A title can
    say `back` and still head a part of the body: `Ethics statement` as a sub-section
    of the methods. What stands around it decides that, not this function.
    """
    if len(title) > 120:
        return None
    cleaned = _clean(title)
    if _FRONT.fullmatch(cleaned):
        return "front"
    if _TERMINAL.fullmatch(cleaned) or _BACK.fullmatch(cleaned):
        return "back"
    return None


def ends_body(title: str) -> bool:
    """Whether `title` heads what stands only behind the body: references, appendices
    and supplements, which are back matter at any depth."""
    return len(title) <= 120 and _TERMINAL.fullmatch(_clean(title)) is not None


def named_matters(titles: Sequence[str]) -> list[Literal["front", "back"] | None]:
    """What matter each of a paper's headings opens by its title (see `matter_of`).

    An abstract may be headed `Summary`, as in journals of Cell Press or The Lancet: it
    comes before all headings that name a section, and others than of a discussion
    follow.

    titles: The titles of a paper's headings in order, with or without numbers.
    """
    named = [matter_of(title) for title in titles]
    labels = [section_label(title) for title in titles]
    first = next((i for i, label in enumerate(labels) if label), None)
    if (
        first is not None
        and normalise_title(titles[first]) == "summary"
        and set(labels) - {None, "Discussion"}
    ):
        named[first] = "front"
    return named
