"""The architecture that reads the paper, not the paragraph."""

from collections.abc import Iterable
from functools import partial
from itertools import accumulate, pairwise
from pathlib import Path
from typing import Any, cast

import numpy
from thinc.api import Model
from thinc.types import Floats2d

from spacy_imrad.labels import CONVENTIONS, LABELS, Convention
from spacy_imrad.models.checkpoints.files import write_files
from spacy_imrad.models.checkpoints.hf import round_to_half
from spacy_imrad.models.context.abstracts import ABSTRACT_FILE, AbstractShim
from spacy_imrad.models.context.augmentation import ContextTraining
from spacy_imrad.models.context.calibration import Calibration
from spacy_imrad.models.context.features import (
    ContextFeatures,
    context_features,
    heading_words,
    n_numbers,
)
from spacy_imrad.models.context.settings import ContextSettings
from spacy_imrad.models.context.shim import ContextInput, ContextShim
from spacy_imrad.models.encoder.cache import EncodingCache
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.models.types import (
    ClassifierBackpropT,
    ClassifierInT,
    ClassifierModelT,
    ClassifierOutT,
    EncodedParagraphs,
    EncoderModelT,
    EncoderOutT,
    OutlinedDoc,
    find_shim,
    with_outlines,
)

# Indices of the network's calibrations.
ALONE, BARE, HEADED = range(3)

CONTEXT_FILE = "context.safetensors"


def build_document_context_v1(
    paragraphs: ClassifierModelT,
    width: int = 192,
    depth: int = 2,
    word_width: int = 64,
    n_hashes: int = 8192,
    alone_rate: float = 0.3,
    hidden_rate: float = 0.5,
    renamed_rate: float = 0.0,
    guess_weight: float = 0.0,
    context_dropout: float | None = None,
    rate_scale: float = 10.0,
    freeze_paragraphs: bool = False,
) -> ClassifierModelT:
    """Paragraphs in the context of their paper (`spacy-imrad.DocumentContext.v1`).

    paragraphs: A classifier of single paragraphs, whose encoder is used.
    width: Width of the recurrent layers in each direction.
    depth: Number of recurrent layers.
    word_width: Width of the embeddings of heading words.
    n_hashes: Number of rows in the embedding table of heading words.
    alone_rate: Share of paragraphs that training classifies with the encoder's own
        head, so that it stays good at paragraphs without context.
    hidden_rate: Share of papers that training reads without headings. Half of the
        others lose some of their headings.
    renamed_rate: Share of papers with headings in which some headings are replaced by
        unknown words.
    guess_weight: Weight of an auxiliary task, predicting the words of hidden headings.
    context_dropout: Dropout of this layer; None for the dropout of the training.
    rate_scale: Factor for the learning rate of this layer, which is not pretrained.
    freeze_paragraphs: Whether the encoder stays as it is. Training then encodes each
        paragraph only once.
    RETURNS: Model from outlined Docs to logits, one array (paragraphs x labels) a Doc.
        A Doc of one paragraph without heading has the logits of `paragraphs`.
    """
    return document_context(
        paragraphs.get_ref("encoder"),
        ContextTraining(
            alone_rate=alone_rate,
            hidden_rate=hidden_rate,
            renamed_rate=renamed_rate,
            guess_weight=guess_weight,
            dropout=context_dropout,
            rate_scale=rate_scale,
            freeze_paragraphs=freeze_paragraphs,
        ),
        sizes={
            "width": width,
            "depth": depth,
            "word_width": word_width,
            "n_hashes": n_hashes,
        },
    )


def document_context(
    encoder: EncoderModelT,
    training: ContextTraining,
    *,
    sizes: dict[str, int] | None = None,
    weights: Path | None = None,
) -> ClassifierModelT:
    """The layer itself, over an encoder.

    sizes: Sizes of the network to be trained; None if `weights`, a file, has one.
        Where that has a layer for abstracts beside it, the model has it too.
    """
    cache = EncodingCache() if training.freeze_paragraphs else None
    of_abstracts = weights and weights.with_name(ABSTRACT_FILE)
    abstracts = AbstractShim(of_abstracts, training.rate_scale, 0.0)
    abstracts.cache = cache
    return Model(
        "document_context",
        partial(_forward, training=training, cache=cache),
        init=partial(_init, sizes=sizes),
        attrs={
            "labels": list(LABELS),
            "dropout_rate": 0.1,
            "predict_encoded": _predict_encoded,
        },
        layers=[encoder],
        shims=[
            ContextShim(weights, training.rate_scale, training.guess_weight),
            abstracts,
        ],
        refs={"encoder": encoder},
    )


def context_shim(model: ClassifierModelT) -> ContextShim:
    """The network of a document context.

    RAISES: ValueError if the classifier has none.
    """
    shim = find_shim(model, ContextShim)
    if shim is None:
        raise ValueError("The classifier reads no document context.")
    return shim


def set_convention(model: ClassifierModelT, convention: Convention) -> None:
    """Have a classifier label, and be trained, by a convention. Only a classifier that
    reads papers knows more than one: a paragraph alone has no headings around it."""
    shim = find_shim(model, ContextShim)
    if shim is not None:
        shim.convention = convention


def known_conventions(model: ClassifierModelT) -> list[Convention]:
    """The conventions that a classifier can label by.

    RAISES: ValueError if its document context has no weights.
    """
    shim = find_shim(model, ContextShim)
    return list(CONVENTIONS) if shim is None else shim.conventions


def set_calibration(
    model: ClassifierModelT, kind: int, calibration: Calibration
) -> None:
    """Calibrate a kind of Doc: ALONE, BARE or HEADED."""
    context_shim(model).calibrate(kind, calibration)


def write_weights(model: ClassifierModelT, folder: Path, *, half: bool) -> None:
    """Write a classifier's weights to a folder: the encoder as it was exported or as
    `transformers` reads it, and the document context and the layer for abstracts, if
    there are such, beside it.

    half: Round floating-point weights to half precision, also in the model itself.
    """
    encoder = encoder_shim(model)
    parts: dict[str, ContextShim] = {}
    if (context := find_shim(model, ContextShim)) is not None:
        parts[CONTEXT_FILE] = context
    abstracts = find_shim(model, AbstractShim)
    if abstracts is not None and abstracts.has_weights:
        parts[ABSTRACT_FILE] = abstracts
    if half:
        for part in parts.values():
            part.round_to_half()
        if encoder.exported is None:
            round_to_half(encoder.checkpoint.module)
    (encoder.exported or encoder.checkpoint).to_disk(folder)
    write_files(folder, {name: part.to_bytes() for name, part in parts.items()})


def _init(
    model: ClassifierModelT,
    X: Any = None,
    Y: Any = None,
    *,
    sizes: dict[str, int] | None,
) -> ClassifierModelT:
    encoder = model.get_ref("encoder")
    encoder.initialize(X)
    if sizes is None:
        context_shim(model).begin_convention()
        return model
    n_labels = len(model.attrs["labels"])
    context_shim(model).create(
        ContextSettings(
            vector_width=encoder.get_dim("nO"),
            n_labels=n_labels,
            n_numbers=n_numbers(n_labels),
            convention=context_shim(model).convention,
            **sizes,
        )
    )
    return model


def _forward(
    model: ClassifierModelT,
    X: ClassifierInT,
    is_train: bool,
    *,
    training: ContextTraining,
    cache: EncodingCache | None,
) -> tuple[ClassifierOutT, ClassifierBackpropT]:
    """cache: What a frozen encoder said in earlier updates."""
    X = with_outlines(X)
    if is_train and cache is None and context_shim(model).is_further:
        raise ValueError(
            f"The convention '{context_shim(model).convention}' shares the encoder "
            "with the one that the document context learned first. Train it with "
            "`freeze_paragraphs = true`."
        )
    if is_train and cache is not None:
        encoded = cache.encode_docs(model, X)
        backprop_encoder = None
    else:
        encoded, backprop_encoder = model.get_ref("encoder")(X, is_train)
    if not is_train or not any(len(doc.logits) for doc in encoded):
        return _predict_encoded(model, X, encoded), lambda d_logits: X

    shim = context_shim(model)
    dropout = training.dropout
    shim.network.set_dropout(
        model.attrs["dropout_rate"] if dropout is None else dropout
    )
    labels, n_hashes = model.attrs["labels"], shim.settings.n_hashes
    features: list[ContextFeatures] = []
    hidden_words: list[list[int]] = []
    for _, outline in X:
        hidden = training.hide_headings(outline)
        renamed = training.rename_headings(outline, n_hashes)
        features.append(context_features(outline, labels, n_hashes, hidden, renamed))
        hidden_words += heading_words(outline, n_hashes, hidden)
    inputs = _context_input(model, encoded, features)
    context, backprop_context = shim.begin_read(
        inputs, model.ops, hidden_words if training.guess_weight else None
    )
    # Paragraphs that a frozen encoder judges would teach nothing.
    alone_rate = 0.0 if training.freeze_paragraphs else training.alone_rate
    alone = _choose_alone(model, X, encoded, alone_rate)
    output = alone * inputs.logits + (1 - alone) * context
    bounds = _bounds(encoded)

    def backprop(d_output: ClassifierOutT) -> ClassifierInT:
        d_flat = model.ops.xp.concatenate(d_output)
        d_vectors = backprop_context((1 - alone) * d_flat)
        if backprop_encoder is None:
            return X
        d_logits = alone * d_flat
        d_encoded = EncodedParagraphs(d_vectors, d_logits)
        return backprop_encoder(d_encoded.by_doc(len(doc.logits) for doc in encoded))

    return [output[start:end] for start, end in pairwise(bounds)], backprop


def _predict_encoded(
    model: ClassifierModelT, X: ClassifierInT, encoded: EncoderOutT
) -> ClassifierOutT:
    if not any(len(doc.logits) for doc in encoded):
        return [doc.logits for doc in encoded]
    shim = context_shim(model)
    labels, n_hashes = model.attrs["labels"], shim.settings.n_hashes
    kinds = [_kind(outlined, doc) for outlined, doc in zip(X, encoded, strict=True)]
    kind_of_row = numpy.repeat(kinds, [len(doc.logits) for doc in encoded])
    logits = model.ops.xp.concatenate([doc.logits for doc in encoded])
    papers = [i for i, kind in enumerate(kinds) if kind != ALONE]
    if any(len(encoded[i].logits) for i in papers):
        inputs = _context_input(
            model,
            [encoded[i] for i in papers],
            [context_features(X[i].outline, labels, n_hashes) for i in papers],
        )
        rows = model.ops.xp.asarray(numpy.flatnonzero(kind_of_row != ALONE))
        logits[rows] = shim.read(inputs, model.ops)
    calibrations = shim.calibrations
    # A few operations on long arrays, because each costs a GPU the same.
    for kind in dict.fromkeys(kinds):
        rows = model.ops.xp.asarray(numpy.flatnonzero(kind_of_row == kind))
        logits[rows] = calibrations[kind](logits[rows], model.ops)
    return [logits[start:end] for start, end in pairwise(_bounds(encoded))]


def _context_input(
    model: ClassifierModelT,
    encoded: list[EncodedParagraphs],
    features: Iterable[ContextFeatures],
) -> ContextInput:
    # Of a single paper nothing has to be copied: a book's vectors take 50 MB.
    flat = EncodedParagraphs(
        *(
            part[0] if len(part) == 1 else model.ops.xp.concatenate(part)
            for part in zip(*encoded, strict=True)
        )
    )
    # A recurrent layer reads no empty paper.
    papers = [paper for paper in features if len(paper.numbers)]
    return ContextInput(flat.vectors, flat.logits, papers)


def _kind(outlined: OutlinedDoc, paragraphs: EncodedParagraphs) -> int:
    """HEADED, BARE, or ALONE for a paragraph without any context: no other one, and no
    heading."""
    if any(section.heading for section in outlined.outline.sections):
        return HEADED
    return ALONE if len(paragraphs.logits) == 1 else BARE


def _choose_alone(
    model: ClassifierModelT,
    X: ClassifierInT,
    encoded: list[EncodedParagraphs],
    rate: float,
) -> Floats2d:
    """1 for paragraphs judged by the encoder's own head, 0 for the others: paragraphs
    x 1."""
    lengths = [len(doc.logits) for doc in encoded]
    rates = numpy.repeat(
        [
            1.0 if _kind(outlined, doc) == ALONE else rate
            for outlined, doc in zip(X, encoded, strict=True)
        ],
        lengths,
    )
    chosen = (numpy.random.uniform(size=len(rates)) < rates).reshape(-1, 1)
    return model.ops.asarray2f(cast(Floats2d, chosen.astype("f")))


def _bounds(encoded: list[EncodedParagraphs]) -> list[int]:
    return [0, *accumulate(len(doc.logits) for doc in encoded)]
