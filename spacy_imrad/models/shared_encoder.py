"""The architecture whose encoder serves other pipes as well."""

from collections.abc import Callable
from itertools import accumulate, pairwise
from typing import Any, TypeAlias, cast

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Linear, Model, Ops, Relu, chain
from thinc.types import Floats2d, Ints1d

from ..labels import LABELS
from ..tokens import token_bounds
from .sequence_classifier import each_alone
from .types import (
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
    """Paragraphs out of token vectors (`spacy-imrad.SharedEncoder.v1`).

    tok2vec: What makes the token vectors. A listener shares the encoder of the
        pipeline's other pipes: `spacy-transformers.TransformerListener.v1`, or
        `spacy.Tok2VecListener.v1`.
    RETURNS: Model from outlined Docs to logits, one array (paragraphs x labels) each.
        A paragraph's vector is the mean of its tokens' vectors.
    """
    head: Model[Floats2d, Floats2d] = chain(Relu(dropout=0.1), Linear())
    encoder: EncoderModelT = Model(
        "paragraph_pooling",
        _forward,
        init=_init,
        attrs={"labels": list(LABELS)},
        dims={"nO": None},
        layers=[tok2vec, head],
    )
    return each_alone(encoder)


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
    head.layers[0].set_dim("nO", width, force=True)
    n_labels = len(model.attrs["labels"])
    head.initialize(X=model.ops.alloc2f(1, width), Y=model.ops.alloc2f(1, n_labels))
    return model


def _forward(
    model: EncoderModelT, X: EncoderInT, is_train: bool
) -> tuple[EncoderOutT, EncoderBackpropT]:
    tok2vec, head = model.layers
    tokens, backprop_tokens = tok2vec([outlined.doc for outlined in X], is_train)
    _check_tokens(X, tokens, is_train)
    bounds = [
        token_bounds(x.doc, (paragraph for _, paragraph in x.outline.prose()))
        for x in X
    ]
    vectors, backprop_means = _means(model.ops, tokens, bounds, model.get_dim("nO"))
    # Some ops do not take arrays without rows.
    if len(vectors):
        logits, backprop_head = head(vectors, is_train)
    else:
        logits = model.ops.alloc2f(0, len(model.attrs["labels"]))
    parts = list(pairwise([0, *accumulate(map(len, bounds))]))

    # The others that listen count on every listener's answer, so there is one also
    # where there is nothing to learn.
    def backprop(dY: EncoderOutT) -> EncoderInT:
        d_vectors, d_logits = (
            model.ops.xp.concatenate(part) for part in zip(*dY, strict=True)
        )
        if len(d_vectors):
            d_vectors = d_vectors + backprop_head(d_logits)
        backprop_tokens(backprop_means(d_vectors))
        return X

    return [
        EncodedParagraphs(vectors[start:end], cast(Floats2d, logits[start:end]))
        for start, end in parts
    ], backprop


def _means(
    ops: Ops, tokens: list[Floats2d], bounds: list[NDArray[numpy.intp]], width: int
) -> tuple[Floats2d, Callable[[Floats2d], list[Floats2d]]]:
    """The mean vector of each paragraph's tokens.

    tokens: One array a Doc, tokens x width.
    bounds: One array a Doc, as `token_bounds` makes them.
    RETURNS: Array (paragraphs of all Docs, width), and its backprop.
    """
    starts = [0, *accumulate(map(len, tokens))]
    spans = [
        (start + first, start + after)
        for start, of_doc in zip(starts, bounds, strict=False)
        for first, after in of_doc.tolist()
    ]

    def split(d_flat: Floats2d) -> list[Floats2d]:
        return [d_flat[start:end] for start, end in pairwise(starts)]

    if not spans:
        return ops.alloc2f(0, width), lambda dY: split(ops.alloc2f(starts[-1], width))
    # An empty Doc's array may have no width.
    flat = ops.xp.concatenate([array for array in tokens if len(array)])
    rows = ops.asarray1i(
        cast(Ints1d, numpy.concatenate([numpy.arange(*span) for span in spans]))
    )
    lengths = ops.asarray1i([after - first for first, after in spans])

    def backprop(d_means: Floats2d) -> list[Floats2d]:
        d_flat = ops.alloc2f(*flat.shape)
        ops.scatter_add(d_flat, rows, ops.backprop_reduce_mean(d_means, lengths))
        return split(d_flat)

    return ops.reduce_mean(flat[rows], lengths), backprop


def _check_tokens(X: EncoderInT, tokens: list[Floats2d], is_train: bool) -> None:
    for outlined, array in zip(X, tokens, strict=True):
        if len(array) != len(outlined.doc):
            raise ValueError(
                f"The encoder made {len(array)} token vectors for a Doc of "
                f"{len(outlined.doc)} tokens. If it is a transformer, its span getter "
                "leaves tokens out: `spacy-imrad.ParagraphSpans.v1` covers them all."
            )
    # A listener gives zeros where it has heard nothing.
    if not is_train and any(map(len, tokens)) and not any(map(_any, tokens)):
        raise ValueError(
            "The shared encoder has said nothing about these Docs. Put the component "
            "that it listens to before this one, and do not disable it."
        )


def _any(array: Floats2d) -> bool:
    return bool(array.any())
