"""numpy reads the paper as torch does."""

import tracemalloc
from typing import Any

import numpy
import pytest

from spacy_imrad.models.checkpoints.hf import module_weights
from spacy_imrad.models.context.numpy_network import read_context
from spacy_imrad.models.context.settings import ContextSettings

torch = pytest.importorskip("torch", reason="needs the extra `torch`")
from spacy_imrad.models.context.torch_network import ContextNetwork  # noqa: E402

SETTINGS = ContextSettings(
    vector_width=12,
    n_labels=5,
    n_numbers=7,
    n_hashes=30,
    word_width=4,
    width=6,
    depth=2,
)


@pytest.fixture
def network() -> ContextNetwork:
    torch.manual_seed(0)
    network = ContextNetwork(SETTINGS).eval()
    for weights in network.parameters():
        torch.nn.init.normal_(weights, std=0.5)
    return network


def paragraphs(n: int, size: float = 1.0) -> dict[str, Any]:
    rng = numpy.random.default_rng(n)

    def floats(width: int) -> numpy.ndarray:
        return (rng.standard_normal((n, width)) * size).astype("f")

    return {
        "vectors": floats(SETTINGS.vector_width),
        "logits": floats(SETTINGS.n_labels),
        "numbers": floats(SETTINGS.n_numbers),
        "words": [
            [
                rng.integers(0, SETTINGS.n_hashes + 1, rng.integers(1, 5)).tolist()
                for _ in range(n)
            ]
            for _ in range(2)
        ],
    }


def by_torch(
    network: ContextNetwork, given: dict[str, Any], lengths: list[int]
) -> numpy.ndarray:
    bags = []
    for words in given["words"]:
        offsets = numpy.cumsum([0, *map(len, words[:-1])])
        flat = [word for bag in words for word in bag]
        bags.append((torch.tensor(flat), torch.from_numpy(offsets)))
    tensors = (torch.from_numpy(given[k]) for k in ("vectors", "logits", "numbers"))
    with torch.inference_mode():
        return network(*tensors, bags, lengths)[0].numpy()


@pytest.mark.parametrize("lengths", [[1], [9], [1, 1, 1], [3, 1, 8, 8, 2], [40, 300]])
def test_logits_are_those_of_torch(lengths: list[int], network: ContextNetwork) -> None:
    given = paragraphs(sum(lengths))
    found = read_context(module_weights(network), **given, lengths=lengths)
    assert found.dtype == numpy.float32
    numpy.testing.assert_allclose(found, by_torch(network, given, lengths), atol=1e-4)


@pytest.mark.filterwarnings("error")
def test_huge_numbers_do_not_overflow(network: ContextNetwork) -> None:
    given = paragraphs(6, size=1000.0)
    found = read_context(module_weights(network), **given, lengths=[6])
    expected = by_torch(network, given, [6])
    assert numpy.isfinite(found).all()
    numpy.testing.assert_allclose(found, expected, rtol=1e-4)


def test_a_book_takes_no_more_memory_than_what_one_layer_says(
    network: ContextNetwork,
) -> None:
    n = 8_000
    given, weights = paragraphs(n), module_weights(network)
    states, logits = n * 2 * SETTINGS.width * 4, n * SETTINGS.n_labels * 4
    tracemalloc.start()
    try:
        read_context(weights, **given, lengths=[n])
        _, peak = tracemalloc.get_traced_memory()
    finally:
        tracemalloc.stop()
    assert peak < 1.3 * (states + logits)


def test_settings_know_the_shapes(network: ContextNetwork) -> None:
    shapes = {name: array.shape for name, array in module_weights(network).items()}
    assert SETTINGS.shapes() == shapes
