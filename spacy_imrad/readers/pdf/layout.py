"""Pages -> blocks in reading order."""

from collections import Counter
from collections.abc import Sequence
from typing import Any, Final, NamedTuple

from spacy_imrad.readers.pdf.blocks import Block, part_column
from spacy_imrad.readers.pdf.columns import (
    find_gutters,
    find_opening,
    join_pieces,
    part_page,
)
from spacy_imrad.readers.pdf.furniture import find_furniture
from spacy_imrad.readers.pdf.lines import Page

# Of the length in the commonest size that another has to have to be a text's, too.
_COMMON: Final = 0.4


class Font(NamedTuple):
    """What most of the text is set in."""

    size: float
    name: str


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


def read_blocks(pages: Sequence[Page]) -> list[Block]:
    """The blocks of all pages in reading order, without running headers, footers, page
    and line numbers. A paragraph that runs over a column or a page is in parts."""
    furniture = find_furniture(pages)
    size = body_font(pages).size
    kept = [
        join_pieces([line for line in page.lines if id(line) not in furniture])
        for page in pages
    ]
    gutters = find_gutters(kept, pages)
    blocks: list[Block] = []
    for page, lines, gutter in zip(pages, kept, gutters, strict=True):
        opening = find_opening(lines, size) if page is pages[0] else []
        opens = {id(line) for line in opening}
        columns = part_page([x for x in lines if id(x) not in opens], gutter)
        for column in (*([opening] if opening else []), *columns):
            blocks += part_column(column)
    return blocks
