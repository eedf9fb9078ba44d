"""The numbers of lines, which drafts and transcripts have at their left edge."""

import re
from collections import Counter
from collections.abc import Sequence
from itertools import pairwise
from typing import Final, NamedTuple

from spacy_imrad.segmenters.lines import Line

_NUMBER: Final = re.compile(r"(\d{1,5})(?:[ \t\xa0]{1,12}(?=\S)|$)")
_LEAST: Final = 4
# Of all lines that have a number, so many go on with a sentence: no list does.
_CONTINUED: Final = 0.15
_IN_STEP: Final = 0.9


class _Numbered(NamedTuple):
    """A line that begins with a number, and where its own text begins in it."""

    place: int
    number: int
    start: int


def drop_line_numbers(lines: list[Line]) -> list[Line]:
    """The lines without the numbers at their left edge, if they have such.

    The numbers rise from line to line, on every line or on every fifth, and may start
    again on each page. Blank lines may be counted too. A line that is only a number is
    a blank line.
    """
    numbered = [
        _Numbered(i, int(match[1]), match.end())
        for i, line in enumerate(lines)
        if line.text[0].isdigit() and (match := _NUMBER.match(line.text))
    ]
    members = _column(lines, numbered)
    if not members:
        return lines
    kept: list[Line] = []
    blank = page = False
    for i, line in enumerate(lines):
        blank, page = blank or line.blank_before, page or line.page_before
        if i in members:
            start = members[i]
            if start == len(line.text):
                blank = True
                continue
            line = line._replace(
                start=line.start + start,
                text=line.text[start:],
                indent=0,
                number=(line.start, line.start + start),
            )
        kept.append(line._replace(blank_before=blank, page_before=page))
        blank = page = False
    return kept


def _column(lines: Sequence[Line], numbered: Sequence[_Numbered]) -> dict[int, int]:
    """Where the text starts in each line that is numbered, empty if lines are not."""
    if len(numbered) < _LEAST or 10 * len(numbered) < len(lines):
        return {}
    steps = Counter(
        later.number - earlier.number for earlier, later in pairwise(numbered)
    )
    every = 5 if steps[5] > steps[1] else 1
    if every == 5:
        numbered = [n for n in numbered if n.number % 5 == 0]
    elif 4 * len(numbered) < 3 * len(lines):
        return {}
    if len(numbered) < _LEAST:
        return {}
    in_step = sum(_follows(a, b, every) for a, b in pairwise(numbered))
    if in_step < _IN_STEP * (len(numbered) - 1):
        return {}
    text = [lines[n.place].text[n.start :] for n in numbered]
    continued = sum(line[:1].islower() for line in text)
    if continued < _CONTINUED * sum(map(bool, text)):
        return {}
    members = {}
    for i, n in enumerate(numbered):
        neighbours = [
            *((numbered[i - 1], n) for _ in range(i > 0)),
            *((n, numbered[i + 1]) for _ in range(i + 1 < len(numbered))),
        ]
        if any(_follows(a, b, every) for a, b in neighbours):
            members[n.place] = n.start
    return members


def _follows(earlier: _Numbered, later: _Numbered, every: int) -> bool:
    """Whether two numbers can be those of lines that follow each other: blank lines
    between them may be counted, and the next page may begin anew."""
    step = later.number - earlier.number
    if every == 1:
        return 1 <= step <= 6 or later.number <= 3
    return (step in (5, 10, 15) and later.place - earlier.place <= step) or (
        later.number == 5
    )
