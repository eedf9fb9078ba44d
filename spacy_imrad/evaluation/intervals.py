"""How far figures could be off, had the papers been others of the same kind.

Paragraphs of one paper are right or wrong together, so papers are drawn, not
paragraphs: a bootstrap over papers.
"""

from collections.abc import Sequence
from statistics import NormalDist
from typing import Any, Final

import numpy
from numpy.typing import NDArray

from spacy_imrad.evaluation.metrics import Scored
from spacy_imrad.labels import LABELS

DRAWS: Final = 2000
SHARE: Final = 0.95

# Low and high end.
IntervalT = tuple[float, float]


class Resampled:
    """The figures of a pipeline on papers drawn anew.

    Two of the same papers are drawn alike, so that their difference can be taken.
    """

    def __init__(self, scored: Scored, papers: Sequence[str]) -> None:
        """papers: Which paper each of the scored paragraphs is in."""
        names, paper = numpy.unique(papers, return_inverse=True)
        self.n_papers = len(names)
        n_labels = len(LABELS)
        cells = (paper * n_labels + scored.gold) * n_labels + scored.predicted
        counts = numpy.bincount(cells, minlength=self.n_papers * n_labels**2)
        random = numpy.random.default_rng(0)
        shares = numpy.full(self.n_papers, 1 / self.n_papers)
        draws = random.multinomial(self.n_papers, shares, size=DRAWS)
        confusion = draws @ counts.reshape(self.n_papers, n_labels**2)
        self._figures = _figures(confusion.reshape(DRAWS, n_labels, n_labels))

    def intervals(self) -> dict[str, IntervalT]:
        """RETURNS: By figure, where 95% of the draws lie."""
        return {name: _interval(values) for name, values in self._figures.items()}

    def gain_over(self, other: "Resampled") -> dict[str, IntervalT]:
        """The intervals of what this pipeline has more than another.

        other: Figures of another pipeline on the same papers.
        """
        return {
            name: _interval(values - other._figures[name])
            for name, values in self._figures.items()
        }


def wilson(
    right: NDArray[Any], of: NDArray[Any]
) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64]]:
    """The 95% intervals of shares whose cases are independent of each other.

    right, of: How many cases there were, and among how many; at least 1.
    RETURNS: Low and high ends (Wilson 1927, doi:10.1080/01621459.1927.10502953).
    """
    z = NormalDist().inv_cdf((1 + SHARE) / 2)
    share, spread = right / of, z**2 / of
    middle = (share + spread / 2) / (1 + spread)
    half = numpy.sqrt(share * (1 - share) * spread + spread**2 / 4) / (1 + spread)
    return middle - half, middle + half


def _figures(confusion: NDArray[numpy.integer]) -> dict[str, NDArray[numpy.float64]]:
    """confusion: Draws x gold labels x predicted labels.
    RETURNS: Of each draw the accuracy, and the mean F1 of the labels in its gold.
    """
    right = numpy.diagonal(confusion, axis1=1, axis2=2)
    gold, predicted = confusion.sum(axis=2), confusion.sum(axis=1)
    f1 = 2 * right / numpy.maximum(gold + predicted, 1)
    return {
        "accuracy": right.sum(axis=1) / gold.sum(axis=1),
        "macro_f1": f1.sum(axis=1) / (gold > 0).sum(axis=1),
    }


def _interval(values: NDArray[Any]) -> IntervalT:
    low, high = numpy.quantile(values, [(1 - SHARE) / 2, (1 + SHARE) / 2])
    return float(low), float(high)
