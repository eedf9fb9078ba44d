"""Scores, against figures computed by hand."""

import json
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, DocBin
from spacy.training import Example

from spacy_imrad import LABELS
from spacy_imrad.pipeline.scorer import LEAST_PROBABILITY, make_imrad_scorer_v1

GoldDoc = Callable[..., Doc]
# 10, 20, 30 and 40 characters.
TEXTS = [("word " * n)[:-1] + "s" for n in (2, 4, 6, 8)]
GOLD = ["Introduction", "Methods", "Methods", "Results"]


def score(gold: Doc, predicted: Doc, **keys: str) -> dict[str, Any]:
    settings = {"spans_key": "imrad", "paragraphs_key": "imrad_paragraphs", **keys}
    score_imrad = make_imrad_scorer_v1()
    return score_imrad([Example(predicted, gold)], labels=LABELS, **settings)


@pytest.fixture
def make(gold_doc: GoldDoc) -> GoldDoc:
    nlp = spacy.blank("en")

    def make(labels: list[str], sections: Any = (), **keys: str) -> Doc:
        return gold_doc(nlp, list(zip(TEXTS, labels, strict=True)), sections, **keys)

    return make


def test_texts_have_the_lengths_that_figures_rest_on() -> None:
    assert [len(text) for text in TEXTS] == [10, 20, 30, 40]


def test_all_right(make: GoldDoc) -> None:
    sections = [(0, 1, "Introduction"), (1, 3, "Methods"), (3, 4, "Results")]
    scores = score(make(GOLD, sections), make(GOLD, sections))
    per_type = scores.pop("spans_imrad_per_type")
    by_label = scores.pop("spans_imrad_paragraphs_per_type")
    # Docs that were not labelled by a pipe have labels but no probabilities.
    assert scores.pop("spans_imrad_likelihood") is None
    assert scores == dict.fromkeys(
        [
            f"spans_imrad_{name}"
            for name in ("p", "r", "f", "acc", "char_acc", "macro_f", "weighted_f")
        ],
        1.0,
    )
    perfect = {"p": 1.0, "r": 1.0, "f": 1.0}
    expected = dict.fromkeys(["Introduction", "Methods", "Results"], perfect)
    assert per_type == by_label == expected


def test_likelihood_is_the_geometric_mean_of_the_gold_labels_probabilities(
    make: GoldDoc,
) -> None:
    predicted = make(GOLD)
    rows = numpy.full((4, 5), 0.1, dtype="f")
    for row, column, probability in ((0, 0, 0.6), (1, 1, 0.5), (2, 1, 0.1), (3, 2, 0)):
        rows[row, column] = probability
    predicted.spans["imrad_paragraphs"].attrs.update(labels=list(LABELS), scores=rows)
    likelihood = score(make(GOLD), predicted)["spans_imrad_likelihood"]
    expected = (0.6 * 0.5 * 0.1 * LEAST_PROBABILITY) ** (1 / 4)
    assert likelihood == pytest.approx(expected)


def test_mixed_figures(make: GoldDoc) -> None:
    predicted = make(
        ["Introduction", "Introduction", "Methods", "Discussion"],
        [(0, 2, "Introduction"), (2, 3, "Methods"), (3, 4, "Results")],
    )
    gold = make(GOLD, [(0, 1, "Introduction"), (1, 3, "Methods"), (3, 4, "Results")])
    scores = score(gold, predicted)
    # Of three sections one has the right bounds and label.
    for name in "prf":
        assert scores[f"spans_imrad_{name}"] == pytest.approx(1 / 3)
    assert scores["spans_imrad_per_type"]["Results"]["f"] == 1
    # Paragraphs 1 and 3 are right: 2 of 4, 40 of 100 characters.
    assert scores["spans_imrad_acc"] == 0.5
    assert scores["spans_imrad_char_acc"] == 0.4
    by_label = scores["spans_imrad_paragraphs_per_type"]
    assert by_label["Introduction"] == {"p": 0.5, "r": 1.0, "f": pytest.approx(2 / 3)}
    assert by_label["Methods"] == {"p": 1.0, "r": 0.5, "f": pytest.approx(2 / 3)}
    assert by_label["Results"] == {"p": 0.0, "r": 0.0, "f": 0.0}
    assert by_label["Discussion"] == {"p": 0.0, "r": 0.0, "f": 0.0}
    assert sorted(by_label) == ["Discussion", "Introduction", "Methods", "Results"]
    assert scores["spans_imrad_macro_f"] == pytest.approx((2 / 3 + 2 / 3) / 4)
    # Supports are 1, 2, 1 and 0.
    expected = (2 / 3 * 1 + 2 / 3 * 2) / 4
    assert scores["spans_imrad_weighted_f"] == pytest.approx(expected)


def test_other_boundaries_count_by_characters(gold_doc: GoldDoc) -> None:
    nlp = spacy.blank("en")
    # The same text; what the gold says are two paragraphs is one for the pipe.
    gold = gold_doc(nlp, [("one two", "Methods"), ("three four", "Results")])
    predicted = nlp.make_doc(gold.text)
    first = gold.spans["imrad_paragraphs"][0]
    middle = next(token.i for token in predicted if token.text == "three") + 1
    predicted.spans["imrad_paragraphs"] = [
        spacy.tokens.Span(predicted, first.start, middle, label="Methods"),
        spacy.tokens.Span(predicted, middle, len(predicted), label="Results"),
    ]
    scores = score(gold, predicted)
    # Of "three four", 5 characters are under Methods and 4 under Results.
    assert scores["spans_imrad_acc"] == 0.5
    assert scores["spans_imrad_char_acc"] == pytest.approx((7 + 4) / 17)


def test_unlabelled_gold_is_not_scored(make: GoldDoc) -> None:
    gold = make(["", "Methods", "", ""], [(1, 2, "Methods")])
    scores = score(gold, make(["Results", "Methods", "Results", "Results"]))
    assert scores["spans_imrad_acc"] == scores["spans_imrad_char_acc"] == 1
    assert list(scores["spans_imrad_paragraphs_per_type"]) == ["Methods"]


def test_an_unlabelled_prediction_is_wrong_but_no_false_positive(make: GoldDoc) -> None:
    scores = score(make(GOLD), make(["Introduction", "", "Methods", "Results"]))
    assert scores["spans_imrad_acc"] == 0.75
    by_label = scores["spans_imrad_paragraphs_per_type"]
    assert by_label["Methods"]["p"] == 1
    assert by_label["Methods"]["r"] == 0.5


def test_gold_sections_stand_for_missing_gold_paragraphs(make: GoldDoc) -> None:
    gold = make(GOLD, [(0, 1, "Introduction"), (1, 3, "Methods")], paragraphs_key=None)
    scores = score(gold, make(["Introduction", "Results", "Methods", "Results"]))
    # Of the second section, 20 characters are Results and 30 Methods.
    assert scores["spans_imrad_acc"] == 1
    assert scores["spans_imrad_char_acc"] == pytest.approx((10 + 30) / (10 + 52))


def test_without_gold_there_is_no_score(make: GoldDoc) -> None:
    gold = make(GOLD, None, paragraphs_key=None)
    scores = score(gold, make(GOLD))
    assert set(scores.values()) == {None}


def test_without_predictions_the_scores_are_zero(make: GoldDoc) -> None:
    scores = score(
        make(GOLD, [(0, 1, "Introduction")]), make(GOLD, None, paragraphs_key=None)
    )
    for name in ("p", "r", "f", "acc", "char_acc", "macro_f", "weighted_f"):
        assert not scores[f"spans_imrad_{name}"]


def test_no_examples() -> None:
    scores = make_imrad_scorer_v1()(
        [], spans_key="imrad", paragraphs_key="imrad_paragraphs", labels=LABELS
    )
    assert set(scores.values()) == {None}


def test_names_follow_the_key(make: GoldDoc) -> None:
    keys = {"spans_key": "parts", "paragraphs_key": "part_paragraphs"}
    doc = make(GOLD, [(0, 1, "Introduction")], **keys)
    scores = score(doc, doc.copy(), **keys)
    assert scores["spans_parts_acc"] == scores["spans_parts_f"] == 1
    assert all(name.startswith("spans_parts_") for name in scores)


def test_scoring_a_long_paper_takes_linear_time(gold_doc: GoldDoc) -> None:
    nlp = spacy.blank("en")
    doc = gold_doc(nlp, [(f"text {i}", LABELS[i % 5]) for i in range(5000)])
    start = time.perf_counter()
    assert score(doc, doc.copy())["spans_imrad_acc"] == 1
    assert time.perf_counter() - start < 3


def test_spacy_evaluate_prints_the_scores(
    make_nlp: Callable[..., Language], gold_doc: GoldDoc, tmp_path: Path
) -> None:
    nlp = make_nlp()
    nlp.to_disk(tmp_path / "pipeline")
    text = "# Methods\n\nWe propose a method.\n\n# Results\n\nThe results are here."
    gold = nlp(text)
    DocBin(docs=[gold]).to_disk(tmp_path / "gold.spacy")
    done = subprocess.run(
        [
            *(sys.executable, "-m", "spacy", "evaluate"),
            *(str(tmp_path / "pipeline"), str(tmp_path / "gold.spacy")),
            *("--spans-key", "imrad", "--output", str(tmp_path / "scores.json")),
        ],
        capture_output=True,
        text=True,
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    printed = done.stdout.split()
    for name in ("P", "R", "F"):
        position = printed.index(name, printed.index("SPAN"))
        assert printed[position + 1] == "100.00"
    for label in {span.label_ for span in gold.spans["imrad"]}:
        assert label in done.stdout
    scores = json.loads((tmp_path / "scores.json").read_text())
    assert scores["spans_imrad_f"] == 1
