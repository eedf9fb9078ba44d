"""What the context network computes, in numpy: labelling on a CPU needs no torch."""

from collections.abc import Mapping, Sequence
from itertools import accumulate

import numpy
from numpy.typing import NDArray
from thinc.api import NumpyOps

Floats = NDArray[numpy.float32]


def read_context(
    weights: Mapping[str, Floats],
    vectors: Floats,
    logits: Floats,
    numbers: Floats,
    words: Sequence[Sequence[Sequence[int]]],
    lengths: Sequence[int],
) -> Floats:
    """weights: Those of `ContextNetwork`, by name, in single precision.
    words: Word hashes of each paragraph, of own headings and of upper ones.

    The other arguments are those of `ContextNetwork.forward`.
    RETURNS: float32 logits, paragraphs x labels.
    """
    ops = NumpyOps()
    shifted = logits - logits.max(axis=1, keepdims=True)
    log_scores = shifted - numpy.log(numpy.exp(shifted).sum(axis=1, keepdims=True))
    features = numpy.concatenate(
        [
            _norm(vectors, weights["norm.weight"], weights["norm.bias"]),
            log_scores,
            numbers,
            *(_mean_rows(weights["words.weight"], bags) for bags in words),
        ],
        axis=1,
    )
    hidden = ops.gelu(_linear(weights, "project", features))
    depth = sum(name.startswith("sequence.weight_hh_l") for name in weights) // 2
    for layer in range(depth):
        hidden = numpy.concatenate(
            [
                _read_one_way(weights, f"_l{layer}", hidden, lengths, backwards=False),
                _read_one_way(
                    weights, f"_l{layer}_reverse", hidden, lengths, backwards=True
                ),
            ],
            axis=1,
        )
    return logits + _linear(weights, "output", hidden)


def _linear(weights: Mapping[str, Floats], name: str, values: Floats) -> Floats:
    return values @ weights[f"{name}.weight"].T + weights[f"{name}.bias"]


def _norm(values: Floats, weight: Floats, bias: Floats) -> Floats:
    centred = values - values.mean(axis=1, keepdims=True)
    variance = numpy.square(centred).mean(axis=1, keepdims=True)
    return centred / numpy.sqrt(variance + 1e-5) * weight + bias


def _mean_rows(table: Floats, bags: Sequence[Sequence[int]]) -> Floats:
    sizes = [len(bag) for bag in bags]
    rows = table[[row for bag in bags for row in bag]]
    sums = numpy.add.reduceat(rows, [0, *accumulate(sizes[:-1])])
    return sums / numpy.asarray(sizes, dtype="f")[:, None]


def _read_one_way(
    weights: Mapping[str, Floats],
    suffix: str,
    values: Floats,
    lengths: Sequence[int],
    *,
    backwards: bool,
) -> Floats:
    """One direction of a GRU layer, over all papers at once: paragraphs x width."""
    given = values @ weights[f"sequence.weight_ih{suffix}"].T
    given += weights[f"sequence.bias_ih{suffix}"]
    recurrent = numpy.ascontiguousarray(weights[f"sequence.weight_hh{suffix}"].T)
    bias = weights[f"sequence.bias_hh{suffix}"]
    width = len(recurrent)
    states = numpy.empty((len(values), width), dtype="f")
    # The longest papers first, so that those still being read are the first rows.
    order = numpy.argsort(-numpy.asarray(lengths), kind="stable")
    sizes = numpy.asarray(lengths)[order]
    firsts = numpy.asarray([0, *accumulate(lengths)])[order]
    state = numpy.zeros((len(order), width), dtype="f")
    for step in range(sizes[0]):
        n_papers = int(numpy.searchsorted(-sizes, -step))
        places = sizes[:n_papers] - 1 - step if backwards else step
        rows = firsts[:n_papers] + places
        before = state[:n_papers]
        known = before @ recurrent + bias
        new = given[rows]
        # The logistic function, in a form that does not overflow.
        gates = numpy.tanh((new[:, : 2 * width] + known[:, : 2 * width]) / 2) / 2 + 0.5
        reset, keep = gates[:, :width], gates[:, width:]
        candidate = numpy.tanh(new[:, 2 * width :] + reset * known[:, 2 * width :])
        state[:n_papers] = candidate + keep * (before - candidate)
        states[rows] = state[:n_papers]
    return states
