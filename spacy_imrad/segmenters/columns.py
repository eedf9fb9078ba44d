"""Text in two columns beside each other, as `pdftotext -layout` writes it."""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import Final, NamedTuple

_GAP: Final = re.compile(r"(?<=\S) {2,}(?=\S)")
_LONGEST: Final = 300
_LEFTMOST, _RIGHTMOST = 30, 130
_FEWEST: Final = 12
_FEWEST_MORE: Final = 4
_LEAST: Final = 0.35
_WORDS: Final = 4
# How far the left edge of the right column may lie from where most lines have it.
_BEFORE, _BEHIND = 3, 9


class _Row(NamedTuple):
    """A printed line: what it has in the left and in the right column, None where that
    is empty. A line across both is in the left one, and `is_across`."""

    left: str | None
    right: str | None
    is_across: bool = False


def in_one_column(text: str) -> str:
    """The text with the right column of each page behind the left one.

    Lines across both columns, such as a title or a wide table, stay where they stand
    between what is above and below them. A text in one column is returned as it is.
    """
    pages = [[line.rstrip() for line in page.split("\n")] for page in text.split("\f")]
    edges = [_right_edge(lines, _FEWEST) for lines in pages]
    if not any(edges):
        return text
    # The last page may have few lines.
    edges = [
        edge or _right_edge(lines, _FEWEST_MORE)
        for lines, edge in zip(pages, edges, strict=True)
    ]
    return "\f".join(
        "\n".join(_in_order(list(_rows(lines, edge))) if edge else lines)
        for lines, edge in zip(pages, edges, strict=True)
    )


def _right_edge(lines: Sequence[str], fewest: int) -> int | None:
    """The column that the text on the right begins in, None if there is none.

    fewest: Lines that each side has to have.
    """
    printed = [line for line in lines if line and len(line) <= _LONGEST]
    starts = Counter(
        start
        for line in printed
        for start in {
            len(line) - len(line.lstrip()),
            *(g.end() for g in _GAP.finditer(line)),
        }
        if _LEFTMOST <= start <= _RIGHTMOST
    )
    if not starts:
        return None
    edge = max(starts, key=lambda column: (starts[column], -column))
    rows = [row for row in _rows(printed, edge, is_sure=False) if not row.is_across]
    both = [row for row in rows if row.left and row.right]
    beside = len(both) + sum(not row.left for row in rows)
    if beside < max(fewest, _LEAST * len(printed)):
        return None
    # The columns of a table hold few words.
    for column in ([r.left for r in rows], [r.right for r in rows]):
        wordy = [len(part.split()) >= _WORDS for part in column if part]
        if len(wordy) < fewest or 2 * sum(wordy) < len(wordy):
            return None
    return edge


def _rows(lines: Sequence[str], edge: int, *, is_sure: bool = True) -> Iterator[_Row]:
    """edge: The column that the text on the right begins in.
    is_sure: Whether there are two columns; then a single space may part them.
    """
    is_beside = False
    for line in lines:
        if not line:
            yield _Row(None, None)
            continue
        indent = len(line) - len(line.lstrip())
        if indent >= edge - _BEFORE:
            row = _Row(None, line[min(edge, indent) :])
        elif len(line) <= edge - _BEFORE:
            row = _Row(line, None)
        elif (cut := _cut(line, edge, is_beside)) is not None:
            end, start = cut
            row = _Row(line[:end], " " * max(start - edge, 0) + line[start:])
        else:
            row = _Row(line, None, len(line) > edge)
        is_beside = is_sure and not row.is_across
        yield row


def _cut(line: str, edge: int, is_beside: bool) -> tuple[int, int] | None:
    """Where the left part of a line ends and the right one begins.

    is_beside: Whether the line before is in columns; then a single space will do.
    """
    for gap in _GAP.finditer(line):
        if edge - _BEFORE <= gap.end() <= edge + _BEHIND:
            return gap.span()
    for start in (edge, edge - 1, edge + 1, edge - 2, edge + 2):
        if (
            is_beside
            and line[start - 1 : start] == " "
            and line[start : start + 1] != ""
        ):
            return start - 1, start
    return None


def _in_order(rows: Sequence[_Row]) -> Iterator[str]:
    """The lines, those on the left before those on the right, between lines across."""
    first = 0
    for i in range(len(rows) + 1):
        if i == len(rows) or rows[i].is_across:
            zone = rows[first:i]
            left, right = [r.left for r in zone], [r.right for r in zone]
            yield from _column(left, right)
            yield from _column(right, left)
            if i < len(rows):
                yield rows[i].left or ""
            first = i + 1


def _column(parts: Sequence[str | None], others: Sequence[str | None]) -> Iterator[str]:
    """The lines of one column, with a blank one where there is more between two than a
    line of the column beside it, whose lines may stand half a line lower."""
    printed = [i for i, part in enumerate(parts) if part]
    steps = Counter(after - before for before, after in pairwise(printed))
    is_level = steps[2] < _LEAST * steps[1]
    last = None
    for i in printed:
        if last is not None and i - last > 1:
            is_blank = not all(others[last + 1 : i])
            if is_level or is_blank or i - last > 2:
                yield ""
        yield parts[i] or ""
        last = i
