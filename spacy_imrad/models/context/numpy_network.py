"""What the context network computes, in numpy: labelling on a CPU needs no torch."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from itertools import accumulate
from typing import Final, cast

import numpy
from numpy.typing import NDArray
from thinc.api import NumpyOps

Floats = NDArray[numpy.float32]
Rows = NDArray[numpy.intp]

# Steps of the papers that are computed together: a book's worth would fill memory.
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

    # Each direction projects anew: for a book the result is as large as the states.
    def project(rows: Rows) -> Floats:
        bags = [[hashes[row] for row in rows] for hashes in words]
        return _project(weights, vectors[rows], logits[rows], numbers[rows], bags)

    depth = sum(name.startswith("sequence.weight_hh_l") for name in weights) // 2
    width = weights["sequence.weight_hh_l0"].shape[1]
    values: Callable[[Rows], Floats] = project
    for layer in range(depth - 1):
        states = numpy.empty((len(logits), 2 * width), dtype="f")
        for rows, half, found in _read_layer(weights, layer, values, lengths):
            states[rows, half] = found
        values = states.__getitem__
    # What the last layer says is summed up at once.
    output = logits + weights["output.bias"]
    for rows, half, found in _read_layer(weights, depth - 1, values, lengths):
        output[rows] += found @ weights["output.weight"][:, half].T
    return output


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


def _read_layer(
    weights: Mapping[str, Floats],
    layer: int,
    values: Callable[[Rows], Floats],
    lengths: Sequence[int],
) -> Iterator[tuple[Rows, slice, Floats]]:
    """A GRU layer in both directions, over all papers at once.

    values: What it reads, for the paragraphs that are asked for.
    YIELDS: Paragraphs, a direction's half of the layer's states, and these: paragraphs
        x width. Together each paragraph once in each direction.
    """
    for reverse in (False, True):
        suffix = f"_l{layer}_reverse" if reverse else f"_l{layer}"
        for rows, found in _read_one_way(weights, suffix, values, lengths, reverse):
            width = found.shape[1]
            yield rows, slice(width, None) if reverse else slice(width), found


def _read_one_way(
    weights: Mapping[str, Floats],
    suffix: str,
    values: Callable[[Rows], Floats],
    lengths: Sequence[int],
    reverse: bool,
) -> Iterator[tuple[Rows, Floats]]:
    """One direction of a GRU layer.

    values, lengths: As for `_read_layer`.
    YIELDS: Paragraphs, and what it made of them.
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

    def rows_at(step: int) -> Rows:
        n_papers = int(numpy.searchsorted(-sizes, -step))
        places = sizes[:n_papers] - 1 - step if reverse else step
        return cast(Rows, firsts[:n_papers] + places)

    for start in range(0, sizes[0], STEPS):
        steps = [rows_at(i) for i in range(start, min(start + STEPS, sizes[0]))]
        rows = numpy.concatenate(steps)
        news = values(rows) @ given + biases[0]
        found = numpy.empty((len(rows), width), dtype="f")
        bounds = list(accumulate(map(len, steps)))[:-1]
        for new, after in zip(
            numpy.split(news, bounds), numpy.split(found, bounds), strict=True
        ):
            before = state[: len(new)]
            known = before @ recurrent + biases[1]
            # The logistic function, in a form that does not overflow.
            gates = new[:, : 2 * width] + known[:, : 2 * width]
            gates = numpy.tanh(gates / 2) / 2 + 0.5
            reset, keep = gates[:, :width], gates[:, width:]
            candidate = numpy.tanh(new[:, 2 * width :] + reset * known[:, 2 * width :])
            after[:] = candidate + keep * (before - candidate)
            state[: len(new)] = after
        yield rows, found
