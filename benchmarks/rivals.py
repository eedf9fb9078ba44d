"""The ways to label paragraphs that are compared, all with the same weights."""

from collections.abc import Callable, Sequence
from typing import Any, TypeAlias

import spacy
from spacy.language import Language

from spacy_imrad.models.loaders import bundled_folder
from spacy_imrad.models.packed import open_checkpoint

# From paragraphs to their labels.
Label: TypeAlias = Callable[[Sequence[str]], list[str]]

HUGGING_FACE = ("Hugging Face pipeline, batch 1", "Hugging Face pipeline, batch 16")
LONGEST = 512


def make_rivals(weights: str, *, gpu: bool) -> dict[str, Label]:
    """All rivals by name; torch uses the GPU if there is to be one.

    weights: Which of the bundled weights.
    """
    rivals: dict[str, Label] = {}
    for name, size in zip(HUGGING_FACE, (1, 16), strict=True):
        rivals[name] = hugging_face(weights, size, gpu=gpu)
    rivals["torch, one by one"] = torch_one_by_one(weights, gpu=gpu)
    for runtime in ("torch",) if gpu else ("torch", "onnx"):
        rivals[f"spacy-imrad, {runtime}"] = ours(weights, runtime)
    return rivals


def hugging_face(weights: str, batch_size: int, *, gpu: bool) -> Label:
    from transformers import PreTrainedTokenizerFast, pipeline

    checkpoint = open_checkpoint(bundled_folder(weights))
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
        # As `from_pretrained` would give it: without dropout.
        model=checkpoint.module.eval(),
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

    checkpoint = open_checkpoint(bundled_folder(weights))
    checkpoint.tokenizer.enable_truncation(LONGEST)
    module: Any = checkpoint.module.eval()
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
