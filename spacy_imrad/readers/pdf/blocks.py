"""A column's lines -> blocks: paragraphs, headings, captions ..."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from spacy_imrad.readers.pdf.lines import Line
from spacy_imrad.segmenters.titles import is_capitals, read_title

ABSTRACT: Final = re.compile(r"abstract\s*[.:—–-]+\s*(?=\w)", re.IGNORECASE)
# Above what a table is about.
BARE_LABEL: Final = re.compile(r"(?:TABLE|Table|FIGURE|Figure)\s(?:\d+|[IVX]+)")
# Of a list's item.
_MARKER: Final = re.compile(r"[•◦▪‣–-]|\(?(?:\d{1,3}|[a-z]|[ivx]+)[.)]|\[\d+\]")


# Of its characters that are in one face, where a line is in that face.
_PURE: Final = 0.85


@dataclass(slots=True)
class Block:
    """Lines that belong together: a paragraph, a heading, a caption ...

    column_left, column_right: The edges of the column that it stands in, in points.
    """

    lines: list[Line]
    column_left: float
    column_right: float

    @property
    def page(self) -> int:
        """Of its first line, from 0."""
        return self.lines[0].page

    @property
    def text(self) -> str:
        """The lines with blanks between them."""
        return " ".join(line.text for line in self.lines)

    @property
    def size(self) -> float:
        """Of most of its lines, in points."""
        sizes = Counter(line.size for line in self.lines)
        return max(sizes, key=sizes.__getitem__)

    @property
    def bold(self) -> float:
        return self._share("bold")

    @property
    def maths(self) -> float:
        return self._share("maths")

    @property
    def italic(self) -> float:
        return self._share("italic")

    @property
    def code(self) -> float:
        return self._share("code")

    def _share(self, attribute: str) -> float:
        """Of its characters, by the shares of its lines."""
        lengths = [len(line.text) for line in self.lines]
        shares = (getattr(line, attribute) for line in self.lines)
        pairs = zip(shares, lengths, strict=True)
        return float(sum(a * b for a, b in pairs)) / max(1, sum(lengths))

    @property
    def font(self) -> str:
        return Counter(line.font for line in self.lines).most_common(1)[0][0]

    @property
    def is_tabular(self) -> bool:
        """Whether its lines have wide blanks, as those of tables do."""
        beside = sum(
            abs(a.baseline - b.baseline) < 0.5 * a.size
            and not _MARKER.fullmatch(a.text)
            for a, b in pairwise(self.lines)
        )
        return beside >= 0.3 * len(self.lines)

    @property
    def ends_short(self) -> bool:
        """Whether its last line leaves room that a longer text would have filled."""
        width = self.column_right - self.column_left
        return self.lines[-1].right < self.column_right - 0.08 * width


def part_column(column: Sequence[Line]) -> Iterator[Block]:
    """Part a column where the lines' distance, font or indentation says so."""
    left = _edge([line.left for line in column])
    right = max(line.right for line in column)
    gaps = [above.baseline - below.baseline for above, below in pairwise(column)]
    leading = median([gap for gap in gaps if gap > 1] or [12.0])
    block: list[Line] = []
    for line in column:
        if block and _begins_block(block, line, left, right, leading):
            yield Block(block, left, right)
            block = []
        block.append(line)
    if block:
        yield Block(block, left, right)


def _edge(lefts: Sequence[float]) -> float:
    """Where most lines begin."""
    return Counter(round(left) for left in lefts).most_common(1)[0][0]


def _begins_block(
    block: Sequence[Line], line: Line, left: float, right: float, leading: float
) -> bool:
    """Whether a line of a column begins a new block, rather than going on with one.

    left, right: The edges of the column. leading: The usual distance of its lines.
    """
    last = block[-1]
    gap = last.baseline - line.baseline
    if gap < 0.5 * last.size:
        return False  # beside it
    usual = max(leading, 1.25 * max(last.size, line.size))
    if gap > 1.3 * usual or (line.font != last.font and gap > 1.12 * leading):
        return True
    if BARE_LABEL.fullmatch(line.text) or ABSTRACT.match(line.text):
        return True
    short = _is_short(last, left, right)
    if _is_another_style(line, last) or _is_another_face(block, line, left, right):
        return True
    if (
        len(block) == 1
        and short
        and (last.italic > 0.8 > line.italic or read_title(last.text).is_known)
    ):
        return True
    if line.bold > 0.8 and last.bold > 0.8:
        title = read_title(line.text)
        return bool(title.readings) and not title.may_begin_with_article
    if (line.bold > 0.8) != (last.bold > 0.8):
        return line.bold > 0.8 or (len(block) < 4 and short)
    indented = _is_indented(line, left)
    if indented and not _is_indented(last, left) and not _hangs(block):
        return not _is_centred(line, left, right)
    ends = short and last.text[-1:] in ".?!:"
    return ends and not indented and gap > 1.08 * leading


def _is_another_style(line: Line, last: Line) -> bool:
    size = abs(line.size - last.size) > 0.6
    return (
        (size and min(len(line.text), len(last.text)) > 2)
        or (line.code > 0.8) != (last.code > 0.8)
        or (line.bold > 0.8 and (line.italic > 0.8) != (last.italic > 0.8))
    )


def _is_another_face(
    block: Sequence[Line], line: Line, left: float, right: float
) -> bool:
    """Whether a short line in a face, or in capitals, of its own stands above or below
    another: a heading."""
    last = block[-1]
    if not (_is_short(last, left, right) or _is_short(line, left, right)):
        return False
    if line.font != last.font and min(line.pure, last.pure) > _PURE:
        return min(len(line.text), len(last.text)) > 2
    return is_capitals(last.text) != is_capitals(line.text) and (
        _is_short(last, left, right) if is_capitals(last.text) else line.pure > _PURE
    )


def _hangs(block: Sequence[Line]) -> bool:
    """Whether what is behind its number or bullet hangs under it."""
    text = block[0].text
    numbered = read_title(text).readings or _MARKER.match(text)
    return len(block) == 1 and bool(numbered)


def _is_indented(line: Line, left: float) -> bool:
    return line.left > left + 0.7 * line.size


def _is_short(line: Line, left: float, right: float) -> bool:
    return line.right < right - 0.12 * (right - left)


def _is_centred(line: Line, left: float, right: float) -> bool:
    before, behind = line.left - left, right - line.right
    return before > 2.5 * line.size and abs(before - behind) < line.size
