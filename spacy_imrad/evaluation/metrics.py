"""Figures over labelled paragraphs."""

from dataclasses import dataclass
from typing import Any

import numpy
from numpy.typing import NDArray
from sklearn.metrics import (
    accuracy_score,
    confusion_matrix,
    f1_score,
    precision_recall_fscore_support,
)

from spacy_imrad.labels import LABELS

N_BINS = 15


@dataclass
class Scored:
    """Labelled paragraphs: gold label indices, predicted probabilities, sources."""

    gold: NDArray[numpy.intp]
    probabilities: NDArray[numpy.float32]
    sources: NDArray[numpy.str_]

    @property
    def predicted(self) -> NDArray[numpy.intp]:
        return self.probabilities.argmax(axis=1)

    def of(self, chosen: NDArray[numpy.bool_]) -> "Scored":
        return Scored(
            self.gold[chosen], self.probabilities[chosen], self.sources[chosen]
        )

    def figures(self) -> dict[str, float]:
        """Accuracy, F1 and calibration error; F1 over the labels of the gold."""
        average = {"labels": numpy.unique(self.gold), "zero_division": 0}
        predicted = self.predicted
        return {
            "paragraphs": len(self.gold),
            "accuracy": float(accuracy_score(self.gold, predicted)),
            "weighted_f1": float(
                f1_score(self.gold, predicted, average="weighted", **average)
            ),
            "macro_f1": float(
                f1_score(self.gold, predicted, average="macro", **average)
            ),
            "ece": expected_calibration_error(self.gold, self.probabilities),
        }

    def by_source(self) -> dict[str, dict[str, float]]:
        """The figures of each source."""
        return {
            str(source): self.of(self.sources == source).figures()
            for source in sorted(set(self.sources))
        }

    def by_label(self) -> dict[str, dict[str, float]]:
        """Precision, recall and F1 of each label, and its gold paragraphs."""
        columns = precision_recall_fscore_support(
            self.gold, self.predicted, labels=range(len(LABELS)), zero_division=0
        )
        return {
            label: {"p": float(p), "r": float(r), "f": float(f), "paragraphs": int(n)}
            for label, p, r, f, n in zip(LABELS, *columns, strict=True)
        }

    def confusion(self) -> NDArray[numpy.int64]:
        """Paragraphs, gold labels x predicted labels."""
        return confusion_matrix(self.gold, self.predicted, labels=range(len(LABELS)))

    def summary(self) -> dict[str, Any]:
        """All of these, as JSON can have them."""
        return {
            "all": self.figures(),
            "sources": self.by_source(),
            "labels": self.by_label(),
            "confusion": self.confusion().tolist(),
        }


def expected_calibration_error(
    gold: NDArray[numpy.intp], probabilities: NDArray[numpy.float32], bins: int = N_BINS
) -> float:
    """Mean gap of confidence and accuracy over equally wide bins, by their size."""
    confidence, accuracy, size = reliability(gold, probabilities, bins)
    return float((numpy.abs(confidence - accuracy) * size).sum() / max(len(gold), 1))


def reliability(
    gold: NDArray[numpy.intp], probabilities: NDArray[numpy.float32], bins: int = N_BINS
) -> tuple[NDArray[numpy.float64], NDArray[numpy.float64], NDArray[numpy.int64]]:
    """RETURNS: Mean confidence, accuracy and size of each bin of confidence, the first
    two 0 where a bin is empty.
    """
    confidence = probabilities.max(axis=1).astype("d")
    right = probabilities.argmax(axis=1) == gold
    positions = numpy.minimum((confidence * bins).astype(int), bins - 1)
    size = numpy.bincount(positions, minlength=bins)
    divisor = numpy.maximum(size, 1)
    mean = numpy.bincount(positions, weights=confidence, minlength=bins) / divisor
    accuracy = numpy.bincount(positions, weights=right, minlength=bins) / divisor
    return mean, accuracy, size
