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
    """How one kind of text is calibrated.

    floor: What training with label smoothing has added to every score.
    temperature: Divides the logits of what is left.
    biases: One a label, added last: how much more often the label is right than
        training, with its label weights and other kinds of text, made it seem.
    """

    floor: float
    temperature: float
    biases: tuple[float, ...]

    @classmethod
    def none(cls, n_labels: int) -> "Calibration":
        """The calibration that changes nothing."""
        return cls(0.0, 1.0, (0.0,) * n_labels)

    @classmethod
    def from_row(cls, row: Sequence[float]) -> "Calibration":
        """What `row` made of a calibration."""
        floor, temperature, *biases = row
        return cls(floor, temperature, tuple(biases))

    def row(self) -> list[float]:
        return [self.floor, self.temperature, *self.biases]

    def __call__(self, logits: Floats2d, ops: Ops) -> Floats2d:
        """logits: paragraphs x labels.
        RETURNS: Logits of that shape.
        """
        biases = ops.xp.asarray(self.biases, dtype=logits.dtype)
        return cast(
            Floats2d, above(logits, self.floor, ops) / self.temperature + biases
        )


def above(logits: Floats2d, floor: float, ops: Ops) -> Floats2d:
    """The logits of scores from which the floor is taken."""
    if not floor:
        return logits
    kept = ops.xp.maximum(ops.softmax(logits) - floor, LEAST_SCORE)
    return cast(Floats2d, ops.xp.log(kept))
