"""What is printed beside the paragraphs: captions, tables, notes, code, formulas."""

import re
from collections.abc import Sequence
from typing import Final, Literal, TypeAlias

from spacy_imrad.document.outline import Kind
from spacy_imrad.readers.pdf.blocks import BARE_LABEL, Block
from spacy_imrad.readers.pdf.lines import Line
from spacy_imrad.readers.pdf.styles import Font

# None is a paragraph, or a part of one.
Role: TypeAlias = Kind | Literal["left out"] | None

_CAPTION: Final = re.compile(
    r"(?:Supplementary |Extended Data )?(?:Figure|Fig\.?|Table|Algorithm|Listing|"
    r"Scheme|Box)\s?(?:S?\d+|[IVX]+)\s?(?:[.:|–—-]|$)",
    re.IGNORECASE,
)
_LABEL: Final = re.compile(r"(?:Fig(?:ure|\.)?|Table)\s?S?\d+[.:]?", re.IGNORECASE)
_NOTE: Final = re.compile(r"[\d*†‡§∗¶]")
_WORD: Final = re.compile(r"[^\W\d_]{3}")
_SENTENCE: Final = re.compile(r"[.?!]$")
# Between a title and its page, in a table of contents.
_LEADERS: Final = re.compile(r"(?:\.\s?){4,}")
_LONGEST_NOTE: Final = 9
_LONGEST_CAPTION: Final = 3
_LONGEST_LABEL: Final = 60
_LONGEST_FORMULA: Final = 25
# How far down a page notes are, as a share of its height.
_LOW: Final = 0.3


def role_of(
    block: Block,
    body: Font,
    *,
    label: Block | None,
    following: Sequence[Block],
    is_above_table: bool,
    height: float,
    in_front: bool,
) -> Role:
    """What a block is that is no part of a paragraph; None if it is.

    label: The block before it, if it says "TABLE I" and no more.
    following: The next blocks, as far as no heading is between.
    is_above_table: Whether `find_above_tables` found it.
    height: Height of its page, in points.
    in_front: Whether it stands above the abstract, among authors.
    """
    text = block.text
    small = block.size < body.size - 0.6
    if is_caption(block):
        return "caption"
    if block.maths > 0.35:
        return "formula"
    if block.code > 0.5:
        return "code"
    if block.is_tabular:
        return "table"
    if is_of_contents(text):
        return "left out"
    if _is_note(block, small=small, following=following, height=height):
        return "caption"
    if len(text) < 4:
        return "left out"
    if len(text) < _LONGEST_FORMULA and not _WORD.search(text):
        return "formula"
    if label is not None and block.size <= label.size:
        return "caption"
    if is_above_table:
        return "caption"
    if small and not in_front and len(text) < _LONGEST_LABEL:
        return None if _SENTENCE.search(text) else "caption"
    return None


def is_caption(block: Block) -> bool:
    """Whether it says what a figure is: "Fig. 1.", or "Fig. 1" in a font of its own."""
    first = block.lines[0]
    return (
        _CAPTION.match(block.text) is not None
        or _CAPTION.match(first.text) is not None
        or _LABEL.fullmatch(first.lead.strip()) is not None
    )


def is_bare_label(block: Block) -> bool:
    """Whether a block says "TABLE I", above what the table is about."""
    return BARE_LABEL.fullmatch(block.text) is not None


def is_of_contents(text: str) -> bool:
    """Whether a text is from a table of contents."""
    return _LEADERS.search(text) is not None


def _is_note(
    block: Block, *, small: bool, following: Sequence[Block], height: float
) -> bool:
    """Whether a block is a footnote: small, and the last in its column."""
    first = block.lines[0]
    if first.baseline > _LOW * height or not (small or first.is_marked):
        return False
    if small and _NOTE.match(block.text):
        return True
    below = following[0] if following else None
    ends = (
        below is None
        or below.page != block.page
        or below.lines[0].baseline > first.baseline
        or below.size <= block.size
    )
    return ends and len(block.lines) <= _LONGEST_NOTE


def find_above_tables(items: Sequence[object]) -> set[int]:
    """The identities (`id`) of the blocks that are short lines directly above those of
    a table, such as what the table is about.

    items: The blocks of a paper in order, and its headings, which no table is under.
    """
    found: set[int] = set()
    below: Block | None = None
    for item in reversed(items):
        if not isinstance(item, Block):
            below = None
            continue
        if (
            below is not None
            and below.page == item.page
            and (id(below) in found or below.is_tabular)
            and len(item.lines) <= _LONGEST_CAPTION
            and all(_is_short(line, item) for line in item.lines)
        ):
            found.add(id(item))
        below = item
    return found


def _is_short(line: Line, block: Block) -> bool:
    width = block.column_right - block.column_left
    return line.right - line.left <= 0.75 * width
