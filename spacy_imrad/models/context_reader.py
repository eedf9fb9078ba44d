"""What the context network computes, in numpy: labelling on a CPU needs no torch."""

from collections.abc import Mapping, Sequence
from itertools import accumulate
from typing import Final, cast

import numpy
from numpy.typing import NDArray
from thinc.api import NumpyOps

Floats = NDArray[numpy.float32]

# Paragraphs, and steps of the papers, that are computed together: a book's worth of
# paragraphs would fill memory.
BLOCK: Final = 2048
STEPS: Final = 64


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
    hidden = numpy.empty((len(logits), len(weights["project.bias"])), dtype="f")
    for start in range(0, len(logits), BLOCK):
        rows = slice(start, start + BLOCK)
        hidden[rows] = _project(
            weights,
            vectors[rows],
            logits[rows],
            numbers[rows],
            [x[rows] for x in words],
        )
    depth = sum(name.startswith("sequence.weight_hh_l") for name in weights) // 2
    for layer in range(depth):
        states = numpy.empty_like(hidden)
        forwards, backwards = numpy.split(states, 2, axis=1)
        _read_one_way(weights, f"_l{layer}", hidden, lengths, forwards)
        _read_one_way(
            weights, f"_l{layer}_reverse", hidden, lengths, backwards, reverse=True
        )
        hidden = states
    return logits + _linear(weights, "output", hidden)


def _project(
    weights: Mapping[str, Floats],
    vectors: Floats,
    logits: Floats,
    numbers: Floats,
    words: Sequence[Sequence[Sequence[int]]],
) -> Floats:
    """What goes into the recurrent layers: paragraphs x (2 x width)."""
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
    return NumpyOps().gelu(_linear(weights, "project", features))


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
    states: Floats,
    *,
    reverse: bool = False,
) -> None:
    """One direction of a GRU layer, over all papers at once.

    states: Gets what it made of them, paragraphs x width.
    """
    given = numpy.ascontiguousarray(weights[f"sequence.weight_ih{suffix}"].T)
    recurrent = numpy.ascontiguousarray(weights[f"sequence.weight_hh{suffix}"].T)
    biases = [weights[f"sequence.bias_{kind}{suffix}"] for kind in ("ih", "hh")]
    width = len(recurrent)
    # The longest papers first, so that those still being read are the first rows.
    order = numpy.argsort(-numpy.asarray(lengths), kind="stable")
    sizes = numpy.asarray(lengths)[order]
    firsts = numpy.asarray([0, *accumulate(lengths)])[order]
    state = numpy.zeros((len(order), width), dtype="f")

    def rows_at(step: int) -> NDArray[numpy.intp]:
        n_papers = int(numpy.searchsorted(-sizes, -step))
        places = sizes[:n_papers] - 1 - step if reverse else step
        return cast(NDArray[numpy.intp], firsts[:n_papers] + places)

    for start in range(0, sizes[0], STEPS):
        steps = [rows_at(i) for i in range(start, min(start + STEPS, sizes[0]))]
        news = values[numpy.concatenate(steps)] @ given + biases[0]
        bounds = list(accumulate(map(len, steps)))[:-1]
        for rows, new in zip(steps, numpy.split(news, bounds), strict=True):
            before = state[: len(rows)]
            known = before @ recurrent + biases[1]
            # The logistic function, in a form that does not overflow.
            gates = new[:, : 2 * width] + known[:, : 2 * width]
            gates = numpy.tanh(gates / 2) / 2 + 0.5
            reset, keep = gates[:, :width], gates[:, width:]
            candidate = numpy.tanh(new[:, 2 * width :] + reset * known[:, 2 * width :])
            state[: len(rows)] = candidate + keep * (before - candidate)
            states[rows] = state[: len(rows)]
