"""The layer that reads each paragraph on its own, through a sequence classifier."""

from pathlib import Path
from typing import Any

from thinc.api import Model, xp2torch

from spacy_imrad.models.checkpoints.loaders import CheckpointLoader
from spacy_imrad.models.encoder.shim import (
    EncodedTensors,
    EncoderConfig,
    SequenceClassifierShim,
)
from spacy_imrad.models.types import (
    EncodedParagraphs,
    EncoderBackpropT,
    EncoderInT,
    EncoderModelT,
    EncoderOutT,
    find_shim,
)


def build_hf_encoder(
    loader: CheckpointLoader | None,
    config: EncoderConfig,
    labels: list[str],
    folder: Path | None = None,
) -> EncoderModelT:
    """An encoder of paragraphs (see `SequenceClassifierShim`)."""
    return Model(
        "hf_encoder",
        forward,
        init=init,
        attrs={"labels": labels, "checkpoint_loader": None, "dropout_rate": 0.1},
        dims={"nO": None},
        shims=[SequenceClassifierShim(loader, config, folder)],
    )


def encoder_shim(model: Model[Any, Any]) -> SequenceClassifierShim:
    """The network and tokenizer of a classifier's encoder.

    RAISES: ValueError if the classifier has no encoder that reads text.
    """
    shim = find_shim(model, SequenceClassifierShim)
    if shim is None:
        raise ValueError(
            "The classifier has no encoder of its own that reads paragraphs: it "
            "shares one with other pipes, which works on the Doc's tokens."
        )
    return shim


def init(model: EncoderModelT, X: Any = None, Y: Any = None) -> EncoderModelT:
    shim = encoder_shim(model)
    shim.load(model.attrs["checkpoint_loader"], model.attrs["labels"])
    check_labels(shim.labels, model.attrs["labels"])
    model.set_dim("nO", shim.width, force=True)
    return model


def forward(
    model: EncoderModelT, X: EncoderInT, is_train: bool
) -> tuple[EncoderOutT, EncoderBackpropT]:
    shim = encoder_shim(model)
    check_labels(shim.labels, model.attrs["labels"])
    texts = [outlined.texts() for outlined in X]
    sizes = list(map(len, texts))
    flat_texts = [text for of_doc in texts for text in of_doc]

    if not flat_texts:
        alloc = model.ops.alloc2f
        empty = EncodedParagraphs(
            alloc(0, shim.width), alloc(0, len(model.attrs["labels"]))
        )
        return [empty for _ in X], lambda dY: X
    if not is_train:
        return shim.encode(flat_texts, model.ops).by_doc(sizes), lambda dY: X

    shim.set_dropout(model.attrs["dropout_rate"])
    encoding, backprop_texts = shim.begin_encode(flat_texts)

    def backprop(dY: EncoderOutT) -> EncoderInT:
        backprop_texts(
            EncodedTensors(
                *(
                    xp2torch(model.ops.xp.concatenate(part), device=tensor.device)
                    for part, tensor in zip(
                        zip(*dY, strict=True), encoding, strict=True
                    )
                )
            )
        )
        return X

    return encoding.to_ops(model.ops).by_doc(sizes), backprop


def check_labels(found: tuple[str, ...], expected: list[str]) -> None:
    """RAISES: ValueError unless both are the same labels in the same order."""
    if list(found) != list(expected):
        raise ValueError(
            f"The checkpoint's labels are {list(found)}, the pipe's are "
            f"{list(expected)}. They have to be the same: if only their names differ, "
            "say which is which in `label_aliases`."
        )
