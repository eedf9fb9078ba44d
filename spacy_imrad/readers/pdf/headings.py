"""Which blocks of a PDF are headings, or begin with one, and how deep each is."""

import re
from collections import Counter
from collections.abc import Sequence, Set
from dataclasses import replace
from itertools import takewhile
from typing import Final, NamedTuple

from spacy_imrad.readers.pdf.asides import is_caption, is_of_contents
from spacy_imrad.readers.pdf.blocks import Block
from spacy_imrad.readers.pdf.front import IMPRINT
from spacy_imrad.readers.pdf.lines import Line
from spacy_imrad.readers.pdf.styles import (
    SAME_SIZE,
    Font,
    Style,
    find_styles,
    find_uses,
    is_body,
    is_short,
)
from spacy_imrad.segmenters.headings import describe_titles
from spacy_imrad.segmenters.titles import Title, read_title

_SHORT: Final = 40
# Of the body's size that headings in another face have at least.
_SMALLEST: Final = 0.7
# Blocks behind a heading in which its text begins.
_LOOK_AHEAD: Final = 4
_MOST_LINES: Final = 3
# Of a heading's size that its text is below it.
_FARTHEST: Final = 5
_LONGEST_ACRONYM: Final = 5
# Sections that both a structured abstract and its paper name.
_SUMMARY: Final = 2
# Of a line's characters that are in one face, where it is in that face.
_PURE: Final = 0.7
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
    r"|page\s\d+\sof\s\d+|//|\([^()]*\)$|\([a-z]\)\s|.*\s\d*\.\d+$"
    r"|keywords?\b.*[:.—–]|index\sterms\b.*[:.—–]",
    re.IGNORECASE,
)
_CODE: Final = re.compile(r"[←→{}∼]|//|:=|\w\s?=\s?\S|\b(?:return|then|do)$")
_CONTENTS: Final = frozenset(("contents", "table of contents"))
# Of a table of contents.
_ENTRY: Final = re.compile(r"[^\W\d_]\s\d{1,3}$")
_CHAPTER: Final = re.compile(r"(?:chapter|part|appendix)\s(?:\d+|[IVX]+|[A-Z])", re.I)
_STOP: Final = re.compile(r"[.:—–]\s*$")
_REFERENCES: Final = frozenset(
    ("references", "bibliography", "literature cited", "references and notes")
)
_LIST_ITEM: Final = re.compile(r"[•–*◦▪-]\s")


class _Look(NamedTuple):
    """What headings of one rank look like, the most prominent first."""

    runs_in: bool
    size: float
    is_plain: bool
    is_small: bool
    font: str

    @classmethod
    def of(cls, block: Block, title: Title, *, runs_in: bool) -> "_Look":
        size = 0.0 if runs_in else -round(block.size * 2) / 2
        small = not title.is_capitals or len(title.text) <= _LONGEST_ACRONYM
        return cls(runs_in, size, block.bold <= 0.8, small, block.font)

    def is_above(self, other: "_Look") -> bool:
        """Whether it is more prominent than another."""
        return self[:4] < other[:4]


class FoundTitle(NamedTuple):
    """A heading.

    block: Its lines.
    title: How it reads.
    split: The block with the heading and the text that goes on in its line, None
        where it stands alone.
    """

    block: Block
    title: Title
    split: Block | None = None

    @property
    def runs_in(self) -> bool:
        """Whether its text goes on in its line."""
        return self.split is not None

    @property
    def look(self) -> _Look:
        return _Look.of(self.block, self.title, runs_in=self.runs_in)


def find_titles(
    blocks: Sequence[Block], body: Font, *, front: Set[int]
) -> list[FoundTitle | Block]:
    """The blocks, with the headings found among and in them.

    front: The identities (`id`) of the blocks above the abstract.
    """
    found: list[FoundTitle | Block] = []
    styles = find_styles(blocks, body)
    uses = find_uses(blocks, styles, body)
    begun = False
    contents = -2
    for index, block in enumerate(blocks):
        if _CHAPTER.fullmatch(block.text) and block.size > body.size:
            continue
        style = styles[index]
        heads = style in uses and uses[style].heads(style)
        in_front = id(block) in front
        parts = None if in_front else _split_lead(block, body)
        title = None
        if parts is None or not _STOP.search(parts[0].lines[-1].lead):
            title = _title_in(
                block, body, in_front=in_front, heads=heads, is_plain=style.is_apart
            )
        if title is not None and title.text.lower() in _CONTENTS:
            contents = block.page
        elif block.page - contents <= 1 and _ENTRY.search(block.text):
            title = None
        if title is not None and block.page == 0 and not begun:
            begun = title.label is not None or _is_numbered(title)
            if not begun and _is_imprint(title, heads=heads):
                title = None
        following = blocks[index + 1 : index + 1 + _LOOK_AHEAD]
        if title is not None and _heads_text(
            block, title, following, body, heads=heads
        ):
            found.append(FoundTitle(block, title))
        elif parts is not None:
            lead, text = parts
            found += [FoundTitle(lead, read_title(lead.text), block), text]
        else:
            found.append(block)
    return _outside_matter(_without_summary(found))


def _without_summary(found: list[FoundTitle | Block]) -> list[FoundTitle | Block]:
    """The blocks and headings, with those at the top of a structured abstract as text:
    they have the names of sections that come later, and another look."""
    named = [
        item
        for item in found
        if isinstance(item, FoundTitle) and item.title.label is not None
    ]
    if not named or named[0].block.page > 1:
        return found
    first = named[0]
    inner = list(takewhile(lambda item: item.look == first.look, named))
    outer = named[len(inner) :]
    again = {item.title.label for item in inner} & {item.title.label for item in outer}
    if len(again) < _SUMMARY or any(item.look == first.look for item in outer):
        return found
    inside = True
    kept: list[FoundTitle | Block] = []
    split: Block | None = None
    for item in found:
        if isinstance(item, FoundTitle):
            inside = inside and item is not outer[0]
            if inside and item.look == first.look and item.title.matter is None:
                split = item.split
                kept.append(item.split or item.block)
                continue
        elif split is not None:
            split = None  # The rest of what is whole again.
            continue
        kept.append(item)
    return kept


def _outside_matter(found: list[FoundTitle | Block]) -> list[FoundTitle | Block]:
    """The blocks and headings, with what only looks like a heading behind the paper's
    last section as text: names of contributors' roles, captions of supplements."""
    named = [
        (i, item.look)
        for i, item in enumerate(found)
        if isinstance(item, FoundTitle) and item.title.label is not None
    ]
    if not named:
        return found
    last, look = named[-1]
    kept: list[FoundTitle | Block] = []
    in_matter = in_references = False
    split: Block | None = None
    for i, item in enumerate(found):
        if isinstance(item, FoundTitle):
            title = item.title
            if i > last and title.matter == "back" and not look.is_above(item.look):
                in_matter = True
            in_references = title.text.lower() in _REFERENCES or (
                in_references and not title.is_known
            )
            if not title.is_known and (
                in_references or (in_matter and not title.readings)
            ):
                split = item.split
                kept.append(item.split or item.block)
                continue
        elif split is not None:
            split = None
            continue
        kept.append(item)
    return kept


def _title_in(
    block: Block, body: Font, *, in_front: bool, heads: bool, is_plain: bool
) -> Title | None:
    """The block as a heading that stands alone: set apart by its font, or, in the font
    of the text, a name that sections have, or a number and capitals; None if it is
    none.

    in_front: Whether it stands above the abstract, among authors.
    heads: Whether its style is one of headings.
    is_plain: Whether white space alone tells it from the text.
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
    other_face = heads and block.font != body.name
    smallest = _SMALLEST * body.size if other_face else body.size - 1.6
    if block.size < smallest or (in_front and not title.readings):
        return None
    numbered = _is_numbered(title)
    if title.is_sentence and not (heads and (numbered or not is_plain)):
        return None
    if not title.readings and (title.begins_small or title.is_broken):
        return None
    if block.size > body.size + SAME_SIZE:
        return title
    heads = heads and (other_face or title.is_capitals or is_body(block, body))
    if (block.bold > 0.8 or heads) and text[-1] != ".":
        return title
    if title.readings and (title.is_capitals or block.italic > 0.8):
        return title
    if title.begins_small or title.is_broken or text[-1] in ".:":
        return None
    if heads or (block.italic > 0.8 and len(block.lines) == 1):
        return title
    if block.font != body.name and title.readings and title.is_title_case:
        return title
    return None


def _is_imprint(title: Title, *, heads: bool) -> bool:
    """Whether a title above the first section is a name, or heads a note that journals
    print beside the abstract and papers have at their end."""
    if title.matter == "back" or IMPRINT.match(title.text):
        return True
    return not heads and title.matter != "front"


def _is_numbered(title: Title) -> bool:
    return bool(title.readings) and not title.may_begin_with_article


def _split_lead(block: Block, body: Font) -> tuple[Block, Block] | None:
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
        or _LIST_ITEM.match(block.text)
    ):
        return None
    whole = " ".join([*(line.text for line in above), lead.rstrip(" .:—–")])
    title = read_title(whole)
    stops = lead[-1] in ".:—–" or first.text[len(lead) :].lstrip()[:1] in ".:—–"
    is_bold = first.bold > 0.0 and _is_bold_lead(first.bold, lead, first.text)
    if (
        _NO_LEAD.match(title.text)
        or _NO_TITLE.match(whole)
        or (title.is_sentence and not above)
        or not _LETTERS.search(title.text)
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
    gap = block.lines[-1].baseline - below.lines[0].baseline
    close = below.page == block.page and 0 < gap < _FARTHEST * block.size
    if (_is_text(below, body) and (heads or numbered or close)) or (
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
    described = describe_titles([heading.title for heading in found])
    by_number = [level if number else None for level, number in described]
    rank = _rank_looks(found, by_number)
    main = _main_look(found, by_number)
    levels = []
    for heading, level, (inferred, _) in zip(found, by_number, described, strict=True):
        if level is None and heading.look == main and not heading.title.is_known:
            level = inferred
        levels.append(_unnumbered(heading, rank) if level is None else level)
    return _freed(found, by_number, levels)


def _rank_looks(
    found: Sequence[FoundTitle], by_number: Sequence[int | None]
) -> dict[_Look, int]:
    """The level that each look stands for: that of the numbers of most, else one below
    the next more prominent one, or of two faces that which comes first. Front and back
    matter may look as it likes."""
    numbered: dict[_Look, Counter[int]] = {}
    first: dict[_Look, int] = {}
    named: dict[_Look, set[str]] = {}
    for i, (heading, level) in enumerate(zip(found, by_number, strict=True)):
        look, title = heading.look, heading.title
        if level is not None:
            numbered.setdefault(look, Counter())[level] += 1
        elif title.label is not None and not heading.runs_in:
            named.setdefault(look, set()).add(title.label)
        if level is not None or title.matter is None:
            first.setdefault(look, i)
    top = max(named, key=lambda look: len(named[look]), default=None)
    rank: dict[_Look, int] = {}
    above = 0
    for look in sorted(first, key=lambda look: (look[:4], first[look])):
        if look in numbered:
            rank[look] = numbered[look].most_common(1)[0][0]
        elif not numbered and top is not None and (look == top or look.is_above(top)):
            rank[look] = 1
        else:
            rank[look] = above + 1
        above = max(above, rank[look])
    return rank


def _main_look(
    found: Sequence[FoundTitle], by_number: Sequence[int | None]
) -> _Look | None:
    """How both sections and their parts look, in papers where nothing but their names
    tells these apart; None in others."""
    if any(level is not None for level in by_number):
        return None
    known = Counter(h.look for h in found if h.title.is_known and not h.runs_in)
    parts = Counter(h.look for h in found if not h.title.is_known)
    main = max(known, key=known.__getitem__, default=None)
    return main if main is not None and parts[main] > known[main] else None


def _unnumbered(heading: FoundTitle, rank: dict[_Look, int]) -> int:
    """Front and back matter is at the top, whatever it looks like."""
    if heading.title.matter is not None and not heading.runs_in:
        return 1
    return rank.get(heading.look, max(rank.values(), default=0) + 1)


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
