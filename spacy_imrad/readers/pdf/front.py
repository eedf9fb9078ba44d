"""The first page: the title, who wrote it, and what a journal prints above it."""

import re
from collections.abc import Sequence
from typing import Final

from spacy_imrad.readers.pdf.blocks import ABSTRACT, Block
from spacy_imrad.readers.pdf.styles import Font
from spacy_imrad.segmenters.titles import read_title

# About a paper, beside its abstract.
IMPRINT: Final = re.compile(
    r"\W*(?:corresponding|correspondence|e-?mail|address|received|accepted|published|"
    r"citation|cite this|editors?|edited|reviewed|copyright|orcid|article info|"
    r"handling|academic editor|license|doi)\b",
    re.IGNORECASE,
)
# Points from which on a single word is the name of the journal.
_LOGO: Final = 20
_LONGEST_TITLE: Final = 3
_OPENING_BLOCKS: Final = 8
# How far up the first page titles are, as a share of its height.
_UPPER: Final = 0.45


def find_title(blocks: Sequence[Block], body: Font, height: float) -> list[Block]:
    """What is printed largest in the upper part of the first page, or, where nothing is
    larger than the text, the first that is bold or in capitals.

    height: Height of the page, in points.
    """
    wordy = [
        block
        for block in blocks
        if block.page == 0
        and block.lines[0].baseline > _UPPER * height
        and len(block.text) > 3
    ]
    found = _largest(wordy)
    if found and found[0].size > _LOGO and len(_words(found)) < 2:
        found = _largest([block for block in wordy if block not in found])
    if found and found[0].size < body.size + 1.5:
        set_apart = (b for b in find_front(wordy) if b.bold > 0.8 or b.text.isupper())
        found = list(set_apart)[:1]
    if not found:
        return []
    title = read_title(found[0].text)
    numbered = title.readings and not title.may_begin_with_article
    return [] if title.is_known or numbered else found[:_LONGEST_TITLE]


def _largest(blocks: Sequence[Block]) -> list[Block]:
    largest = max((block.size for block in blocks), default=0.0)
    return [block for block in blocks if block.size == largest]


def find_front(blocks: Sequence[Block]) -> list[Block]:
    """What stands above the abstract and all known headings: large or bold lines there
    are the authors. Nothing if there is neither."""
    for index, block in enumerate(blocks):
        if block.page > 0:
            return list(blocks[:index])
        title = read_title(block.text)
        known = len(block.text) < 60 and title.is_known and title.matter != "back"
        if (known and not IMPRINT.match(block.text)) or ABSTRACT.match(block.text):
            return list(blocks[:index])
    return []


def without_banners(blocks: Sequence[Block], title: Sequence[Block]) -> list[Block]:
    """The blocks but for the title, what is printed above it, and lines at the top of
    later pages that have no word but those of the title and the authors."""
    if not title:
        return list(blocks)
    known = _words([*title, *find_front(blocks)[:_OPENING_BLOCKS]])
    kept: list[Block] = []
    page = -1
    for block in blocks:
        begins_page, page = block.page != page, block.page
        if page == 0:
            above = block.lines[-1].baseline > title[0].lines[0].baseline
        else:
            words = _words([block])
            alone = begins_page and len(block.lines) == 1 and block.bold < 0.8
            above = alone and len(words) > 1 and words <= known
        if block not in title and not above:
            kept.append(block)
    return kept


def _words(blocks: Sequence[Block]) -> set[str]:
    words = (word for block in blocks for word in block.text.lower().split())
    return {word for word in words if not word.isdigit()}
