"""The contract between the pipe, the architectures and their layers."""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import NamedTuple, TypeAlias

from spacy.tokens import Doc
from thinc.api import Model
from thinc.types import Floats2d

from spacy_imrad.document.outline import Outline
from spacy_imrad.segmenters.paragraph import segment_paragraph


class OutlinedDoc(NamedTuple):
    """A Doc with its outline: what an architecture reads."""

    doc: Doc
    outline: Outline

    def texts(self) -> list[str]:
        """What the prose paragraphs say, in text order (see `Outline.readings`)."""
        known = self.outline.text
        return self.outline.readings(self.doc.text if known is None else known)


def with_outlines(docs: Sequence[OutlinedDoc | Doc]) -> list[OutlinedDoc]:
    """Take a plain Doc for one paragraph, since tools of spaCy such as `debug model`
    call any model with Docs."""
    return [
        OutlinedDoc(doc, segment_paragraph(doc)) if isinstance(doc, Doc) else doc
        for doc in docs
    ]


class EncodedParagraphs(NamedTuple):
    """What an encoder says of a Doc's prose paragraphs, each read on its own.

    vectors: paragraphs x width.
    logits: paragraphs x labels.
    """

    vectors: Floats2d
    logits: Floats2d

    def by_doc(self, sizes: Iterable[int]) -> "list[EncodedParagraphs]":
        """Take the paragraphs of several Docs apart.

        sizes: How many each Doc has.
        """
        return [
            EncodedParagraphs(self.vectors[start:end], self.logits[start:end])
            for start, end in pairwise([0, *accumulate(sizes)])
        ]


EncoderInT: TypeAlias = list[OutlinedDoc]
EncoderOutT: TypeAlias = list[EncodedParagraphs]
EncoderBackpropT: TypeAlias = Callable[[EncoderOutT], EncoderInT]
EncoderModelT: TypeAlias = Model[EncoderInT, EncoderOutT]

# One array a Doc, prose paragraphs x labels: logits, not yet probabilities. A
# classifier has its encoder as the reference "encoder".
ClassifierInT: TypeAlias = list[OutlinedDoc]
ClassifierOutT: TypeAlias = list[Floats2d]
ClassifierBackpropT: TypeAlias = Callable[[ClassifierOutT], ClassifierInT]
ClassifierModelT: TypeAlias = Model[ClassifierInT, ClassifierOutT]
