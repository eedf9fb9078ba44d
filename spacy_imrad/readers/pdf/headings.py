"""Which blocks of a PDF are headings, or begin with one, and how deep each is."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import zip_longest
from typing import Final, NamedTuple

from spacy_imrad.readers.pdf.asides import is_caption, is_of_contents
from spacy_imrad.readers.pdf.blocks import Block
from spacy_imrad.readers.pdf.layout import Font
from spacy_imrad.segmenters.headings import describe_titles
from spacy_imrad.segmenters.titles import Title, read_title

_LONGEST: Final = 160
_SHORT: Final = 40
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
# What opens a paragraph in another font without being a heading.
_NO_LEAD: Final = re.compile(
    r"(?:theorem|lemma|proof|corollary|proposition|definition|remark|example|"
    r"claim|conjecture|assumption|step|case|figure|fig|table|algorithm|note|key\s?words?|"
    r"index terms|abstract|ccs|acm|dated|pacs|received|question|q\d|hypothesis|box)\b",
    re.IGNORECASE,
)
_CHAPTER: Final = re.compile(r"(?:chapter|part|appendix)\s(?:\d+|[IVX]+|[A-Z])", re.I)
_KEYWORDS: Final = re.compile(r"(?:key\s?words?|index terms)\b.*[:.—–]", re.I)
_LIST_ITEM: Final = re.compile(r"[•–*◦▪-]\s")


class _Style(NamedTuple):
    """What headings of one rank look like, the most prominent first."""

    runs_in: bool
    size: float
    is_plain: bool
    is_small: bool

    @classmethod
    def of(cls, block: Block, title: Title, *, runs_in: bool) -> "_Style":
        size = 0.0 if runs_in else -round(block.size * 2) / 2
        return cls(runs_in, size, block.bold <= 0.8, not title.is_capitals)


class FoundTitle(NamedTuple):
    """A heading: its block, how it reads, and whether its paragraph goes on in its
    line."""

    block: Block
    title: Title
    runs_in: bool = False


def find_titles(
    blocks: Sequence[Block], body: Font, *, front: Set[int]
) -> list[FoundTitle | Block]:
    """The blocks, with the headings found among and in them.

    front: The identities (`id`) of the blocks above the abstract.
    """
    found: list[FoundTitle | Block] = []
    for block, following in zip_longest(blocks, blocks[1:]):
        if _CHAPTER.fullmatch(block.text) and block.size > body.size:
            continue
        in_front = id(block) in front
        title = _title_in(block, body, in_front=in_front)
        if title is not None and _heads_text(block, title, following, body):
            found.append(FoundTitle(block, title))
        elif not in_front and (parts := _split_lead(block, body)) is not None:
            lead, text = parts
            found += [FoundTitle(lead, read_title(lead.text), runs_in=True), text]
        else:
            found.append(block)
    return found


def _title_in(block: Block, body: Font, *, in_front: bool) -> Title | None:
    """The block as a heading that stands alone: set apart by its font, or, in the font
    of the text, a name that sections have, or a number and capitals; None if it is
    none.

    in_front: Whether it stands above the abstract, among authors.
    """
    text = block.text
    if len(block.lines) > 3 or not 2 < len(text) <= _LONGEST:
        return None
    if is_caption(block) or not _LETTERS.search(text) or is_of_contents(text):
        return None
    if block.maths > 0.4 or block.code > 0.5 or block.lines[0].is_marked:
        return None
    title = read_title(text)
    if title.is_known and len(block.lines) == 1 and not title.begins_small:
        return title
    if _LIST_ITEM.match(text) or title.is_sentence or text[-1] in ",;:":
        return None
    if _KEYWORDS.match(text):
        return None
    if block.size < body.size - 1.6 or (in_front and not title.readings):
        return None
    if not title.readings and (title.begins_small or title.is_broken):
        return None
    if block.size > body.size + 0.6:
        return title
    if block.bold > 0.8 and text[-1] != ".":
        return title
    if title.readings and (title.is_capitals or block.italic > 0.8):
        return title
    if title.begins_small or title.is_broken or text[-1] == ".":
        return None
    if block.italic > 0.8 and len(block.lines) == 1:
        return title
    if block.font != body.name and title.readings and title.is_title_case:
        return title
    return None


def _split_lead(block: Block, body: Font) -> tuple[Block, Block] | None:
    """A block that begins with a heading in its first line as that heading and the
    rest; None if it does not."""
    first = block.lines[0]
    lead = first.lead.strip()
    rest = first.text[len(lead) :].lstrip(" .:—–")
    if (
        not first.text.startswith(lead)
        or len(lead) < 4
        or not rest[:1]
        or rest[0].islower()
        or abs(first.size - body.size) > 0.6
        or is_caption(block)
        or _LIST_ITEM.match(lead)
    ):
        return None
    title = read_title(lead.rstrip(" .:—–"))
    stops = lead[-1] in ".:—–" or first.text[len(lead) :].lstrip()[:1] in ".:—–"
    is_bold = first.bold > 0.0 and _is_bold_lead(first.bold, lead, first.text)
    if (
        _NO_LEAD.match(title.text)
        or title.is_sentence
        or not _LETTERS.search(title.text)
        or title.begins_small
        or len(title.text.split()) > 14
        or not (stops or (is_bold and title.is_title_case))
        or not (is_bold or title.readings or title.is_known or len(block.lines) > 2)
    ):
        return None
    shown = replace(first, text=lead.rstrip(" .:—–"), lead="", bold=float(is_bold))
    after = replace(first, text=rest, lead="", bold=0.0, italic=0.0)
    edges = block.column_left, block.column_right
    return Block([shown], *edges), Block([after, *block.lines[1:]], *edges)


def _is_bold_lead(share: float, lead: str, text: str) -> bool:
    """Whether the bold share of the line is what its lead makes of it."""
    letters = len(lead.replace(" ", "")) / max(1, len(text.replace(" ", "")))
    return share > 0.6 * letters


def _heads_text(
    block: Block, title: Title, following: Block | None, body: Font
) -> bool:
    """Whether text, or another heading, follows: labels in figures have neither."""
    if title.is_known:
        return True
    if block.is_tabular or (following is not None and following.is_tabular):
        return False
    larger = block.size > body.size + 0.6
    if larger or (block.bold > 0.8 and block.size > body.size - 0.6):
        return True
    if following is None:
        return False
    is_text = abs(following.size - body.size) < 0.6 and (
        len(following.text) > _SHORT or following.italic > 0.8
    )
    return is_text or abs(following.size - block.size) < 0.6


def levels_of(found: Sequence[FoundTitle]) -> list[int]:
    """The level of each heading, 1 for a top section: by its number, or else as those
    that look like it, or by the rank of its look."""
    by_number = [
        level if number is not None else None
        for level, number in describe_titles([heading.title for heading in found])
    ]
    styles = [_Style.of(f.block, f.title, runs_in=f.runs_in) for f in found]
    numbered: dict[_Style, Counter[int]] = {}
    for style, level in zip(styles, by_number, strict=True):
        if level is not None:
            numbered.setdefault(style, Counter())[level] += 1
    rank: dict[_Style, int] = {}
    above = 0
    for style in sorted(set(styles)):
        usual = numbered[style].most_common(1)[0][0] if style in numbered else above + 1
        rank[style] = usual
        above = max(above, usual)
    return [
        level if level is not None else _unnumbered(heading, rank[style])
        for heading, style, level in zip(found, styles, by_number, strict=True)
    ]


def _unnumbered(heading: FoundTitle, by_look: int) -> int:
    """Front and back matter is at the top, whatever it looks like."""
    return 1 if heading.title.matter is not None and not heading.runs_in else by_look
