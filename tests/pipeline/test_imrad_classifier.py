"""The pipe keeps the contract of a spaCy component that labels spans."""

import logging
import pickle
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
import srsly
from spacy.language import Language
from spacy.tokens import Doc, DocBin, SpanGroup
from spacy.training import Example
from thinc.api import Adam, Config, fix_random_seed, use_ops

from spacy_imrad import LABELS
from spacy_imrad.models.checkpoints.files import SUMS_FILE
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.pipeline.batching import THREAD_NAME
from spacy_imrad.pipeline.imrad_classifier import ImradClassifier

torch = pytest.importorskip("torch", reason="needs the extra `torch`")

MakeNlp = Callable[..., Language]
GoldDoc = Callable[..., Doc]

TEACHING = {
    "Introduction": "the introduction of the important problem here",
    "Methods": "we propose a method for the samples of patients",
    "Results": "the results show a significant increase",
    "Related Work": "prior work and earlier studies are related",
    "Discussion": "we conclude with limitations and future discussion",
}
PAPER = """# A title of this paper

## Introduction

The problem is important. We propose a method here.

Earlier studies show results.

## Methods

Patients were samples of the data.

### Whale watching

The model is for training.

## References

[1] Prior work, 2001.
"""
MESSY_TEXTS = {
    "emoji": "We propose 🧪🧬 a method 👩‍🔬.\n\n🎉🎉🎉\n\nThe results 📈 are here.",
    "right to left": "هذه دراسة عن النماذج.\n\nתוצאות המחקר מוצגות כאן.",
    "one token": "results",
    "combining": "e\u0301tude \u200b\u200d de\u0301taille\u0301e\n\nnai\u0308ve",
    "odd white space": "\u3000we\u2028a method\x0bhere\x0c\n \t\n\u00a0results\r\n",
    "no breaks": "results" * 3000,
    "null": "we \x00 propose\n\n\x00",
}


def learn(
    nlp: Language, examples: list[Example], steps: int, rate: float = 0.01
) -> None:
    optimizer = Adam(rate, use_averages=False)
    for _ in range(steps):
        nlp.update(examples, sgd=optimizer, drop=0.0)


def flip_bit(path: Path, place: int) -> None:
    content = bytearray(path.read_bytes())
    content[place % len(content)] ^= 1
    path.write_bytes(content)


def example_of(gold: Doc) -> Example:
    return Example(
        Doc(
            gold.vocab,
            words=[t.text for t in gold],
            spaces=[bool(t.whitespace_) for t in gold],
        ),
        gold,
    )


@pytest.fixture
def examples(gold_doc: GoldDoc) -> list[Example]:
    nlp = spacy.blank("en")
    return [
        example_of(gold_doc(nlp, [(text, label) for label, text in TEACHING.items()])),
        example_of(gold_doc(nlp, [(TEACHING["Methods"], "Methods")])),
    ]


def bounds_and_labels(group: SpanGroup) -> list[tuple[int, int, str]]:
    return [(span.start, span.end, span.label_) for span in group]


def assert_same(found: Doc, expected: Doc) -> None:
    """Both Docs have the same groups with the same attrs; scores may differ by what
    the order of additions in memory makes of them."""
    assert set(found.spans) == set(expected.spans)
    for key, group in expected.spans.items():
        assert bounds_and_labels(found.spans[key]) == bounds_and_labels(group)
        attrs = dict(found.spans[key].attrs)
        scores = attrs.pop("scores")
        others = {k: v for k, v in group.attrs.items() if k != "scores"}
        numpy.testing.assert_equal(attrs, others)
        assert scores.dtype == numpy.float32
        numpy.testing.assert_allclose(scores, group.attrs["scores"], atol=1e-5)


def check_contract(
    doc: Doc, key: str = "imrad", paragraphs_key: str = "imrad_paragraphs"
) -> None:
    for group in (doc.spans[key], doc.spans[paragraphs_key]):
        scores = group.attrs["scores"]
        assert group.attrs["labels"] == list(LABELS)
        assert scores.dtype == numpy.float32
        assert scores.shape == (len(group), len(LABELS))
        numpy.testing.assert_allclose(scores.sum(axis=1), 1, atol=1e-5)
        assert (scores >= 0).all()
        assert [span.label_ for span in group] == [
            LABELS[row.argmax()] for row in scores
        ]
        ends = [0, *(span.end for span in group)]
        assert all(end <= span.start for end, span in zip(ends, group, strict=False))
    sections = list(doc.spans[key])
    for paragraph in doc.spans[paragraphs_key]:
        around = [
            s for s in sections if s.start <= paragraph.start and paragraph.end <= s.end
        ]
        assert len(around) == 1
    assert len(doc.spans[key].attrs["headings"]) == len(sections)


def test_groups_of_a_paper_are_as_the_contract_says(make_nlp: MakeNlp) -> None:
    doc = make_nlp()(PAPER)
    check_contract(doc)
    assert [span.text for span in doc.spans["imrad_paragraphs"]] == [
        "The problem is important. We propose a method here.",
        "Earlier studies show results.",
        "Patients were samples of the data.",
        "The model is for training.",
    ]
    assert [span.text.splitlines()[0] for span in doc.spans["imrad"]] == [
        "## Introduction",
        "## Methods",
        "### Whale watching",
    ]
    assert doc.spans["imrad"].attrs["headings"] == [
        "Introduction",
        "Methods",
        "Whale watching",
    ]


def test_scores_are_the_probabilities_of_the_logits(make_nlp: MakeNlp) -> None:
    nlp = make_nlp(use_headings=False)
    doc = nlp(PAPER)
    pipe = nlp.get_pipe("imrad_classifier")
    (prediction,) = pipe.predict([nlp.make_doc(PAPER)])
    numpy.testing.assert_array_equal(
        doc.spans["imrad_paragraphs"].attrs["scores"], prediction.scores
    )
    (logits,) = pipe.model.predict(
        [pipe._as_read(pipe._gold([Example(doc.copy(), doc)])[0][0])]
    )
    expected = numpy.exp(logits) / numpy.exp(logits).sum(axis=1, keepdims=True)
    numpy.testing.assert_allclose(prediction.scores, expected, rtol=1e-4)


def test_headings_decide_only_if_they_are_used(make_nlp: MakeNlp) -> None:
    used, unused = make_nlp()(PAPER), make_nlp(use_headings=False)(PAPER)
    assert [span.label_ for span in used.spans["imrad"]][:2] == [
        "Introduction",
        "Methods",
    ]
    check_contract(unused)
    plain = PAPER.replace("Introduction", "Whales").replace("Methods", "Zebras")
    numpy.testing.assert_allclose(
        make_nlp(use_headings=False)(plain).spans["imrad"].attrs["scores"],
        unused.spans["imrad"].attrs["scores"],
        atol=1e-6,
    )


@pytest.mark.parametrize("threshold", [0.0, 0.4, 1.0])
def test_spans_below_the_threshold_stay_unlabelled(
    threshold: float, make_nlp: MakeNlp
) -> None:
    doc = make_nlp(threshold=threshold)(PAPER)
    for group in doc.spans.values():
        assert len(group)
        for span, row in zip(group, group.attrs["scores"], strict=True):
            expected = LABELS[row.argmax()] if row.max() >= threshold else ""
            assert span.label_ == expected


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\n", "# Methods\n"])
def test_a_text_without_paragraphs_has_empty_groups(
    text: str, make_nlp: MakeNlp
) -> None:
    doc = make_nlp()(text)
    check_contract(doc)
    assert len(doc.spans["imrad"]) == len(doc.spans["imrad_paragraphs"]) == 0
    assert doc._.imrad is None
    assert doc._.imrad_scores == {}


def test_one_paragraph(make_nlp: MakeNlp) -> None:
    doc = make_nlp()("We propose a method.")
    check_contract(doc)
    assert bounds_and_labels(doc.spans["imrad"]) == bounds_and_labels(
        doc.spans["imrad_paragraphs"]
    )
    assert doc._.imrad == doc.spans["imrad"][0].label_


@pytest.mark.parametrize("name", MESSY_TEXTS)
def test_messy_text(name: str, make_nlp: MakeNlp) -> None:
    doc = make_nlp()(MESSY_TEXTS[name])
    check_contract(doc)
    assert len(doc.spans["imrad_paragraphs"])


@pytest.mark.parametrize("text", ["a \ud800 b", "\udcff", "We propose.\n\n\ud83d"])
def test_a_lone_surrogate_is_a_value_error(text: str, make_nlp: MakeNlp) -> None:
    """spaCy's own; docs/USAGE.md says what to do."""
    nlp = make_nlp()
    with pytest.raises(ValueError, match="surrogates not allowed"):
        nlp(text)
    check_contract(nlp(text.encode("utf8", "replace").decode()))


def test_5000_paragraphs(make_nlp: MakeNlp) -> None:
    words = " ".join(TEACHING.values()).split()
    text = "\n\n".join(
        f"The {words[i % len(words)]} of {words[i % 7]} is here." for i in range(5000)
    )
    doc = make_nlp()(text)
    check_contract_of_many(doc)
    assert doc[len(doc) // 2]._.imrad in LABELS


def check_contract_of_many(doc: Doc) -> None:
    group = doc.spans["imrad_paragraphs"]
    assert len(group) == 5000
    assert group.attrs["scores"].shape == (5000, len(LABELS))
    ends = [span.end for span in doc.spans["imrad"]]
    starts = [span.start for span in doc.spans["imrad"]]
    assert all(end <= start for end, start in zip(ends, starts[1:], strict=False))


def test_a_paragraph_of_50000_words(make_nlp: MakeNlp) -> None:
    doc = make_nlp()("the results " * 25_000)
    check_contract(doc)
    assert len(doc.spans["imrad_paragraphs"]) == 1


def test_keys_and_attributes_can_be_renamed(make_nlp: MakeNlp) -> None:
    nlp = make_nlp(
        spans_key="parts",
        paragraphs_key="part_paragraphs",
        attrs={"label": "renamed_part", "scores": "renamed_scores"},
    )
    doc = nlp(PAPER)
    assert sorted(doc.spans) == ["part_paragraphs", "parts"]
    check_contract(doc, "parts", "part_paragraphs")
    assert doc.spans["parts"][1]._.renamed_part == "Methods"
    assert sum(doc._.renamed_scores.values()) == pytest.approx(1)


def test_two_pipes_work_side_by_side(
    make_nlp: MakeNlp, tiny_model: dict[str, object], build_checkpoint: Any
) -> None:
    nlp = make_nlp()
    nlp.add_pipe(
        "imrad_classifier",
        name="second",
        config={
            "model": {**tiny_model, "name": str(build_checkpoint(seed=3))},
            "spans_key": "other",
            "paragraphs_key": "other_paragraphs",
            "attrs": {"label": "other", "scores": "other_scores"},
            "use_headings": False,
        },
    )
    doc = nlp(PAPER)
    check_contract(doc)
    check_contract(doc, "other", "other_paragraphs")
    assert doc._.imrad_scores != doc._.other_scores
    for span, other in zip(doc.spans["imrad"], doc.spans["other"], strict=True):
        assert (span._.imrad, span._.other) == (span.label_, other.label_)


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"attrs": {"label": "b", "scores": "b_s"}}, "already writes one of the span"),
        (
            {
                "spans_key": "x",
                "paragraphs_key": "imrad",
                "attrs": {"label": "b", "scores": "b_s"},
            },
            "already writes one of the span",
        ),
        ({"spans_key": "x", "paragraphs_key": "y"}, "already sets one of the attri"),
    ],
)
def test_two_pipes_must_not_share_groups_or_attributes(
    config: dict[str, Any], message: str, make_nlp: MakeNlp, tiny_model: Any
) -> None:
    nlp = make_nlp()
    with pytest.raises(ValueError, match=message):
        nlp.add_pipe(
            "imrad_classifier", name="second", config={"model": tiny_model, **config}
        )


@pytest.mark.parametrize(
    ("config", "message"),
    [
        ({"threshold": -0.1}, "`threshold` is -0.1"),
        ({"threshold": 1.5}, "`threshold` is 1.5"),
        ({"label_smoothing": 1.0}, "`label_smoothing` is 1.0"),
        ({"label_smoothing": -0.1}, "`label_smoothing` is -0.1"),
        ({"label_weights": {"Methods": -1.0}}, "'Methods' the weight -1.0"),
        ({"paragraphs_key": "imrad"}, "need a group each"),
        ({"convention": "lax"}, r"'lax': the conventions are \['ancestor', 'unarxive'"),
        ({"convention": "strict"}, "the one called 'strict' before is 'unarxive'"),
        ({"attrs": {"colour": "x"}}, r"Unknown `attrs` \['colour'\]"),
        ({"attrs": {"label": "x", "scores": "x"}}, "to both 'label' and 'scores'"),
        ({"attrs": {"path": "imrad_why"}}, "to both 'path' and 'why'"),
    ],
)
def test_settings_out_of_range_are_refused(
    config: dict[str, Any], message: str, make_nlp: MakeNlp
) -> None:
    with pytest.raises(ValueError, match=message):
        make_nlp(**config)


def test_an_extension_of_somebody_else_is_not_overwritten(make_nlp: MakeNlp) -> None:
    Doc.set_extension("taken_name", default="mine")
    try:
        with pytest.raises(ValueError, match=r"Doc\._\.taken_name is taken"):
            make_nlp(attrs={"label": "taken_name", "scores": "taken_scores"})
        assert spacy.blank("en")("text")._.taken_name == "mine"
    finally:
        Doc.remove_extension("taken_name")


def test_bundled_weights_that_do_not_exist_are_named() -> None:
    nlp = spacy.blank("en")
    model = {"@architectures": "spacy-imrad.Pretrained.v1", "name": "nothing"}
    with pytest.raises(ValueError, match="no bundled weights 'nothing'"):
        nlp.add_pipe("imrad_classifier", config={"model": model})


@pytest.mark.parametrize("as_bytes", [True, False])
def test_scores_survive_storage_by_default(as_bytes: bool, make_nlp: MakeNlp) -> None:
    doc = make_nlp()(PAPER)
    if as_bytes:
        loaded = Doc(doc.vocab).from_bytes(doc.to_bytes())
    else:
        data = DocBin(docs=[doc]).to_bytes()
        (loaded,) = DocBin().from_bytes(data).get_docs(spacy.blank("en").vocab)
    assert_same(loaded, doc)
    assert loaded._.imrad == doc._.imrad
    assert loaded._.imrad_scores == doc._.imrad_scores


def test_scores_survive_copying_and_pickling(make_nlp: MakeNlp) -> None:
    doc = make_nlp()(PAPER)
    for other in (doc.copy(), pickle.loads(pickle.dumps(doc))):
        assert_same(other, doc)
        assert other.spans["imrad"][1]._.imrad_scores == (
            doc.spans["imrad"][1]._.imrad_scores
        )


def test_a_second_run_replaces_the_first(make_nlp: MakeNlp) -> None:
    nlp = make_nlp()
    doc = nlp(PAPER)
    assert_same(nlp.get_pipe("imrad_classifier")(doc.copy()), doc)


@pytest.mark.parametrize("batch_size", [1, 3, 100])
def test_a_stream_has_the_annotations_of_single_texts(
    batch_size: int, make_nlp: MakeNlp
) -> None:
    nlp = make_nlp()
    texts = [PAPER, "", "We propose a method.", *MESSY_TEXTS.values(), PAPER]
    docs = list(nlp.pipe(texts, batch_size=batch_size))
    assert [doc.text for doc in docs] == texts
    for doc, text in zip(docs, texts, strict=True):
        assert_same(doc, nlp(text))


def test_a_stream_carries_contexts(make_nlp: MakeNlp) -> None:
    pairs = [(PAPER, {"id": 1}), ("We propose a method.", {"id": 2})]
    found = list(make_nlp().pipe(pairs, as_tuples=True))
    assert [context for _, context in found] == [{"id": 1}, {"id": 2}]
    assert all(len(doc.spans["imrad"]) for doc, _ in found)


def test_a_stream_is_read_lazily(make_nlp: MakeNlp) -> None:
    def endless() -> Any:
        while True:
            yield "We propose a method."

    stream = make_nlp().pipe(endless(), batch_size=2)
    assert next(stream)._.imrad in LABELS


def test_a_disabled_pipe_leaves_docs_alone(make_nlp: MakeNlp) -> None:
    nlp = make_nlp()
    with nlp.select_pipes(disable="imrad_classifier"):
        doc = nlp(PAPER)
    assert dict(doc.spans) == {}
    assert doc._.imrad is None
    assert len(nlp(PAPER).spans["imrad"])


def test_one_failing_doc_does_not_take_others_along(
    make_nlp: MakeNlp, caplog: pytest.LogCaptureFixture
) -> None:
    nlp = make_nlp(
        segmenter={"@misc": "spacy-imrad.SpanGroupSegmenter.v1", "key": "layout"}
    )
    failed: list[tuple[str, str]] = []

    def handle(name: str, proc: Any, docs: list[Doc], error: Exception) -> None:
        failed.extend((doc.text, str(error)) for doc in docs)

    docs = [nlp.make_doc(f"we propose {i}") for i in range(7)]
    for doc in docs:
        if doc.text != "we propose 3":
            doc.spans["layout"] = [doc[:]]
    nlp.set_error_handler(handle)
    done = list(nlp.pipe(docs))
    assert [doc.text for doc in done] == [f"we propose {i}" for i in range(7) if i != 3]
    assert all(len(doc.spans["imrad"]) == 1 for doc in done)
    ((text, message),) = failed
    assert text == "we propose 3"
    assert "layout" in message
    nlp.set_error_handler(spacy.util.raise_error)
    with pytest.raises(ValueError, match="layout"):
        list(nlp.pipe(docs))
    nlp.set_error_handler(spacy.util.ignore_error)
    with caplog.at_level(logging.CRITICAL):
        assert len(list(nlp.pipe(docs))) == 6


@pytest.mark.gpu
def test_a_gpu_gives_docs_in_their_order_without_those_that_fail(
    make_nlp: MakeNlp,
) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    pytest.importorskip("cupy")
    failed: list[str] = []
    layout = {"@misc": "spacy-imrad.SpanGroupSegmenter.v1", "key": "layout"}
    with use_ops("cupy"):
        nlp = make_nlp(segmenter=layout)
        docs = [nlp.make_doc(f"we propose {i}") for i in range(7)]
        for doc in docs:
            if doc.text != "we propose 3":
                doc.spans["layout"] = [doc[:]]
        nlp.set_error_handler(lambda name, proc, docs, e: failed.extend(map(str, docs)))
        done = list(nlp.pipe(docs, batch_size=2))
    assert [doc.text for doc in done] == [f"we propose {i}" for i in range(7) if i != 3]
    assert all(len(doc.spans["imrad"]) == 1 for doc in done)
    assert failed == ["we propose 3"]


@pytest.mark.gpu
@pytest.mark.parametrize("device", [0, 1])
def test_a_stream_is_labelled_on_the_gpu_that_is_in_use(
    device: int, make_nlp: MakeNlp
) -> None:
    if torch.cuda.device_count() <= device:
        pytest.skip(f"no CUDA device {device}")
    cupy = pytest.importorskip("cupy")
    texts = [PAPER, "We propose a method.", "", "Prior work is related."] * 3
    expected = list(make_nlp().pipe(texts))
    with use_ops("cupy"), cupy.cuda.Device(device), torch.cuda.device(device):
        nlp = make_nlp()
        docs = list(nlp.pipe(texts, batch_size=2))
        encoder = nlp.get_pipe("imrad_classifier").model.get_ref("encoder")
        network = encoder_shim(encoder).checkpoint.module
        assert {w.device.index for w in network.parameters()} == {device}
        assert next(nlp.pipe(texts, batch_size=2)).text == PAPER
    assert not any(t.name.startswith(THREAD_NAME) for t in threading.enumerate())
    assert [doc.text for doc in docs] == texts
    for doc, on_cpu in zip(docs, expected, strict=True):
        scores, of_cpu = (d.spans["imrad"].attrs["scores"] for d in (doc, on_cpu))
        numpy.testing.assert_allclose(scores, of_cpu, atol=0.05)


def test_a_tokenizer_that_does_not_part_paragraphs_is_named(make_nlp: MakeNlp) -> None:
    nlp = make_nlp()
    doc = Doc(
        nlp.vocab,
        words=["We propose a method here.\n\nThe results of it are important."],
        spaces=[False],
    )
    pipe = nlp.get_pipe("imrad_classifier")
    with pytest.raises(ValueError, match="its tokenizer has to part paragraphs"):
        pipe(doc)


def test_overfitting_io(
    make_nlp: MakeNlp, examples: list[Example], tmp_path: Path
) -> None:
    fix_random_seed(0)
    nlp = make_nlp()
    nlp.initialize(lambda: examples)
    learn(nlp, examples, 40)
    text = "\n\n".join(TEACHING.values())
    doc = nlp(text)
    assert [span.label_ for span in doc.spans["imrad_paragraphs"]] == list(TEACHING)
    assert [span.label_ for span in doc.spans["imrad"]] == list(TEACHING)
    scores = nlp.evaluate(examples)
    assert scores["spans_imrad_acc"] == scores["spans_imrad_macro_f"] == 1
    assert scores["spans_imrad_per_type"] is None

    nlp.to_disk(tmp_path / "pipeline")
    others = [
        spacy.load(tmp_path / "pipeline"),
        make_nlp().from_bytes(nlp.to_bytes()),
    ]
    for other in others:
        assert_same(other(text), doc)
        assert other.to_bytes() == nlp.to_bytes()


def test_a_saved_pipeline_needs_its_own_folder_only(
    make_nlp: MakeNlp, build_checkpoint: Any, tiny_model: Any, tmp_path: Path
) -> None:
    checkpoint = build_checkpoint(seed=5)
    nlp = make_nlp(model={**tiny_model, "name": str(checkpoint)})
    expected = nlp(PAPER)
    nlp.to_disk(tmp_path / "pipeline")
    checkpoint.rename(tmp_path / "gone")
    assert_same(spacy.load(tmp_path / "pipeline")(PAPER), expected)


def test_config_round_trip(make_nlp: MakeNlp) -> None:
    nlp = make_nlp(threshold=0.3, label_weights={"Methods": 2.0}, label_smoothing=0.1)
    config = Config().from_str(nlp.config.to_str(), interpolate=False)
    other = spacy.util.load_model_from_config(config, auto_fill=False)
    assert other.config.to_str() == nlp.config.to_str()
    assert_same(other(PAPER), nlp(PAPER))


def test_settings_can_be_overridden_when_a_pipeline_is_loaded(
    make_nlp: MakeNlp, tmp_path: Path
) -> None:
    make_nlp().to_disk(tmp_path / "pipeline")
    changes = {
        "components.imrad_classifier.threshold": 1.0,
        "components.imrad_classifier.spans_key": "parts",
    }
    doc = spacy.load(tmp_path / "pipeline", config=changes)(PAPER)
    assert {span.label_ for span in doc.spans["parts"]} == {""}
    assert "imrad" not in doc.spans


@pytest.mark.parametrize("as_bytes", [False, True])
@pytest.mark.parametrize("configured", [None, "ancestor", "unarxive"])
@pytest.mark.parametrize("wanted", ["ancestor", "unarxive"])
def test_the_convention_is_saved_with_the_pipe(
    wanted: str,
    configured: str | None,
    as_bytes: bool,
    make_nlp: MakeNlp,
    tmp_path: Path,
) -> None:
    nlp = make_nlp(**({"convention": configured} if configured else {}))
    pipe = nlp.get_pipe("imrad_classifier")
    assert pipe.convention == (configured or "ancestor")
    pipe.convention = wanted
    if as_bytes:
        again = type(nlp).from_config(nlp.config).from_bytes(nlp.to_bytes())
    else:
        nlp.to_disk(tmp_path / "nlp")
        again = spacy.load(tmp_path / "nlp")
    assert again.get_pipe("imrad_classifier").convention == wanted
    text = "# Analysis\n\nWe found the results.\n\n# Models\n\nPrior work."
    assert_same(again(text), nlp(text))


@pytest.mark.parametrize("named", ["ancestor", "unarxive"])
@pytest.mark.parametrize("saved", ["ancestor", "unarxive"])
def test_a_config_that_names_a_convention_goes_before_the_saved_one(
    saved: str, named: str, make_nlp: MakeNlp, tmp_path: Path
) -> None:
    nlp = make_nlp()
    nlp.get_pipe("imrad_classifier").convention = saved
    nlp.to_disk(tmp_path / "nlp")
    config = {"components.imrad_classifier.convention": named}
    again = spacy.load(tmp_path / "nlp", config=config)
    again.to_disk(tmp_path / "again")
    for loaded in (again, spacy.load(tmp_path / "again")):
        assert loaded.get_pipe("imrad_classifier").convention == named


def test_a_pipe_of_version_0_1_has_the_convention_ancestor(saved: Path) -> None:
    (saved / SUMS_FILE).unlink()
    cfg = srsly.read_json(saved / "cfg")
    del cfg["convention"], cfg["configured_convention"]
    srsly.write_json(saved / "cfg", cfg)
    config = Config().from_disk(saved.parent / "config.cfg")
    del config["components"]["imrad_classifier"]["convention"]
    config.to_disk(saved.parent / "config.cfg")
    pipe = spacy.load(saved.parent).get_pipe("imrad_classifier")
    assert pipe.convention == "ancestor"


def test_other_pipes_learn_without_touching_a_frozen_one(make_nlp: MakeNlp) -> None:
    nlp = make_nlp()
    nlp.add_pipe("textcat").add_label("A")
    nlp.get_pipe("textcat").add_label("B")
    doc = nlp.make_doc("We propose a method.")
    example = Example.from_dict(doc, {"cats": {"A": 1.0, "B": 0.0}})
    with nlp.select_pipes(enable=["textcat"]):
        optimizer = nlp.initialize(lambda: [example])
    pipe = nlp.get_pipe("imrad_classifier")
    before = pipe.to_bytes(exclude=["vocab"])
    losses: dict[str, float] = {}
    nlp.update(
        [example],
        sgd=optimizer,
        losses=losses,
        exclude=["imrad_classifier"],
        annotates=["imrad_classifier"],
    )
    assert losses["textcat"] > 0
    assert pipe.to_bytes(exclude=["vocab"]) == before


def test_labels_that_the_pipe_has_can_be_added_and_others_not(
    make_nlp: MakeNlp,
) -> None:
    pipe = make_nlp().get_pipe("imrad_classifier")
    assert pipe.labels == LABELS
    assert pipe.label_data == list(LABELS)
    assert pipe.add_label("Methods") == 0
    with pytest.raises(ValueError, match=r"'Abstract'.*one output for each"):
        pipe.add_label("Abstract")


def test_unknown_gold_labels_are_named(make_nlp: MakeNlp, gold_doc: GoldDoc) -> None:
    nlp = make_nlp()
    example = example_of(gold_doc(nlp, [("we propose", "Abstract")]))
    with pytest.raises(ValueError, match=r"'Abstract'.*'Introduction', 'Methods'"):
        nlp.get_pipe("imrad_classifier").update([example])


def test_new_labels_in_the_data_need_a_checkpoint_for_them(
    make_nlp: MakeNlp, gold_doc: GoldDoc, build_checkpoint: Any, tiny_model: Any
) -> None:
    nlp = make_nlp()
    example = example_of(
        gold_doc(nlp, [("we propose", "Abstract"), ("a method", "Methods")])
    )
    with pytest.raises(ValueError, match=r"checkpoint's labels are \['Introduction'"):
        nlp.initialize(lambda: [example])
    encoder = {**tiny_model, "name": str(build_checkpoint(labels=None))}
    nlp = make_nlp(model=encoder)
    nlp.initialize(lambda: [example])
    assert nlp.get_pipe("imrad_classifier").labels == ("Methods", "Abstract")
    assert nlp(PAPER).spans["imrad"].attrs["labels"] == ["Methods", "Abstract"]


@pytest.mark.parametrize("given", [None, ["Methods", "Results"], ["Yes", "No"]])
def test_labels_given_and_not(
    given: list[str] | None,
    make_nlp: MakeNlp,
    build_checkpoint: Any,
    tiny_model: Any,
    gold_doc: GoldDoc,
    tmp_path: Path,
) -> None:
    nlp = make_nlp(model={**tiny_model, "name": str(build_checkpoint(labels=None))})
    gold = "Methods" if given is None else given[0]
    example = example_of(gold_doc(nlp, [("we propose", gold)]))
    if given is not None:
        nlp.config["initialize"]["components"]["imrad_classifier"] = {"labels": given}
    nlp.initialize(lambda: [example])
    assert nlp.get_pipe("imrad_classifier").labels == tuple(given or LABELS)
    learn(nlp, [example], 20)
    assert nlp("we propose")._.imrad == gold
    nlp.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    assert loaded.get_pipe("imrad_classifier").labels == tuple(given or LABELS)
    assert_same(loaded("we propose"), nlp("we propose"))


@pytest.mark.parametrize("labels", [[], ["Methods", "Methods"]])
def test_labels_have_to_be_there_once(labels: list[str], make_nlp: MakeNlp) -> None:
    pipe = make_nlp().get_pipe("imrad_classifier")
    with pytest.raises(ValueError, match="name each label once"):
        pipe.initialize(list, labels=labels)


def test_weights_of_unknown_labels_are_named(
    make_nlp: MakeNlp, examples: list[Example]
) -> None:
    nlp = make_nlp(label_weights={"Method": 2.0})
    with pytest.raises(ValueError, match=r"`label_weights` names \['Method'\]"):
        nlp.initialize(lambda: examples)


def test_weights_to_start_from_can_come_from_the_initialize_block(
    make_nlp: MakeNlp, build_checkpoint: Any, tiny_model: Any, examples: list[Example]
) -> None:
    start = build_checkpoint(seed=7)
    nlp = make_nlp(model={**tiny_model, "name": None})
    nlp.config["initialize"]["components"]["imrad_classifier"] = {
        "checkpoint": {"@misc": "spacy-imrad.HFCheckpoint.v1", "name": str(start)}
    }
    nlp.initialize(lambda: examples)
    expected = make_nlp(model={**tiny_model, "name": str(start)})(PAPER)
    assert_same(nlp(PAPER), expected)
    assert_same(make_nlp().from_bytes(nlp.to_bytes())(PAPER), expected)


def log_softmax(logits: numpy.ndarray) -> numpy.ndarray:
    return logits - numpy.log(numpy.exp(logits).sum(axis=1, keepdims=True))


@pytest.mark.parametrize("smoothing", [0.0, 0.2])
@pytest.mark.parametrize("weights", [{}, {"Methods": 3.0, "Results": 0.0}])
def test_the_loss_is_the_weighted_smoothed_mean(
    smoothing: float,
    weights: dict[str, float],
    make_nlp: MakeNlp,
    examples: list[Example],
) -> None:
    nlp = make_nlp(label_weights=weights, label_smoothing=smoothing)
    pipe = nlp.get_pipe("imrad_classifier")
    rng = numpy.random.default_rng(0)
    logits = [rng.normal(size=(n, 5)).astype("f") for n in (5, 1)]
    loss, gradients = pipe.get_loss(examples, logits)
    gold = [*LABELS, "Methods"]
    terms = []
    for row, label in zip(log_softmax(numpy.concatenate(logits)), gold, strict=True):
        nll = (1 - smoothing) * -row[LABELS.index(label)] - smoothing * row.mean()
        terms.append((weights.get(label, 1.0), nll))
    expected = sum(w * nll for w, nll in terms) / sum(w for w, _ in terms)
    assert loss == pytest.approx(expected, rel=1e-5)
    assert [g.shape for g in gradients] == [(5, 5), (1, 5)]


def test_update_reports_the_loss_and_lowers_it(
    make_nlp: MakeNlp, examples: list[Example]
) -> None:
    fix_random_seed(0)
    nlp = make_nlp()
    optimizer = nlp.initialize(lambda: examples)
    optimizer.learn_rate = 0.01
    seen = []
    for _ in range(10):
        losses: dict[str, float] = {}
        nlp.update(examples, sgd=optimizer, losses=losses)
        seen.append(losses["imrad_classifier"])
    assert seen[-1] < seen[0] / 2


@pytest.mark.parametrize("labels", [None, [""]])
def test_update_without_gold_changes_nothing(
    labels: list[str] | None, make_nlp: MakeNlp, gold_doc: GoldDoc
) -> None:
    nlp = make_nlp()
    paragraphs = [("we propose", "")]
    doc = gold_doc(
        nlp, paragraphs, paragraphs_key="imrad_paragraphs" if labels else None
    )
    nlp.initialize()
    pipe = nlp.get_pipe("imrad_classifier")
    # Momentum and weight decay would change weights even without a gradient.
    optimizer = Adam(0.1, L2=0.1)
    taught = example_of(gold_doc(nlp, [("we propose", "Methods")]))
    nlp.update([taught], sgd=optimizer, drop=0.0)
    before = pipe.to_bytes(exclude=["vocab"])
    losses: dict[str, float] = {}
    nlp.update([example_of(doc)], sgd=optimizer, losses=losses)
    pipe.update([], sgd=optimizer)
    assert losses == {"imrad_classifier": 0.0}
    assert pipe.to_bytes(exclude=["vocab"]) == before


def test_unlabelled_paragraphs_are_no_loss(
    make_nlp: MakeNlp, gold_doc: GoldDoc
) -> None:
    nlp = make_nlp()
    pipe = nlp.get_pipe("imrad_classifier")
    doc = gold_doc(nlp, [("we propose", ""), ("a method", "Methods")])
    logits = [numpy.asarray([[9, 0, 0, 0, 0], [1, 2, 3, 4, 5]], dtype="f")]
    loss, (gradient,) = pipe.get_loss([example_of(doc)], logits)
    assert loss == pytest.approx(-float(log_softmax(logits[0])[1, 1]), rel=1e-5)
    assert not gradient[0].any()


def test_sections_alone_teach_the_paragraphs_in_them(
    make_nlp: MakeNlp, gold_doc: GoldDoc
) -> None:
    fix_random_seed(0)
    nlp = make_nlp()
    texts = [(text, "") for text in TEACHING.values()]
    sections = [(i, i + 1, label) for i, label in enumerate(TEACHING)]
    doc = gold_doc(nlp, texts, sections, paragraphs_key=None)
    nlp.initialize(lambda: [example_of(doc)])
    learn(nlp, [example_of(doc)], 40)
    found = nlp(doc.text)
    labels = [span.label_ for span in found.spans["imrad_paragraphs"]]
    assert labels == list(TEACHING)


@pytest.fixture
def saved(make_nlp: MakeNlp, tmp_path: Path) -> Path:
    make_nlp().to_disk(tmp_path / "pipeline")
    return tmp_path / "pipeline" / "imrad_classifier"


@pytest.mark.parametrize("name", ["model", "cfg"])
def test_a_missing_file_of_a_saved_pipe_is_named(name: str, saved: Path) -> None:
    (saved / name).unlink()
    with pytest.raises(FileNotFoundError, match=name):
        spacy.load(saved.parent)


@pytest.mark.parametrize("size", [0, 1, 1000, -10])
def test_a_truncated_model_without_checksum_is_called_damaged(
    size: int, saved: Path
) -> None:
    (saved / SUMS_FILE).unlink()
    (saved / "model").write_bytes((saved / "model").read_bytes()[:size])
    with pytest.raises(ValueError, match=r"imrad_classifier' is damaged"):
        spacy.load(saved.parent)


@pytest.mark.parametrize("content", ["", "{", "[1]", "3", '{"labels": 5}', "\x00"])
def test_a_damaged_cfg_without_checksum_is_called_so(content: str, saved: Path) -> None:
    (saved / SUMS_FILE).unlink()
    (saved / "cfg").write_text(content)
    with pytest.raises(ValueError, match=r"imrad_classifier' is damaged"):
        spacy.load(saved.parent)


@pytest.mark.parametrize("place", [0, 100, -1000, -1])
@pytest.mark.parametrize("name", ["cfg", "model"])
def test_a_flipped_bit_of_a_saved_pipe_names_the_file(
    name: str, place: int, saved: Path
) -> None:
    flip_bit(saved / name, place)
    with pytest.raises(ValueError, match=rf"imrad_classifier.{name}' is damaged"):
        spacy.load(saved.parent)


@pytest.mark.parametrize("part", ["cfg", "model"])
def test_a_flipped_bit_in_bytes_is_an_error(part: str, make_nlp: MakeNlp) -> None:
    pipe = make_nlp().get_pipe("imrad_classifier")
    message = srsly.msgpack_loads(pipe.to_bytes())
    content = bytearray(message[part])
    content[len(content) // 2] ^= 4
    with pytest.raises(ValueError, match=f"part '{part}' has another SHA-256"):
        pipe.from_bytes(srsly.msgpack_dumps({**message, part: bytes(content)}))


def test_a_pipe_saved_without_checksums_loads(saved: Path, make_nlp: MakeNlp) -> None:
    """As version 0.1 did."""
    (saved / SUMS_FILE).unlink()
    assert_same(spacy.load(saved.parent)(PAPER), make_nlp()(PAPER))
    pipe = make_nlp().get_pipe("imrad_classifier")
    message = srsly.msgpack_loads(pipe.to_bytes())
    del message[SUMS_FILE]
    pipe.from_bytes(srsly.msgpack_dumps(message))


def test_damaged_bytes_leave_the_pipe_as_it_was(make_nlp: MakeNlp) -> None:
    nlp = make_nlp()
    pipe = nlp.get_pipe("imrad_classifier")
    expected = nlp(PAPER)
    message = srsly.msgpack_loads(pipe.to_bytes())
    del message[SUMS_FILE]
    for part, content in (("cfg", "{"), ("cfg", '{"labels": 5}'), ("model", b"\x81")):
        with pytest.raises(ValueError, match="is damaged"):
            pipe.from_bytes(srsly.msgpack_dumps({**message, part: content}))
        assert_same(nlp(PAPER), expected)


def test_a_pipe_that_cannot_be_saved_leaves_no_half(
    make_nlp: MakeNlp, tiny_model: Any, tmp_path: Path
) -> None:
    nlp = make_nlp(model={**tiny_model, "name": str(tmp_path / "missing")})
    pipe = nlp.get_pipe("imrad_classifier")
    with pytest.raises(FileNotFoundError, match="missing"):
        pipe.to_disk(tmp_path / "pipe")
    assert not (tmp_path / "pipe").exists()
    pipe.to_disk(tmp_path / "pipe", exclude=["model"])
    assert (tmp_path / "pipe" / "cfg").is_file()


def test_nothing_on_disk_is_a_pickle(saved: Path) -> None:
    for path in saved.parent.rglob("*"):
        if path.is_file():
            content = path.read_bytes()
            assert not content.startswith(
                (b"\x80\x02", b"\x80\x03", b"\x80\x04", b"\x80\x05")
            )
            assert b"PK\x03\x04" not in content


def test_the_pipe_says_what_it_assigns(make_nlp: MakeNlp) -> None:
    nlp = make_nlp()
    assert isinstance(nlp.get_pipe("imrad_classifier"), ImradClassifier)
    assert nlp.get_pipe_meta("imrad_classifier").assigns == ["doc.spans"]
    weights = nlp.get_factory_meta("imrad_classifier").default_score_weights
    assert sum(weight or 0 for weight in weights.values()) == 1
    assert not nlp.analyze_pipes()["problems"]["imrad_classifier"]
