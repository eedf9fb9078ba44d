import sys
from itertools import chain
from pathlib import Path

import numpy
import pytest
import spacy

pytest.importorskip("sklearn", reason="the benchmarks need it")
sys.path.append(str(Path(__file__).parents[1]))

from benchmarks.accuracy import (
    HELD_OUT,
    Corpus,
    errors,
    load_pipelines,
    places_of,
    predict,
    rename_headings,
    score,
)
from benchmarks.boundaries import (
    Boundaries,
    find_boundaries,
    measure,
)
from benchmarks.texts import as_json_lines, write_papers
from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.outline import Heading, Outline, Section
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.evaluation.metrics import Scored
from spacy_imrad.training.corpus import make_papers_corpus_v2

PAPER = Paper(
    "p",
    (
        PaperSection("Introduction", ("we show the problem " * 3, "it is")),
        PaperSection("What we did", ("we are of samples " * 3,), sec_type="methods"),
        PaperSection("Snow", ("this is important here " * 3,)),
    ),
    source="tests",
)


@pytest.mark.parametrize(
    ("gold", "sections", "expected"),
    [
        # k = 8 / 3 / 2, rounded to 1. Of 7 pairs of neighbours two are wrong: at the
        # missed boundary and at the false one.
        ([0, 0, 1, 1, 1, 1, 2, 2], [0, 0, 1, 1, 2, 2, 2, 2], (1, 2, 2, 2 / 7)),
        # A label in two places is two gold sections; k = 9 / 3 / 2, rounded to 2. Of 7
        # pairs 1-3, 2-4, 4-6 and 5-7 are apart.
        ([0, 0, 0, 1, 1, 1, 0, 0, 0], [3] * 9, (0, 0, 2, 4 / 7)),
        # Boundaries may lie among unlabelled paragraphs; k = 3 / 2 / 2, rounded to 1.
        ([0, -1, 1, -1, -1, 1], [0, 1, 1, 1, 2, 2], (1, 2, 1, 1 / 2)),
        ([0, 0, 1, 1], [0, 0, 1, 1], (1, 1, 1, 0)),
    ],
)
def test_boundaries(gold, sections, expected):
    found = find_boundaries(gold, sections, [0] * len(gold))
    assert (found.labelled, found.right) == (len(gold) - gold.count(-1), gold.count(0))
    assert (found.hits, found.predicted, found.gold) == expected[:3]
    assert found.p_k == pytest.approx(expected[3:])


def test_papers_of_one_labelled_paragraph_have_no_boundaries():
    found = find_boundaries([-1, 2, -1], [0, 1, 2], [0, 2, 1])
    assert found == Boundaries(labelled=1, right=1)
    assert find_boundaries([], [], []) == Boundaries()


def test_sum_counts_places_and_averages_p_k():
    both = Boundaries(1, 2, 2, (0.2,), 5, 4) + Boundaries(2, 2, 4, (0.4,), 3, 2)
    assert both.figures() == pytest.approx(
        {
            "papers": 2,
            "gold": 6,
            "predicted": 4,
            "precision": 3 / 4,
            "recall": 1 / 2,
            "f1": 3 / 5,
            "p_k": 0.3,
            "accuracy": 6 / 8,
        }
    )
    nothing = Boundaries().figures()
    assert nothing["precision"] == nothing["recall"] == nothing["f1"] == 0
    assert nothing["accuracy"] == 0
    assert "p_k" not in nothing


def test_boundaries_of_a_pipeline(make_nlp, tmp_path):
    path = tmp_path / "papers.jsonl"
    write_papers([PAPER, PAPER], path)
    with as_json_lines(path) as same:
        assert same == path
    reader = make_papers_corpus_v2(
        str(path), unit="paper", convention="ancestor", tokens="paragraph", min_length=9
    )
    boundaries = measure(make_nlp(), reader)
    assert set(boundaries) == {"tests"}
    assert boundaries["tests"].gold == 2
    assert len(boundaries["tests"].p_k) == 2


def test_held_out_names_are_unknown_and_take_turns():
    assert not any(map(section_label, chain.from_iterable(HELD_OUT.values())))
    headings = [Heading(0, 1, 1, title) for title in ("Methods", "Snow", "Results")]
    outline = Outline(tuple(Section(heading, ()) for heading in headings))
    renamed, changed = rename_headings(outline, 3)
    titles = [section.title for section in renamed.sections]
    assert titles == [HELD_OUT["Methods"][1], "Snow", HELD_OUT["Results"][1]]
    assert changed == {0, 2}


def test_pipelines_share_what_encoders_said_only_if_they_read_alike(
    tmp_path, outline_of
):
    for runtime in ("auto", "torch"):
        nlp = spacy.blank("en")
        nlp.add_pipe("imrad_classifier", config={"model": {"runtime": runtime}})
        nlp.to_disk(tmp_path / runtime)
    pipelines = load_pipelines(
        [f"{name}={tmp_path / name.rstrip('2')}" for name in ("auto", "torch", "auto2")]
    )
    inputs = [outline_of(["We asked whether whales sleep.", "They do, at night."])]
    said = {name: predict(nlp, inputs)[0].scores for name, nlp in pipelines.items()}
    assert (said["auto"] == said["auto2"]).all()
    assert abs(said["auto"] - said["torch"]).max() > 1e-4


@pytest.mark.parametrize("gold", ["v1", "v2"])
def test_paragraphs_are_scored_and_named_by_what_stands_above(make_nlp, tmp_path, gold):
    long = "we show the problem " * 12
    paper = Paper(
        "p",
        (
            PaperSection("Introduction.", (long, "it is", long)),
            PaperSection("Snow", (long,)),
            PaperSection("Results", (long,)),
        ),
        source="tests",
    )
    path = tmp_path / "papers.jsonl"
    write_papers([paper], path)
    corpus, task = Corpus(path, gold), "papers-unarxive"
    nlp = make_nlp()
    scored = score(nlp, corpus, task)
    assert scored.gold.tolist() == [0, 0, 2]
    assert scored.probabilities.sum(axis=1) == pytest.approx(1)
    assert list(scored.sources) == ["tests"] * 3
    assert list(places_of(nlp, corpus, task, "heading")) == [
        *("introduction", "introduction", "results")
    ]
    assert list(places_of(nlp, corpus, task, "paper")) == ["p"] * 3


def test_the_worst_come_first_and_all_last():
    gold, sources = numpy.array([2, 0, 2, 2]), numpy.array(["s"] * 4)
    scored = {
        name: Scored(gold, numpy.eye(5, dtype="f")[found], sources)
        for name, found in {"one": [1, 0, 1, 2], "two": [2, 1, 4, 2]}.items()
    }
    headings = ["results", "introduction", "results", "results"]
    assert errors(headings, scored, 1) == [
        ["results", "3", "Results 3", "2", "1", "1", "Methods 2"],
        ["all 2", "4", "Results 3, Introduction 1", "2", "2", "1", "Methods 2"],
    ]
    del scored["two"]
    assert errors(["p", "p", "q", "q"], scored, 5)[1] == [
        *("q", "2", "Results 2", "1", "Methods 1")
    ]
