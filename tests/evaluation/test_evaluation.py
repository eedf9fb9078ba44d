"""Figures against a second implementation or by hand, and what an evaluation writes."""

import json

import numpy
import pytest
import spacy

pytest.importorskip("sklearn", reason="needs the extra `report`")
pytest.importorskip("matplotlib", reason="needs the extra `report`")

from PIL import Image

from spacy_imrad.evaluation.charts import draw_learning_curves
from spacy_imrad.evaluation.errors_page import write_errors
from spacy_imrad.evaluation.evaluating import evaluate
from spacy_imrad.evaluation.intervals import Resampled
from spacy_imrad.evaluation.metrics import Scored, reliability
from spacy_imrad.evaluation.predictions import Passage, score_examples
from spacy_imrad.labels import LABELS
from spacy_imrad.printable import count
from spacy_imrad.readers import read_docs
from spacy_imrad.training.corpus import make_papers_corpus_v1


@pytest.fixture
def scored():
    """Four paragraphs of three labels, three of them right."""
    probabilities = numpy.array(
        [
            [0.6, 0.1, 0.1, 0.1, 0.1],
            [0.1, 0.8, 0.05, 0.03, 0.02],
            [0.0, 0.0, 1.0, 0.0, 0.0],
            [0.02, 0.9, 0.05, 0.03, 0.0],
        ],
        dtype="f",
    )
    sources = numpy.array(["north", "north", "south", "south"])
    return Scored(numpy.array([0, 1, 2, 2]), probabilities, sources)


def test_figures(scored):
    figures = scored.figures()
    assert figures["accuracy"] == 0.75
    # F1 is 1 for Introduction, 2/3 for the others.
    assert figures["macro_f1"] == pytest.approx((1 + 2 / 3 + 2 / 3) / 3)
    assert figures["weighted_f1"] == pytest.approx((1 + 2 / 3 + 2 * 2 / 3) / 4)
    gaps = (1 - 0.6) + (1 - 0.8) + (1 - 1.0) + (0.9 - 0)
    assert figures["ece"] == pytest.approx(gaps / 4, abs=1e-6)
    assert scored.by_source()["south"]["accuracy"] == 0.5
    assert scored.confusion().tolist()[2] == [0, 1, 1, 0, 0]
    assert scored.by_label()["Methods"] == {
        "p": 0.5,
        "r": 1.0,
        "f": pytest.approx(2 / 3),
        "paragraphs": 1,
    }


def test_calibration_of_right_confidence():
    random = numpy.random.default_rng(0)
    probabilities = random.dirichlet([1, 1, 1, 1, 1], size=20_000).astype("f")
    gold = numpy.array([random.choice(5, p=row / row.sum()) for row in probabilities])
    sources = numpy.full(len(gold), "x")
    assert Scored(gold, probabilities, sources).figures()["ece"] < 0.02
    confidence, accuracy, size = reliability(gold, probabilities)
    assert size.sum() == len(gold)
    assert numpy.abs(confidence - accuracy)[size > 500].max() < 0.05


def test_the_page_of_errors_has_the_surest_first_and_is_escaped(scored, tmp_path):
    scored.gold[0] = 4
    headings = ("Results", "Snow & ice")
    passages = [Passage(f"text <{i}>", f"paper {i}", headings) for i in range(4)]
    write_errors(scored, passages, tmp_path)
    page = (tmp_path / "errors.html").read_text()
    assert "2 of 4 paragraphs have a wrong label" in page
    # 0.9 for the last, 0.6 for the first.
    assert page.index("text &lt;3&gt;") < page.index("text &lt;0&gt;")
    assert "text &lt;1&gt;" not in page
    assert "paper 3" in page
    assert "Results › Snow &amp; ice" in page
    assert page.count("1 <small>of 1</small>") == 1
    assert page.count("1 <small>of 2</small>") == 1


def test_the_page_of_errors_may_be_empty(scored, tmp_path):
    scored.gold[3] = 1
    write_errors(scored, [Passage("", "")] * 4, tmp_path)
    page = (tmp_path / "errors.html").read_text()
    assert "0 of 4 paragraphs have a wrong label" in page
    assert "<table" not in page


def repeated(gold, predicted, n_papers):
    """Papers whose paragraphs have these labels, one array for all papers or each."""
    gold = numpy.broadcast_to(gold, (n_papers, numpy.shape(gold)[-1]))
    predicted = numpy.broadcast_to(predicted, gold.shape)
    probabilities = numpy.eye(len(LABELS), dtype="f")[predicted.ravel()]
    papers = numpy.repeat([f"p{i}" for i in range(n_papers)], gold.shape[1])
    return Scored(gold.ravel(), probabilities, papers), papers


def test_papers_that_are_alike_leave_no_doubt():
    scored, papers = repeated([0, 1, 2, 2], [0, 1, 2, 0], 30)
    resampled = Resampled(scored, papers)
    assert resampled.n_papers == 30
    figures = scored.figures()
    for figure, (low, high) in resampled.intervals().items():
        assert low == pytest.approx(high) == pytest.approx(figures[figure]), figure


def test_an_interval_is_that_of_the_papers_not_of_the_paragraphs():
    # Half of the papers are all right, the others all wrong.
    predicted = numpy.repeat([[0] * 50, [1] * 50], 20, axis=0)
    scored, papers = repeated([0] * 50, predicted, 40)
    low, high = Resampled(scored, papers).intervals()["accuracy"]
    error = (0.5 * 0.5 / 40) ** 0.5
    assert (low, high) == pytest.approx((0.5 - 1.96 * error, 0.5 + 1.96 * error), 0.1)


def test_a_gain_is_taken_paper_by_paper():
    random = numpy.random.default_rng(1)
    before = numpy.where(random.random((40, 20)) < random.random((40, 1)), 0, 1)
    after = before.copy()
    after[:, :2] = 0
    first, papers = repeated([0] * 20, after, 40)
    other, _ = repeated([0] * 20, before, 40)
    ours, theirs = Resampled(first, papers), Resampled(other, papers)
    low, high = ours.gain_over(theirs)["accuracy"]
    gain = first.figures()["accuracy"] - other.figures()["accuracy"]
    assert 0 < low < gain < high
    (least, most), width = ours.intervals()["accuracy"], high - low
    assert width < (most - least) / 2


@pytest.fixture
def papers_file(tmp_path):
    path = tmp_path / "papers.jsonl"
    with path.open("w") as file:
        for number in range(3):
            sections = [
                {"heading": label, "paragraphs": [f"the {label} of snow {number}"] * 2}
                for label in LABELS
            ]
            paper = {"id": str(number), "source": "ours", "sections": sections}
            file.write(json.dumps(paper) + "\n")
    return path


def test_an_evaluation_writes_figures_pages_and_pictures(
    papers_file, make_nlp, tmp_path
):
    nlp = make_nlp()
    log = [
        {
            "step": step,
            "score": step / 40,
            "scores": {"acc": step / 40},
            "losses": {"pipe": 40 - step},
        }
        for step in (0, 10, 20, 30)
    ]
    folder = tmp_path / "out"
    metrics = evaluate(
        {"ours": nlp, "again": nlp}, str(papers_file), folder, min_length=5, log=log
    )
    pipelines = metrics["pipelines"]
    assert pipelines["ours"] == pipelines["again"]
    assert json.loads((folder / "metrics.json").read_text()) == json.loads(
        json.dumps(metrics)
    )
    hidden = pipelines["ours"]["hide"]["all"]
    shown = pipelines["ours"]["show"]["all"]
    assert hidden["paragraphs"] == shown["paragraphs"] == 30
    assert metrics["papers"] == 3
    # The headings name the labels.
    assert shown["accuracy"] == 1 > hidden["accuracy"]
    assert metrics["gains"]["again"]["hide"]["accuracy"] == {
        "difference": 0.0,
        "interval": (0.0, 0.0),
    }
    page = (folder / "REPORT.md").read_text()
    assert f" of 30 | {hidden['accuracy']:.4f} (" in page
    assert "More than again, with headings hidden: accuracy +0.0000" in page
    for picture in ("confusion", "reliability", "learning_curves"):
        assert f"({picture}.png)" in page
        with Image.open(folder / f"{picture}.png") as image:
            assert min(image.size) > 400
            assert len(image.convert("L").getcolors(256)) > 20
    # The pipeline did not see the heading that the reader sees.
    assert "<small>Related Work · " in (folder / "errors.html").read_text()


@pytest.mark.parametrize("use_headings", [True, False])
def test_scores_are_those_of_the_pipe_itself(use_headings, tmp_path):
    # The bundled model reads headings, too: that they name a label is not all.
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier", config={"use_headings": use_headings})
    text = "We walked to the lake and counted the herons that stood in the reeds. " * 3
    sections = [
        {"heading": heading, "paragraphs": [text, text * 2]}
        for heading in ("Introduction", "Study area", "Results", "Discussion")
    ]
    path = tmp_path / "papers.jsonl"
    path.write_text(json.dumps({"id": "herons", "sections": sections}) + "\n")
    options = {"unit": "paper", "rule": "ancestor", "headings": "show"}
    corpus = make_papers_corpus_v1(str(path), **options)
    scored, _ = score_examples(nlp, corpus(nlp))
    (paper,) = read_docs(nlp, path)
    found = nlp(paper).spans["imrad_paragraphs"].attrs["scores"]
    labelled = numpy.array([0, 1, 4, 5, 6, 7])
    assert scored.probabilities == pytest.approx(found[labelled], abs=1e-6)


def test_a_pipeline_without_the_pipe_is_an_error(papers_file, make_nlp):
    corpus = make_papers_corpus_v1(str(papers_file), unit="paper", min_length=5)
    nlp = spacy.blank("en")
    with pytest.raises(ValueError, match="no imrad_classifier"):
        score_examples(nlp, corpus(nlp))


def test_learning_curves_may_have_one_point(tmp_path):
    entry = {"step": 0, "score": 0.1, "scores": {"acc": 0.1}, "losses": {"pipe": 1.0}}
    draw_learning_curves([entry], tmp_path / "curves.png")
    assert (tmp_path / "curves.png").stat().st_size > 1000


@pytest.mark.parametrize(
    ("number", "expected"), [(0, "0 papers"), (1, "1 paper"), (2000, "2,000 papers")]
)
def test_a_number_goes_with_its_noun(number: int, expected: str) -> None:
    assert count(number, "paper") == expected
