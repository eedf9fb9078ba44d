"""Cross-entropy with label weights and label smoothing, and its gradient."""

from collections.abc import Sequence
from typing import cast

import numpy
from numpy.typing import NDArray
from thinc.api import Ops
from thinc.types import Floats2d

# Row of a paragraph without a gold label: it is context, not loss.
UNLABELLED = -1


def cross_entropy(
    ops: Ops,
    logits: Sequence[Floats2d],
    gold: Sequence[NDArray[numpy.intp]],
    weights: NDArray[numpy.float32],
    smoothing: float,
) -> tuple[float, list[Floats2d]]:
    """The mean loss of the labelled paragraphs, weighted by label.

    logits: One array a Doc, paragraphs x labels.
    gold: One array a Doc, the paragraphs' label indices or `UNLABELLED`.
    weights: float32 (labels,), each label's weight.
    smoothing: Share of the target that is spread evenly over all labels.
    RETURNS: The loss, and its gradient with respect to the logits.
    """
    targets = numpy.concatenate(list(gold))
    labelled = targets != UNLABELLED
    weight = numpy.where(labelled, weights[targets], 0).astype("f")
    total = float(weight.sum())
    if not total:
        return 0.0, [ops.alloc2f(*array.shape) for array in logits]
    n_labels = len(weights)
    target = numpy.full((len(targets), n_labels), smoothing / n_labels, dtype="f")
    target[labelled, targets[labelled]] += 1 - smoothing
    weight_xp = ops.asarray2f(cast(Floats2d, (weight / total).reshape(-1, 1)))
    target_xp = ops.asarray2f(cast(Floats2d, target))
    flat = ops.xp.concatenate(list(logits))
    shifted = flat - flat.max(axis=1, keepdims=True)
    log_probs = shifted - ops.xp.log(ops.xp.exp(shifted).sum(axis=1, keepdims=True))
    loss = -float((weight_xp * target_xp * log_probs).sum())
    d_flat = weight_xp * (ops.xp.exp(log_probs) - target_xp)
    bounds = numpy.cumsum([len(array) for array in logits])[:-1]
    return loss, ops.xp.split(d_flat, bounds.tolist())
