"""Scores that mean what they say: what calibration does to logits."""

from typing import NamedTuple, cast

from thinc.api import Ops
from thinc.types import Floats2d

# Of a score, so that it has a logarithm.
LEAST_SCORE = 1e-4


class Calibration(NamedTuple):
    """How one kind of text is calibrated.

    floor: What training with label smoothing has added to every score.
    temperature: Divides the logits of what is left.
    """

    floor: float = 0.0
    temperature: float = 1.0

    def __call__(self, logits: Floats2d, ops: Ops) -> Floats2d:
        """The best label stays the best.

        logits: paragraphs x labels.
        RETURNS: Logits of that shape.
        """
        if not self.floor:
            return logits / self.temperature
        kept = ops.xp.maximum(ops.softmax(logits) - self.floor, LEAST_SCORE)
        return cast(Floats2d, ops.xp.log(kept) / self.temperature)
