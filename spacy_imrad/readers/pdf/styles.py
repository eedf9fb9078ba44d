"""How the lines of a document are set, and which of these styles are its headings'.

Publishers' fonts have hashed names, so that a name tells little. A face that is not the
body's, on short blocks set apart from text that follows them, is a heading style.
"""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final, NamedTuple

from spacy_imrad.readers.pdf.blocks import Block
from spacy_imrad.readers.pdf.lines import Page
from spacy_imrad.segmenters.titles import is_capitals

# Of the length in the commonest size that another has to have to be a text's, too.
_COMMON: Final = 0.4
# Points that sizes may differ by and be the same.
SAME_SIZE: Final = 0.6
_LONGEST: Final = 160
_MOST_LINES: Final = 3
_PROSE: Final = 60
# Shares of a heading style: of its text that is in short blocks, of these that have
# text below them.
_SHORT_TEXT: Final = 0.5
_ABOVE_TEXT: Final = 0.5


class Font(NamedTuple):
    """What most of the text is set in."""

    size: float
    name: str


class Style(NamedTuple):
    """How a block is set."""

    font: str
    size: float
    is_capitals: bool

    @classmethod
    def of(cls, block: Block) -> "Style":
        return cls(block.font, round(block.size * 2) / 2, is_capitals(block.text))


@dataclass(slots=True)
class Use:
    """What a style is used for: its characters, those of them in short blocks, these
    blocks, and those of them with text, or a heading of another style, below."""

    length: int = 0
    short_length: int = 0
    short: int = 0
    above_text: int = 0

    @property
    def heads(self) -> bool:
        """Whether it is used as headings are, more than once."""
        return (
            self.above_text > 1
            and self.short_length >= _SHORT_TEXT * self.length
            and self.above_text >= _ABOVE_TEXT * self.short
        )


def body_font(pages: Sequence[Page]) -> Font:
    """The font of most of the text; its size is the larger one of two that are
    common."""
    sizes, names = _lengths(pages, "size"), _lengths(pages, "font")
    most = max(sizes.values(), default=0)
    common = [size for size, length in sizes.items() if length > _COMMON * most]
    name = max(names, key=names.__getitem__, default="")
    return Font(max(common, default=0.0), name)


def _lengths(pages: Sequence[Page], attribute: str) -> Counter[Any]:
    """How many characters have each value of an attribute of their lines."""
    lengths: Counter[Any] = Counter()
    for page in pages:
        for line in page.lines:
            lengths[getattr(line, attribute)] += len(line.text)
    return lengths


def weigh_relatively(pages: Sequence[Page], body: Font) -> None:
    """Call bold only what is bolder than the body, whose face may be a medium or a
    semibold one."""
    lines = [line for page in pages for line in page.lines]
    own = [line.bold for line in lines if line.font == body.name]
    if sum(own) > len(own) / 2:
        for line in lines:
            if line.font == body.name:
                line.bold = 0.0


def find_uses(blocks: Sequence[Block], body: Font) -> dict[Style, Use]:
    """What each style but the body's is used for."""
    uses: dict[Style, Use] = {}
    below: Block | None = None
    for block in reversed(blocks):
        style = Style.of(block)
        if style.font != body.name or style.is_capitals or not is_body(block, body):
            use = uses.setdefault(style, Use())
            use.length += len(block.text)
            if is_short(block):
                use.short += 1
                use.short_length += len(block.text)
                use.above_text += below is not None and _is_headed(below, style, body)
        below = block
    return uses


def is_short(block: Block) -> bool:
    """Whether a block is no longer than headings are."""
    return len(block.lines) <= _MOST_LINES and 2 < len(block.text) <= _LONGEST


def is_body(block: Block, body: Font) -> bool:
    """Whether a block is of the body's size."""
    return abs(block.size - body.size) < SAME_SIZE


def _is_headed(block: Block, style: Style, body: Font) -> bool:
    if is_body(block, body) and len(block.text) > _PROSE and not block.is_tabular:
        return True
    return is_short(block) and Style.of(block) != style and block.size > body.size - 1
