"""Lines on pages -> blocks in reading order: columns, running headers, paragraphs."""

import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from itertools import pairwise
from statistics import median
from typing import Final

from spacy_imrad.readers.pdf_lines import Line, Page
from spacy_imrad.segmenters.titles import read_title

# Shares of a page's height in which running headers and page numbers stand.
_MARGIN: Final = 0.12
_COLUMN_SHARE: Final = 0.2
_DIGITS: Final = re.compile(r"\d+|\b[ivxlc]+\b")
_HYPHENATED: Final = re.compile(r"[^\W\d_]-$")


@dataclass(slots=True)
class Block:
    """Lines that belong together: a paragraph, a heading, a caption ...

    column_left, column_right: The edges of the column that it stands in, in points.
    """

    lines: list[Line]
    column_left: float
    column_right: float

    @property
    def size(self) -> float:
        return Counter(line.size for line in self.lines).most_common(1)[0][0]

    @property
    def bold(self) -> float:
        return sum(line.bold for line in self.lines) / len(self.lines)

    @property
    def maths(self) -> float:
        return sum(line.maths for line in self.lines) / len(self.lines)

    @property
    def is_tabular(self) -> bool:
        """Whether its lines have wide blanks, as those of tables do."""
        beside = sum(
            abs(a.baseline - b.baseline) < 0.5 * a.size for a, b in pairwise(self.lines)
        )
        return beside >= 0.3 * len(self.lines)

    @property
    def ends_short(self) -> bool:
        """Whether its last line leaves room that a longer text would have filled."""
        width = self.column_right - self.column_left
        return self.lines[-1].right < self.column_right - 0.08 * width


def body_size(pages: Sequence[Page]) -> float:
    """The size of most of the text."""
    sizes: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            sizes[line.size] += len(line.text)
    return sizes.most_common(1)[0][0] if sizes else 0.0


def read_blocks(pages: Sequence[Page]) -> list[Block]:
    """The blocks of all pages in reading order, without running headers, footers and
    page numbers. A paragraph that runs over a column or a page is in parts."""
    furniture = _furniture(pages)
    size = body_size(pages)
    blocks: list[Block] = []
    for page in pages:
        lines = [line for line in page.lines if id(line) not in furniture]
        lines = _join_pieces(lines)
        opening = _opening(lines, size) if page is pages[0] else []
        columns = _columns([x for x in lines if x not in opening], page.width)
        for column in (*([opening] if opening else []), *columns):
            blocks += _blocks(column)
    return blocks


def _opening(lines: Sequence[Line], size: float) -> list[Line]:
    """Title and authors, printed larger than the text and above all of its headings:
    where authors stand side by side, they are no columns."""
    tops = [line.baseline for line in lines if read_title(line.text).is_known]
    if not tops:
        return []
    return [x for x in lines if x.baseline > max(tops) + 1 and x.size > size + 0.6]


# --- Running headers ---------------------------------------------------------------


def _furniture(pages: Sequence[Page]) -> set[int]:
    """Lines in the margins that come again on other pages, or are but a number."""
    seen: Counter[str] = Counter()
    marginal: list[tuple[Line, str]] = []
    for page in pages:
        heights = [line.baseline for line in page.lines]
        if not heights:
            continue
        for line in page.lines:
            outside = not (
                _MARGIN * page.height < line.baseline < (1 - _MARGIN) * page.height
            )
            # Only the outermost: the first line of a page is text as well.
            edge = (
                line.baseline >= max(heights) - 1 or line.baseline <= min(heights) + 1
            )
            if outside and edge:
                key = _DIGITS.sub("#", line.text.lower())
                marginal.append((line, key))
        seen.update({key for line, key in marginal if line.page == page.lines[0].page})
    often = max(2, len(pages) // 4)
    return {
        id(line) for line, key in marginal if seen[key] >= often or key.strip() == "#"
    }


# --- Columns -------------------------------------------------------------------------


def _join_pieces(lines: list[Line]) -> list[Line]:
    """Join parts of one line that a wide blank or a change of font set apart."""
    joined: list[Line] = []
    for line in sorted(lines, key=lambda line: (-round(line.baseline), line.left)):
        last = joined[-1] if joined else None
        if (
            last is not None
            and abs(last.baseline - line.baseline) < 0.5 * min(last.size, line.size)
            and -1 < line.left - last.right < 0.6 * max(last.size, line.size)
        ):
            a, b = len(last.text), len(line.text)
            last.text = f"{last.text} {line.text}"
            last.right = max(last.right, line.right)
            last.bold = (last.bold * a + line.bold * b) / (a + b)
            last.maths = (last.maths * a + line.maths * b) / (a + b)
            last.size = last.size if a >= b else line.size
        else:
            joined.append(line)
    return joined


def _columns(lines: Sequence[Line], width: float) -> Iterator[list[Line]]:
    """The lines column by column; those across the page end what is above them."""
    middle = _gutter(lines, width)
    ordered = sorted(lines, key=lambda line: (-line.baseline, line.left))
    if middle is None:
        if ordered:
            yield ordered
        return
    left: list[Line] = []
    right: list[Line] = []
    across: list[Line] = []

    def flush() -> Iterator[list[Line]]:
        for column in (left, right):
            if column:
                yield list(column)
                column.clear()

    for line in ordered:
        if line.left < middle - 3 and line.right > middle + 3:
            yield from flush()
            across.append(line)
            continue
        if across:
            yield list(across)
            across.clear()
        (left if line.right <= middle + 3 else right).append(line)
    yield from flush()
    if across:
        yield across


def _gutter(lines: Sequence[Line], width: float) -> float | None:
    """Where two columns part, None if there is one: the place near the middle that
    fewest lines cross, if many lines end before it and as many begin behind it."""
    if len(lines) < 4:
        return None
    best: tuple[int, float, float] | None = None
    for step in range(-12, 13):
        at = width / 2 + step * width / 120
        crossing = sum(line.left < at - 3 and line.right > at + 3 for line in lines)
        candidate = (crossing, abs(step), at)
        best = candidate if best is None or candidate < best else best
    assert best is not None
    crossing, _, at = best
    before = sum(line.right <= at + 3 for line in lines)
    behind = sum(line.left >= at - 3 for line in lines)
    enough = _COLUMN_SHARE * len(lines)
    return at if before >= enough and behind >= enough else None


# --- Blocks --------------------------------------------------------------------------


def _blocks(column: Sequence[Line]) -> Iterator[Block]:
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
    last = block[-1]
    gap = last.baseline - line.baseline
    usual = max(leading, 1.25 * max(last.size, line.size))
    if gap > 1.3 * usual:
        return True
    if abs(line.size - last.size) > 0.6 and min(len(line.text), len(last.text)) > 2:
        return True
    if (line.bold > 0.8) != (last.bold > 0.8):
        return line.bold > 0.8 or (
            last.bold > 0.8 and len(block) < 4 and _is_short(last, left, right)
        )
    indented = line.left > left + 0.7 * line.size
    if (
        indented
        and not last.left > left + 0.7 * line.size
        and not _is_centred(line, left, right)
    ):
        return True
    return (
        _is_short(last, left, right)
        and last.text[-1:] in ".?!:"
        and not indented
        and (gap > 1.08 * leading)
    )


def _is_short(line: Line, left: float, right: float) -> bool:
    return line.right < right - 0.12 * (right - left)


def _is_centred(line: Line, left: float, right: float) -> bool:
    before, behind = line.left - left, right - line.right
    return before > 2.5 * line.size and abs(before - behind) < line.size


# --- Text ----------------------------------------------------------------------------


def join_lines(lines: Iterable[str], words: frozenset[str]) -> str:
    """Lines as one text; a hyphen at a line's end goes, unless the word is known with
    it or is known in two parts only.

    words: The words that stand within lines.
    """
    text = ""
    for line in lines:
        if not text:
            text = line
        elif _HYPHENATED.search(text) and line[:1].islower():
            head = re.split(r"[\s(]", text)[-1][:-1]
            tail = re.split(r"[^\w'’-]", line)[0]
            keep = (
                f"{head}-{tail}".lower() in words and (head + tail).lower() not in words
            )
            text = (text if keep else text[:-1]) + line
        else:
            text = f"{text} {line}"
    return text


def words_within(pages: Sequence[Page]) -> frozenset[str]:
    """The words, in small letters, that no line's end can have cut."""
    return frozenset(
        word.strip(".,;:()[]").lower()
        for page in pages
        for line in page.lines
        for word in line.text.split()[:-1]
    )
