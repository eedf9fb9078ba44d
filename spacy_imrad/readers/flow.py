"""From headings and paragraphs in reading order to a paper.

Formats without parts of their own for title and abstract come this way: Markdown,
LaTeX, HTML, Word, PDF ...
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Final

from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.outline import Kind, Matter
from spacy_imrad.document.paper import Aside, Paper, PaperSection, Place
from spacy_imrad.readers.placeholders import FORMULA
from spacy_imrad.segmenters.completing import complete_sections

NOWHERE: Final[Place] = (0, 0)
"""The place of a text whose place is not known."""

_MOST_WARNINGS: Final = 20
_ABSTRACT: Final = re.compile(r"(?:structured )?abstract", re.IGNORECASE)


@dataclass(slots=True)
class _Draft:
    """A section to be."""

    heading: str = ""
    level: int = 1
    number: str | None = None
    matter: Matter | None = None
    place: Place = NOWHERE
    paragraphs: list[str] = field(default_factory=list)
    places: list[Place] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)
    asides: list[Aside] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        return not (self.heading or self.paragraphs or self.asides)


class Flow:
    """Takes headings and paragraphs one by one; empty ones are ignored."""

    def __init__(self) -> None:
        self._title: list[str] = []
        self._abstract: list[str] = []
        self._drafts: list[_Draft] = [_Draft()]
        self._knows_leads = False
        self._warnings: dict[str, int] = {}

    def warn(self, warning: str, count: int = 1) -> None:
        """Say in a short sentence what could not be read.

        warning: The same is said once. What stands for `{}` in it is how often that
            happened, if it is something that can be counted.
        """
        self._warnings[warning] = self._warnings.get(warning, 0) + count

    @property
    def has_headings(self) -> bool:
        return any(draft.heading for draft in self._drafts)

    def title(self, text: str) -> None:
        """The paper's title, or more of it."""
        if text := _plain(text):
            self._title.append(text)

    def abstract(self, text: str) -> None:
        """A paragraph of the abstract."""
        if text := _plain(text):
            self._abstract.append(text)
            last = self._drafts[-1]
            if not last.heading and not last.is_empty and last.matter is None:
                last.matter = "front"
            if not last.heading and last.matter == "front":
                self._drafts.append(_Draft(matter="body"))

    def heading(
        self,
        text: str,
        level: int,
        *,
        number: str | None = None,
        place: Place = NOWHERE,
        matter: Matter | None = None,
    ) -> None:
        """A heading; what follows is in its section."""
        if text := _plain(text):
            self._drafts.append(_Draft(text, level, number, matter, place))

    def part(self, matter: Matter) -> None:
        """What follows belongs to that part of the paper, without a heading."""
        self._drafts.append(_Draft(matter=matter))

    def paragraph(
        self, text: str, place: Place = NOWHERE, *, lead: str | None = None
    ) -> None:
        """A paragraph of prose.

        lead: How much of it is set in bold type at its beginning, empty if nothing is.
            None if the reader doesn't know: what is no heading by its markup is then
            none.
        """
        if text := _plain(text):
            lead = _plain(lead) if lead is not None else None
            self._knows_leads = self._knows_leads or lead is not None
            self._drafts[-1].paragraphs.append(text)
            self._drafts[-1].places.append(place)
            is_lead = lead is not None and text.startswith(lead)
            self._drafts[-1].leads.append(lead if is_lead and lead else "")

    def forget_leads(self) -> None:
        """Take the headings that the format marks for all that there are."""
        self._knows_leads = False

    @property
    def last_paragraph(self) -> str:
        """The last paragraph of the section so far, empty if there is none."""
        return (self._drafts[-1].paragraphs or [""])[-1]

    def extend_paragraph(self, text: str) -> None:
        """More of the last paragraph."""
        self._drafts[-1].paragraphs[-1] += f" {_plain(text)}"

    def aside(self, text: str, kind: Kind) -> None:
        """A caption, a table, code ... under the heading that it stands below."""
        if text := text.strip():
            self._drafts[-1].asides.append(Aside(text, kind))

    def paper(
        self, id: str = "", *, source: str = "", field: str = "", license: str = ""
    ) -> Paper:
        """All that was taken, as a paper.

        Its title is the first heading, where no title was given, no other heading has
        its rank, and it names no section. Its abstract, where none was given, is the
        section of that name.
        """
        drafts = [draft for draft in self._drafts if not draft.is_empty]
        if self._knows_leads:
            drafts = _completed(drafts, bool(self._title))
        title, drafts = _part_title(" ".join(self._title), drafts)
        abstract, drafts = (
            (self._abstract, drafts) if self._abstract else _part_abstract(drafts)
        )
        return Paper(
            id,
            tuple(_sections(drafts)),
            source=source,
            field=field,
            license=license,
            title=title,
            abstract="\n\n".join(abstract),
            warnings=tuple(self._said(drafts)),
        )

    def _said(self, drafts: list[_Draft]) -> Iterator[str]:
        said = [w.replace("{}", str(count)) for w, count in self._warnings.items()]
        yield from said[:_MOST_WARNINGS]
        if len(said) > _MOST_WARNINGS:
            yield f"{len(said) - _MOST_WARNINGS} more warnings"
        unknown = sum(p.count(FORMULA) for draft in drafts for p in draft.paragraphs)
        if unknown:
            yield f"formulas whose LaTeX is not known, {FORMULA} in the text: {unknown}"


def _completed(drafts: list[_Draft], is_titled: bool) -> list[_Draft]:
    """The drafts, with the headings that the format has as paragraphs."""
    sections = [
        PaperSection(
            heading=draft.heading,
            paragraphs=tuple(draft.paragraphs),
            level=draft.level,
            number=draft.number,
            matter=draft.matter,
            asides=tuple(draft.asides),
            places=(draft.place, *draft.places),
            leads=tuple(draft.leads),
        )
        for draft in drafts
    ]
    return [
        _Draft(
            section.heading,
            section.level,
            section.number,
            section.matter,
            section.places[0] if section.places else NOWHERE,
            list(section.paragraphs),
            list(section.places[1:]) or [NOWHERE] * len(section.paragraphs),
            asides=list(section.asides),
        )
        for section in complete_sections(sections, is_titled=is_titled)
    ]


def _part_title(title: str, drafts: list[_Draft]) -> tuple[str, list[_Draft]]:
    headed = [draft for draft in drafts if draft.heading]
    if title or not headed:
        return title, drafts
    first, *others = headed
    if (
        first.level >= min((draft.level for draft in others), default=2)
        or section_label(first.heading) is not None
        or matter_of(first.heading) is not None
        or any(draft.paragraphs for draft in drafts[: drafts.index(first)])
    ):
        return "", drafts
    title, first.heading, first.place = first.heading, "", NOWHERE
    return title, [draft for draft in drafts if not draft.is_empty]


def _part_abstract(drafts: list[_Draft]) -> tuple[list[str], list[_Draft]]:
    found = next((d for d in drafts if _ABSTRACT.fullmatch(d.heading)), None)
    if found is None:
        return [], drafts
    start = drafts.index(found)
    end = start + 1
    while end < len(drafts) and drafts[end].level > found.level:
        end += 1
    for draft in drafts[:start]:
        if not draft.heading:
            draft.matter = "front"
    abstract = [text for draft in drafts[start:end] for text in draft.paragraphs]
    return abstract, [*drafts[:start], *drafts[end:]]


def _sections(drafts: list[_Draft]) -> Iterator[PaperSection]:
    top = min((draft.level for draft in drafts if draft.heading), default=1)
    for draft in drafts:
        places = [draft.place, *draft.places]
        known = any(place != NOWHERE for place in places)
        yield PaperSection(
            heading=draft.heading,
            paragraphs=tuple(draft.paragraphs),
            level=max(1, draft.level - top + 1),
            number=draft.number,
            matter=draft.matter,
            asides=tuple(draft.asides),
            places=tuple(places) if known else (),
        )


def _plain(text: str) -> str:
    return " ".join(text.split())
