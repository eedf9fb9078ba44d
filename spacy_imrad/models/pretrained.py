"""The architecture that works at once, on weights that come with the package."""

from functools import partial

from spacy_imrad.labels import LABELS
from spacy_imrad.models.checkpoints.exported import open_checkpoint
from spacy_imrad.models.checkpoints.loaders import bundled_folder
from spacy_imrad.models.context.augmentation import ContextTraining
from spacy_imrad.models.context.layer import CONTEXT_FILE, document_context
from spacy_imrad.models.encoder.classifier import paragraph_classifier
from spacy_imrad.models.encoder.layer import build_hf_encoder
from spacy_imrad.models.encoder.shim import EncoderConfig, Runtime
from spacy_imrad.models.types import ClassifierModelT


def build_pretrained_v1(
    name: str = "imrad_distilbert",
    context: bool = True,
    freeze_paragraphs: bool = False,
    stride: int = 64,
    batch_tokens: int | None = None,
    train_tokens: int = 65536,
    mixed_precision: bool | None = None,
    runtime: Runtime = "auto",
) -> ClassifierModelT:
    """A classifier with the bundled weights (`spacy-imrad.Pretrained.v1`).

    name: Name of the weights.
    context: Whether to read paragraphs in the context of their paper, as
        `spacy-imrad.DocumentContext.v1` does.
    freeze_paragraphs: Whether the encoder stays as it is when the context is trained.

    The other arguments are those of `spacy-imrad.HFSequenceClassifier.v1`.
    RAISES: ValueError if the package has no weights of that name.
    """
    folder = bundled_folder(name)
    config = EncoderConfig(
        stride=stride,
        batch_tokens=batch_tokens,
        train_tokens=train_tokens,
        mixed_precision=mixed_precision,
        runtime=runtime,
    )
    loader = partial(open_checkpoint, folder)
    encoder = build_hf_encoder(loader, config, list(LABELS), folder)
    if not context:
        return paragraph_classifier(encoder)
    training = ContextTraining(freeze_paragraphs=freeze_paragraphs)
    return document_context(encoder, training, weights=folder / CONTEXT_FILE)
