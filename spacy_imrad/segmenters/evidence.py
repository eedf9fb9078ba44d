"""What speaks for a block being a heading, by itself and by those next to it."""

import re
from collections.abc import Sequence, Set
from typing import NamedTuple

from spacy_imrad.segmenters.blocks import Block, heading_text
from spacy_imrad.segmenters.numbering import Number, Numbered
from spacy_imrad.segmenters.titles import (
    MAX_TITLE,
    Title,
    ends_sentence,
    has_glyph,
    read_title,
    words_of,
)

# Who named a species and when, or when something took place.
_DATED = re.compile(r",\s(?:17|18|19|20)\d\d[a-z]?\)?$")
_PROSE = 80
_LONG_PROSE = 200
_OPENERS = frozenset("0123456789(*_<§“\"'‘«„\\[")


class Candidate(NamedTuple):
    """A block that may be a heading.

    block: Its index.
    title: How it reads.
    marked: Whether heading markup says that it is one.
    """

    block: int
    title: Title
    marked: bool


def read_candidate(blocks: Sequence[Block], i: int) -> Candidate | None:
    """Block `i` as a candidate, None if it can't be a heading."""
    block = blocks[i]
    if block.markup == "yaml":
        return None
    if block.markup is None:
        line = heading_text(block)
        if (
            (len(block.lines) > 1 and not block.is_filled)
            or block.kind not in ("text", "list")
            or len(line) > MAX_TITLE
            or not _may_open(line)
        ):
            return None
        is_item = block.kind == "list" and not has_glyph(line)
        if is_item and not read_title(line).readings:
            return None
    return as_candidate(blocks, i)


def _may_open(line: str) -> bool:
    if line[0] in _OPENERS or line[0].isupper() or not line.split()[0].islower():
        return True
    title = read_title(line)
    # An I may have been misread.
    return bool(title.readings) or (line[0] == "l" and title.text[0] == "I")


def as_candidate(blocks: Sequence[Block], i: int) -> Candidate:
    block = blocks[i]
    return Candidate(i, read_title(heading_text(block)), block.markup is not None)


def weigh(blocks: Sequence[Block], candidate: Candidate, number: Number) -> Numbered:
    """How much a numbered line looks like a heading."""
    title, text = candidate.title, candidate.title.text
    deep = number.depth > 1
    weight = 0.6
    if candidate.marked:
        weight += 2.0
    if title.is_known:
        weight += 1.5
    if deep:
        weight += 0.4
    if title.is_title_case or title.is_capitals:
        weight += 0.5
    if title.begins_small:
        weight -= 0.3 if deep else 1.5
    if not any(map(str.isalpha, text)):
        weight -= 3.0
    if title.is_sentence:
        weight -= 0.8 if deep else 1.5
    if title.is_broken:
        weight -= 1.5
    elif text.endswith("."):
        weight -= 0.3 if deep else 1.2
    elif text.endswith(":"):
        weight -= 0.8
    if len(text) > 100:
        weight -= 0.7
    if number.mark == ")":
        weight -= 0.8
    if number.scheme == "small roman":
        weight -= 0.4
    if number.scheme == "letter" and not number.mark and not deep:
        weight -= 0.6
    if _in_list(blocks, candidate, number):
        weight -= 0.4 if deep else 1.2
    return Numbered(candidate.block, number, weight)


def _in_list(blocks: Sequence[Block], candidate: Candidate, number: Number) -> bool:
    """Whether the block next to this one goes on counting, with nothing between."""
    if candidate.marked or candidate.title.is_known:
        return False
    for step in (-1, 1):
        i = candidate.block + step
        if 0 <= i < len(blocks) and len(blocks[i].lines[0].text) <= 2 * MAX_TITLE:
            for other in read_title(blocks[i].lines[0].text).readings:
                if (
                    other.scheme == number.scheme
                    and other.parts[:-1] == number.parts[:-1]
                    and other.parts[-1] - number.parts[-1] == step
                ):
                    return True
    return False


def shape_of(title: Title) -> float:
    """How much a line by itself looks like a heading; 0 if it can't be one."""
    text = title.text
    words = words_of(text)
    if not words or len(words) > 25 or title.is_broken or title.begins_small:
        return 0.0
    if not (text[0].isalnum() or text[0] in "“\"'‘«„(["):
        return 0.0
    if title.readings and title.readings[0].scheme == "arabic":
        return 0.0
    if title.is_known:
        return 4.0
    score = 0.5
    if title.is_bold:
        score += 2.0
    if title.is_capitals:
        score += 1.5 if len(text) > 4 else 0.5
    elif title.is_title_case:
        score += 1.5
    if title.is_sentence or _DATED.search(text):
        score -= 2.0
    if text.endswith("."):
        score -= 1.5
    elif text.endswith((":", "!", "…")):
        score -= 1.0
    if len(words) <= 6:
        score += 0.5
    elif len(words) > 12:
        score -= 0.5
    if any(map(str.isdigit, text)):
        score -= 0.3
    return max(score, 0.0)


def surroundings_of(
    blocks: Sequence[Block], i: int, title_like: Set[int], firm: Set[int]
) -> float:
    """How much the blocks before and after make a heading of block `i`.

    title_like: Blocks that may be headings.
    firm: Those of them that are, or name a section.
    """
    score = 0.0
    if i - 1 in firm:
        score += 0.5
    elif i > 0 and i - 1 not in title_like and blocks[i - 1].kind == "text":
        score += 0.5 if ends_sentence(blocks[i - 1].lines[-1].text) else -1.0
    if i + 1 == len(blocks):
        return score - 1.0
    following = blocks[i + 1]
    if following.kind != "text":
        return score
    if following.lines[0].text[0].islower():
        return score - 3.0
    if i + 1 in title_like:
        return score + 0.3
    length = following.end - following.start
    if length >= _PROSE:
        return score + (1.5 if length >= _LONG_PROSE else 1.0)
    return score + (0.7 if ends_sentence(following.lines[-1].text) else -0.5)
