"""Weights as 8-bit integers with a scale for each output: a quarter of the size.

The one form that both runtimes read: torch as the numbers that the integers stand for,
ONNX Runtime as they are.
"""

from collections.abc import Collection, Mapping
from typing import Final, TypeAlias

import numpy
from numpy.typing import NDArray

Weights: TypeAlias = dict[str, NDArray]

# A name with this ending holds the scales of the integers with the name before it.
SCALE: Final = ".scale"
# Processors without VNNI instructions add products in pairs of 16 bits, which 255 times
# 127 twice overflows; 255 times 64 twice does not.
LARGEST_FACTOR: Final = 64
LARGEST_ROW: Final = 127


def quantize(
    weights: Mapping[str, NDArray[numpy.float32]],
    factors: Collection[str],
    tables: Collection[str],
) -> Weights:
    """Round weights to integers.

    weights: float32 arrays by name, as torch names and shapes them.
    factors: Names of matrices (outputs x inputs) that vectors are multiplied with.
    tables: Names of embedding tables (rows x width).
    RETURNS: For a factor int8 (inputs x outputs) and scales float32 (outputs,); for a
        table int8 of its shape and scales float32 (rows, 1); the others as they are.
    """
    stored: Weights = {}
    for name, array in weights.items():
        if name in factors:
            numbers, scales = _round(array, LARGEST_FACTOR)
            stored[name] = numpy.ascontiguousarray(numbers.T)
            stored[name + SCALE] = scales[:, 0].copy()
        elif name in tables:
            stored[name], stored[name + SCALE] = _round(array, LARGEST_ROW)
        else:
            stored[name] = numpy.ascontiguousarray(array)
    return stored


def dequantize(stored: Mapping[str, NDArray]) -> Weights:
    """The float32 weights that stand in `stored`, as torch names and shapes them."""
    weights: Weights = {}
    for name, array in stored.items():
        if name.endswith(SCALE):
            continue
        scales = stored.get(name + SCALE)
        if scales is None:
            weights[name] = array
        elif scales.ndim == 1:
            weights[name] = numpy.ascontiguousarray((array * scales).T)
        else:
            weights[name] = array * scales
    return weights


def _round(
    array: NDArray[numpy.float32], largest: int
) -> tuple[NDArray[numpy.int8], NDArray[numpy.float32]]:
    """RETURNS: int8 of the array's shape, and scales (rows, 1)."""
    scales = numpy.abs(array).max(axis=1, keepdims=True) / largest
    # Rows of zeros, such as that of padding.
    scales[scales == 0] = 1
    return numpy.rint(array / scales).astype(numpy.int8), scales.astype(numpy.float32)
