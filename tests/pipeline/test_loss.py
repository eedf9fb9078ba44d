"""The loss and its gradient, by hand and by numbers."""

import numpy
import pytest
from thinc.api import NumpyOps

from spacy_imrad.pipeline.loss import UNLABELLED, cross_entropy

OPS = NumpyOps()
GOLD = [
    numpy.asarray([0, 2, UNLABELLED]),
    numpy.asarray([], dtype="intp"),
    numpy.asarray([1, 2]),
]


def some_logits(scale: float = 1.0) -> list[numpy.ndarray]:
    rng = numpy.random.default_rng(0)
    return [scale * rng.normal(size=(len(g), 3)).astype("f") for g in GOLD]


def weights(*values: float) -> numpy.ndarray:
    return numpy.asarray(values, dtype="f")


def test_equal_logits_cost_the_logarithm_of_the_number_of_labels() -> None:
    logits = [numpy.zeros((len(g), 3), dtype="f") for g in GOLD]
    loss, gradients = cross_entropy(OPS, logits, GOLD, weights(1, 1, 1), 0.0)
    assert loss == pytest.approx(numpy.log(3))
    # Four labelled paragraphs: (1/3 - target) / 4.
    numpy.testing.assert_allclose(gradients[0][0], [-1 / 6, 1 / 12, 1 / 12], rtol=1e-6)


@pytest.mark.parametrize("smoothing", [0.0, 0.1, 0.9])
@pytest.mark.parametrize("values", [(1, 1, 1), (0.5, 2, 0), (3, 3, 3)])
def test_the_gradient_is_the_slope_of_the_loss(
    smoothing: float, values: tuple[float, ...]
) -> None:
    logits = [x.astype("d") for x in some_logits()]
    _, gradients = cross_entropy(OPS, logits, GOLD, weights(*values), smoothing)
    step = 1e-4
    for doc, gradient in zip(logits, gradients, strict=True):
        for place in numpy.ndindex(*doc.shape):
            before = doc[place]
            losses = []
            for moved in (before + step, before - step):
                doc[place] = moved
                losses.append(
                    cross_entropy(OPS, logits, GOLD, weights(*values), smoothing)[0]
                )
            doc[place] = before
            slope = (losses[0] - losses[1]) / (2 * step)
            assert gradient[place] == pytest.approx(slope, abs=1e-4)


def test_the_loss_is_that_of_torch() -> None:
    torch = pytest.importorskip("torch", reason="needs the extra `torch`")
    values = weights(0.5, 2, 1)
    logits = torch.tensor(numpy.concatenate(some_logits()))
    gold = torch.tensor(numpy.concatenate(GOLD).astype("int64"))
    expected = torch.nn.functional.cross_entropy(
        logits, gold, torch.tensor(values), ignore_index=UNLABELLED
    )
    loss, _ = cross_entropy(OPS, some_logits(), GOLD, values, 0.0)
    assert loss == pytest.approx(expected.item(), rel=1e-5)


def test_unlabelled_paragraphs_and_weightless_labels_have_no_gradient() -> None:
    _, gradients = cross_entropy(OPS, some_logits(), GOLD, weights(1, 0, 1), 0.1)
    assert not gradients[0][2].any()
    assert not gradients[2][0].any()
    assert gradients[0][:2].any(axis=1).all()


def test_shapes_and_types_are_those_of_the_logits() -> None:
    _, gradients = cross_entropy(OPS, some_logits(), GOLD, weights(1, 1, 1), 0.1)
    assert [g.shape for g in gradients] == [(3, 3), (0, 3), (2, 3)]
    assert all(g.dtype == numpy.float32 for g in gradients)


@pytest.mark.parametrize(("gold", "values"), [(UNLABELLED, (1, 1, 1)), (0, (0, 1, 1))])
def test_nothing_to_learn_is_no_loss(gold: int, values: tuple[float, ...]) -> None:
    logits = [numpy.ones((2, 3), dtype="f")]
    loss, gradients = cross_entropy(
        OPS, logits, [numpy.full(2, gold)], weights(*values), 0.0
    )
    assert loss == 0
    assert gradients[0].shape == (2, 3)
    assert not gradients[0].any()


def test_large_logits_do_not_overflow() -> None:
    loss, gradients = cross_entropy(OPS, some_logits(1e4), GOLD, weights(1, 1, 1), 0.1)
    assert numpy.isfinite(loss)
    assert all(numpy.isfinite(g).all() for g in gradients)
