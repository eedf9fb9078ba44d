"""Which blocks of a PDF are headings, or begin with one."""

import re
from collections.abc import Iterator, Sequence, Set
from typing import Final

from spacy_imrad.readers.pdf.asides import is_caption, is_of_contents
from spacy_imrad.readers.pdf.blocks import Block
from spacy_imrad.readers.pdf.found import FoundTitle
from spacy_imrad.readers.pdf.front import IMPRINT
from spacy_imrad.readers.pdf.leads import split_lead, split_marked
from spacy_imrad.readers.pdf.marked import Marks
from spacy_imrad.readers.pdf.matter import outside_matter, without_summary
from spacy_imrad.readers.pdf.statements import LETTERS, LIST_ITEM, NO_TITLE
from spacy_imrad.readers.pdf.styles import (
    SAME_SIZE,
    Font,
    Style,
    find_styles,
    find_uses,
    is_body,
    is_short,
)
from spacy_imrad.segmenters.titles import Title, read_title

_SHORT: Final = 40
# Of a sentence.
_ENDS: Final = (".", "?", "!", ":", ")")
# Of the body's size that headings in another face have at least.
_SMALLEST: Final = 0.7
# Blocks behind a heading in which its text begins.
_LOOK_AHEAD: Final = 4
# Of a heading's size that its text is below it.
_FARTHEST: Final = 5
_CODE: Final = re.compile(r"[←→{}∼]|//|:=|\w\s?=\s?\S|\b(?:return|then|do)$")
_CONTENTS: Final = frozenset(("contents", "table of contents"))
# Of a table of contents.
_ENTRY: Final = re.compile(r"[^\W\d_]\s\d{1,3}$")
_CHAPTER: Final = re.compile(r"(?:chapter|part|appendix)\s(?:\d+|[IVX]+|[A-Z])", re.I)
_STOP: Final = re.compile(r"[.:—–]\s*$")


def find_titles(
    blocks: Sequence[Block], body: Font, *, front: Set[int], marks: Marks
) -> list[FoundTitle | Block]:
    """The blocks, with the headings found among and in them.

    front: The identities (`id`) of the blocks above the abstract.
    marks: What the file itself marks as headings.
    """
    found: list[FoundTitle | Block] = []
    blocks = [part for block in blocks for part in _parted(block, marks)]
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
        if not in_front and (marked := _find_marked(block, marks)) is not None:
            begun = begun or block.page > 0 or marked[0].title.label is not None
            found += marked
            continue
        parts = None if in_front else split_lead(block, body)
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
    return outside_matter(without_summary(found))


def _parted(block: Block, marks: Marks) -> Iterator[Block]:
    """A block in parts, each but the first beginning with a heading that the file
    marks and no space sets apart."""
    begin = 0
    edges = block.column_left, block.column_right
    for i in range(1, len(block.lines)):
        if block.lines[i - 1].text[-1:] not in _ENDS:
            continue
        rest = Block(block.lines[i:], *edges)
        found = marks.find([line.text for line in rest.lines[:_LOOK_AHEAD]], block.page)
        if found is not None and split_marked(rest, found[1]) is not None:
            yield Block(block.lines[begin:i], *edges)
            begin = i
    yield Block(block.lines[begin:], *edges) if begin else block


def _find_marked(
    block: Block, marks: Marks
) -> tuple[FoundTitle] | tuple[FoundTitle, Block] | None:
    """The heading that a block is, or begins with, and its rest, where the file marks
    it as one."""
    if is_caption(block) or NO_TITLE.match(block.text) or is_of_contents(block.text):
        return None
    if _ENTRY.search(block.text) and len(block.lines) == 1 and block.is_tabular:
        return None
    found = marks.find([line.text for line in block.lines[:_LOOK_AHEAD]], block.page)
    parts = split_marked(block, found[1]) if found is not None else None
    if found is None or parts is None:
        return None
    marks.take(found[0])
    heading, rest = parts
    title = read_title(heading.text.rstrip(" :"))
    if rest is None:
        return (FoundTitle(heading, title, marked=found[0].level),)
    return FoundTitle(heading, title, block, found[0].level), rest


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
    if not is_short(block) or not LETTERS.search(text) or is_of_contents(text):
        return None
    if is_caption(block) or NO_TITLE.match(text):
        return None
    if block.maths > 0.4 or block.code > 0.5 or block.lines[0].is_marked:
        return None
    title = read_title(text.rstrip(" :") if heads or block.bold > 0.8 else text)
    if title.is_known and len(block.lines) == 1 and not title.begins_small:
        return title
    if LIST_ITEM.match(text) or text[-1] in ",;" or _CODE.search(title.text):
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
