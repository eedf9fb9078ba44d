"""Temperatures that make the document context's confidence mean what it says."""

from collections.abc import Iterable, Sequence

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc
from spacy.training import Example

from ..models.document_context import ALONE, BARE, HEADED, set_temperature
from ..models.types import ClassifierModelT, OutlinedDoc
from ..outline import Outline
from .gold_paragraphs import GoldKeys, gold_paragraphs
from .loss import UNLABELLED

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
) -> float:
    """Fit one of the model's temperatures, and set it.

    kind: ALONE for Examples of one paragraph, BARE for papers without headings, HEADED
        for papers with them.
    examples: Gold that the model was not trained on.
    RETURNS: The temperature.
    """
    set_temperature(model, kind, 1.0)
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
    temperature = fit_temperature(numpy.concatenate(logits), numpy.concatenate(gold))
    set_temperature(model, kind, temperature)
    return temperature


def fit_temperature(logits: NDArray[numpy.float32], gold: NDArray[numpy.intp]) -> float:
    """The temperature from 0.2 to 5 with the least cross-entropy.

    logits: float32, paragraphs x labels.
    gold: Label indices, or `UNLABELLED`.
    """
    labelled = gold != UNLABELLED
    kept, rows = logits[labelled].astype("d"), gold[labelled]

    def loss(log_temperature: float) -> float:
        scaled = kept / numpy.exp(log_temperature)
        scaled -= scaled.max(axis=1, keepdims=True)
        right = scaled[numpy.arange(len(rows)), rows]
        return float((numpy.log(numpy.exp(scaled).sum(axis=1)) - right).mean())

    # The loss has one minimum along the temperature, so thirds close in on it.
    low, high = numpy.log(0.2), numpy.log(5.0)
    while high - low > 1e-3:
        third = (high - low) / 3
        if loss(low + third) < loss(high - third):
            high -= third
        else:
            low += third
    return float(numpy.exp((low + high) / 2))


def _no_segmenter(doc: Doc) -> Outline:
    raise ValueError("Calibration needs Examples with gold paragraphs.")
