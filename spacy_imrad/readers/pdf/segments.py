"""A page's lines -> columns in reading order, cut recursively by white space.

A cut is a place that many lines end before and as many begin behind. The lines across
it end what is above them: a title over two columns, a wide figure's caption. What is
on either side of a cut may have one of its own, as where three columns or a box in the
margin stand beside each other.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import groupby
from statistics import median
from typing import Final, Literal

from spacy_imrad.readers.pdf.blocks import ABSTRACT
from spacy_imrad.readers.pdf.lines import Line, Page
from spacy_imrad.segmenters.titles import read_title

# Of the page's width that a line has to have to be one of a column's.
_NARROWEST: Final = 0.12
# Lines on either side of a cut, and how full half of them are to be.
_FEWEST: Final = 4
_FULL: Final = 0.6
_SLACK: Final = 2.0
_MOST_CANDIDATES: Final = 16
_DEEPEST: Final = 4
_MOST_ACROSS: Final = 0.4

_Side = Literal["before", "across", "behind"]


def find_opening(lines: Sequence[Line], size: float) -> list[Line]:
    """Title and authors, who stand side by side, but are no columns: all that is above
    the abstract, or what is larger than the text and above all of its headings."""
    marks = [line for line in lines if _ends_opening(line)]
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


def _ends_opening(line: Line) -> bool:
    if ABSTRACT.match(line.text):
        return True
    title = read_title(line.text)
    return title.is_known and title.matter != "back"


def part_pages(pages: Sequence[Page]) -> list[list[list[Line]]]:
    """The columns of each page in reading order, each with its lines from the top. A
    page with few lines is cut where most of the others are."""
    cuts = [_find_cut(page.lines, page.width) for page in pages]
    known = [cut for cut in cuts if cut is not None]
    usual = median(known) if 2 * len(known) >= len(pages) and known else None
    parted = []
    for page, cut in zip(pages, cuts, strict=True):
        if cut is None and usual is not None:
            across = sum(_side(line, usual) == "across" for line in page.lines)
            cut = usual if across < _MOST_ACROSS * len(page.lines) else None
        parted.append(list(_part(page.lines, cut, page.width)))
    return parted


def _part(
    lines: Sequence[Line], cut: float | None, width: float, depth: int = 0
) -> Iterator[list[Line]]:
    """The columns among lines that are cut at a place, None if they are one column."""
    ordered = sorted(lines, key=lambda line: (-line.baseline, line.left))
    if cut is None or depth == _DEEPEST:
        if ordered:
            yield join_pieces(ordered)
        return
    bands = groupby(ordered, key=lambda line: _side(line, cut) == "across")
    for is_across, band in bands:
        rest = list(band)
        sides: Sequence[Sequence[Line]] = [rest]
        if not is_across:
            before = [line for line in rest if _side(line, cut) == "before"]
            behind = [line for line in rest if _side(line, cut) == "behind"]
            sides = before, behind
        for side in sides:
            yield from _part(side, _find_cut(side, width), width, depth + 1)


def _side(line: Line, cut: float) -> _Side:
    if line.right <= cut + _SLACK:
        return "before"
    return "behind" if line.left >= cut - _SLACK else "across"


def _find_cut(lines: Sequence[Line], width: float) -> float | None:
    """The place that parts most lines into columns; None if none does.

    width: Width of the page, in points.
    """
    if len(lines) < 2 * _FEWEST:
        return None
    ordered = sorted(lines, key=lambda line: -line.baseline)
    wide = [line for line in ordered if line.right - line.left > _NARROWEST * width]
    lefts = Counter(round(line.left) for line in wide)
    candidates = [
        left - 1.0
        for left, count in lefts.most_common(_MOST_CANDIDATES)
        if count >= _FEWEST
    ]
    gains = {cut: _gain(wide, cut) for cut in candidates}
    best = max(candidates, key=lambda cut: (gains[cut], cut), default=None)
    if best is not None and gains[best]:
        return best
    main = lefts.most_common(1)
    if main and 2 * main[0][1] > len(wide) and _has_notes(lines, wide, main[0][0]):
        return main[0][0] - 1.0
    return None


def _has_notes(lines: Sequence[Line], wide: Sequence[Line], left: int) -> bool:
    """Whether a few lines stand in the margin, left of where most lines begin, and are
    no numbers or bullets that hang there.

    wide: Those of some width.
    """
    cut = left - 1.0
    sides = Counter(_side(line, cut) for line in wide)
    if not sides["before"] or sides["across"]:
        return False
    margin = [line for line in lines if _side(line, cut) == "before"]
    return all(line.right - line.left > 3 * line.size for line in margin)


def _gain(lines: Sequence[Line], cut: float) -> int:
    """How many lines stand in columns on either side of a cut.

    lines: Those of some width, from the top.
    """
    gain = 0
    sides: dict[_Side, list[Line]] = {"before": [], "behind": []}
    for line in [*lines, None]:
        side = "across" if line is None else _side(line, cut)
        if line is not None and side != "across":
            sides[side].append(line)
        else:
            if all(_is_column(lines) for lines in sides.values()):
                gain += sum(map(len, sides.values()))
            sides = {"before": [], "behind": []}
    return gain


def _is_column(lines: Sequence[Line]) -> bool:
    """Whether lines fill a column, as those of text do and cells of tables do not."""
    if len(lines) < _FEWEST:
        return False
    widths = [line.right - line.left for line in lines]
    return median(widths) >= _FULL * max(widths)


def join_pieces(lines: Sequence[Line]) -> list[Line]:
    """Join parts of one line that a wide blank or a change of font set apart.

    lines: Lines of one column, from the top.
    """
    joined: list[Line] = []
    for line in sorted(lines, key=lambda line: (-round(line.baseline), line.left)):
        last = joined[-1] if joined else None
        if (
            last is not None
            and abs(last.baseline - line.baseline) < 0.5 * min(last.size, line.size)
            and -1
            < line.left - last.right
            < (2.1 if line.goes_on else 0.6) * max(last.size, line.size)
        ):
            _join(last, line)
        else:
            joined.append(line)
    return joined


def _join(line: Line, piece: Line) -> None:
    """Put a piece behind a line."""
    a, b = len(line.text), len(piece.text)
    if not line.lead and piece.font != line.font:
        line.lead = line.text
    for share in ("bold", "maths", "italic", "code", "pure"):
        both = getattr(line, share) * a + getattr(piece, share) * b
        setattr(line, share, both / (a + b))
    line.text = f"{line.text} {piece.text}"
    line.right = max(line.right, piece.right)
    if b > a:
        line.size, line.font = piece.size, piece.font
