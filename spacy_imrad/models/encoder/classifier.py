"""Architectures that label each paragraph by its own text alone."""

from pathlib import Path
from typing import Any

from thinc.api import Model

from spacy_imrad.labels import LABELS
from spacy_imrad.models.checkpoints.loaders import make_hf_checkpoint_loader_v1
from spacy_imrad.models.encoder.layer import build_hf_encoder
from spacy_imrad.models.encoder.shim import EncoderConfig, Runtime
from spacy_imrad.models.types import (
    ClassifierBackpropT,
    ClassifierInT,
    ClassifierModelT,
    ClassifierOutT,
    EncodedParagraphs,
    EncoderModelT,
    EncoderOutT,
    with_outlines,
)


def build_hf_sequence_classifier_v1(
    name: str | None = None,
    max_length: int = 512,
    stride: int = 64,
    batch_tokens: int | None = None,
    train_tokens: int = 65536,
    train_windows: int | None = None,
    frozen_layers: int = 0,
    cache_size: int = 0,
    mixed_precision: bool | None = None,
    runtime: Runtime = "auto",
    label_aliases: dict[str, str] | None = None,
) -> ClassifierModelT:
    """Any Hugging Face sequence classifier (`spacy-imrad.HFSequenceClassifier.v1`).

    name: Folder or hub name of a checkpoint with safetensors weights, whose head and
        `id2label` are kept. None if training starts from the weights that
        `[initialize.components]` names.
    max_length: Maximum number of wordpieces in a window, special tokens included; at
        least 8. The logits of a longer paragraph are the mean over its windows,
        weighted by their wordpieces.
    stride: Wordpieces shared by neighbouring windows; at most half of `max_length`.
    batch_tokens: Maximum number of wordpieces in a batch, padding included; None for a
        number that suits the device.
    train_tokens: Maximum number of wordpieces of an update whose activations are kept;
        the others are recomputed for the gradients. Lower it if memory is short.
    train_windows: Maximum number of windows per paragraph in training; None for all.
    frozen_layers: Number of lower layers that do not learn, nor do the embeddings then.
    cache_size: Number of paragraphs whose wordpieces are cached during training.
    mixed_precision: Whether to compute in bfloat16; None for GPUs only.
    runtime: "torch"; "onnx" for ONNX Runtime, which needs a CPU and a checkpoint or
        pipeline written by `spacy-imrad export`; "auto" for ONNX Runtime where
        possible, and torch otherwise.
    label_aliases: The pipe's names for the checkpoint's labels, as in
        `{"LABEL_0": "Introduction", "LABEL_1": "Methods", ...}`.
    RETURNS: Model from outlined Docs to logits, one array (paragraphs x labels) a Doc.
    RAISES: ValueError for a setting out of its range. Weights are loaded at first use
        or by `initialize`, which raise what `load_checkpoint` raises.
    """
    loader = None
    if name is not None:
        loader = make_hf_checkpoint_loader_v1(name, label_aliases)
    config = EncoderConfig(
        max_length=max_length,
        stride=stride,
        batch_tokens=batch_tokens,
        train_tokens=train_tokens,
        train_windows=train_windows,
        frozen_layers=frozen_layers,
        cache_size=cache_size,
        mixed_precision=mixed_precision,
        runtime=runtime,
    )
    folder = Path(name) if name is not None and not label_aliases else None
    return paragraph_classifier(build_hf_encoder(loader, config, list(LABELS), folder))


def paragraph_classifier(encoder: EncoderModelT) -> ClassifierModelT:
    """The classifier whose logits are those of the encoder's own head."""
    return Model(
        "paragraph_classifier",
        _forward,
        init=_init,
        layers=[encoder],
        refs={"encoder": encoder},
        attrs={"predict_encoded": _predict_encoded},
    )


def _init(model: ClassifierModelT, X: Any = None, Y: Any = None) -> ClassifierModelT:
    model.get_ref("encoder").initialize(X)
    return model


def _forward(
    model: ClassifierModelT, X: ClassifierInT, is_train: bool
) -> tuple[ClassifierOutT, ClassifierBackpropT]:
    encoded, backprop_encoder = model.get_ref("encoder")(with_outlines(X), is_train)

    def backprop(d_logits: ClassifierOutT) -> ClassifierInT:
        return backprop_encoder(
            [
                EncodedParagraphs(model.ops.alloc2f(*doc.vectors.shape), d_doc)
                for doc, d_doc in zip(encoded, d_logits, strict=True)
            ]
        )

    return _predict_encoded(model, X, encoded), backprop


def _predict_encoded(
    model: ClassifierModelT, X: ClassifierInT, encoded: EncoderOutT
) -> ClassifierOutT:
    return [doc.logits for doc in encoded]
