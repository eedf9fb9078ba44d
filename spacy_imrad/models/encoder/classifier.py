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

    name: Folder or hub name of a checkpoint with safetensors weights; its head and
        its `id2label` are kept. None if training starts from the weights that
        `[initialize.components]` names.
    max_length: Most wordpieces of a window, special tokens included; at least 8. A
        longer paragraph is read in windows, and its logits are the windows' mean,
        weighted by their wordpieces.
    stride: Wordpieces that neighbouring windows share; at most half of `max_length`.
    batch_tokens: Most wordpieces of a batch, padding included; None for what suits
        the device.
    train_tokens: Most wordpieces of an update whose activations stay in memory; the
        rest is computed again for the gradients. Lower it if memory is short.
    train_windows: Largest number of windows of a paragraph that training reads; None
        for all.
    frozen_layers: Number of lower layers that, with the embeddings, do not learn:
        training takes less time and memory. 0 trains all.
    cache_size: Number of paragraphs whose wordpieces are kept between passes over the
        same training data.
    mixed_precision: Compute in bfloat16 where the processor or GPU has it; None for
        GPUs alone.
    runtime: What predicts: "onnx" is ONNX Runtime, which needs a checkpoint or a
        pipeline that `python -m spacy_imrad export` wrote, and a CPU; "torch" reads all
        checkpoints; "auto" is ONNX Runtime where it can be, else torch.
    label_aliases: The pipe's names for labels that the checkpoint names otherwise, as
        in `{"LABEL_0": "Introduction", "LABEL_1": "Methods", ...}`. In which order the
        checkpoint has its labels does not matter.
    RETURNS: Model from outlined Docs to logits, one array (paragraphs x labels) each.
    RAISES: ValueError for a setting out of its range. Weights load with the first
        use or with `initialize`, and raise what `load_checkpoint` says.
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
