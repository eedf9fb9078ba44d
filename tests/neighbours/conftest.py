"""Pipelines in which other pipes work on the same texts."""

from collections.abc import Callable
from pathlib import Path
from typing import Any, Literal, TypeAlias

import pytest
import spacy
from spacy.language import Language
from thinc.api import fix_random_seed

Upstream: TypeAlias = Literal["tok2vec", "transformer"]
MakeSharing: TypeAlias = Callable[..., Language]

TEXT_SEGMENTER = {"@misc": "spacy-imrad.TextSegmenter.v1"}


@pytest.fixture(params=["tok2vec", "transformer"])
def upstream(request: pytest.FixtureRequest) -> Upstream:
    """The component that has the encoder, each of spaCy's in turn."""
    if request.param == "transformer":
        pytest.importorskip("spacy_transformers", reason="needs the extra [trf]")
    found: Upstream = request.param
    return found


def listener_of(upstream: Upstream) -> dict[str, Any]:
    if upstream == "tok2vec":
        return {"@architectures": "spacy.Tok2VecListener.v1", "width": 32}
    return {
        "@architectures": "spacy-transformers.TransformerListener.v1",
        "pooling": {"@layers": "reduce_mean.v1"},
    }


@pytest.fixture
def make_sharing(build_checkpoint: Callable[..., Path]) -> MakeSharing:
    """A pipeline whose NER and IMRaD listen to one encoder, to be initialized."""

    def make(
        upstream: Upstream,
        *,
        with_context: bool = False,
        get_spans: dict[str, Any] | None = None,
        **config: Any,
    ) -> Language:
        fix_random_seed(0)
        nlp = spacy.blank("en")
        if upstream == "tok2vec":
            encoder: dict[str, Any] = {
                "@architectures": "spacy.HashEmbedCNN.v2",
                "width": 32,
                "depth": 2,
                "embed_size": 500,
                "window_size": 1,
                "maxout_pieces": 3,
                "subword_features": True,
                "pretrained_vectors": None,
            }
        else:
            encoder = {
                "@architectures": "spacy-transformers.TransformerModel.v3",
                "name": str(build_checkpoint(labels=None, kind="bert")),
                "get_spans": get_spans
                or {
                    "@span_getters": "spacy-imrad.ParagraphSpans.v1",
                    "segmenter": TEXT_SEGMENTER,
                    "max_bytes": 126,
                },
            }
        nlp.add_pipe(upstream, config={"model": encoder})
        listener = listener_of(upstream)
        nlp.add_pipe("ner", config={"model": {"tok2vec": listener}})
        model: dict[str, Any] = {
            "@architectures": "spacy-imrad.SharedEncoder.v1",
            "tok2vec": listener,
        }
        if with_context:
            model = {
                "@architectures": "spacy-imrad.DocumentContext.v1",
                "paragraphs": model,
                "width": 8,
                "depth": 1,
                "n_hashes": 64,
            }
        nlp.add_pipe("imrad_classifier", config={"model": model, **config})
        return nlp

    return make
