"""Levels of headings that no mark and no number shows: by names and by what follows."""

import re
from collections.abc import Sequence
from typing import Final, NamedTuple

from spacy_imrad.document.lexicon import is_weak, normalise_title, passes_down
from spacy_imrad.document.matter import ends_body
from spacy_imrad.segmenters.numbering import Number
from spacy_imrad.segmenters.titles import Title

# Names that papers have for sub-sections, and (nearly) never for sections.
_PART: Final = re.compile(
    r"""
    statistic(?:s|al)?(?:\s(?:and\sdata\s)?(?:analys[ei]s|methods?|considerations))?
    | (?:study|trial|research|experimental)\s(?:design|settings?|protocols?|procedures?
      |populations?|participants|subjects|patients|sites?|areas?|objectives?|aims?
      |outcomes?|limitations?|sample)(?:\sand\s.+)?
    | (?:sample|group)\ssize\b.* | (?:randomi[sz]ation|blinding|masking|recruitment)\b.*
    | (?:inclusion|exclusion|eligibility)\b.*criteria | patient\sselection
    | (?:primary\s|secondary\s|main\s)?(?:outcomes?|endpoints?)(?:\smeasures?)?
    | (?:main|key|qualitative|quantitative|overall|evaluation|experiment|additional
      |further|comparative|principal)\s(?:results?|findings|comparisons?)
    | (?:experiment(?:al|s)?|implementation|training|evaluation)\s
      (?:set-?\s?ups?|settings?|design|details?|protocols?|metrics?)
    | (?:baseline|patient|participant|sample|demographic)\scharacteristics
    | (?:data|sample|quantitative|qualitative|error|sensitivity)\s
      (?:collection|analys[ei]s|extraction|processing|acquisition|management)
    | procedures? | (?:outcome\s)?measure(?:s|ments?)? | assessments? | participants
    | patients | subjects | interventions? | settings? | set-?ups? | implementation
    | data(?:\s?sets?)? | baselines? | metrics? | ablation(?:\sstud(?:y|ies)|s)?
    | case\sstud(?:y|ies) | adverse\sevents | safety | efficacy | animals | materials
    | training | inference | models | ethics
    """,
    re.VERBOSE,
)
_WITH_PARTS: Final = frozenset({"Methods", "Results", "Discussion"})
_CLOSING: Final = re.compile(
    r"(?:discussions? and |summary and )?(?:conclusions?|concluding)\b.*"
    r"|(?:.+ and )?discussions?(?: and .+)?"
)
_OPENER: Final = re.compile(r"introductions?|related works?")
_ORDER: Final = ("Introduction", "Related Work", "Methods", "Results", "Discussion")


class Decided(NamedTuple):
    """A heading without its level.

    title: How it reads.
    number: The section number that it was found to have.
    depth: The depth that its markup says, 0 if none.
    is_run_in: Whether its text stands on the same line.
    is_empty: Whether the next heading stands right below it.
    """

    title: Title
    number: Number | None = None
    depth: int = 0
    is_run_in: bool = False
    is_empty: bool = False


def hides_parts(headings: Sequence[Decided]) -> bool:
    """Whether some of `headings`, marked as if they were all sections, are parts: one
    stands right below another, has a name that sections do not have, or has none in a
    paper that has all the sections of one of medicine or biology."""
    nesting = Nesting(headings)
    return nesting.is_nested or any(
        _PART.fullmatch(normalise_title(h.title.text))
        or (nesting.is_imrad and not (nesting.is_computing or h.title.is_known))
        for h in headings
    )


class Nesting:
    """Says of one heading after the other, in text order, how deep it stands.

    A name that papers have for sections opens one, unless it is that of the section
    around it. A heading that names nothing is a part of methods, results or discussion
    in papers that have both methods and results; elsewhere, as in computer science, it
    opens a section where it has parts itself, or where no heading of the paper has any.
    Right below a heading without text of its own stand its parts.
    """

    def __init__(self, headings: Sequence[Decided]) -> None:
        named = {name for h in headings for name in h.title.names}
        self.is_imrad = named >= {"Methods", "Results"}
        self.is_computing = "Related Work" in named or any(
            _is_mixed(h.title) and h.is_empty for h in headings
        )
        self.is_nested = any(h.is_empty for h in headings)
        self.last_with_result = max(
            (
                i
                for i, h in enumerate(headings)
                if h.title.names & {"Results", "Discussion"}
            ),
            default=-1,
        )
        labelled = [h.title for h in headings if h.title.label]
        others = [h.title for h in headings if not (h.number or h.title.label)]
        small = [title for title in others if not title.is_capitals]
        self.named_capitals = (
            sum(title.is_capitals for title in labelled) >= 2
            and len(small) + sum(not title.is_capitals for title in labelled) > 0
            and 2 * len(small) >= len(others)
        )
        self.place = -1
        self.top: Decided | None = None
        self.opened: set[str] = set()
        self.previous: Decided | None = None
        self.level_before = 0
        self.deep = False

    def level(self, h: Decided) -> int:
        self.place += 1
        level = self._level(h)
        if level == 1:
            self.top = h
            self.opened |= h.title.names
            self.deep = False
        self.previous, self.level_before = h, level
        return level

    def _level(self, h: Decided) -> int:
        if self.top is None or self._is_section(h, self.top):
            return 1
        before = self.previous
        if before is not None and before.is_empty and self.level_before == 2:
            self.deep = True
        elif h.is_empty or _PART.fullmatch(normalise_title(h.title.text)):
            self.deep = False
        return 3 if self.deep else 2

    def _is_section(self, h: Decided, top: Decided) -> bool:
        """Whether a heading opens a section rather than a part of that of `top`."""
        title = h.title
        name = normalise_title(title.text)
        around = top.title.names
        if title.matter == "front":
            return True
        if title.matter == "back" and not title.label:
            return not self._is_declared_within(title, top)
        if self.named_capitals and not h.depth:
            return title.is_capitals
        follows_empty = self.previous is not None and self.previous.is_empty
        has_parts = bool(around & _WITH_PARTS) or not around
        if title.names:
            return self._names_section(h, top, follows_empty)
        if follows_empty:
            return False
        if _PART.fullmatch(name):
            # `Data` right after the introduction of a paper of economics.
            return not has_parts
        if self.is_imrad and (around & _WITH_PARTS or not self.is_computing):
            return False
        if not self.is_nested:
            return True
        if h.is_empty or self.level_before == 1:
            return not around & {"Methods", "Results"} and (h.is_empty or bool(around))
        return False

    def _names_section(self, h: Decided, top: Decided, follows_empty: bool) -> bool:
        """Whether a heading with a section's name opens that section."""
        title, own, around = h.title, h.title.names, top.title.names
        name = normalise_title(title.text)
        if _OPENER.fullmatch(name):
            return True
        if _is_mixed(title):
            if follows_empty or _is_mixed(top.title):
                return h.is_empty and not follows_empty
            return self.is_computing or not around & _WITH_PARTS
        if _PART.fullmatch(name) and (
            around & own or around & _WITH_PARTS or not around
        ):
            return False
        if own == {"Discussion"}:
            if _CLOSING.fullmatch(name) or not around & {"Discussion"}:
                return not (follows_empty and _is_mixed(top.title))
            return self.is_computing or "conclu" in top.title.text.lower()
        if own & around:
            is_other = own <= {"Introduction", "Related Work"}
            return len(own) > 1 or (is_other and not is_weak(title.text))
        if own == {"Results"} and _is_mixed(top.title):
            return not top.is_empty
        if self.is_computing or not around:
            return True
        # `Background` among the results.
        is_late = max(map(_ORDER.index, own)) < min(map(_ORDER.index, around))
        return not (is_late and own <= self.opened | {"Related Work"})

    def _is_declared_within(self, title: Title, top: Decided) -> bool:
        """Whether `Ethics statement` and the like are a part of the methods."""
        if ends_body(title.text) or "Methods" not in top.title.names:
            return False
        if top is self.previous and top.is_empty:
            return True
        return self.is_imrad and self.place < self.last_with_result


def _is_mixed(title: Title) -> bool:
    """Whether it names a section with text of several kinds, such as `Experiments`."""
    return title.label == "Methods" and not passes_down(title.text)
