"""The abstract in the pipe: its sentences, their scores, and their gold labels."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy
from numpy.typing import NDArray
from spacy.training import Example

from spacy_imrad.pipeline.interpolation import Why
from spacy_imrad.pipeline.loss import UNLABELLED
from spacy_imrad.segmenters.abstracts import AbstractSentence


@dataclass(frozen=True, slots=True)
class AbstractPrediction:
    """What the pipe predicts for the abstract of one Doc.

    sentences: In text order; none if the Doc has no abstract.
    scores: Probabilities, float32, sentences x labels.
    """

    sentences: Sequence[AbstractSentence]
    scores: NDArray[numpy.float32]

    @property
    def why(self) -> list[Why]:
        """For each sentence, "heading" if a printed label decided, "text" if not."""
        return ["text" if one.labels is None else "heading" for one in self.sentences]


def decide_by_labels(
    sentences: Sequence[AbstractSentence],
    scores: NDArray[numpy.float32],
    labels: Sequence[str],
) -> NDArray[numpy.float32]:
    """Let printed labels decide: a sentence has one of those that its own names.

    scores: Probabilities, sentences x labels.
    RETURNS: Probabilities of that shape.
    """
    decided = scores.copy()
    for row, sentence in zip(decided, sentences, strict=True):
        named = [label in (sentence.labels or ()) for label in labels]
        if any(named):
            # Of no chance at all there is nothing to share out.
            row[:] = numpy.where(named, row + 1e-9, 0)
            row /= row.sum()
    return decided


def gold_abstract(
    example: Example, labels: Sequence[str], key: str
) -> tuple[list[str], NDArray[numpy.intp]] | None:
    """The sentences of a gold abstract, and an int array (sentences,) of label indices
    or `UNLABELLED`; None if the Example has no gold abstract.

    key: Span group of the reference that holds them.
    RAISES: ValueError for a gold label that the pipe does not have.
    """
    if key not in example.reference.spans:
        return None
    spans = sorted(example.reference.spans[key], key=lambda span: span.start)
    unknown = sorted({span.label_ for span in spans} - {"", *labels})
    if unknown:
        raise ValueError(
            f"The training data label sentences of '{key}' as {unknown}; the pipe's "
            f"labels are {list(labels)}."
        )
    rows = [labels.index(s.label_) if s.label_ else UNLABELLED for s in spans]
    texts = [" ".join(span.text.split()) for span in spans]
    return texts, numpy.asarray(rows, dtype="intp")
