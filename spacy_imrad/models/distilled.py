"""The architecture that learns from another model besides the gold labels."""

from functools import partial
from typing import Any

import numpy
from thinc.api import Model, Ops

from spacy_imrad.labels import LABELS
from spacy_imrad.models.encoder.cache import EncodingCache
from spacy_imrad.models.encoder.classifier import paragraph_classifier
from spacy_imrad.models.encoder.layer import check_labels, encoder_shim
from spacy_imrad.models.types import (
    ClassifierModelT,
    EncodedParagraphs,
    EncoderBackpropT,
    EncoderInT,
    EncoderModelT,
    EncoderOutT,
)


def build_distilled_v1(
    paragraphs: ClassifierModelT,
    teacher: ClassifierModelT,
    weight: float = 1.0,
    temperature: float = 2.0,
    vector_weight: float = 0.0,
    cache_size: int = 0,
) -> ClassifierModelT:
    """A classifier of paragraphs that also learns from the scores of a teacher
    (`spacy-imrad.Distilled.v1`), as proposed by Hinton et al. (2015).

    The teacher is used in training only: it is not saved with the pipeline. In
    `spacy-imrad.DocumentContext.v1` the encoder learns from both losses.

    paragraphs: The student, a classifier of single paragraphs, whose encoder is used.
    teacher: Another classifier with the same labels, which stays as it is.
    weight: Factor for the divergence between the scores of student and teacher, 0 or
        more.
    temperature: Divisor of both logits; the divergence is multiplied by its square.
        Above 0.
    vector_weight: Factor for the squared distance between the vectors of the encoders,
        0 or more.
    cache_size: Number of paragraphs for which the teacher's output is cached.
    RETURNS: Model from outlined Docs to logits, one array (paragraphs x labels) a Doc.
    RAISES: ValueError for a number out of its range. `initialize` raises it if the
        teacher has other labels, or if the compared vectors differ in width.
    """
    for name, value, fine in (
        ("weight", weight, weight >= 0),
        ("temperature", temperature, temperature > 0),
        ("vector_weight", vector_weight, vector_weight >= 0),
    ):
        if not fine or not numpy.isfinite(value):
            least = "above 0" if name == "temperature" else "0 or more"
            raise ValueError(f"`{name}` is {value}; it has to be {least}.")
    encoder = paragraphs.get_ref("encoder")
    frozen = Teacher(teacher.get_ref("encoder"), cache_size)
    return paragraph_classifier(
        Model(
            "distilled_encoder",
            partial(
                _forward,
                teacher=frozen,
                weight=weight,
                temperature=temperature,
                vector_weight=vector_weight,
            ),
            init=partial(_init, teacher=frozen, same_width=vector_weight > 0),
            attrs={"labels": list(LABELS)},
            dims={"nO": None},
            layers=[encoder],
        )
    )


class Teacher:
    """Says what a frozen encoder makes of texts.

    It is no layer of the model, so that nothing trains or saves it.

    cache_size: Texts whose encodings are remembered.
    """

    def __init__(self, encoder: EncoderModelT, cache_size: int) -> None:
        self._shim = encoder_shim(encoder)
        self._cache = EncodingCache(cache_size)

    def check(self, labels: list[str], width: int | None) -> None:
        """RAISES: ValueError if its labels are others, or if its vectors are of
        another width; None fits all."""
        # Loaded through the shim: to initialize would give it a new, untrained head
        # where it has none.
        check_labels(self._shim.labels, labels)
        found = self._shim.width
        if width not in (None, found):
            raise ValueError(
                f"The teacher's vectors are {found} wide, the student's {width}: "
                "they can't be compared. Set `vector_weight` to 0, or take a student "
                "as wide as its teacher."
            )

    def __call__(self, texts: list[str], ops: Ops) -> EncodedParagraphs:
        """RETURNS: Arrays of `ops`, a row for each text."""
        return self._cache.encode(texts, self._shim, ops)


def _init(
    model: EncoderModelT,
    X: Any = None,
    Y: Any = None,
    *,
    teacher: Teacher,
    same_width: bool,
) -> EncoderModelT:
    encoder = model.layers[0]
    encoder.initialize(X)
    width = encoder.get_dim("nO")
    model.set_dim("nO", width, force=True)
    # Now, and not after the first batch.
    teacher.check(model.attrs["labels"], width if same_width else None)
    return model


def _forward(
    model: EncoderModelT,
    X: EncoderInT,
    is_train: bool,
    *,
    teacher: Teacher,
    weight: float,
    temperature: float,
    vector_weight: float,
) -> tuple[EncoderOutT, EncoderBackpropT]:
    encoded, backprop_encoder = model.layers[0](X, is_train)
    texts = [text for outlined in X for text in outlined.texts()]
    if not is_train or not texts:
        return encoded, backprop_encoder

    taught = teacher(texts, model.ops)
    vectors, logits = map(model.ops.xp.concatenate, zip(*encoded, strict=True))
    # The gradients of weight · T² · KL(teacher ‖ student) and of vector_weight · MSE.
    d_logits = (weight * temperature / len(texts)) * (
        model.ops.softmax(logits, temperature=temperature)
        - model.ops.softmax(taught.logits, temperature=temperature)
    )
    if vector_weight:
        d_vectors = (2 * vector_weight / vectors.size) * (vectors - taught.vectors)
    else:
        d_vectors = model.ops.alloc2f(*vectors.shape)
    lessons = EncodedParagraphs(d_vectors, d_logits).by_doc(
        len(doc.logits) for doc in encoded
    )

    def backprop(d_encoded: EncoderOutT) -> EncoderInT:
        return backprop_encoder(
            [
                EncodedParagraphs(
                    doc.vectors + lesson.vectors, doc.logits + lesson.logits
                )
                for doc, lesson in zip(d_encoded, lessons, strict=True)
            ]
        )

    return encoded, backprop
