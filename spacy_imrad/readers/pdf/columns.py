"""A page's lines -> columns in reading order."""

from collections.abc import Iterator, Sequence
from statistics import median
from typing import Final

from spacy_imrad.readers.pdf.blocks import ABSTRACT
from spacy_imrad.readers.pdf.lines import Line, Page
from spacy_imrad.segmenters.titles import read_title

_COLUMN_SHARE: Final = 0.2
_MOST_ACROSS: Final = 0.4
# Of the page's width that a line has to have to be one of a column.
_NARROWEST: Final = 0.15


def find_opening(lines: Sequence[Line], size: float) -> list[Line]:
    """Title and authors, who stand side by side, but are no columns: all that is above
    the abstract, or what is larger than the text and above all of its headings."""
    marks = [
        line
        for line in lines
        if ABSTRACT.match(line.text) or read_title(line.text).is_known
    ]
    if not marks:
        return []
    top = max(marks, key=lambda line: line.baseline)
    opens = top.text.lower().startswith("abstract")
    return [
        line
        for line in lines
        if line.baseline > top.baseline + (top.size if opens else 1)
        and (opens or line.size > size + 0.6)
    ]


def join_pieces(lines: list[Line]) -> list[Line]:
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
            last.italic = (last.italic * a + line.italic * b) / (a + b)
            last.code = (last.code * a + line.code * b) / (a + b)
            if b > a:
                last.size, last.font = line.size, line.font
        else:
            joined.append(line)
    return joined


def part_page(lines: Sequence[Line], middle: float | None) -> Iterator[list[Line]]:
    """The lines column by column; those across the page end what is above them.

    middle: Where two columns part, None if there is one.
    """
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


def find_gutters(
    pages: Sequence[Sequence[Line]], sizes: Sequence[Page]
) -> list[float | None]:
    """Where each page's two columns part, None if it has one. A page with few lines is
    as most of the others are."""
    found = [
        _gutter(lines, page.width) for lines, page in zip(pages, sizes, strict=True)
    ]
    known = [at for at in found if at is not None]
    if 2 * len(known) < len(pages):
        return found
    usual = median(known)
    return [
        usual if at is None and _share_across(lines, usual) < _MOST_ACROSS else at
        for lines, at in zip(pages, found, strict=True)
    ]


def _gutter(lines: Sequence[Line], width: float) -> float | None:
    """The place near the middle that fewest lines cross, if many lines end before it
    and as many begin behind it; None if there is none."""
    if len(lines) < 4:
        return None
    candidates = (width / 2 + step * width / 120 for step in range(-12, 13))
    at = min(
        candidates,
        key=lambda at: (_share_across(lines, at), abs(at - width / 2)),
    )
    wide = [line for line in lines if line.right - line.left > _NARROWEST * width]
    before = sum(line.right <= at + 3 for line in wide)
    behind = sum(line.left >= at - 3 for line in wide)
    enough = _COLUMN_SHARE * len(lines)
    return at if before >= enough and behind >= enough else None


def _share_across(lines: Sequence[Line], at: float) -> float:
    across = sum(line.left < at - 3 and line.right > at + 3 for line in lines)
    return across / max(1, len(lines))
