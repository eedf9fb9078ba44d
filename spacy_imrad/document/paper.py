"""A scientific paper as its file has it: title, abstract, and sections with headings.

Readers of all formats make papers; training takes its gold labels from their headings,
and a Doc made from one keeps their outline.
"""

from dataclasses import dataclass
from typing import NamedTuple, TypeAlias

from spacy_imrad.document.outline import Kind, Matter

# Characters of the file that a text was read from, end-exclusive.
Place: TypeAlias = tuple[int, int]


class Aside(NamedTuple):
    """Text printed beside the paragraphs, such as a caption, a table or code."""

    text: str
    kind: Kind


@dataclass(frozen=True, slots=True)
class PaperSection:
    """A heading with the paragraphs directly under it.

    heading: The heading as printed, with its number; empty if there is none.
    level: Depth of the section, 1 for a top section. Some sources give 1 throughout.
    number: The printed section number, if the source keeps it apart.
    sec_type: The `sec-type` of JATS XML, such as "materials|methods".
    matter: Whether it is front, body or back matter, where the format says so; None
        if that follows from its heading and its place.
    asides: Texts that are printed beside the paragraphs.
    leads: For each paragraph, how much of it stands in bold type (or is underlined) at
        its beginning, as text; all of it if it is a heading that the format has as a
        paragraph, empty if nothing is. No leads at all: the reader doesn't know, or the
        format's structure is whole, and paragraphs are paragraphs.
    places: Places of the heading and of each paragraph in the file, if the reader
        knows them. A section without a heading begins with an empty place.
    """

    heading: str
    paragraphs: tuple[str, ...]
    level: int = 1
    number: str | None = None
    sec_type: str | None = None
    matter: Matter | None = None
    asides: tuple[Aside, ...] = ()
    places: tuple[Place, ...] = ()
    leads: tuple[str, ...] = ()

    @property
    def bare_number(self) -> str:
        """The number without the punctuation round it, empty if there is none."""
        return (self.number or "").strip(".() ")

    @property
    def depth(self) -> int:
        """The level, or the number's depth ("3.1" is at 2) where that is deeper."""
        return max(self.level, self.bare_number.count(".") + 1)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper, its sections in text order.

    source: Collection that the paper comes from; scores are reported by source.
    abstract: The abstract, with blank lines between its paragraphs.
    warnings: What the reader could not do, in short sentences.
    """

    id: str
    sections: tuple[PaperSection, ...]
    source: str = ""
    field: str = ""
    license: str = ""
    title: str = ""
    abstract: str = ""
    warnings: tuple[str, ...] = ()
