"""Where a paragraph stands in its paper, and under which headings, as numbers."""

import re
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Final

import numpy
from numpy.typing import NDArray
from spacy.strings import get_string_id

from spacy_imrad.document.naming import named_by
from spacy_imrad.document.outline import Outline

# Place in the paper (6 numbers) and in the section (3).
N_PLACE: Final = 9
# What headings name: one column a label for each way of naming it.
NAMING: Final = ("own", "mixed", "inherited")
_WORD = re.compile(r"[^\W\d]\w+")
_NONE: Final[Mapping[int, list[int]]] = MappingProxyType({})


@dataclass(frozen=True, slots=True)
class ContextFeatures:
    """Features of a Doc's prose paragraphs.

    numbers: float32, paragraphs x (N_PLACE + 3 x labels).
    own_words: Hashed words, for each paragraph, of the heading over it.
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
    renamed: Mapping[int, list[int]] = _NONE,
) -> ContextFeatures:
    """Describe each prose paragraph's place.

    n_hashes: Hashes are from 1 to this number; 0 stands for no heading.
    hidden: Sections whose heading counts as not being there: their text belongs to
        the section before them.
    renamed: Hashed words that count as the heading of a section instead of its own;
        they name nothing.
    """
    prose = list(outline.prose())
    n = len(prose)
    numbers = numpy.zeros((n, n_numbers(len(labels))), dtype="f")
    rows_of: dict[int | None, list[int]] = {}
    for row, (index, _) in enumerate(prose):
        rows_of.setdefault(_shown_section(outline, index, hidden), []).append(row)
    own_words: list[list[int]] = [[0]] * n
    upper_words: list[list[int]] = [[0]] * n
    for shown, rows in rows_of.items():
        above = () if shown is None else outline.ancestors(shown)
        around = [index for index in above if index not in hidden]
        titles = {i: "" if i in renamed else outline.sections[i].title for i in around}
        words = {
            index: renamed[index] if index in renamed else _hashes(title, n_hashes)
            for index, title in titles.items()
        }
        own = [word for index in around[:1] for word in words[index]] or [0]
        upper = [word for index in around[1:] for word in words[index]] or [0]
        last = len(rows) - 1
        for position, row in enumerate(rows):
            own_words[row], upper_words[row] = own, upper
            numbers[row, 6:N_PLACE] = (
                position == 0,
                position == last,
                position / max(1, last),
            )
        numbers[rows, 5] = bool(around)
        named = named_by(titles.values())
        if named is not None and named.label in labels:
            block = N_PLACE + NAMING.index(named.how) * len(labels)
            numbers[rows, block + labels.index(named.label)] = 1
    places = numpy.arange(n)
    numbers[:, 0] = places / max(1, n - 1)
    numbers[:, 1] = numpy.minimum(places, 10) / 10
    numbers[:, 2] = numpy.minimum(n - 1 - places, 10) / 10
    numbers[:, 3] = numpy.log1p(n) / 5
    lengths = [paragraph.end - paragraph.start for _, paragraph in prose]
    numbers[:, 4] = numpy.log1p(lengths) / 8
    return ContextFeatures(numbers, own_words, upper_words)


def heading_words(
    outline: Outline, n_hashes: int, sections: Collection[int]
) -> list[list[int]]:
    """Hashed words of the heading right over each prose paragraph.

    sections: Those that are asked for.
    RETURNS: Nothing for paragraphs of other sections, or without a heading.
    """
    of_section = {
        index: _hashes(outline.sections[index].title, n_hashes) for index in sections
    }
    return [of_section.get(index, []) for index, _ in outline.prose()]


def _shown_section(outline: Outline, index: int, hidden: Collection[int]) -> int | None:
    """The section that the text of the one at `index` seems to belong to."""
    for position in range(index, -1, -1):
        if outline.sections[position].heading is None:
            return None
        if position not in hidden:
            return position
    return None


def _hashes(title: str, n_hashes: int) -> list[int]:
    words = _WORD.findall(title.lower())
    return [1 + get_string_id(word) % n_hashes for word in words]
