"""A trained classifier for ONNX Runtime, checked against what torch says."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final

import numpy
from numpy.typing import NDArray

from spacy_imrad.models.checkpoints.exported import export_checkpoint
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.models.types import ClassifierModelT, OutlinedDoc

# Rounding to 8 bits moves a paragraph's scores by 0.02 on average; seen at most: 0.15.
TOLERANCE: Final = 0.2


@dataclass(frozen=True, slots=True)
class Agreement:
    """How the exported classifier compares with torch.

    paragraphs: How many were compared.
    same_label: Number of these with the same best label.
    difference: The largest difference of two scores of a paragraph and label.
    """

    paragraphs: int
    same_label: int
    difference: float

    @property
    def is_close(self) -> bool:
        return self.difference <= TOLERANCE


def export_classifier(
    model: ClassifierModelT, papers: Sequence[OutlinedDoc]
) -> Agreement:
    """Export the encoder of a classifier, in place, and compare the scores.

    papers: What to compare them on.
    RAISES: ValueError if there is nothing to export, nothing to compare, or no graph
        for such an encoder; ImportError without the package onnx.
    """
    shim = encoder_shim(model)
    if shim.exported is not None:
        raise ValueError("The model is exported already.")
    if shim.config.runtime == "torch":
        raise ValueError(
            'Its config says `runtime = "torch"`. Set that to "auto" for the export.'
        )
    expected = _scores(model, papers)
    if not len(expected):
        raise ValueError("There is no paragraph to compare the exported model on.")
    shim.set_exported(export_checkpoint(shim.checkpoint))
    found = _scores(model, papers)
    return Agreement(
        len(found),
        int((found.argmax(axis=1) == expected.argmax(axis=1)).sum()),
        float(numpy.abs(found - expected).max()),
    )


def _scores(
    model: ClassifierModelT, papers: Sequence[OutlinedDoc]
) -> NDArray[numpy.float32]:
    logits = numpy.concatenate(
        [model.ops.to_numpy(array) for array in model.predict(list(papers))]
    )
    exponents = numpy.exp(logits - logits.max(axis=1, keepdims=True))
    return exponents / exponents.sum(axis=1, keepdims=True)
