"""Headings that stand in the first line of their paragraph."""

import re
from dataclasses import replace
from itertools import takewhile
from typing import Final

from spacy_imrad.readers.pdf.asides import is_caption
from spacy_imrad.readers.pdf.blocks import Block
from spacy_imrad.readers.pdf.lines import Line
from spacy_imrad.readers.pdf.marked import count_letters
from spacy_imrad.readers.pdf.statements import LETTERS, LIST_ITEM, NO_TITLE
from spacy_imrad.readers.pdf.styles import SAME_SIZE, Font
from spacy_imrad.segmenters.titles import read_title

_MOST_LINES: Final = 3
# Letters by which the end of a lead in another font may be off.
_NEAR: Final = 2
# Of a line's characters that are in one face, where it is in that face.
_PURE: Final = 0.7
# What opens a paragraph in another font without being a heading.
_NO_LEAD: Final = re.compile(
    r"(?:theorem|lemma|proof|corollary|proposition|definition|remark|example|"
    r"claim|conjecture|assumption|step|case|figure|fig|table|algorithm|note|key\s?words?|"
    r"index terms|abstract|ccs|acm|dated|pacs|received|question|q\d|hypothesis|box)\b",
    re.IGNORECASE,
)


def split_lead(block: Block, body: Font) -> tuple[Block, Block] | None:
    """A block that begins with a heading in the line of its text as that heading and
    the rest; None if it does not."""
    above = _lines_of_lead(block, body)
    first = block.lines[len(above)]
    lead = first.lead.strip()
    rest = first.text[len(lead) :].lstrip(" .:—–")
    if (
        not first.text.startswith(lead)
        or len(lead) < 4
        or not rest[:1]
        or rest[0].islower()
        or abs(first.size - body.size) > (SAME_SIZE if first.font == body.name else 1.6)
        or is_caption(block)
        or LIST_ITEM.match(block.text)
    ):
        return None
    whole = " ".join([*(line.text for line in above), lead.rstrip(" .:—–")])
    title = read_title(whole)
    stops = lead[-1] in ".:—–" or first.text[len(lead) :].lstrip()[:1] in ".:—–"
    is_bold = first.bold > 0.0 and _is_bold_lead(first.bold, lead, first.text)
    if (
        _NO_LEAD.match(title.text)
        or NO_TITLE.match(whole)
        or (title.is_sentence and not above)
        or not LETTERS.search(title.text)
        or title.begins_small
        or len(title.text.split()) > (25 if above else 14)
        or not (stops or (is_bold and title.is_title_case))
        or not (is_bold or title.readings or title.is_known or len(block.lines) > 2)
    ):
        return None
    shown = replace(first, text=lead.rstrip(" .:—–"), bold=float(is_bold))
    after = replace(first, text=rest, lead="", bold=0.0, italic=0.0)
    edges = block.column_left, block.column_right
    below = block.lines[len(above) + 1 :]
    return Block([*above, shown], *edges), Block([after, *below], *edges)


def _lines_of_lead(block: Block, body: Font) -> list[Line]:
    """The whole lines of a heading that ends in the line of its text."""
    face = block.lines[0].font
    if face == body.name:
        return []
    whole = list(
        takewhile(
            lambda line: line.font == face and not line.lead and line.pure > _PURE,
            block.lines[:_MOST_LINES],
        )
    )
    following = block.lines[len(whole)] if len(whole) < len(block.lines) else None
    return whole if following is not None and following.lead else []


def _is_bold_lead(share: float, lead: str, text: str) -> bool:
    """Whether the bold share of the line is what its lead makes of it."""
    letters = len(lead.replace(" ", "")) / max(1, len(text.replace(" ", "")))
    return share > 0.6 * letters


def split_marked(block: Block, length: int) -> tuple[Block, Block | None] | None:
    """A block that begins with a heading that the file marks, as that heading and the
    rest, None if nothing is left; None if the text that it begins with goes on.

    length: The heading's letters and digits.
    """
    last = 0
    while length > (own := count_letters(block.lines[last].text)):
        length -= own
        last += 1
    line = block.lines[last]
    edges = block.column_left, block.column_right
    above, below = block.lines[:last], block.lines[last + 1 :]
    if own == length:
        if below and below[0].text[:1].islower():
            return None
        return (
            Block([*above, line], *edges),
            Block(below, *edges) if below else None,
        )
    end = next(
        i for i in range(len(line.text)) if count_letters(line.text[:i]) == length
    )
    rest = line.text[end:].lstrip(" .:—–")
    stops = line.text[end : end + 2].strip()[:1] in (".", ":", "—", "–")
    leads = abs(count_letters(line.lead) - length) <= _NEAR
    if not rest or rest[0].islower() or line.text[end].isalnum():
        return None
    if not (leads or (stops and line.lead)):
        return None
    shown = replace(line, text=line.text[:end].rstrip(" .:—–"))
    after = replace(line, text=rest, lead="", bold=0.0, italic=0.0)
    return Block([*above, shown], *edges), Block([after, *below], *edges)
