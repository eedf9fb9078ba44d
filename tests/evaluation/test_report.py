"""What a report says in words."""

import pytest

pytest.importorskip("sklearn", reason="needs the extra `report`")

from spacy_imrad.evaluation.report import FEW, training_verdict, verdict, write_report
from spacy_imrad.labels import LABELS


def gain(difference, low, high):
    return {"difference": difference, "interval": (low, high)}


@pytest.mark.parametrize(
    ("found", "said"),
    [
        (gain(0.004, 0.001, 0.008), "**Better than bundled**"),
        (gain(-0.004, -0.008, -0.001), "**Worse than bundled**"),
        (gain(0.004, -0.001, 0.008), "**Not told apart from bundled**"),
        (gain(0.0, 0.0, 0.0), "**The same as bundled**"),
    ],
)
def test_the_verdict_follows_from_the_interval(found, said):
    sentence = verdict("bundled", found, 21)
    assert sentence.startswith(said)
    assert "on 21 papers" in sentence
    assert f"{100 * found['difference']:+.2f} points" in sentence


@pytest.mark.parametrize(
    ("scores", "said"),
    [
        ([0.93, 0.92, 0.91], "only lowered the score"),
        ([0.93, 0.94, 0.95], "still rising"),
        ([0.93, 0.95, 0.94], None),
        ([0.93, 0.92], None),
        ([0.93], None),
    ],
)
def test_a_training_that_only_falls_is_called_that(scores, said):
    log = [{"step": 20 * i, "score": score} for i, score in enumerate(scores)]
    sentences = training_verdict(log)
    assert len(sentences) == (said is not None)
    assert all(said in sentence for sentence in sentences)


def metrics(paragraphs, difference=0.0):
    row = {"p": 0.9, "r": 0.9, "f": 0.9, "paragraphs": paragraphs}
    figures = {
        **dict.fromkeys(("accuracy", "macro_f1", "weighted_f1"), 0.9),
        "ece": 0.01,
        "paragraphs": 5 * paragraphs,
        "intervals": {"accuracy": (0.8, 0.95), "macro_f1": (0.8, 0.95)},
    }
    sources = {
        "north": {**figures, "accuracy": 0.9, "paragraphs": 100},
        "south": {**figures, "accuracy": 0.5, "paragraphs": 100},
    }
    view = {"all": figures, "labels": dict.fromkeys(LABELS, row), "sources": sources}
    found = dict.fromkeys(
        ("accuracy", "macro_f1"), gain(difference, difference - 0.01, difference + 0.01)
    )
    return {
        "papers": 7,
        "convention": "ancestor",
        "min_length": 200,
        "pipelines": {"mine": {"hide": view, "show": view}},
        "gains": {"bundled": {"hide": found, "show": found}},
    }


def test_the_report_begins_with_what_it_means():
    lines = write_report(metrics(paragraphs=FEW - 1), {}).splitlines()
    assert lines[2].startswith("**Not told apart from bundled**: on 7 papers")
    assert "Most errors are in south: 50 of 60." in lines[4]
    assert f"fewer than {FEW} gold paragraphs" in lines[6]
    assert f"Related Work ({FEW - 1})" in lines[6]


def test_a_gain_needs_no_advice():
    page = write_report(metrics(paragraphs=FEW, difference=0.02), {})
    assert page.splitlines()[2].startswith("**Better than bundled**")
    assert "Most errors" not in page
    assert "fewer than" not in page
