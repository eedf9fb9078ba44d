"""Real components, small enough to build on the spot."""

import os
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from spacy_imrad import LABELS

os.environ["HF_HUB_OFFLINE"] = "1"

WORDS = (
    "we the of and in to a is are was were for with on that this it by from as "
    "patients samples model data results show significant prior work propose method "
    "training loss increase decrease earlier studies conclude limitations future "
    "introduction methods discussion related problem important here section . , ( )"
).split()


def make_checkpoint(folder: Path, labels: tuple[str, ...] = LABELS, seed: int = 0) -> Path:
    """Save a DistilBERT of 2 layers of 32 with an untrained head, as transformers
    saves it."""
    import torch
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors
    from transformers import (
        DistilBertConfig,
        DistilBertForSequenceClassification,
        PreTrainedTokenizerFast,
    )

    letters = [chr(i) for i in range(33, 127)]
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *dict.fromkeys([*WORDS, *letters, *(f"##{c}" for c in letters)]),
    ]
    vocab = {piece: index for index, piece in enumerate(pieces)}
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.normalizer = normalizers.BertNormalizer()
    tokenizer.pre_tokenizer = pre_tokenizers.BertPreTokenizer()
    tokenizer.post_processor = processors.TemplateProcessing(
        single="[CLS] $A [SEP]",
        pair="[CLS] $A [SEP] $B [SEP]",
        special_tokens=[("[CLS]", vocab["[CLS]"]), ("[SEP]", vocab["[SEP]"])],
    )
    torch.manual_seed(seed)
    config = DistilBertConfig(
        vocab_size=len(vocab),
        dim=32,
        hidden_dim=64,
        n_layers=2,
        n_heads=2,
        max_position_embeddings=128,
        initializer_range=0.2,
        id2label=dict(enumerate(labels)),
        label2id={label: index for index, label in enumerate(labels)},
    )
    DistilBertForSequenceClassification(config).save_pretrained(folder)
    PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        unk_token="[UNK]",
        pad_token="[PAD]",
        cls_token="[CLS]",
        sep_token="[SEP]",
        model_max_length=128,
    ).save_pretrained(folder)
    return folder


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture
def tiny_model(tiny_checkpoint: Path) -> dict[str, object]:
    """The `model` block of a config for the tiny checkpoint."""
    return {
        "@architectures": "spacy-imrad.HFSequenceClassifier.v1",
        "name": str(tiny_checkpoint),
        "max_length": 128,
        "stride": 16,
    }


@pytest.fixture
def make_nlp(tiny_model: dict[str, object]) -> Callable[..., Language]:
    """A blank English pipeline with the pipe on the tiny checkpoint."""

    def make(**config: object) -> Language:
        nlp = spacy.blank("en")
        nlp.add_pipe("imrad_classifier", config={"model": tiny_model, **config})
        return nlp

    return make
