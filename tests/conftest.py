"""Real components, small enough to build on the spot."""

import os
from collections.abc import Callable, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span

from spacy_imrad import LABELS

if TYPE_CHECKING:
    from tokenizers import Tokenizer

    from spacy_imrad.models.types import OutlinedDoc

os.environ["HF_HUB_OFFLINE"] = "1"
# Papers are labelled in the test's own process, but where a test asks for another.
os.environ["SPACY_IMRAD_TIMEOUT"] = "0"

VOCABULARY = (
    "we the of and in to a is are was were for with on that this it by from as "
    "patients samples model data results show significant prior work propose method "
    "training loss increase decrease earlier studies conclude limitations future "
    "introduction methods discussion related problem important here section . , ( )"
)


def make_checkpoint(
    folder: Path,
    labels: Sequence[str] | None = LABELS,
    seed: int = 0,
    kind: str = "distilbert",
    width: int = 32,
) -> Path:
    """Save an encoder of 2 layers of `width` that reads 128 wordpieces, with an
    untrained head unless `labels` is None, as transformers saves it."""
    reason = "needs the extra `torch`"
    torch = pytest.importorskip("torch", reason=reason)
    transformers = pytest.importorskip("transformers", reason=reason)
    tokenizer = _byte_level() if kind == "roberta" else _wordpiece()
    size = tokenizer.get_vocab_size()
    head = {
        "id2label": dict(enumerate(labels or ())),
        "label2id": {label: index for index, label in enumerate(labels or ())},
    }
    shared = {"vocab_size": size, "initializer_range": 0.2, **(head if labels else {})}
    if kind == "distilbert":
        prefix = "DistilBert"
        config = transformers.DistilBertConfig(
            dim=width,
            hidden_dim=2 * width,
            n_layers=2,
            n_heads=2,
            max_position_embeddings=128,
            **shared,
        )
    else:
        prefix = {"bert": "Bert", "roberta": "Roberta"}[kind]
        config = getattr(transformers, f"{prefix}Config")(
            hidden_size=width,
            intermediate_size=2 * width,
            num_hidden_layers=2,
            num_attention_heads=2,
            # RoBERTa's first two rows belong to no position.
            max_position_embeddings=130 if kind == "roberta" else 128,
            **shared,
        )
    torch.manual_seed(seed)
    part = "ForSequenceClassification" if labels else "Model"
    getattr(transformers, prefix + part)(config).save_pretrained(folder)
    special = (
        {"pad": "<pad>", "unk": "<unk>", "cls": "<s>", "sep": "</s>"}
        if kind == "roberta"
        else {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]"}
    )
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=128,
        **{f"{name}_token": token for name, token in special.items()},
    ).save_pretrained(folder)
    return folder


def _wordpiece() -> "Tokenizer":
    from tokenizers import Tokenizer, models, normalizers, pre_tokenizers, processors

    letters = [chr(i) for i in range(33, 127)]
    pieces = [
        "[PAD]",
        "[UNK]",
        "[CLS]",
        "[SEP]",
        *dict.fromkeys([*VOCABULARY.split(), *letters, *(f"##{c}" for c in letters)]),
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
    return tokenizer


def _byte_level() -> "Tokenizer":
    from tokenizers import Tokenizer, decoders, models, pre_tokenizers, processors

    special = ["<s>", "<pad>", "</s>", "<unk>"]
    pieces = [*special, *sorted(pre_tokenizers.ByteLevel.alphabet()), "th", "\u0120th"]
    vocab = {piece: index for index, piece in enumerate(pieces)}
    merges = [("t", "h"), ("\u0120", "th")]
    tokenizer = Tokenizer(models.BPE(vocab, merges, unk_token="<unk>"))
    tokenizer.pre_tokenizer = pre_tokenizers.ByteLevel(add_prefix_space=False)
    tokenizer.decoder = decoders.ByteLevel()
    tokenizer.post_processor = processors.RobertaProcessing(
        ("</s>", vocab["</s>"]), ("<s>", vocab["<s>"]), add_prefix_space=False
    )
    return tokenizer


@pytest.fixture(scope="session")
def needs_torch() -> None:
    """For tests that use torch without naming it."""
    pytest.importorskip("torch", reason="needs the extra `torch`")


@pytest.fixture(scope="session")
def no_spacy_transformers() -> None:
    """For tests without torch: spaCy loads that package with its factories, and it
    imports torch."""
    if find_spec("spacy_transformers") is not None:
        pytest.skip("spacy-transformers is installed, which imports torch")


@pytest.fixture(scope="session")
def tiny_checkpoint(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return make_checkpoint(tmp_path_factory.mktemp("checkpoint"))


@pytest.fixture(scope="session")
def build_checkpoint(
    tmp_path_factory: pytest.TempPathFactory,
) -> Callable[..., Path]:
    """Make a checkpoint in a folder of its own, with `make_checkpoint`'s arguments."""
    return lambda **settings: make_checkpoint(
        tmp_path_factory.mktemp("checkpoint"), **settings
    )


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


@pytest.fixture
def pipeline(make_nlp: Callable[..., Language], tmp_path: Path) -> str:
    """The folder that such a pipeline is saved in."""
    folder = tmp_path / "pipeline"
    make_nlp().to_disk(folder)
    return str(folder)


@pytest.fixture(scope="session")
def outline_of() -> Callable[..., "OutlinedDoc"]:
    """Make what an architecture reads from a list of texts: a paragraph each, and a
    heading where a text begins with `# `."""
    from spacy_imrad.document.outline import Heading, Outline, Paragraph, Section
    from spacy_imrad.models.types import OutlinedDoc

    vocab = spacy.blank("en").vocab

    def make(texts: Sequence[str]) -> OutlinedDoc:
        start = 0
        sections: list[Section] = []
        paragraphs: list[Paragraph] = []
        heading: Heading | None = None
        for text in [*texts, "# "]:
            if text.startswith("# "):
                if heading or paragraphs:
                    sections.append(Section(heading, tuple(paragraphs)))
                heading = Heading(start, start + len(text), 1, text[2:])
                paragraphs = []
            else:
                paragraphs.append(Paragraph(start, start + len(text)))
            start += len(text) + 2
        words = [word for text in texts for word in (text, "\n\n")]
        doc = Doc(vocab, words=words, spaces=[False] * len(words))
        return OutlinedDoc(doc, Outline(tuple(sections)))

    return make


@pytest.fixture(scope="session")
def gold_doc() -> Callable[..., Doc]:
    """Make a Doc of paragraphs, given as (text, label), with blank lines between.

    `sections` are (first paragraph, paragraph after the last, label), or None for no
    such group.
    """

    def make(
        nlp: Language,
        paragraphs: Sequence[tuple[str, str]],
        sections: Sequence[tuple[int, int, str]] | None = None,
        paragraphs_key: str | None = "imrad_paragraphs",
        spans_key: str = "imrad",
    ) -> Doc:
        doc = nlp.make_doc("\n\n".join(text for text, _ in paragraphs))
        bounds: list[tuple[int, int]] = []
        for text, _ in paragraphs:
            start = bounds[-1][1] + 2 if bounds else 0
            bounds.append((start, start + len(text)))

        def span(start: int, end: int, label: str) -> Span:
            found = doc.char_span(start, end, label=label, alignment_mode="expand")
            assert found is not None
            return found

        if paragraphs_key is not None:
            doc.spans[paragraphs_key] = [
                span(start, end, label)
                for (start, end), (_, label) in zip(bounds, paragraphs, strict=True)
            ]
        if sections is not None:
            doc.spans[spans_key] = [
                span(bounds[first][0], bounds[after - 1][1], label)
                for first, after, label in sections
            ]
        return doc

    return make
