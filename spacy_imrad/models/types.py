"""The contract between the pipe, the architectures and their layers.

What an architecture tells of itself stands in the `attrs` of its layers:

    labels              list of str: the labels of the layer's outputs, in their order
    checkpoint_loader   where `initialize` takes the weights to start from, in place of
                        the source that the layer's own config names; or None
    shares_encoder      true if other pipes train the encoder, too: they wait for its
                        gradient even if there is nothing to learn
    predict_encoded     a classifier's function from outlined Docs, and what its encoder
                        made of their paragraphs, to logits

Whoever needs more of a layer finds the shim that holds its network with `find_shim`.
"""

from collections.abc import Callable, Iterable, Sequence
from itertools import accumulate, pairwise
from typing import TYPE_CHECKING, Any, NamedTuple, TypeAlias, TypeVar, cast

from spacy.tokens import Doc
from thinc.api import Model, Shim
from thinc.types import Floats2d

from spacy_imrad.document.outline import Outline
from spacy_imrad.segmenters.paragraph import segment_paragraph

if TYPE_CHECKING:
    from spacy_imrad.models.checkpoints.loaders import CheckpointLoader

ShimT = TypeVar("ShimT", bound=Shim)


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
PredictEncodedT: TypeAlias = Callable[
    [ClassifierModelT, ClassifierInT, EncoderOutT], ClassifierOutT
]


def set_labels(model: Model[Any, Any], labels: Sequence[str]) -> None:
    """Tell all layers of a model the labels of its outputs."""
    _set(model, "labels", list(labels))


def set_checkpoint_loader(
    model: Model[Any, Any], loader: "CheckpointLoader | None"
) -> None:
    """Tell all layers of a model where `initialize` takes weights from."""
    _set(model, "checkpoint_loader", loader)


def shares_encoder(model: Model[Any, Any]) -> bool:
    """Whether other pipes train a part of the model, too."""
    return any(node.attrs.get("shares_encoder", False) for node in model.walk())


def predict_encoded(
    model: ClassifierModelT, X: ClassifierInT, encoded: EncoderOutT
) -> ClassifierOutT:
    """What a classifier predicts if its encoder has made this of the paragraphs.

    encoded: One for each Doc.
    RETURNS: Logits, one array (paragraphs x labels) a Doc.
    """
    return cast(PredictEncodedT, model.attrs["predict_encoded"])(model, X, encoded)


def find_shim(model: Model[Any, Any], kind: type[ShimT]) -> ShimT | None:
    """The shim of exactly that kind in a model's layers, of which it has at most
    one."""
    found = (shim for node in model.walk() for shim in node.shims)
    return next((shim for shim in found if type(shim) is kind), None)


def _set(model: Model[Any, Any], name: str, value: Any) -> None:
    for node in model.walk():
        if name in node.attrs:
            node.attrs[name] = value
