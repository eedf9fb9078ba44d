"""Scores that mean what they say: what calibration does to logits."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import cast

from thinc.api import Ops
from thinc.types import Floats2d

# Of a score, so that it has a logarithm.
LEAST_SCORE = 1e-4


@dataclass(frozen=True, slots=True)
class Calibration:
    """How one kind of text is calibrated: Dirichlet calibration (Kull et al. 2019) of
    what label smoothing left.

    floor: What training with label smoothing has added to every score.
    matrix: Multiplies the logits of the rest from the right, labels x labels: one for
        all on the diagonal would be a temperature; what stands beside it moves scores
        between labels that are taken for one another.
    biases: One a label, added last: how much more often the label is right than
        training, with its label weights and other kinds of text, made it seem.
    """

    floor: float
    matrix: tuple[tuple[float, ...], ...]
    biases: tuple[float, ...]

    @classmethod
    def none(cls, n_labels: int) -> "Calibration":
        """The calibration that changes nothing."""
        unit = tuple(
            tuple(float(row == column) for column in range(n_labels))
            for row in range(n_labels)
        )
        return cls(0.0, unit, (0.0,) * n_labels)

    @classmethod
    def from_rows(cls, rows: Sequence[Sequence[float]]) -> "Calibration":
        """What `rows` made of a calibration."""
        *matrix, biases, floors = map(tuple, rows)
        return cls(floors[0], tuple(matrix), biases)

    def rows(self) -> list[list[float]]:
        """The matrix, and a row each for the biases and the floor."""
        floors = [self.floor] * len(self.biases)
        return [*map(list, self.matrix), list(self.biases), floors]

    def __call__(self, logits: Floats2d, ops: Ops) -> Floats2d:
        """logits: paragraphs x labels.
        RETURNS: Logits of that shape.
        """
        matrix = ops.xp.asarray(self.matrix, dtype=logits.dtype)
        biases = ops.xp.asarray(self.biases, dtype=logits.dtype)
        return cast(Floats2d, above(logits, self.floor, ops) @ matrix + biases)


def above(logits: Floats2d, floor: float, ops: Ops) -> Floats2d:
    """The logits of scores from which the floor is taken."""
    if not floor:
        return logits
    kept = ops.xp.maximum(ops.softmax(logits) - floor, LEAST_SCORE)
    return cast(Floats2d, ops.xp.log(kept))
