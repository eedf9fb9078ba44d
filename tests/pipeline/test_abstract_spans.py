"""Abstracts in the pipe, with a layer for them that is trained on the spot."""

from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Example
from spacy.util import fix_random_seed

from spacy_imrad.labels import LABELS
from spacy_imrad.models.checkpoints.loaders import bundled_names
from spacy_imrad.models.context.abstracts import (
    abstract_shim,
    begin_abstracts,
    predict_abstracts,
    reads_abstracts,
)
from spacy_imrad.pipeline.imrad_classifier import ImradClassifier

pytest.importorskip("torch")

SENTENCES = {
    "Introduction": "It is not known why {} melts in spring.",
    "Methods": "We measured {} at 20 sites with a ruler.",
    "Results": "The {} was 5 cm deep (p < 0.05).",
    "Discussion": "These findings suggest that {} matters to skiers.",
}
THINGS = ("snow", "ice", "frost", "slush", "hail", "rime", "firn", "sleet")
PLAIN = {"segmenter": {"@misc": "spacy-imrad.SentenceSegmenter.v1"}}
MODEL = {
    "@architectures": "spacy-imrad.Pretrained.v1",
    "name": "imrad_distilbert_sm",
    "freeze_paragraphs": True,
}
PAPER = """# Snow

## Abstract

It is not known why hoar melts in spring. We measured hoar at 20 sites with a ruler.
METHODS: These findings suggest that hoar matters.

## Introduction

Snow falls in winter, and nobody knows where all of it goes to in the end.

## Methods

We dug in the snow of the Alps with a spade, and weighed what we had found.
"""


def abstract_of(thing: str) -> list[str]:
    return [sentence.format(thing) for sentence in SENTENCES.values()]


def example_of(nlp: Language, thing: str, labels: tuple[str, ...] = ()) -> Example:
    words = abstract_of(thing)
    doc = Doc(nlp.vocab, words=words, sent_starts=[True] * len(words))
    reference = doc.copy()
    reference.spans["imrad_abstract"] = [
        spacy.tokens.Span(reference, i, i + 1, label=label)
        for i, label in enumerate(labels or SENTENCES)
    ]
    return Example(doc, reference)


def make(config: dict[str, Any] | None = None) -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier", config={"model": MODEL, **(config or {})})
    return nlp


def pipe_of(nlp: Language) -> ImradClassifier:
    pipe = nlp.get_pipe("imrad_classifier")
    assert isinstance(pipe, ImradClassifier)
    return pipe


@pytest.fixture(scope="module")
def untrained() -> Language:
    """Bundled weights, without whatever they know of abstracts."""
    nlp = make()
    pipe = pipe_of(nlp)
    pipe.from_bytes(pipe.to_bytes())
    abstract_shim(pipe.model).forget()
    return nlp


@pytest.fixture(scope="module")
def trained(untrained: Language) -> bytes:
    nlp = make(PLAIN)
    pipe = pipe_of(nlp)
    fix_random_seed(0)
    examples = [example_of(nlp, thing) for thing in THINGS]
    optimizer = nlp.initialize(lambda: examples)
    pipe.initialize(lambda: examples, abstracts={"width": 16, "n_hashes": 512})
    optimizer.learn_rate = 1e-3
    before = pipe.update(examples)["imrad_classifier"]
    for _ in range(40):
        after = pipe.update(examples, sgd=optimizer)["imrad_classifier"]
    assert after < before / 2
    return pipe.to_bytes()


def load(data: bytes, config: dict[str, Any] | None = None) -> Language:
    nlp = make(config)
    pipe_of(nlp).from_bytes(data)
    return nlp


def test_a_doc_that_is_an_abstract_is_labelled_by_the_sentence(trained: bytes) -> None:
    nlp = load(trained, PLAIN)
    doc = nlp(" ".join(abstract_of("graupel")))
    group = doc.spans["imrad_abstract"]
    assert [span.text for span in group] == abstract_of("graupel")
    assert [span.label_ for span in group] == list(SENTENCES)
    assert group.attrs["labels"] == list(LABELS)
    assert group.attrs["scores"].dtype == numpy.float32
    numpy.testing.assert_allclose(group.attrs["scores"].sum(axis=1), 1, atol=1e-5)
    assert list(doc.spans["imrad"]) == list(doc.spans["imrad_paragraphs"]) == []


def test_attributes_answer_inside_the_abstract(trained: bytes) -> None:
    doc = load(trained, PLAIN)(" ".join(abstract_of("graupel")))
    first, *_, last = doc.spans["imrad_abstract"]
    assert (first._.imrad, last[1]._.imrad) == ("Introduction", "Discussion")
    assert doc[last.start : last.end]._.imrad_scores["Discussion"] > 0.2
    assert doc._.imrad in SENTENCES
    assert sum(doc._.imrad_scores.values()) == pytest.approx(1, abs=1e-4)
    again = next(DocBin(docs=[doc]).get_docs(doc.vocab))
    assert again[0]._.imrad == "Introduction"


def test_printed_labels_decide_in_the_pipe(trained: bytes) -> None:
    text = "AIMS: We measured it. RESULTS: We ask why. METHODS AND RESULTS: So."
    doc = load(trained, PLAIN)(text)
    group = doc.spans["imrad_abstract"]
    assert [span.label_ for span in group][:2] == ["Introduction", "Results"]
    assert group[2].label_ in ("Methods", "Results")
    assert group.attrs["scores"][0, 0] == pytest.approx(1)


def test_nothing_else_changes_to_the_bit(trained: bytes, untrained: Language) -> None:
    without, with_layer = untrained(PAPER), load(trained)(PAPER)
    switched_off = load(trained, {"abstract_key": None})(PAPER)
    assert "imrad_abstract" not in without.spans
    assert "imrad_abstract" not in switched_off.spans
    group = with_layer.spans["imrad_abstract"]
    assert [s.label_ for s in group] == ["Introduction", "Methods", "Methods"]
    for doc in (with_layer, switched_off):
        for key in ("imrad", "imrad_paragraphs"):
            ours, theirs = doc.spans[key], without.spans[key]
            assert [(s.start, s.end, s.label_) for s in ours] == [
                (s.start, s.end, s.label_) for s in theirs
            ]
            assert ours.attrs["scores"].tobytes() == theirs.attrs["scores"].tobytes()
        assert doc._.imrad_scores == without._.imrad_scores


def test_training_leaves_all_other_weights_as_they_are(trained: bytes) -> None:
    nlp = load(trained)
    pipe = pipe_of(nlp)
    texts = PAPER.replace("snow", "ice")
    before = nlp(texts).spans["imrad"].attrs["scores"].tobytes()
    optimizer = nlp.resume_training()
    pipe.update([example_of(nlp, "snow")], sgd=optimizer)
    assert nlp(texts).spans["imrad"].attrs["scores"].tobytes() == before


def test_a_pipe_that_was_saved_without_has_no_layer(
    untrained: Language, trained: bytes, tmp_path: Path
) -> None:
    pipe_of(untrained).to_disk(tmp_path / "pipe")
    pipe = pipe_of(load(trained))
    assert reads_abstracts(pipe.model)
    pipe.from_disk(tmp_path / "pipe")
    assert not reads_abstracts(pipe.model)


def test_a_doc_without_abstract_has_an_empty_group(trained: bytes) -> None:
    for config, text in (({}, "Snow is cold."), (PLAIN, "")):
        doc = load(trained, config)(text)
        assert list(doc.spans["imrad_abstract"]) == []


def test_many_abstracts_are_read_as_one_is(trained: bytes) -> None:
    nlp = load(trained, PLAIN)
    texts = [" ".join(abstract_of(thing)) for thing in THINGS[:3]] + ["", "Snow."]
    for text, doc in zip(texts, list(nlp.pipe(texts)), strict=True):
        alone = nlp(text)
        assert [s.label_ for s in alone.spans["imrad_abstract"]] == [
            s.label_ for s in doc.spans["imrad_abstract"]
        ]


def test_numpy_and_torch_read_alike(trained: bytes) -> None:
    pipe = pipe_of(load(trained))
    abstracts = [abstract_of(thing) for thing in THINGS[:2]]
    by_numpy = predict_abstracts(pipe.model, abstracts)
    by_torch, _ = begin_abstracts(pipe.model, abstracts, dropout=0.0)
    for ours, theirs in zip(by_numpy, by_torch, strict=True):
        numpy.testing.assert_allclose(ours, theirs, atol=1e-4)


def test_the_encoder_stays_frozen(trained: bytes) -> None:
    nlp = make({"model": {**MODEL, "freeze_paragraphs": False}})
    pipe = pipe_of(nlp).from_bytes(trained)
    with pytest.raises(ValueError, match="freeze_paragraphs = true"):
        pipe.update([example_of(nlp, "snow")], sgd=nlp.resume_training())


def test_an_unknown_gold_label_is_an_error(trained: bytes) -> None:
    nlp = load(trained)
    example = example_of(nlp, "snow", ("Introduction", "Methods", "Snow", ""))
    with pytest.raises(ValueError, match="'Snow'"):
        pipe_of(nlp).update([example])


def test_of_two_pipes_the_first_writes_the_abstract() -> None:
    nlp = make()
    second = nlp.add_pipe(
        "imrad_classifier",
        name="second",
        config={
            "model": MODEL,
            "spans_key": "other",
            "paragraphs_key": "other_paragraphs",
            "attrs": {"label": "other", "scores": "other_scores"},
        },
    )
    assert isinstance(second, ImradClassifier)
    keys = [pipe.cfg["abstract_key"] for pipe in (pipe_of(nlp), second)]
    assert keys == ["imrad_abstract", None]


def test_three_groups_need_three_keys() -> None:
    with pytest.raises(ValueError, match="a group each"):
        make({"abstract_key": "imrad"})


@pytest.mark.parametrize("name", bundled_names())
def test_bundled_weights_read_abstracts(name: str) -> None:
    nlp = make({**PLAIN, "model": {**MODEL, "name": name}})
    if not reads_abstracts(pipe_of(nlp).model):
        pytest.skip(f"the bundled weights '{name}' have no layer for abstracts")
    doc = nlp(
        "Little is known about how sleep affects recovery after surgery. We randomised "
        "120 patients to usual care or to quiet rooms. Sleep was recorded for six "
        "nights. Patients in quiet rooms slept 47 minutes longer (95% CI 31 to 62, "
        "p < 0.001). Quiet rooms should be offered to patients after surgery."
    )
    labels = [span.label_ for span in doc.spans["imrad_abstract"]]
    assert labels == ["Introduction", "Methods", "Methods", "Results", "Discussion"]
