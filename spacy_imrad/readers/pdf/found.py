"""A heading that was found on a page, and how it looks."""

from typing import Final, NamedTuple

from spacy_imrad.readers.pdf.blocks import Block
from spacy_imrad.segmenters.titles import Title

_LONGEST_ACRONYM: Final = 5


class Look(NamedTuple):
    """What headings of one rank look like, the most prominent first."""

    runs_in: bool
    size: float
    is_plain: bool
    is_small: bool
    font: str

    @classmethod
    def of(cls, block: Block, title: Title, *, runs_in: bool) -> "Look":
        size = 0.0 if runs_in else -round(block.size * 2) / 2
        small = not title.is_capitals or len(title.text) <= _LONGEST_ACRONYM
        return cls(runs_in, size, block.bold <= 0.8, small, block.font)

    def is_above(self, other: "Look") -> bool:
        """Whether it is more prominent than another."""
        return self[:4] < other[:4]


class FoundTitle(NamedTuple):
    """A heading.

    block: Its lines.
    title: How it reads.
    split: The block with the heading and the text that goes on in its line, None
        where it stands alone.
    marked: The level that the file itself gives it, None if it gives none.
    """

    block: Block
    title: Title
    split: Block | None = None
    marked: int | None = None

    @property
    def runs_in(self) -> bool:
        """Whether its text goes on in its line."""
        return self.split is not None

    @property
    def look(self) -> Look:
        return Look.of(self.block, self.title, runs_in=self.runs_in)
