"""Sections of a text without headings: neighbouring paragraphs that share a label."""

from collections.abc import Sequence

import numpy
from numpy.typing import NDArray

# The probability that the next paragraph begins another section, chosen on the dev
# papers. A single paragraph with another label begins one only if it is very sure.
CHANGE_PROBABILITY = 0.2


def viterbi_path(
    scores: NDArray[numpy.float32], transitions: NDArray[numpy.float64]
) -> NDArray[numpy.intp]:
    """The most probable sequence of labels (Viterbi).

    scores: Probabilities, paragraphs x labels.
    transitions: Log probabilities, labels before x labels after; a last row for the
        first paragraph.
    RETURNS: Label indices, one a paragraph.
    """
    log_scores = numpy.log(scores.astype("d") + 1e-9)
    reached = transitions[-1] + log_scores[0]
    backwards = numpy.zeros(scores.shape, dtype=numpy.intp)
    for row in range(1, len(scores)):
        options = reached[:, None] + transitions[:-1]
        backwards[row] = options.argmax(axis=0)
        reached = options.max(axis=0) + log_scores[row]
    path = numpy.empty(len(scores), dtype=numpy.intp)
    path[-1] = reached.argmax()
    for row in range(len(scores) - 1, 0, -1):
        path[row - 1] = backwards[row, path[row]]
    return path


def group_paragraphs(
    scores: NDArray[numpy.float32], lengths: Sequence[int]
) -> list[tuple[int, int]]:
    """Divide neighbouring paragraphs into sections.

    scores: Probabilities, paragraphs x labels; at least one paragraph.
    lengths: The paragraphs' lengths in characters.
    RETURNS: First row and row after the last of each run. Neighbouring runs differ in
        the label that their scores, averaged by length, are highest for.
    """
    n_labels = scores.shape[1]
    change = numpy.log(CHANGE_PROBABILITY / max(1, n_labels - 1))
    transitions = numpy.full((n_labels + 1, n_labels), change)
    transitions[numpy.arange(n_labels), numpy.arange(n_labels)] = numpy.log(
        1 - CHANGE_PROBABILITY
    )
    transitions[-1] = 0
    path = viterbi_path(scores, transitions)
    changes = (numpy.flatnonzero(numpy.diff(path)) + 1).tolist()
    runs: list[tuple[int, int]] = []
    for start, end in zip([0, *changes], [*changes, len(path)], strict=True):
        runs.append((start, end))
        while len(runs) > 1 and _label(scores, lengths, runs[-2]) == _label(
            scores, lengths, runs[-1]
        ):
            last = runs.pop()
            runs[-1] = (runs[-1][0], last[1])
    return runs


def mean_scores(
    scores: NDArray[numpy.float32], lengths: Sequence[int]
) -> NDArray[numpy.float32]:
    """The rows averaged by length; float32 (labels,)."""
    weights = numpy.asarray(lengths, dtype="d")
    return (weights @ scores / weights.sum()).astype("f")


def _label(
    scores: NDArray[numpy.float32], lengths: Sequence[int], run: tuple[int, int]
) -> int:
    rows = slice(*run)
    return int(mean_scores(scores[rows], lengths[rows]).argmax())
