"""Token vectors → paragraph vectors, and the gradient the way back."""

from collections.abc import Callable
from typing import Any

import numpy
import pytest
import spacy
from numpy.typing import NDArray
from spacy.tokens import Doc
from thinc.api import Model, set_dropout_rate

from spacy_imrad import LABELS
from spacy_imrad.models.encoder.shared import build_shared_encoder_v1
from spacy_imrad.models.types import EncodedParagraphs, OutlinedDoc
from spacy_imrad.segmenters import make_text_segmenter_v1

TEXTS = ["# Methods\n\nWe look.\n\nThen we look again.", "", "One.", "# Methods"]


def outlined(texts: list[str]) -> list[OutlinedDoc]:
    nlp, segmenter = spacy.blank("en"), make_text_segmenter_v1()
    return [OutlinedDoc(doc, segmenter(doc)) for doc in nlp.pipe(texts)]


class TokenTable:
    """Gives fixed token vectors, and keeps their gradient."""

    def __init__(self, docs: list[Doc]) -> None:
        random = numpy.random.default_rng(0)
        self.texts = [doc.text for doc in docs]
        self.vectors = [random.normal(size=(len(doc), 6)).astype("f") for doc in docs]
        self.gradient: list[NDArray[numpy.float32]] = []
        self.model: Model[Any, Any] = Model("token_table", self.forward)

    def forward(
        self, model: Model[Any, Any], X: list[Doc], is_train: bool
    ) -> tuple[list[NDArray[numpy.float32]], Callable[..., Any]]:
        def backprop(dY: list[NDArray[numpy.float32]]) -> list[Doc]:
            self.gradient = dY
            return X

        by_text = dict(zip(self.texts, self.vectors, strict=True))
        return [by_text[doc.text] for doc in X], backprop


def build(X: list[OutlinedDoc]) -> tuple[TokenTable, Model[Any, Any]]:
    table = TokenTable([x.doc for x in X])
    classifier = build_shared_encoder_v1(table.model)
    classifier.initialize(X=X)
    set_dropout_rate(classifier, 0.0)
    return table, classifier.get_ref("encoder")


def test_a_paragraph_is_the_mean_of_its_tokens() -> None:
    X = outlined(TEXTS)
    table, encoder = build(X)
    found = encoder.predict(X)
    assert [doc.vectors.shape for doc in found] == [(2, 6), (0, 6), (1, 6), (0, 6)]
    assert [doc.logits.shape for doc in found] == [
        (len(doc.vectors), len(LABELS)) for doc in found
    ]
    doc = X[0].doc
    for row, start in zip(found[0].vectors, ("We", "Then"), strict=True):
        first = next(token.i for token in doc if token.text == start)
        after = next(token.i for token in doc[first:] if token.text == ".") + 1
        numpy.testing.assert_allclose(
            row, table.vectors[0][first:after].mean(axis=0), atol=1e-6
        )


def test_the_gradient_is_that_of_the_numbers() -> None:
    X = outlined(TEXTS)
    table, encoder = build(X)
    random = numpy.random.default_rng(1)
    output, backprop = encoder(X, True)
    weights = [
        EncodedParagraphs(*(random.normal(size=part.shape).astype("f") for part in doc))
        for doc in output
    ]

    def weighted() -> float:
        return sum(
            float((part * weight).sum())
            for doc, of_doc in zip(encoder.predict(X), weights, strict=True)
            for part, weight in zip(doc, of_doc, strict=True)
        )

    backprop(weights)
    assert [d.shape for d in table.gradient] == [v.shape for v in table.vectors]
    for vectors, gradient in zip(table.vectors, table.gradient, strict=True):
        for place in numpy.ndindex(vectors.shape):
            before = vectors[place]
            vectors[place] = before + 1e-2
            above = weighted()
            vectors[place] = before - 1e-2
            below = weighted()
            vectors[place] = before
            assert gradient[place] == pytest.approx((above - below) / 2e-2, abs=2e-2)
    # The heading's tokens are in no paragraph.
    assert not table.gradient[0][:2].any()
    assert table.gradient[0].any()


def test_docs_without_paragraphs_answer_with_zeros() -> None:
    X = outlined(TEXTS[3:])
    table, encoder = build(X)
    output, backprop = encoder(X, True)
    backprop(output)
    assert [d.shape for d in table.gradient] == [(len(X[0].doc), 6)]
    assert not table.gradient[0].any()


def test_docs_without_words_need_no_encoder() -> None:
    X = outlined(["One."])
    _, encoder = build(X)
    (found,) = encoder.predict(outlined([""]))
    assert found.vectors.shape == (0, 6)


def test_the_dropout_of_the_config_is_that_of_the_head() -> None:
    table = TokenTable([])
    classifier = build_shared_encoder_v1(table.model, dropout=0.4)
    rates = [
        node.attrs["dropout_rate"]
        for node in classifier.walk()
        if node.name == "dropout"
    ]
    assert rates == [0.4]
