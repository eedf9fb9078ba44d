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
# Of a block's size that spaces above and below it are, with its line, where it is
# set apart.
_WIDE: Final = 1.7
# Of a heading's size that its text is below it.
_FARTHEST: Final = 5


class Font(NamedTuple):
    """What most of the text is set in."""

    size: float
    name: str


class Style(NamedTuple):
    """How a block is set; `is_apart` is asked of what is set as the body is."""

    font: str
    size: float
    is_capitals: bool
    is_apart: bool = False

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

    def heads(self, style: Style) -> bool:
        """Whether it is used as headings are, more than once. More is asked of what
        only white space tells from the text."""
        often, share = (3, 0.75) if style.is_apart else (2, _ABOVE_TEXT)
        return (
            self.above_text >= often
            and self.short_length >= _SHORT_TEXT * self.length
            and self.above_text >= share * self.short
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


def find_styles(blocks: Sequence[Block], body: Font) -> list[Style]:
    """The style of each block."""
    styles: list[Style] = []
    for i, block in enumerate(blocks):
        style = Style.of(block)
        if is_plain(block, style, body):
            above = blocks[i - 1] if i else None
            below = blocks[i + 1] if i + 1 < len(blocks) else None
            style = style._replace(is_apart=_is_apart(block, above, below))
        styles.append(style)
    return styles


def _is_apart(block: Block, above: Block | None, below: Block | None) -> bool:
    """Whether a short block without an end stands between wide spaces."""
    if not is_short(block) or below is None or not block.text[-1:].isalnum():
        return False
    if block.lines[0].left > block.column_left + block.size:
        return False
    under = block.lines[-1].baseline - below.lines[0].baseline
    if below.page != block.page or not _WIDE * block.size < under < 4 * block.size:
        return False
    if above is None or above.page != block.page:
        return True
    over = above.lines[-1].baseline - block.lines[0].baseline
    return over < 0 or over > _WIDE * block.size


def find_uses(
    blocks: Sequence[Block], styles: Sequence[Style], body: Font
) -> dict[Style, Use]:
    """What each style but the body's is used for.

    styles: Those of the blocks.
    """
    uses: dict[Style, Use] = {}
    below: Block | None = None
    below_style: Style | None = None
    below_heads = False
    for block, style in zip(reversed(blocks), reversed(styles), strict=True):
        heads = False
        if style.is_apart or not is_plain(block, style, body):
            use = uses.setdefault(style, Use())
            use.length += len(block.text)
            if is_short(block):
                heads = (
                    below is not None
                    and is_above(block, below)
                    and (
                        _is_prose(below, body) or (below_heads and below_style != style)
                    )
                )
                use.short += 1
                use.short_length += len(block.text)
                use.above_text += heads
        below, below_style, below_heads = block, style, heads
    return uses


def is_plain(block: Block, style: Style, body: Font) -> bool:
    """Whether a block is set as the body is."""
    return style.font == body.name and not style.is_capitals and is_body(block, body)


def is_short(block: Block) -> bool:
    """Whether a block is no longer than headings are."""
    return len(block.lines) <= _MOST_LINES and 2 < len(block.text) <= _LONGEST


def is_above(block: Block, below: Block) -> bool:
    """Whether a block ends above where another begins, or in another column or page
    that begins with it."""
    over = block.lines[-1].baseline - below.lines[0].baseline
    same_column = (
        below.page == block.page and abs(below.column_left - block.column_left) < 1
    )
    return 0 < over < _FARTHEST * block.size if same_column else False


def is_body(block: Block, body: Font) -> bool:
    """Whether a block is of the body's size."""
    return abs(block.size - body.size) < SAME_SIZE


def _is_prose(block: Block, body: Font) -> bool:
    return is_body(block, body) and len(block.text) > _PROSE and not block.is_tabular
