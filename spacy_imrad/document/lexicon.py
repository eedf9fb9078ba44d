"""Which headings name an IMRaD section, and which hand their name to sub-sections.

Two lexicons live here. The *reference map* is that of the unarXive IMRaD data set:
`unarxive_label` applies it to the letter. The *larger lexicon* behind `section_label`
is for the headings that papers have. It starts from the reference map and adds:

* **names** of sections in the words of other fields ("Patients and Methods",
  "Proposed Approach", "Translation Results", "Literature Review", "Future Work"),
  as patterns where one covers many. They come from the headings of the training
  papers by frequency. A specific topic ("Sample Size", "Principal Findings") counts
  as a name if, of at least 25 sub-sections about it, 95 % lie under sections of one
  label; "Datasets", "Participants" or "Ablation Study" are found under several.
* **joined names** ("Conclusions, Limitations and Future Work"): every part has to
  speak for one and the same label. Some words do so only in company: "Data" alone is
  a topic, "Data and Methods" is a Methods section. A heading that names two labels
  ("Results and Discussion", "Introduction and Related Work") names none, so that the
  text decides.
* a name with a colon or a remark after it ("Related Work: Parsing", "Results (RQ1)").
"""

import re
import unicodedata
from functools import lru_cache
from typing import Final

# The map of the data set `saier/unarXive_imrad_clf`.
REFERENCE_MAP: Final[dict[str, frozenset[str]]] = {
    "Introduction": frozenset(
        {
            "background",
            "introduction",
            "introduction and preliminaries",
            "motivation",
        }
    ),
    "Methods": frozenset(
        {
            "analysis",
            "evaluation",
            "experimental setup",
            "experiments",
            "implementation",
            "method",
            "methodology",
            "methods",
            "model",
            "numerical experiments",
            "simulations",
            "system model",
            "the model",
        }
    ),
    "Results": frozenset(
        {
            "auxiliary results",
            "experimental results",
            "main result",
            "main results",
            "numerical results",
            "observations",
            "result",
            "results",
            "simulation results",
            "the main result",
        }
    ),
    "Related Work": frozenset({"related work", "related works"}),
    "Discussion": frozenset(
        {
            "concluding remarks",
            "conclusion",
            "conclusion and future work",
            "conclusions",
            "conclusions and discussion",
            "conclusions and future work",
            "conclusions and outlook",
            "discussion",
            "discussion and conclusion",
            "discussion and conclusions",
            "discussions",
            "summary and conclusion",
            "summary and conclusions",
            "summary and discussion",
            "summary and outlook",
        }
    ),
}

# Sections that hold several kinds of text: setup and findings under "Experiments",
# a survey and the notation under "Background". In a joined name those of the first
# group say nothing, as "Results and Analysis" is no Methods section.
_SILENT: Final = frozenset(
    {
        "analysis",
        "evaluation",
        "experiment",
        "experiments",
        "implementation",
        "numerical experiments",
        "simulations",
    }
)
_MIXED: Final = re.compile(
    "|".join(
        [
            *sorted(_SILENT),
            "backgrounds?",
            "motivations?",
            "(?:experiment(?:al|s)?|simulation|evaluation) "
            "(?:set-? ?ups?|settings?|configurations?|details)",
        ]
    )
)

# Patterns of whole names, beside the reference map.
_NAMES: Final[dict[str, tuple[str, ...]]] = {
    "Introduction": (
        "(?:general )?introductions?",
        "introduction and (?:notations?|problem (?:statement|formulation))",
        "(?:research |study )?(?:backgrounds?|motivations?)",
        "(?:our |main |key )?contributions(?: of (?:the|this|our) (?:paper|work))?",
    ),
    "Methods": (
        "methods?(?: section)?|methodolog(?:y|ies)|methodological approach",
        "materials? and methods?|methods/design",
        # Of Nature, and of Cell Press, whose STAR Methods have parts of these names.
        "online methods|methods? (?:summary|details)|star\\W{0,3}methods?",
        "experimental models? and (?:study )?(?:subject|participant)s? details"
        "|quantification and statistical analys[ei]s|key resources? table",
        "models?|approach(?:es)?|experiment|experimental(?: section)?",
        "the (?:(?:system )?model|models|methods?|approach|algorithm|framework)",
        "(?:(?:the|our) )?(?:(?:our|proposed|technical|overall) )+"
        "(?:methods?|methodology|approach(?:es)?|models?|frameworks?|algorithms?"
        "|systems?|architecture|scheme|solution|technique|pipeline)",
        "(?:our|the proposed) "
        "(?:methods?|methodology|approach(?:es)?|models?|frameworks?|algorithms?"
        "|systems?|architecture|scheme|solution|technique|pipeline)",
        "(?:methods?|methodology|approach|model|framework|system) overview",
        "overview of (?:(?:the|our) )?(?:proposed )?"
        "(?:methods?|methodology|approach|model|framework|system)",
        "(?:experimental|research|statistical|laboratory|analytical|computational"
        "|numerical|theoretical) (?:methods?|methodology|approach|procedures?)",
        "(?:experimental|research|study|trial) (?:design|protocol)",
        "(?:experiment(?:al|s)?|simulation|evaluation) "
        "(?:set-? ?ups?|settings?|configurations?|details)",
        "statistic(?:al|s)(?: and data)? analys[ei]s",
        "study (?:procedures?|settings?)|outcome measures?|data collection methods",
        "sample[- ]size(?: (?:calculation|estimation|determination))?",
        "blinding|randomi[sz]ation(?: and (?:blinding|masking))?|patient selection",
        "(?:inclusion|exclusion|eligibility)(?: and exclusion)? criteria",
    ),
    "Results": (
        "results?|the (?:main )?results?|findings",
        # Not what others found, nor the lemmas before a theorem.
        "(?:(?!(?:previous|prior|known|existing|earlier|related|classical|standard"
        "|preliminary|technical|basic|some|discussion|summary|and|of|to|with) )"
        "[a-z][\\w-]* ){1,2}results?",
        "(?:quantitative|main) and (?:qualitative|additional) results",
        "(?:main )?results (?:on|for|of|with) .+",
        "results? analys[ei]s|analys[ei]s of (?:the )?results",
        "statement of (?:the )?(?:main )?results?",
        "(?:baseline|patient)s? characteristics",
    ),
    "Related Work": (
        "(?:(?:other|additional|further|closely|more) )?related "
        "(?:works?|research|studies|literature|approaches|methods)",
        "(?:previous|prior|existing|earlier|relevant) "
        "(?:works?|research|studies|literature)",
        "relat(?:ion|ionship|ed)s? to (?:previous|prior|existing|other|related) "
        "(?:works?|research|literature)",
        "(?:a )?(?:brief )?(?:(?:literature|related works?) (?:review|survey|overview)"
        "|(?:review|survey|overview) of (?:the )?(?:related )?(?:literature|works?))",
        "(?:the )?state[- ]of[- ]the[- ]art",
    ),
    "Discussion": (
        "(?:(?:general|overall|further) )?(?:discussions?|conclusions?)",
        "(?:concluding|final|closing|general) (?:remarks?|comments?)",
        "summary|outlook|principal findings",
        "(?:further|future) (?:works?|research|studies|directions?|research directions"
        "|perspectives?|prospects|plans|outlook)",
        "directions for (?:further|future) (?:works?|research)",
        "open (?:problems|questions)",
        "threats to validity",
        "(?:(?:the|our|study|current) )?limitations?"
        "(?: of (?:the|this|our)(?: (?:current|present|proposed))? "
        "(?:study|work|paper|research|approach|method))?",
    ),
}

# Names that say which section it is only where no heading above does: under `Methods`
# the objectives are those of a protocol, under `Results` a summary is one of results.
# Even then a text that speaks clearly for another label overrules them.
_WEAK: Final[dict[str, tuple[str, ...]]] = {
    "Introduction": (
        "(?:(?:study|research) )?(?:objectives?|aims?|purpose|rationale)",
        "(?:rationale|aims?|purpose|objectives?)"
        " (?:of|for) (?:the|this|our)(?: (?:present|current))?"
        " (?:study|work|paper|research|review)",
    ),
    "Methods": (
        "(?:empirical|identification|search) strategy|empirical (?:approach|model)",
        "(?:econometric )?model specification|computational details",
        "experimental part|procedures?",
    ),
    "Results": ("(?:main|key|empirical|research) findings",),
    "Related Work": (
        "(?:current )?state of (?:the )?research|existing approaches",
        "background literature|literature",
    ),
    "Discussion": (
        "comment|interpretations?(?: of (?:the )?(?:results|findings))?",
        "(?:practical|clinical|theoretical|policy|managerial|research) "
        "(?:implications|recommendations)",
        "(?:implications|recommendations)"
        " for (?:(?:clinical|future|further) )?(?:practice|research|policy|work)",
        "(?:future )?perspectives|lessons learned",
        "summary of (?:the )?(?:(?:main|key|principal) )?(?:findings|results)",
        "comparison with (?:previous|prior|other) (?:studies|works?|research)",
        "suggestions for (?:further|future) (?:works?|research|studies)",
    ),
}

# What speaks for a label only beside a whole name of the same label.
_COMPANIONS: Final[dict[str, tuple[str, ...]]] = {
    "Introduction": (
        "overview|outline|rationale|significance",
        "(?:research )?(?:objectives?|aims?|questions?|hypothes[ei]s)",
    ),
    "Methods": (
        "materials?|(?:study )?(?:patients?|subjects|participants|population|setting)",
        "animals|samples?|data(?: ?sets?)?|(?:study )?design|procedures?|techniques?",
        "tools|tasks|measures|protocols?|statistics|equipment|instruments|cases",
        "masking|assumptions|notations?|algorithms?|implementation details",
        "baselines|(?:evaluation )?metrics?|training(?: details)?|data collection",
        "(?:problem|task) (?:statement|formulation|definition|set-?up|description)",
    ),
    "Results": (
        "analys[ei]s|comparisons?|interpretations?|ablations?|ablation stud(?:y|ies)",
        "error analys[ei]s|visuali[sz]ations?|outcomes?",
    ),
    "Related Work": (
        "backgrounds?|preliminar(?:y|ies)|context|history|notations?",
        "(?:problem|task) (?:statement|formulation|definition)",
    ),
    "Discussion": (
        "implications|recommendations|perspectives?|prospects?|strengths?|remarks?",
        "comments|challenges|opportunities|closing|(?:potential )?risks|significance",
        "interpretation|impact|open issues|lessons learned|final thoughts",
    ),
}

# Whole names that are printed without their spaces, or with too many: "RelatedWork",
# "M ETHODS", "Conclusion andFutureWork".
_COMPACT: Final[dict[str, str]] = {
    name.replace(" ", ""): name
    for name in (
        *(name for names in REFERENCE_MAP.values() for name in names),
        "background and related work",
        "materials and methods",
        "patients and methods",
        "proposed method",
        "results and analysis",
        "results and discussion",
    )
}

_STRICT: Final[dict[str, str]] = {
    name: label for label, names in REFERENCE_MAP.items() for name in names
}
_WHOLE: Final[dict[str, re.Pattern[str]]] = {
    label: re.compile("|".join((*sorted(REFERENCE_MAP[label]), *patterns)))
    for label, patterns in _NAMES.items()
}
_WEAKLY: Final[dict[str, re.Pattern[str]]] = {
    label: re.compile("|".join(patterns)) for label, patterns in _WEAK.items()
}
_COMPANION: Final[dict[str, re.Pattern[str]]] = {
    label: re.compile("|".join(patterns)) for label, patterns in _COMPANIONS.items()
}

_PLAIN: Final = str.maketrans(
    {
        **dict.fromkeys("‘’‚‛′`´", "'"),
        **dict.fromkeys("“”„‟″«»", '"'),
        **dict.fromkeys("‐‑‒–—―−", "-"),
        "&": " and ",
        # Invisible: soft hyphen, zero-width characters, byte order mark.
        **dict.fromkeys("\u00ad\u200b\u200c\u200d\u2060\ufeff"),
    }
)
_ROMAN: Final = r"(?=[IVX])X{0,2}(?:IX|IV|V?I{0,3})"
_NUMBER: Final = re.compile(
    rf"""^
    (?i:(?:section|sec\.|chapter|§)\s*)?
    (?:
        \d{{1,2}}(?:\.\d{{1,2}})*
        (?:[.:)]+\s*(?=\D|$)|\s+|$|(?=[A-Z][a-z]))   # 2, 2.1, 2.1., 2), 2Methods
      | (?:{_ROMAN})(?:[.:)]+\s*|\s+(?=[A-Z]))     # IV., IV Results
      | [A-Z]\.\d{{1,2}}(?:\.\d{{1,2}})*[.:)]?\s+  # A.1
      | [A-Z][.)]\s*(?=\w{{2}})                    # B. Datasets
    )
    """,
    re.VERBOSE,
)
_EDGES: Final = re.compile(r"^[\W_]+|(?<![\W_])[\W_]+$")
_REMARK: Final = re.compile(r"\s*[(\[][^()\[\]]*[)\]]?$")
_JOINT: Final = re.compile(r"\s*[,;/]\s*(?:and\s+)?|\s+and\s+")


def normalise_title(title: str) -> str:
    """A heading in the form in which the lexicons compare it.

    Compatibility characters are folded (NFKC), letters lower-cased, white space
    collapsed, `&` spelled out, typographic quotes and dashes made plain, and the
    section number and all punctuation at the edges dropped.

    title: A heading; the number and Markdown's marks may still be there.
    RETURNS: The normalised title; empty if there is no word in it.
    """
    text = unicodedata.normalize("NFKC", title).translate(_PLAIN)
    text = _NUMBER.sub("", text.lstrip(" \t\r\n#*_"))
    return _EDGES.sub("", " ".join(text.split()).lower())


def unarxive_label(heading: str) -> str | None:
    """The label of a heading by the convention of the unarXive IMRaD data set.

    The heading is stripped, lower-cased and every full stop removed; what is left has
    to stand in the reference map. No section number is stripped.

    RETURNS: One of `LABELS`, or None.
    """
    return _STRICT.get(heading.strip().lower().replace(".", ""))


def section_label(title: str) -> str | None:
    """The label of the section that a heading names, by the larger lexicon.

    title: A heading, with or without its number.
    RETURNS: One of `LABELS`; None if the heading names no section or more than one.
    """
    return _look_up(title)[0]


def passes_down(title: str) -> bool:
    """Whether the sub-sections of a heading have its label unless they name their own.

    Not those of a section that holds several kinds of text, such as "Experiments",
    "Evaluation", "Experimental Setup" or "Background".

    title: A heading, with or without its number.
    RETURNS: False also where the heading has no label.
    """
    return _look_up(title)[1]


def is_weak(title: str) -> bool:
    """Whether a heading's label counts only where no heading above it has one, as that
    of "Objectives" or "Implications".

    title: A heading, with or without its number.
    RETURNS: False also where the heading has no label.
    """
    name = _REMARK.sub("", normalise_title(title))
    return _label_of_name(name) is None and _weak_label(name) is not None


def _weak_label(name: str) -> str | None:
    return next((k for k, weak in _WEAKLY.items() if weak.fullmatch(name)), None)


@lru_cache(maxsize=1 << 16)
def _look_up(title: str) -> tuple[str | None, bool]:
    name = _REMARK.sub("", normalise_title(title))
    name = _COMPACT.get(name.replace(" ", ""), name)
    label = _label_of_name(name)
    if label is not None:
        return label, _MIXED.fullmatch(name) is None
    if label := _weak_label(name):
        return label, False
    head, colon, _ = name.partition(": ")
    if colon:
        label = _label_of_name(head)
        if label is not None and _MIXED.fullmatch(head) is None:
            return label, True
        return None, False
    return _label_of_joined_names(_JOINT.split(name))


def _label_of_name(name: str) -> str | None:
    if name in _STRICT:
        return _STRICT[name]
    return next((k for k, whole in _WHOLE.items() if whole.fullmatch(name)), None)


def _label_of_joined_names(parts: list[str]) -> tuple[str | None, bool]:
    if len(parts) < 2:
        return None, False
    names = {part: None if part in _SILENT else _label_of_name(part) for part in parts}
    for label in {label for label in names.values() if label}:
        whole = [part for part in names if names[part] == label]
        if all(p in whole or _COMPANION[label].fullmatch(p) for p in names):
            return label, any(_MIXED.fullmatch(part) is None for part in whole)
    return None, False
