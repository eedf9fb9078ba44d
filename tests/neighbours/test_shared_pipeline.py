"""One encoder for NER and IMRaD: trained, frozen, replaced, saved."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
from numpy.typing import NDArray
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example
from thinc.api import Model, fix_random_seed

TAUGHT = (
    ("We propose a method for prior work in Oslo.", "Introduction"),
    ("The patients were in Rome.", "Methods"),
    ("The loss is a significant decrease.", "Results"),
)
PLACES = ("Oslo", "Rome")
SETTINGS = {"use_headings": False}


@pytest.fixture
def examples(gold_doc: Callable[..., Doc]) -> list[Example]:
    """Two texts, with gold for both pipes."""
    nlp = spacy.blank("en")
    found = []
    for paragraphs in (TAUGHT, TAUGHT[::-1]):
        reference = gold_doc(nlp, paragraphs)
        reference.set_ents(
            [
                Span(reference, token.i, token.i + 1, label="PLACE")
                for token in reference
                if token.text in PLACES
            ]
        )
        found.append(Example(nlp.make_doc(reference.text), reference))
    return found


def encoder_weights(nlp: Language) -> NDArray[numpy.float32]:
    """All weights of the encoder, as one array."""
    model = nlp.get_pipe(nlp.pipe_names[0]).model
    if nlp.pipe_names[0] == "tok2vec":
        return weights(model)
    tensors = model.transformer.state_dict().values()
    return numpy.concatenate([tensor.numpy().ravel() for tensor in tensors])


def weights(model: Model) -> NDArray[numpy.float32]:
    return numpy.concatenate(
        [
            node.get_param(param).ravel()
            for node in model.walk()
            for param in node.param_names
            if node.has_param(param)
        ]
    )


def train(nlp: Language, examples: list[Example], steps: int, **settings: Any) -> None:
    fix_random_seed(0)
    optimizer = nlp.resume_training()
    optimizer.learn_rate = 0.002
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer, **settings)


def scores(doc: Doc) -> NDArray[numpy.float32]:
    found: NDArray[numpy.float32] = doc.spans["imrad_paragraphs"].attrs["scores"]
    return found


def labels(doc: Doc) -> list[str]:
    return [span.label_ for span in doc.spans["imrad_paragraphs"]]


def places(doc: Doc) -> list[str]:
    return [entity.text for entity in doc.ents]


def assert_same(nlp: Language, doc: Doc) -> None:
    again = nlp(doc.text)
    numpy.testing.assert_allclose(scores(again), scores(doc), atol=1e-5)
    assert places(again) == places(doc)


def test_overfits_and_stays_the_same_on_disk(
    upstream: Any,
    make_sharing: Callable[..., Language],
    examples: list[Example],
    tmp_path: Path,
) -> None:
    nlp = make_sharing(upstream, **SETTINGS)
    nlp.initialize(lambda: examples)
    before = encoder_weights(nlp)
    train(nlp, examples, 60)
    assert numpy.abs(encoder_weights(nlp) - before).max() > 1e-4
    doc = nlp(examples[0].reference.text)
    assert labels(doc) == [label for _, label in TAUGHT]
    assert places(doc) == list(PLACES)

    nlp.to_disk(tmp_path / "nlp")
    assert_same(spacy.load(tmp_path / "nlp"), doc)
    assert_same(make_sharing(upstream, **SETTINGS).from_bytes(nlp.to_bytes()), doc)


def test_the_context_of_the_paper_can_stand_on_the_shared_encoder(
    upstream: Any,
    make_sharing: Callable[..., Language],
    examples: list[Example],
    tmp_path: Path,
) -> None:
    pytest.importorskip("torch", reason="needs the extra `torch`")
    nlp = make_sharing(upstream, with_context=True, **SETTINGS)
    nlp.initialize(lambda: examples)
    before = encoder_weights(nlp)
    train(nlp, examples, 5)
    assert numpy.abs(encoder_weights(nlp) - before).max() > 1e-4
    doc = nlp(examples[0].reference.text)
    nlp.to_disk(tmp_path / "nlp")
    assert_same(spacy.load(tmp_path / "nlp"), doc)


def test_the_gradient_of_one_pipe_survives_texts_that_teach_the_other_nothing(
    upstream: Any, make_sharing: Callable[..., Language], examples: list[Example]
) -> None:
    nlp = make_sharing(upstream, **SETTINGS)
    nlp.initialize(lambda: examples)
    for example in examples:
        del example.reference.spans["imrad_paragraphs"]
    before = encoder_weights(nlp)
    head = nlp.get_pipe("imrad_classifier").model.get_ref("encoder").layers[1]
    before_head = weights(head)
    # The output layer of spaCy's parser starts from zero, and so does its gradient.
    train(nlp, examples, 3)
    assert numpy.abs(encoder_weights(nlp) - before).max() > 1e-5
    numpy.testing.assert_array_equal(weights(head), before_head)


def test_texts_without_words_or_paragraphs_teach_nothing(
    upstream: Any, make_sharing: Callable[..., Language], examples: list[Example]
) -> None:
    nlp = make_sharing(upstream, **SETTINGS)
    nlp.initialize(lambda: examples)
    texts = ["", "\n\n", "# References\n\nNone."]
    empty = [Example(nlp.make_doc(text), nlp.make_doc(text)) for text in texts]
    train(nlp, empty[:1], 1)
    train(nlp, empty, 1)
    train(nlp, [*empty, *examples], 1)
    docs = list(nlp.pipe([*texts, examples[0].reference.text]))
    assert [len(labels(doc)) for doc in docs] == [0, 0, 0, 3]


def test_a_frozen_encoder_that_annotates_is_left_as_it_is(
    upstream: Any, make_sharing: Callable[..., Language], examples: list[Example]
) -> None:
    nlp = make_sharing(upstream, **SETTINGS)
    nlp.initialize(lambda: examples)
    before = encoder_weights(nlp)
    train(nlp, examples, 60, exclude=[upstream], annotates=[upstream])
    numpy.testing.assert_array_equal(encoder_weights(nlp), before)
    assert labels(nlp(examples[0].reference.text)) == [label for _, label in TAUGHT]


def test_a_replaced_listener_brings_the_encoder_along(
    upstream: Any,
    make_sharing: Callable[..., Language],
    examples: list[Example],
    tmp_path: Path,
) -> None:
    nlp = make_sharing(upstream, **SETTINGS)
    nlp.initialize(lambda: examples)
    train(nlp, examples, 5)
    doc = nlp(examples[0].reference.text)
    for name in ("ner", "imrad_classifier"):
        nlp.replace_listeners(upstream, name, ["model.tok2vec"])
    nlp.remove_pipe(upstream)
    assert_same(nlp, doc)
    nlp.to_disk(tmp_path / "nlp")
    loaded = spacy.load(tmp_path / "nlp")
    assert_same(loaded, doc)
    train(loaded, examples, 1)
    assert numpy.abs(scores(loaded(doc.text)) - scores(doc)).max() > 1e-5


def test_batches_do_not_change_what_is_said(
    upstream: Any, make_sharing: Callable[..., Language], examples: list[Example]
) -> None:
    nlp = make_sharing(upstream, **SETTINGS)
    nlp.initialize(lambda: examples)
    texts = [examples[0].reference.text, "", "The patients were in Rome.", "\n"] * 3
    together = list(nlp.pipe(texts, batch_size=5))
    for text, doc in zip(texts, together, strict=True):
        numpy.testing.assert_allclose(scores(doc), scores(nlp(text)), atol=1e-5)


def test_an_encoder_that_is_not_heard_is_an_error(
    upstream: Any, make_sharing: Callable[..., Language], examples: list[Example]
) -> None:
    nlp = make_sharing(upstream, **SETTINGS)
    nlp.initialize(lambda: examples)
    with (
        nlp.select_pipes(disable=[upstream]),
        pytest.raises(ValueError, match="do not disable it"),
    ):
        nlp(examples[0].reference.text)


def test_a_span_getter_that_leaves_tokens_out_is_an_error(
    make_sharing: Callable[..., Language], examples: list[Example]
) -> None:
    trf = pytest.importorskip("spacy_transformers", reason="needs the extra [trf]")
    assert trf
    from spacy_transformers.util import registry

    @registry.span_getters("tests.first_half.v1")
    def make_first_half() -> Callable[[list[Doc]], list[list[Span]]]:
        return lambda docs: [[doc[: max(1, len(doc) // 2)]] for doc in docs]

    get_spans = {"@span_getters": "tests.first_half.v1"}
    nlp = make_sharing("transformer", get_spans=get_spans, **SETTINGS)
    nlp.initialize(lambda: examples)
    with pytest.raises(ValueError, match="span getter leaves tokens out"):
        nlp(examples[0].reference.text)


def test_initializing_needs_a_text(
    upstream: Any, make_sharing: Callable[..., Language]
) -> None:
    nlp = make_sharing(upstream, **SETTINGS)
    nlp.remove_pipe("ner")
    empty = Example(nlp.make_doc(""), nlp.make_doc(""))
    with pytest.raises(ValueError, match="needs a Doc with tokens"):
        nlp.initialize(lambda: [empty])
