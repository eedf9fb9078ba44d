"""Where a paragraph stands in its paper, and under which headings, as numbers."""

import re
from collections.abc import Collection
from dataclasses import dataclass
from typing import Final

import numpy
from numpy.typing import NDArray
from spacy.strings import get_string_id

from ..naming import Named, named_by
from ..outline import Outline

# Place in the paper (6 numbers) and in the section (3).
N_PLACE: Final = 9
# What headings name: one column a label for each way of naming it.
NAMING: Final = ("own", "mixed", "inherited")
_WORD = re.compile(r"[^\W\d]\w+")


@dataclass(frozen=True, slots=True)
class ContextFeatures:
    """Features of a Doc's prose paragraphs.

    numbers: float32, paragraphs x (N_PLACE + 3 x labels).
    own_words: For each paragraph the hashed words of the heading over it.
    upper_words: The same for the headings over that heading.
    """

    numbers: NDArray[numpy.float32]
    own_words: list[list[int]]
    upper_words: list[list[int]]


def n_numbers(n_labels: int) -> int:
    """Columns of `ContextFeatures.numbers`."""
    return N_PLACE + len(NAMING) * n_labels


def context_features(
    outline: Outline,
    labels: list[str],
    n_hashes: int,
    hidden: Collection[int] = frozenset(),
) -> ContextFeatures:
    """Describe each prose paragraph's place.

    n_hashes: Hashes are from 1 to this number; 0 stands for no heading.
    hidden: Sections whose heading counts as not being there: their text belongs to
        the section before them.
    """
    sections = [index for index, _ in outline.prose()]
    n = len(sections)
    numbers = numpy.zeros((n, n_numbers(len(labels))), dtype="f")
    own_words: list[list[int]] = []
    upper_words: list[list[int]] = []
    by_section: dict[int | None, tuple[list[str], Named | None]] = {}
    rows_of: dict[int | None, list[int]] = {}
    for row, (index, paragraph) in enumerate(outline.prose()):
        shown = _shown_section(outline, index, hidden)
        rows_of.setdefault(shown, []).append(row)
        if shown not in by_section:
            above = () if shown is None else outline.ancestors(shown)
            titles = [outline.sections[i].title for i in above if i not in hidden]
            by_section[shown] = titles, named_by(titles)
        titles, named = by_section[shown]
        numbers[row, :6] = (
            row / max(1, n - 1),
            min(row, 10) / 10,
            min(n - 1 - row, 10) / 10,
            numpy.log1p(n) / 5,
            numpy.log1p(paragraph.end - paragraph.start) / 8,
            bool(titles),
        )
        if named is not None and named.label in labels:
            block = N_PLACE + NAMING.index(named.how) * len(labels)
            numbers[row, block + labels.index(named.label)] = 1
        own_words.append(_hashes(titles[:1], n_hashes))
        upper_words.append(_hashes(titles[1:], n_hashes))
    for rows in rows_of.values():
        last = len(rows) - 1
        for position, row in enumerate(rows):
            numbers[row, 6:N_PLACE] = (
                position == 0,
                position == last,
                position / max(1, last),
            )
    return ContextFeatures(numbers, own_words, upper_words)


def _shown_section(outline: Outline, index: int, hidden: Collection[int]) -> int | None:
    """The section that the text of the one at `index` seems to belong to."""
    for position in range(index, -1, -1):
        if outline.sections[position].heading is None:
            return None
        if position not in hidden:
            return position
    return None


def _hashes(titles: list[str], n_hashes: int) -> list[int]:
    words = [word for title in titles for word in _WORD.findall(title.lower())]
    return [1 + get_string_id(word) % n_hashes for word in words] or [0]
