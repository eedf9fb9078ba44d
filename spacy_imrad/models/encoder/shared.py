"""The architecture whose encoder serves other pipes as well."""

from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any, TypeAlias

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Dropout, Linear, Model, Ops, Relu, chain
from thinc.types import Floats2d

from spacy_imrad.document.tokens import token_bounds
from spacy_imrad.labels import LABELS
from spacy_imrad.models.encoder.classifier import paragraph_classifier
from spacy_imrad.models.types import (
    ClassifierModelT,
    EncodedParagraphs,
    EncoderBackpropT,
    EncoderInT,
    EncoderModelT,
    EncoderOutT,
)

# One array a Doc, tokens x width.
Tok2VecT: TypeAlias = Model[list[Doc], list[Floats2d]]


def build_shared_encoder_v1(
    tok2vec: Tok2VecT, dropout: float = 0.1
) -> ClassifierModelT:
    """A classifier of the mean token vector of each paragraph
    (`spacy-imrad.SharedEncoder.v1`).

    tok2vec: Layer that computes the token vectors, usually a listener to an encoder
        that other pipes share: `spacy-transformers.TransformerListener.v1` or
        `spacy.Tok2VecListener.v1`.
    dropout: Dropout before the output layer, until a training sets its own.
    RETURNS: Model from outlined Docs to logits, one array (paragraphs x labels) a Doc.
    """
    hidden = Relu()
    head: Model[Floats2d, Floats2d] = chain(hidden, Dropout(dropout), Linear())
    encoder: EncoderModelT = Model(
        "paragraph_pooling",
        _forward,
        init=_init,
        attrs={"labels": list(LABELS), "shares_encoder": True},
        dims={"nO": None},
        layers=[tok2vec, head],
        refs={"hidden": hidden},
    )
    return paragraph_classifier(encoder)


def _init(model: EncoderModelT, X: Any = None, Y: Any = None) -> EncoderModelT:
    tok2vec, head = model.layers
    docs = [outlined.doc for outlined in X or () if len(outlined.doc)]
    if not docs:
        raise ValueError(
            "The shared encoder needs a Doc with tokens to be initialized: "
            "`get_examples` gave none."
        )
    tok2vec.initialize(X=docs)
    width = tok2vec.predict(docs)[0].shape[1]
    model.set_dim("nO", width, force=True)
    model.get_ref("hidden").set_dim("nO", width, force=True)
    n_labels = len(model.attrs["labels"])
    head.initialize(X=model.ops.alloc2f(1, width), Y=model.ops.alloc2f(1, n_labels))
    return model


def _forward(
    model: EncoderModelT, X: EncoderInT, is_train: bool
) -> tuple[EncoderOutT, EncoderBackpropT]:
    tok2vec, head = model.layers
    # spacy-transformers does not take a batch without words.
    if not any(len(outlined.doc) for outlined in X):
        return [_nothing(model) for _ in X], lambda dY: X
    tokens, backprop_tokens = tok2vec([outlined.doc for outlined in X], is_train)
    _check_tokens(X, tokens)
    bounds = [
        token_bounds(x.doc, (paragraph for _, paragraph in x.outline.prose()))
        for x in X
    ]
    if any(map(len, bounds)):
        vectors, backprop_means = _means(model.ops, tokens, bounds)
        if not is_train:
            _check_heard(vectors)
        logits, backprop_head = head(vectors, is_train)
    else:
        vectors, logits = _nothing(model)

    def backprop(dY: EncoderOutT) -> EncoderInT:
        # The others that listen wait for an answer also where nothing is learned.
        if not len(vectors):
            backprop_tokens([model.ops.alloc2f(*array.shape) for array in tokens])
            return X
        d_vectors, d_logits = (
            model.ops.xp.concatenate(part) for part in zip(*dY, strict=True)
        )
        backprop_tokens(backprop_means(d_vectors + backprop_head(d_logits)))
        return X

    parts = pairwise([0, *accumulate(map(len, bounds))])
    return [EncodedParagraphs(vectors[a:b], logits[a:b]) for a, b in parts], backprop


def _nothing(model: EncoderModelT) -> EncodedParagraphs:
    alloc = model.ops.alloc2f
    n_labels = len(model.attrs["labels"])
    return EncodedParagraphs(alloc(0, model.get_dim("nO")), alloc(0, n_labels))


def _means(
    ops: Ops, tokens: list[Floats2d], bounds: list[NDArray[numpy.intp]]
) -> tuple[Floats2d, Callable[[Floats2d], list[Floats2d]]]:
    """The mean vector of each paragraph's tokens.

    tokens: One array a Doc, tokens x width.
    bounds: One array a Doc, as `token_bounds` makes them; some have rows.
    RETURNS: Array (paragraphs of all Docs, width), and its backprop.
    """
    starts = [0, *accumulate(map(len, tokens))]
    shifted = [of_doc + start for of_doc, start in zip(bounds, starts, strict=False)]
    spans = numpy.concatenate(shifted).tolist()
    # An empty Doc's array may have no width.
    flat = ops.xp.concatenate([array for array in tokens if len(array)])
    rows = ops.asarray1i([row for span in spans for row in range(*span)])
    lengths = ops.asarray1i([after - first for first, after in spans])

    def backprop(d_means: Floats2d) -> list[Floats2d]:
        d_flat = ops.alloc2f(*flat.shape)
        ops.scatter_add(d_flat, rows, ops.backprop_reduce_mean(d_means, lengths))
        return [d_flat[start:end] for start, end in pairwise(starts)]

    return ops.reduce_mean(flat[rows], lengths), backprop


def _check_tokens(X: EncoderInT, tokens: list[Floats2d]) -> None:
    for outlined, array in zip(X, tokens, strict=True):
        if len(array) != len(outlined.doc):
            raise ValueError(
                f"The encoder made {len(array)} token vectors for a Doc of "
                f"{len(outlined.doc)} tokens. If it is a transformer, its span getter "
                "leaves tokens out: `spacy-imrad.ParagraphSpans.v1` covers them all."
            )


def _check_heard(vectors: Floats2d) -> None:
    # A listener gives zeros where it has heard nothing.
    if not vectors.any():
        raise ValueError(
            "The shared encoder has said nothing about these Docs. Put the component "
            "that it listens to before this one, and do not disable it."
        )
