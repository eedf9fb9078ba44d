"""What a segmenter finds in a text: its headings, and the paragraphs under each.

All positions are character offsets into ``doc.text``, end-exclusive; the pipe turns
them into token spans once, when it writes the annotations.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, field, replace
from typing import Literal, TypeAlias

from spacy.tokens import Doc

from spacy_imrad.document.markup import plain_text

Kind: TypeAlias = Literal["text", "list", "table", "code", "formula", "caption"]
Matter: TypeAlias = Literal["front", "body", "back"]
Characters: TypeAlias = tuple[int, int]
"""Characters of a Doc's text, end-exclusive."""

# Kinds that read as prose, and so have an IMRaD label.
PROSE: frozenset[str] = frozenset({"text", "list"})


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading as it stands in the text.

    start, end: Its characters, with number and markup, without the line's white space.
    level: Depth in the outline, 1 for a top section.
    title: The bare title: no number, no markup, letter-spacing closed up.
    """

    start: int
    end: int
    level: int
    title: str


@dataclass(frozen=True, slots=True)
class Paragraph:
    """A block of text between headings, without the white space around it."""

    start: int
    end: int
    kind: Kind = "text"


@dataclass(frozen=True, slots=True)
class Section:
    """A heading with the paragraphs directly under it, or paragraphs without one.

    parent: Index in `Outline.sections` of the section whose sub-section this is.
    matter: Whether it belongs to the paper's body; a title, an abstract, references
        and the like are front or back matter, which has no IMRaD label.
    stated: The label that the file itself gives the section, by a JATS `sec-type`. It
        counts where the title names none. "Abstract" for one without a heading.
    """

    heading: Heading | None
    paragraphs: tuple[Paragraph, ...]
    parent: int | None = None
    matter: Matter = "body"
    stated: str | None = None

    @property
    def title(self) -> str:
        """The heading's title; empty without a heading."""
        return self.heading.title if self.heading else ""

    @property
    def start(self) -> int:
        return self.heading.start if self.heading else self.paragraphs[0].start

    @property
    def end(self) -> int:
        if self.paragraphs:
            return self.paragraphs[-1].end
        assert self.heading is not None
        return self.heading.end


@dataclass(frozen=True, slots=True)
class Outline:
    """The sections of one text, in text order; every section has a heading, or
    paragraphs, or both.

    text: The text, if the segmenter had to have it: a Doc puts its own together from
        the tokens each time that it is asked.
    left_out: Characters that stand in a paragraph without being part of what it says,
        such as the numbers of its lines; in text order, not overlapping.
    has_markup: Whether the text is written in a markup language, so that marks for
        emphasis, links and formulas are no part of what it says either.
    """

    sections: tuple[Section, ...]
    text: str | None = field(default=None, compare=False, repr=False)
    left_out: tuple[Characters, ...] = field(default=(), compare=False, repr=False)
    has_markup: bool = field(default=False, compare=False, repr=False)

    def ancestors(self, index: int) -> Iterator[int]:
        """Indices of a section and of the sections around it, innermost first."""
        position: int | None = index
        while position is not None:
            yield position
            position = self.sections[position].parent

    def prose(self) -> Iterator[tuple[int, Paragraph]]:
        """The paragraphs that have an IMRaD label, each with its section's index."""
        for index, section in enumerate(self.sections):
            if section.matter == "body":
                for paragraph in section.paragraphs:
                    if paragraph.kind in PROSE:
                        yield index, paragraph

    def without_headings(self) -> "Outline":
        """The prose paragraphs alone, as text without headings has them."""
        paragraphs = tuple(paragraph for _, paragraph in self.prose())
        sections = (Section(None, paragraphs),) if paragraphs else ()
        return replace(self, sections=sections)

    def readings(self, text: str) -> list[str]:
        """What the prose paragraphs say: in text order, line breaks turned into spaces,
        without what is `left_out` and without markup.

        text: Text of the Doc.
        """
        said = []
        i = 0
        for _, paragraph in self.prose():
            while i < len(self.left_out) and self.left_out[i][1] <= paragraph.start:
                i += 1
            parts = []
            start = paragraph.start
            while i < len(self.left_out) and self.left_out[i][0] < paragraph.end:
                parts.append(text[start : self.left_out[i][0]])
                start = self.left_out[i][1]
                i += 1
            parts.append(text[start : paragraph.end])
            reading = " ".join("".join(parts).split())
            said.append(plain_text(reading) if self.has_markup else reading)
        return said


Segmenter: TypeAlias = Callable[[Doc], Outline]
