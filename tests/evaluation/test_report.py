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
        ([0.93, 0.92, 0.91], "curve only falls"),
        ([0.93, 0.93, 0.91], "curve only falls"),
        ([0.93, 0.91, 0.92], "never rises above its beginning"),
        ([0.93, 0.93, 0.93], "curve is flat"),
        ([0.93, 0.94, 0.95], "still rising"),
        ([0.93, 0.91, 0.95], "still rising"),
        ([0.93, 0.95, 0.94], None),
        ([0.93, 0.92], "did not raise the score"),
        ([0.93, 0.93], "did not raise the score"),
        ([0.92, 0.93], None),
        ([0.93], None),
        ([], None),
    ],
)
def test_the_course_of_a_training_is_called_what_it_is(scores, said):
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
    assert lines[6].startswith("**Too few to judge**")
    assert f"Related Work ({FEW - 1})" in lines[6]


@pytest.mark.parametrize(
    ("paragraphs", "said"),
    [(0, "Not judged at all"), (1, "Too few"), (FEW - 1, "Too few"), (FEW, None)],
)
def test_labels_that_cannot_be_judged_are_named(paragraphs, said):
    found = metrics(paragraphs=FEW)
    labels = dict(found["pipelines"]["mine"]["hide"]["labels"])
    labels["Related Work"] = {**labels["Related Work"], "paragraphs": paragraphs}
    found["pipelines"]["mine"]["hide"]["labels"] = labels
    page = write_report(found, {})
    warnings = [
        line
        for line in page.splitlines()
        if line.startswith(("**Too few", "**Not judged"))
    ]
    assert len(warnings) == (said is not None)
    assert all(said in line and "Related Work" in line for line in warnings)
    assert not any("Methods" in line for line in warnings)


def test_shares_stand_with_their_counts():
    page = write_report(metrics(paragraphs=100), {})
    assert "| mine | hidden | 450 of 500 | 0.9000 (" in page
    assert "| Methods | 0.9000 (90 of 100) | 0.9000 (90 of 100) | 0.9000 |" in page
    assert "| south | 50 of 100 | 0.5000 |" in page


def test_a_gain_needs_no_advice():
    page = write_report(metrics(paragraphs=FEW, difference=0.02), {})
    assert page.splitlines()[2].startswith("**Better than bundled**")
    assert "Most errors" not in page
    assert "Too few" not in page
