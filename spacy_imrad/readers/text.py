"""Papers from plain text, whose headings are guessed."""

from dataclasses import replace
from typing import Final

from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.outline import PROSE, Outline, Section
from spacy_imrad.document.paper import Aside, Paper, PaperSection
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.source import Source
from spacy_imrad.segmenters.columns import in_one_column
from spacy_imrad.segmenters.text import outline_text


def paper_from_text(text: str, id: str = "") -> Paper:
    """The paper that a text without markup holds, by `outline_text`."""
    paper = paper_from_outline(text, outline_text(text), places=True)
    return replace(paper, id=id)


def paper_from_outline(text: str, outline: Outline, *, places: bool = False) -> Paper:
    """The paper that a text with a known outline holds.

    places: Whether the text is the file's, so that positions in it are places.
    """
    title = abstract = ""
    sections: list[PaperSection] = []
    for section in outline.sections:
        own = _section(text, section)
        if not places:
            own = replace(own, places=())
        if section.matter == "front" and section.title:
            named = matter_of(section.title)
            if named is None and not title and not sections:
                title = section.title
                own = PaperSection("", own.paragraphs, 1, matter="front")
            elif named == "front" and "bstract" in section.title.lower():
                abstract = "\n\n".join(own.paragraphs)
                continue
        if own.heading or own.paragraphs or own.asides:
            sections.append(own)
    return Paper("", tuple(sections), title=title, abstract=abstract)


def _section(text: str, section: Section) -> PaperSection:
    heading = section.heading
    prose = [p for p in section.paragraphs if p.kind in PROSE]
    return PaperSection(
        heading=section.title,
        paragraphs=tuple(" ".join(text[p.start : p.end].split()) for p in prose),
        level=heading.level if heading else 1,
        matter=section.matter,
        asides=tuple(
            Aside(text[p.start : p.end], p.kind)
            for p in section.paragraphs
            if p.kind not in PROSE
        ),
        places=(
            (heading.start, heading.end) if heading else (section.start,) * 2,
            *((p.start, p.end) for p in prose),
        ),
    )


def text_of(source: Source) -> str:
    """The text of a file in reading order: its columns one behind the other, if it has
    two; as it is otherwise."""
    return in_one_column(source.text())


def _read(source: Source) -> Paper:
    return paper_from_text(text_of(source))


TEXT: Final = PaperFormat("plain text", _read, (".txt", ".text"), structured=False)
