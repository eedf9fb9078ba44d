"""Headings that a format has as paragraphs: in bold type, in capitals, or run in.

A reader that knows what is bold hands that over with each paragraph (`leads` of
`PaperSection`). The headings that the format marks are evidence as well, and stay
headings whatever comes of it.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import zip_longest
from typing import Final, NamedTuple

from spacy_imrad.document.paper import PaperSection, Place
from spacy_imrad.segmenters.blocks import Block
from spacy_imrad.segmenters.headings import find_headings
from spacy_imrad.segmenters.lines import Line
from spacy_imrad.segmenters.sections import FoundHeading

_NOWHERE: Final[Place] = (0, 0)
_LONGEST: Final = 2_000
"""Characters of a paragraph that are looked at: a lead is no longer."""


class _Part(NamedTuple):
    """A heading or a paragraph of a paper.

    section: The section that it is in.
    is_heading: Whether the format has it as a heading.
    """

    section: PaperSection
    text: str
    is_heading: bool
    lead: str = ""
    place: Place = _NOWHERE


def complete_sections(
    sections: Sequence[PaperSection], *, is_titled: bool = False
) -> tuple[PaperSection, ...]:
    """The sections of a paper, with those that begin with a heading which the format
    has as a paragraph, or as the beginning of one.

    sections: Where a section has no `leads`, its paragraphs are taken as they are.
    is_titled: Whether the paper's title is none of the headings.
    RETURNS: Sections without leads: what these say has been heard.
    """
    if not any(section.leads for section in sections):
        return tuple(sections)
    parts = [part for section in sections for part in _parts(section)]
    found = find_headings([_block(part) for part in parts], is_titled=is_titled)
    found = {
        i: heading
        for i, heading in found.items()
        if parts[i].is_heading or (_is_open(parts[i].section) and not heading.is_title)
    }
    if all(parts[i].is_heading for i in found):
        return tuple(replace(section, leads=()) for section in sections)
    levels = _levels(parts, found)
    return tuple(_rebuilt(sections, parts, found, levels))


def _is_open(section: PaperSection) -> bool:
    """Whether headings are looked for in the section."""
    return bool(section.leads) and section.matter in (None, "body")


def _parts(section: PaperSection) -> Iterator[_Part]:
    place = section.places[0] if section.places else _NOWHERE
    yield _Part(section, " ".join(section.heading.split()), True, "", place)
    for text, lead, place in zip_longest(
        section.paragraphs, section.leads, section.places[1:]
    ):
        yield _Part(section, text.strip(), False, lead or "", place or _NOWHERE)


def _block(part: _Part) -> Block:
    text = part.text[:_LONGEST]
    is_bold = not part.is_heading and part.lead.strip(" .:") == text.strip(" .:")
    shown = f"**{text}**" if is_bold and text else text
    line = Line(0, len(text), 0, True, False, shown or "-")
    if part.is_heading and text:
        return Block("text", [line], "format", part.section.depth)
    lead = "" if is_bold else part.lead
    return Block("text" if text else "code", [line], lead=lead)


def _levels(parts: Sequence[_Part], found: dict[int, FoundHeading]) -> dict[int, int]:
    """The level of each heading. Those that the format gives stay, unless all are the
    same, which says nothing."""
    given = {
        i: part.section.level
        for i, part in enumerate(parts)
        if part.is_heading and i in found and not found[i].is_title
    }
    title = next((parts[i].section.level for i in found if found[i].is_title), 0)
    if len(set(given.values())) < 2:
        shift = min(given.values(), default=title + 1) - 1
        levels = {i: heading.heading.level + shift for i, heading in found.items()}
    else:
        levels = {}
        shift = next(given[i] - found[i].heading.level for i in sorted(given))
        for i in sorted(found):
            if i in given:
                shift = given[i] - found[i].heading.level
            levels[i] = max(1, found[i].heading.level + shift)
    for i, heading in found.items():
        if heading.is_title:
            levels[i] = title
    return levels


def _rebuilt(
    sections: Sequence[PaperSection],
    parts: Sequence[_Part],
    found: dict[int, FoundHeading],
    levels: dict[int, int],
) -> Iterator[PaperSection]:
    at = 0
    for section in sections:
        pieces = [replace(section, level=levels.get(at, section.level))]
        kept: list[list[_Part]] = [[]]
        for i in range(at + 1, at + 1 + len(section.paragraphs)):
            part = parts[i]
            if i not in found:
                kept[-1].append(part)
                continue
            heading = found[i].heading
            rest = part.text[found[i].text_start :] if found[i].text_start else ""
            pieces.append(
                PaperSection(
                    heading.title,
                    (),
                    levels[i],
                    places=(_NOWHERE if rest else part.place,),
                )
            )
            kept.append([part._replace(text=rest, lead="")] if rest else [])
        at += 1 + len(section.paragraphs)
        last = len(pieces) - 1
        for i, (piece, paragraphs) in enumerate(zip(pieces, kept, strict=True)):
            first = piece.places[0] if piece.places else _NOWHERE
            places = (first, *(part.place for part in paragraphs))
            piece = replace(
                piece,
                paragraphs=tuple(part.text for part in paragraphs),
                leads=(),
                asides=section.asides if i == last else (),
                places=places if any(p != _NOWHERE for p in places) else (),
            )
            if piece.heading or piece.paragraphs or piece.asides:
                yield piece
