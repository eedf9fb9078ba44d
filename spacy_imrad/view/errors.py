"""What a page of errors shows."""

from collections.abc import Sequence
from typing import NamedTuple


class ErrorKind(NamedTuple):
    """How many paragraphs of one label were given another.

    gold, predicted: Indices of the labels.
    number, of: Of how many paragraphs with the gold label.
    """

    gold: int
    predicted: int
    number: int
    of: int


class ErrorView(NamedTuple):
    """A paragraph with a wrong label.

    headings: Those over it, the nearest last.
    gold, predicted: Indices of the labels, each with the score that it was given, from
        0 to 1.
    """

    text: str
    paper: str
    source: str
    headings: Sequence[str]
    gold: int
    gold_score: float
    predicted: int
    predicted_score: float


class ErrorsView(NamedTuple):
    """The errors among some paragraphs.

    kinds: The most frequent first.
    errors: Those to show, the surest first.
    """

    labels: Sequence[str]
    n_wrong: int
    n_paragraphs: int
    kinds: Sequence[ErrorKind]
    errors: Sequence[ErrorView]
