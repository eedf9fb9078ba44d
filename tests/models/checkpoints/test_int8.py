"""Weights as integers stand for nearly the same numbers, and take a quarter."""

import numpy
import pytest

from spacy_imrad.models.checkpoints.int8 import (
    LARGEST_FACTOR,
    SCALE,
    dequantize,
    quantize,
)


@pytest.fixture
def weights() -> dict[str, numpy.ndarray]:
    rng = numpy.random.default_rng(0)
    sizes = rng.uniform(0.01, 10, size=(20, 1))
    return {
        "factor": (rng.standard_normal((20, 30)) * sizes).astype("f"),
        "table": (rng.standard_normal((20, 8)) * sizes).astype("f"),
        "norm": rng.standard_normal(30).astype("f"),
    }


def test_each_row_is_rounded_by_its_own_size(
    weights: dict[str, numpy.ndarray],
) -> None:
    again = dequantize(quantize(weights, ["factor"], ["table"]))
    assert list(again) == list(weights)
    numpy.testing.assert_array_equal(again["norm"], weights["norm"])
    for name, steps in (("factor", LARGEST_FACTOR), ("table", 127)):
        assert again[name].dtype == numpy.float32
        error = numpy.abs(again[name] - weights[name])
        largest = numpy.abs(weights[name]).max(axis=1, keepdims=True)
        assert (error <= largest / steps / 2 * 1.001).all()
        assert error.max() > 0


def test_integers_are_stored_as_onnx_runtime_reads_them(
    weights: dict[str, numpy.ndarray],
) -> None:
    stored = quantize(weights, ["factor"], ["table"])
    assert stored["factor"].shape == (30, 20)
    assert stored["factor" + SCALE].shape == (20,)
    assert stored["table"].shape == (20, 8)
    assert stored["factor"].dtype == stored["table"].dtype == numpy.int8
    # Two products of the largest numbers have to fit into 16 bits.
    assert 2 * 255 * int(numpy.abs(stored["factor"]).max()) < 2**15


def test_a_second_rounding_changes_nothing(weights: dict[str, numpy.ndarray]) -> None:
    once = dequantize(quantize(weights, ["factor"], ["table"]))
    twice = dequantize(quantize(once, ["factor"], ["table"]))
    for name, array in once.items():
        numpy.testing.assert_allclose(twice[name], array, rtol=1e-6)


def test_rows_of_zeros_stay_zero() -> None:
    zeros = {"factor": numpy.zeros((3, 4), dtype="f")}
    again = dequantize(quantize(zeros, ["factor"], []))
    numpy.testing.assert_array_equal(again["factor"], zeros["factor"])
