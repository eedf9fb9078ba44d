"""The layer that reads the sentences of an abstract in their order.

It is a document context with weights of its own: the encoder gives each sentence a
vector, which the layer never changes, and in place of headings it reads the words of
the sentence itself. So whoever labels papers gets the same, with this layer or without.
"""

import re
from collections.abc import Callable, Mapping, Sequence
from itertools import accumulate, pairwise
from typing import Any, Final, cast

import numpy
from spacy.strings import get_string_id
from thinc.types import Floats2d

from spacy_imrad.models.context.calibration import Calibration
from spacy_imrad.models.context.features import ContextFeatures
from spacy_imrad.models.context.settings import ContextSettings
from spacy_imrad.models.context.shim import ContextInput, ContextShim
from spacy_imrad.models.encoder.cache import EncodingCache
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.models.types import ClassifierModelT, EncodedParagraphs, find_shim

ABSTRACT_FILE: Final = "abstract.safetensors"
SIZES: Final = {"width": 96, "depth": 1, "word_width": 32, "n_hashes": 8192}
"""The sizes of a new layer, as in `spacy-imrad.DocumentContext.v1`."""

_N_PLACE: Final = 8
# The calibration that counts; the network has three, for kinds of papers.
_CALIBRATION: Final = 0
_OPENING: Final = 4
_WORD: Final = re.compile(r"[^\W\d_]+|\d+")


class AbstractShim(ContextShim):
    """The network, absent in a model that has learned nothing of abstracts.

    cache: Remembers in training what the encoder said; None if that is trained too.
    """

    cache: EncodingCache | None = None

    def __getstate__(self) -> dict[str, Any]:
        empty = None if self.cache is None else EncodingCache()
        return {**super().__getstate__(), "cache": empty}

    @property
    def has_weights(self) -> bool:
        return self._settings is not None or (
            self._file is not None and self._file.is_file()
        )

    def to_bytes(self) -> bytes:
        return super().to_bytes() if self.has_weights else b""

    def forget(self) -> None:
        """Drop the weights: those that are loaded next need not have any."""
        self._drop_network()
        self._file = self._settings = None
        self._weights = {}


def abstract_shim(model: ClassifierModelT) -> AbstractShim:
    """The layer of a model that reads abstracts.

    RAISES: ValueError if the model has no document context.
    """
    shim = find_shim(model, AbstractShim)
    if shim is None:
        raise ValueError(
            "Only a model that reads papers reads abstracts: train it with "
            "`spacy-imrad.DocumentContext.v1`, or take `spacy-imrad.Pretrained.v1`."
        )
    return shim


def reads_abstracts(model: ClassifierModelT) -> bool:
    """Whether a model has learned to label the sentences of abstracts."""
    shim = find_shim(model, AbstractShim)
    return shim is not None and shim.has_weights


def create_abstracts(model: ClassifierModelT, sizes: Mapping[str, Any]) -> None:
    """Give a model an untrained layer for abstracts, in place of the one it has.

    sizes: Those of `SIZES`, or some of them.
    RAISES: ValueError if the model has no document context, TypeError for an unknown
        size, ImportError without the extra `torch`.
    """
    shim = abstract_shim(model)
    shim.forget()
    shim.create(
        ContextSettings(
            vector_width=encoder_shim(model).width,
            n_labels=len(model.attrs["labels"]),
            n_numbers=_N_PLACE,
            **{**SIZES, **sizes},
        )
    )


def predict_abstracts(
    model: ClassifierModelT, abstracts: Sequence[Sequence[str]]
) -> list[Floats2d]:
    """abstracts: The sentences of each.
    RETURNS: Logits, one array (sentences x labels) an abstract.
    """
    shim = abstract_shim(model)
    inputs = _read(model, shim, abstracts, None)
    if inputs is None:
        return [model.ops.alloc2f(0, len(model.attrs["labels"])) for _ in abstracts]
    logits = shim.read(inputs, model.ops)
    logits = shim.calibrations[_CALIBRATION](logits, model.ops)
    return [logits[start:end] for start, end in pairwise(_bounds(abstracts))]


def begin_abstracts(
    model: ClassifierModelT, abstracts: Sequence[Sequence[str]], dropout: float
) -> tuple[list[Floats2d], Callable[[list[Floats2d]], None]]:
    """Read abstracts to learn from them.

    RETURNS: What `predict_abstracts` does, not calibrated, and a callback that takes
        its gradient.
    RAISES: ValueError if the model has no such layer, or if its encoder is trained.
    """
    shim = abstract_shim(model)
    if shim.cache is None:
        raise ValueError(
            "Abstracts are read with an encoder that stays as it is. Train them with "
            "`freeze_paragraphs = true`."
        )
    inputs = _read(model, shim, abstracts, shim.cache)
    if inputs is None:
        return [], lambda d_logits: None
    shim.network.set_dropout(dropout)
    logits, backprop = shim.begin_read(inputs, model.ops)
    parts = [logits[start:end] for start, end in pairwise(_bounds(abstracts))]
    return parts, lambda d_logits: cast(
        None, backprop(model.ops.xp.concatenate(d_logits))
    )


def calibrate_abstracts(model: ClassifierModelT, calibration: Calibration) -> None:
    """Replace the calibration of the sentences of abstracts."""
    abstract_shim(model).calibrate(_CALIBRATION, calibration)


def _read(
    model: ClassifierModelT,
    shim: AbstractShim,
    abstracts: Sequence[Sequence[str]],
    cache: EncodingCache | None,
) -> ContextInput | None:
    """None if there is no sentence."""
    texts = [text for sentences in abstracts for text in sentences]
    if not texts:
        return None
    encoder = encoder_shim(model)
    encoded: EncodedParagraphs = (
        encoder.encode(texts, model.ops)
        if cache is None
        else cache.encode(texts, encoder, model.ops)
    )
    n_hashes = shim.settings.n_hashes
    features = [_features(sentences, n_hashes) for sentences in abstracts if sentences]
    return ContextInput(encoded.vectors, encoded.logits, features)


def _features(sentences: Sequence[str], n_hashes: int) -> ContextFeatures:
    """Where each sentence stands, its words and pairs of words, and how it begins."""
    n = len(sentences)
    places = numpy.arange(n)
    lengths = numpy.array([max(1, len(text)) for text in sentences])
    numbers = numpy.zeros((n, _N_PLACE), dtype="f")
    numbers[:, 0] = places / max(1, n - 1)
    numbers[:, 1] = numpy.minimum(places, 10) / 10
    numbers[:, 2] = numpy.minimum(n - 1 - places, 10) / 10
    numbers[:, 3] = numpy.log1p(n) / 5
    numbers[:, 4] = numpy.log1p(lengths) / 8
    numbers[0, 5] = numbers[-1, 6] = 1
    numbers[:, 7] = [sum(map(str.isdigit, text)) for text in sentences] / lengths
    words = [_words(text) for text in sentences]
    return ContextFeatures(
        numbers,
        [_hashes([*w, *_pairs(w)], n_hashes) for w in words],
        [
            _hashes([f"^{x}" for x in (*w, *_pairs(w))], n_hashes)
            for w in (of_sentence[:_OPENING] for of_sentence in words)
        ],
    )


def _words(text: str) -> list[str]:
    found = _WORD.findall(text.lower())
    return ["0" * min(4, len(word)) if word.isdigit() else word for word in found]


def _pairs(words: Sequence[str]) -> list[str]:
    return [f"{first} {second}" for first, second in pairwise(words)]


def _hashes(names: list[str], n_hashes: int) -> list[int]:
    return [1 + get_string_id(name) % n_hashes for name in names] or [0]


def _bounds(abstracts: Sequence[Sequence[str]]) -> list[int]:
    return [0, *accumulate(map(len, abstracts))]
