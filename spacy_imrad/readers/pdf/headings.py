"""Which blocks of a PDF are headings, or begin with one, and how deep each is."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from typing import Final, NamedTuple

from spacy_imrad.readers.pdf.asides import is_caption, is_of_contents
from spacy_imrad.readers.pdf.blocks import Block
from spacy_imrad.readers.pdf.styles import (
    SAME_SIZE,
    Font,
    Style,
    find_uses,
    is_body,
    is_short,
)
from spacy_imrad.segmenters.headings import describe_titles
from spacy_imrad.segmenters.titles import Title, read_title

_SHORT: Final = 40
# Blocks behind a heading in which its text begins.
_LOOK_AHEAD: Final = 4
_LETTERS: Final = re.compile(r"[^\W\d_]{2}")
# What opens a paragraph in another font without being a heading.
_NO_LEAD: Final = re.compile(
    r"(?:theorem|lemma|proof|corollary|proposition|definition|remark|example|"
    r"claim|conjecture|assumption|step|case|figure|fig|table|algorithm|note|key\s?words?|"
    r"index terms|abstract|ccs|acm|dated|pacs|received|question|q\d|hypothesis|box)\b",
    re.IGNORECASE,
)
# What names a thing beside the text, or a statement in it, and no section.
_NO_TITLE: Final = re.compile(
    r"(?:supplementa(?:ry|l)\s|extended\sdata\s)?"
    r"(?:figure|fig|table|scheme|algorithm|listing|box|chart|plate|video|movie|"
    r"additional\sfile|multimedia\sappendix|theorem|lemma|corollary|proposition|"
    r"property|definition|remark|example|observation|claim|conjecture|assumption|"
    r"step)s?\.?\s?\(?S?\d+|S\d+\s(?:fig|table|movie|file|text|video|appendix|dataset|data)\b"
    r"|page\s\d+\sof\s\d+|//|\([^()]*\)$|keywords?\b.*[:.—–]|index terms\b.*[:.—–]",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"[←→{}∼]|//|:=|\w\s?=\s?\S|\b(?:return|then|do)$")
# About a paper, beside its abstract.
_IMPRINT: Final = re.compile(
    r"\W*(?:corresponding|correspondence|e-?mail|address|received|accepted|published|"
    r"citation|cite this|editors?|edited|reviewed|copyright|orcid|article info|"
    r"handling|academic editor|license|doi)\b",
    re.IGNORECASE,
)
_CHAPTER: Final = re.compile(r"(?:chapter|part|appendix)\s(?:\d+|[IVX]+|[A-Z])", re.I)
_LIST_ITEM: Final = re.compile(r"[•–*◦▪-]\s")


class _Look(NamedTuple):
    """What headings of one rank look like, the most prominent first."""

    runs_in: bool
    size: float
    is_plain: bool
    is_small: bool

    @classmethod
    def of(cls, block: Block, title: Title, *, runs_in: bool) -> "_Look":
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
    uses = find_uses(blocks, body)
    begun = False
    for index, block in enumerate(blocks):
        if _CHAPTER.fullmatch(block.text) and block.size > body.size:
            continue
        in_front = id(block) in front
        use = uses.get(Style.of(block))
        heads = use is not None and use.heads
        title = _title_in(block, body, in_front=in_front, heads=heads)
        if title is not None and block.page == 0 and not begun:
            begun = title.label is not None or _is_numbered(title)
            if not begun and _is_imprint(title, heads=heads):
                title = None
        following = blocks[index + 1 : index + 1 + _LOOK_AHEAD]
        if title is not None and _heads_text(
            block, title, following, body, heads=heads
        ):
            found.append(FoundTitle(block, title))
        elif not in_front and (parts := _split_lead(block, body)) is not None:
            lead, text = parts
            found += [FoundTitle(lead, read_title(lead.text), runs_in=True), text]
        else:
            found.append(block)
    return found


def _title_in(block: Block, body: Font, *, in_front: bool, heads: bool) -> Title | None:
    """The block as a heading that stands alone: set apart by its font, or, in the font
    of the text, a name that sections have, or a number and capitals; None if it is
    none.

    in_front: Whether it stands above the abstract, among authors.
    heads: Whether its style is one of headings.
    """
    text = block.text
    if not is_short(block) or not _LETTERS.search(text) or is_of_contents(text):
        return None
    if is_caption(block) or _NO_TITLE.match(text):
        return None
    if block.maths > 0.4 or block.code > 0.5 or block.lines[0].is_marked:
        return None
    title = read_title(text.rstrip(" :") if heads or block.bold > 0.8 else text)
    if title.is_known and len(block.lines) == 1 and not title.begins_small:
        return title
    if _LIST_ITEM.match(text) or text[-1] in ",;" or _CODE.search(title.text):
        return None
    if block.size < body.size - 1.6 or (in_front and not title.readings):
        return None
    numbered = _is_numbered(title)
    if title.is_sentence and not (heads and (numbered or text[-1] not in ".:")):
        return None
    if not title.readings and (title.begins_small or title.is_broken):
        return None
    if block.size > body.size + SAME_SIZE:
        return title
    if (block.bold > 0.8 or heads) and text[-1] != ".":
        return title
    if title.readings and (title.is_capitals or block.italic > 0.8):
        return title
    if title.begins_small or title.is_broken or text[-1] in ".:":
        return None
    if block.italic > 0.8 and len(block.lines) == 1:
        return title
    if block.font != body.name and title.readings and title.is_title_case:
        return title
    return None


def _is_imprint(title: Title, *, heads: bool) -> bool:
    """Whether a title above the first section is a name, or heads a note that journals
    print beside the abstract and papers have at their end."""
    if title.matter == "back" or _IMPRINT.match(title.text):
        return True
    return not heads and title.matter != "front"


def _is_numbered(title: Title) -> bool:
    return bool(title.readings) and not title.may_begin_with_article


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
    block: Block,
    title: Title,
    following: Sequence[Block],
    body: Font,
    *,
    heads: bool,
) -> bool:
    """Whether text, or another heading, follows: labels in figures and cells of tables
    have neither.

    following: The next blocks.
    """
    if title.is_known:
        return True
    if block.is_tabular:
        return False
    numbered = _is_numbered(title)
    if heads and numbered:
        return True
    below = following[0] if following else None
    if below is None:
        return False
    if _is_text(below, body) or (
        # A figure may come between.
        heads and is_short(block) and any(_is_text(other, body) for other in following)
    ):
        return True
    if below.is_tabular:
        return False
    return (
        is_short(below)
        and Style.of(below) != Style.of(block)
        and (block.bold > 0.8 or block.size > body.size + SAME_SIZE)
        and len(following) > 1
        and _is_text(following[1], body)
    )


def _is_text(block: Block, body: Font) -> bool:
    return is_body(block, body) and (len(block.text) > _SHORT or block.italic > 0.8)


def levels_of(found: Sequence[FoundTitle]) -> list[int]:
    """The level of each heading, 1 for a top section: by its number, or else as those
    that look like it, or by the rank of its look. No heading that names a section of
    the body, or has a number, stands under front or back matter."""
    by_number = [
        level if number is not None else None
        for level, number in describe_titles([heading.title for heading in found])
    ]
    rank = _rank_looks(found, by_number)
    levels = [
        level if level is not None else _unnumbered(heading, rank)
        for heading, level in zip(found, by_number, strict=True)
    ]
    return _freed(found, by_number, levels)


def _rank_looks(
    found: Sequence[FoundTitle], by_number: Sequence[int | None]
) -> dict[_Look, int]:
    """The level that each look stands for: that of the numbers of most, else one below
    the next more prominent one. Front and back matter may look as it likes."""
    numbered: dict[_Look, Counter[int]] = {}
    looks: set[_Look] = set()
    for heading, level in zip(found, by_number, strict=True):
        look = _Look.of(heading.block, heading.title, runs_in=heading.runs_in)
        if level is not None:
            numbered.setdefault(look, Counter())[level] += 1
        if level is not None or heading.title.matter is None:
            looks.add(look)
    rank: dict[_Look, int] = {}
    above = 0
    for look in sorted(looks):
        usual = numbered[look].most_common(1)[0][0] if look in numbered else above + 1
        rank[look] = usual
        above = max(above, usual)
    return rank


def _unnumbered(heading: FoundTitle, rank: dict[_Look, int]) -> int:
    """Front and back matter is at the top, whatever it looks like."""
    if heading.title.matter is not None and not heading.runs_in:
        return 1
    look = _Look.of(heading.block, heading.title, runs_in=heading.runs_in)
    return rank.get(look, max(rank.values(), default=0) + 1)


def _freed(
    found: Sequence[FoundTitle], by_number: Sequence[int | None], levels: list[int]
) -> list[int]:
    """Levels with what front or back matter has swallowed lifted out of it."""
    labels = [heading.title.label for heading in found]
    later = Counter(labels)
    lifted: list[int] = []
    in_matter = False
    lift = 0
    for heading, number, level, label in zip(
        found, by_number, levels, labels, strict=True
    ):
        later[label] -= 1
        if level == 1:
            in_matter, lift = heading.title.matter is not None, 0
        elif in_matter and not lift:
            # The parts of an abstract have the names of sections that come later.
            named = label is not None and not later[label] and not heading.runs_in
            if named or number is not None:
                lift = level - 1
        lifted.append(max(1, level - lift))
    return lifted
