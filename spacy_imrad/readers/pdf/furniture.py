"""What is printed round the text of a page: running headers, page and line numbers."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, TypeAlias

from spacy_imrad.readers.pdf.lines import Line, Page
from spacy_imrad.segmenters.titles import read_title

# Shares of a page's height in which running headers and page numbers stand.
_MARGIN: Final = 0.15
_DIGITS: Final = re.compile(r"\d+|\b[ivxlc]+\b")
_NUMBER: Final = re.compile(r"\W*(?:\d{1,4}|[ivxlc]{1,6})\W*")
_LINE_NUMBER: Final = re.compile(r"\d{1,4}")
_AT_AN_END: Final = re.compile(r"^\W*(\d{1,4})\b|\b(\d{1,4})\W*$")
_LONGEST_HEADER: Final = 150
_FEWEST_LINE_NUMBERS: Final = 5
_MOST_HEADER_ROWS: Final = 3
_FEWEST_STAMPS: Final = 3
# Points that lines at the same place may be apart.
_SAME_PLACE: Final = 4

_Row: TypeAlias = list[Line]


def find_furniture(pages: Sequence[Page]) -> set[int]:
    """The identities (`id`) of the lines that are no part of the text."""
    found = {id(line) for page in pages for line in _line_numbers(page)}
    found.update(id(line) for line in _stamped(pages, found))
    for _ in range(_MOST_HEADER_ROWS):
        edges = [_edges(page, found) for page in pages]
        rows = [*_repeated(pages, edges), *_numbered(edges)]
        if not rows:
            break
        found.update(id(line) for row in rows for line in row)
    return found


def _stamped(pages: Sequence[Page], left_out: set[int]) -> list[Line]:
    """Lines that come again at the same place, anywhere on the page."""
    seen: dict[tuple[str, int, int, int], list[Line]] = {}
    for page in pages:
        for line in page.lines:
            if id(line) not in left_out and len(line.text) <= _LONGEST_HEADER:
                text = line.text.lower()
                if _is_marginal(line, page):
                    text = _DIGITS.sub("#", text)
                left, baseline = line.left / _SAME_PLACE, line.baseline / _SAME_PLACE
                key = text, round(left), round(baseline), round(line.size)
                seen.setdefault(key, []).append(line)
    stamped = [
        line
        for lines in seen.values()
        if len({line.page for line in lines}) >= _FEWEST_STAMPS
        for line in lines
    ]
    # Pages that are alike throughout, such as copies of one, have text all the same.
    length = sum(len(line.text) for page in pages for line in page.lines)
    return stamped if 2 * sum(len(line.text) for line in stamped) < length else []


def _edges(page: Page, left_out: set[int]) -> list[_Row]:
    """The topmost and the lowest line, each with all its parts: the first line of a
    page may well be text, and what is next to it surely is."""
    lines = [line for line in page.lines if id(line) not in left_out]
    heights = [line.baseline for line in lines]
    if not lines:
        return []
    highest, lowest = max(heights), min(heights)
    top = [line for line in lines if line.baseline >= highest - 1]
    foot = [line for line in lines if line.baseline <= lowest + 1]
    rows = [top] if top == foot else [top, foot]
    return [sorted(row, key=lambda line: line.left) for row in rows]


def _text(row: _Row) -> str:
    return " ".join(line.text for line in row)


def _repeated(pages: Sequence[Page], edges: Sequence[Sequence[_Row]]) -> Iterator[_Row]:
    """Lines in the margins that come again on other pages."""
    seen: Counter[tuple[str, int]] = Counter()
    marginal: list[tuple[Line, tuple[str, int]]] = []
    for page, rows in zip(pages, edges, strict=True):
        own = [
            (line, (_DIGITS.sub("#", line.text.lower()), round(line.size)))
            for row in rows
            for line in row
            if _is_marginal(line, page)
        ]
        marginal += own
        seen.update({key for _, key in own})
    often = max(2, len(pages) // 4)
    yield from ([line] for line, key in marginal if seen[key] >= often)


def _is_marginal(line: Line, page: Page) -> bool:
    return not _MARGIN < line.baseline / max(page.height, 1.0) < 1 - _MARGIN


def _numbered(edges: Sequence[Sequence[_Row]]) -> Iterator[_Row]:
    """Page numbers, and lines that begin or end with one: a number that counts the
    pages as they come. Where it stands alone, what else begins with a number is a
    heading."""
    alone = [row for rows in edges for row in rows if _NUMBER.fullmatch(_text(row))]
    yield from alone
    if 2 * len(alone) > len(edges):
        return
    pages: dict[int, set[int]] = {}
    found: list[tuple[int, _Row]] = []
    for page, rows in enumerate(edges):
        for row in rows:
            for number in _numbers(_text(row)):
                found.append((number - page, row))
                pages.setdefault(number - page, set()).add(page)
    often = max(2, len(edges) // 3)
    for offset, row in found:
        if len(pages[offset]) >= often and not _may_head(row):
            yield row


def _may_head(row: _Row) -> bool:
    """Whether a line looks like a heading, or is too long for a running header."""
    text = _text(row)
    bold = all(line.bold > 0.8 for line in row)
    return bold or len(text) > _LONGEST_HEADER or read_title(text).is_known


def _numbers(text: str) -> Iterator[int]:
    for found in _AT_AN_END.finditer(text):
        yield int(found[1] or found[2])


def _line_numbers(page: Page) -> list[Line]:
    """Numbers beside the text that count its lines, as manuscripts have them."""
    text = [line for line in page.lines if len(line.text) > 10]
    if not text:
        return []
    left = min(line.left for line in text)
    right = max(line.right for line in text)
    beside = [
        line
        for line in page.lines
        if _LINE_NUMBER.fullmatch(line.text)
        and (line.right < left or line.left > right)
    ]
    by_height = sorted(beside, key=lambda line: (line.left > right, -line.baseline))
    rising = sum(
        0 < int(below.text) - int(above.text) <= 10
        for above, below in pairwise(by_height)
    )
    return beside if rising >= _FEWEST_LINE_NUMBERS else []
