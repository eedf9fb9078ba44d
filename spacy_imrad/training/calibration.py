"""Calibrations that make the document context's confidence mean what it says."""

from collections.abc import Iterable, Sequence
from typing import Any, cast

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import NumpyOps

from ..models.confidence import Calibration
from ..models.document_context import ALONE, BARE, HEADED, set_calibration
from ..models.types import ClassifierModelT, OutlinedDoc
from ..outline import Outline
from .gold_paragraphs import GoldKeys, gold_paragraphs
from .loss import UNLABELLED

# Label smoothing of 0.1 adds 0.02 to each of five labels.
FLOORS = numpy.linspace(0, 0.02, 11).tolist()

# How the examples of each kind have to be read: options of the papers corpus.
CALIBRATION_SETS = {
    ALONE: {"unit": "paragraph", "rule": "strict"},
    BARE: {"unit": "paper", "rule": "ancestor", "headings": "hide"},
    HEADED: {"unit": "paper", "rule": "ancestor", "headings": "show"},
}


def calibrate(
    model: ClassifierModelT,
    kind: int,
    examples: Iterable[Example],
    labels: Sequence[str],
    batch_size: int = 64,
) -> Calibration:
    """Fit one of the model's calibrations, and set it.

    kind: ALONE for Examples of one paragraph, BARE for papers without headings, HEADED
        for papers with them.
    examples: Gold that the model was not trained on.
    RETURNS: The calibration.
    """
    set_calibration(model, kind, Calibration())
    logits: list[NDArray[numpy.float32]] = []
    gold: list[NDArray[numpy.intp]] = []
    batch: list[OutlinedDoc] = []

    def flush() -> None:
        for array in model.predict(batch):
            logits.append(model.ops.to_numpy(array))  # type: ignore[no-untyped-call]
        batch.clear()

    for example in examples:
        outlined, rows = gold_paragraphs(example, labels, _no_segmenter, GoldKeys())
        batch.append(outlined)
        gold.append(rows)
        if len(batch) == batch_size:
            flush()
    flush()
    calibration = fit_calibration(numpy.concatenate(logits), numpy.concatenate(gold))
    set_calibration(model, kind, calibration)
    return calibration


def fit_calibration(
    logits: NDArray[numpy.float32], gold: NDArray[numpy.intp]
) -> Calibration:
    """The floor and the temperature from 0.2 to 5 with the least cross-entropy.

    logits: float32, paragraphs x labels.
    gold: Label indices, or `UNLABELLED`.
    """
    labelled = gold != UNLABELLED
    kept, rows = logits[labelled].astype("d"), gold[labelled]
    fits = [(*_fit_temperature(_above(kept, floor), rows), floor) for floor in FLOORS]
    _, temperature, floor = min(fits)
    return Calibration(floor, temperature)


def _above(logits: NDArray[numpy.float64], floor: float) -> NDArray[numpy.float64]:
    calibration = Calibration(floor)
    return cast(NDArray[numpy.float64], calibration(cast(Any, logits), NumpyOps()))


def _fit_temperature(
    logits: NDArray[numpy.float64], rows: NDArray[numpy.intp]
) -> tuple[float, float]:
    """RETURNS: The least cross-entropy, and the temperature that has it."""

    def loss(log_temperature: float) -> float:
        log_scores = _log_scores(logits / numpy.exp(log_temperature))
        return float(-log_scores[numpy.arange(len(rows)), rows].mean())

    # The loss has one minimum along the temperature, so thirds close in on it.
    low, high = numpy.log(0.2), numpy.log(5.0)
    while high - low > 1e-3:
        third = (high - low) / 3
        if loss(low + third) < loss(high - third):
            high -= third
        else:
            low += third
    middle = (low + high) / 2
    return loss(middle), float(numpy.exp(middle))


def _log_scores(logits: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    shifted = logits - logits.max(axis=1, keepdims=True)
    total = numpy.exp(shifted).sum(axis=1, keepdims=True)
    return cast(NDArray[numpy.float64], shifted - numpy.log(total))


def _no_segmenter(doc: Doc) -> Outline:
    raise ValueError("Calibration needs Examples with gold paragraphs.")
