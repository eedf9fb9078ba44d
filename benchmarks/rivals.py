"""The ways to label paragraphs that are compared."""

from collections.abc import Callable, Sequence
from typing import Any, Final, TypeAlias

import spacy
from spacy.language import Language

from spacy_imrad.models.checkpoints.exported import open_checkpoint
from spacy_imrad.models.checkpoints.hf import Checkpoint
from spacy_imrad.models.checkpoints.loaders import bundled_folder
from spacy_imrad.models.checkpoints.pooling import pool_wordpieces

# From paragraphs to their labels.
Label: TypeAlias = Callable[[Sequence[str]], list[str]]

# What others would run: six layers, each over all wordpieces.
PLAIN: Final = "imrad_distilbert"
HUGGING_FACE: Final = (
    "Hugging Face pipeline, batch 1",
    "Hugging Face pipeline, batch 16",
)
ONE_BY_ONE: Final = "torch, one by one"
# The same network as ours, which Hugging Face has not.
POOLED: Final = "Hugging Face pipeline, batch 1, our pooling"
LONGEST: Final = 512


def rivals(*, gpu: bool) -> list[str]:
    """The names of all rivals."""
    runtimes = ("torch",) if gpu else ("torch", "onnx")
    ours = [f"spacy-imrad, {runtime}" for runtime in runtimes]
    return [*HUGGING_FACE, ONE_BY_ONE, POOLED, *ours]


def is_plain(name: str) -> bool:
    """Whether the rival computes what a DistilBERT of six layers does: its weights are
    those of ours, which learned to be used otherwise, so that only its pace counts."""
    return name in (*HUGGING_FACE, ONE_BY_ONE)


def make_rival(name: str, weights: str, *, gpu: bool) -> Label:
    """One of `rivals`; torch uses the GPU if there is to be one.

    weights: Which of the bundled weights ours are.
    """
    if name == POOLED:
        return hugging_face(weights, 1, gpu=gpu, pooled=True)
    if name in HUGGING_FACE:
        size = int(name.rpartition(" ")[2])
        return hugging_face(PLAIN, size, gpu=gpu, pooled=False)
    if name == ONE_BY_ONE:
        return torch_one_by_one(PLAIN, gpu=gpu)
    return ours(weights, name.rpartition(" ")[2])


def open_bundled(weights: str, *, pooled: bool) -> Checkpoint:
    """pooled: As they are meant to be used; else as who knows nothing of it would."""
    checkpoint = open_checkpoint(bundled_folder(weights))
    if pooled:
        pool_wordpieces(checkpoint.module)
    # As `from_pretrained` would give it: without dropout.
    checkpoint.module.eval()
    return checkpoint


def hugging_face(weights: str, batch_size: int, *, gpu: bool, pooled: bool) -> Label:
    from transformers import PreTrainedTokenizerFast, pipeline

    checkpoint = open_bundled(weights, pooled=pooled)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=checkpoint.tokenizer,
        model_max_length=LONGEST,
        **{
            f"{name}_token": f"[{name.upper()}]"
            for name in ("pad", "unk", "cls", "sep", "mask")
        },
    )
    classify = pipeline(
        "text-classification",
        model=checkpoint.module,
        tokenizer=tokenizer,
        device=0 if gpu else -1,
    )

    def label(texts: Sequence[str]) -> list[str]:
        found = classify(
            list(texts), batch_size=batch_size, truncation=True, max_length=LONGEST
        )
        return [one["label"] for one in found]

    return label


def torch_one_by_one(weights: str, *, gpu: bool) -> Label:
    import torch

    checkpoint = open_bundled(weights, pooled=False)
    checkpoint.tokenizer.enable_truncation(LONGEST)
    module: Any = checkpoint.module
    device = "cuda" if gpu else "cpu"
    module.to(device)

    def label(texts: Sequence[str]) -> list[str]:
        found = []
        with torch.inference_mode():
            for text in texts:
                ids = torch.tensor([checkpoint.tokenizer.encode(text).ids])
                best = module(ids.to(device)).logits.argmax()
                found.append(checkpoint.labels[int(best)])
        return found

    return label


def ours(weights: str, runtime: str) -> Label:
    """The whole pipe through `nlp.pipe`, a Doc for each paragraph."""
    nlp = make_nlp(weights, runtime, segmenter="spacy-imrad.ParagraphSegmenter.v1")

    def label(texts: Sequence[str]) -> list[str]:
        return [doc._.imrad for doc in nlp.pipe(texts, batch_size=256)]

    return label


def make_nlp(
    weights: str, runtime: str, segmenter: str = "spacy-imrad.TextSegmenter.v1"
) -> Language:
    model = {
        "@architectures": "spacy-imrad.Pretrained.v1",
        "name": weights,
        "runtime": runtime,
    }
    nlp = spacy.blank("en")
    nlp.max_length = 10**9
    config = {"model": model, "segmenter": {"@misc": segmenter}}
    nlp.add_pipe("imrad_classifier", config=config)
    return nlp
