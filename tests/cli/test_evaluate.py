"""``evaluate`` measures a pipeline by the convention that its gold labels have."""

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spacy_imrad.cli import app

pytest.importorskip("sklearn", reason="needs the extra `report`")
pytest.importorskip("matplotlib", reason="needs the extra `report`")


TEXT = (
    "In conclusion, this trial shows that glasses help nurses to sleep. Its "
    "limitations are the small number of nurses and the short time; future work "
    "should follow them for longer, and in other hospitals of the country."
)


@pytest.fixture
def papers(tmp_path: Path) -> str:
    path = tmp_path / "papers.jsonl"
    with path.open("w", encoding="utf8") as file:
        for number in range(2):
            section = {"heading": "Simulations", "paragraphs": [f"{TEXT} {number}"] * 3}
            paper = {"id": str(number), "sections": [section]}
            file.write(json.dumps(paper) + "\n")
    return str(path)


def evaluate(pipeline: str, papers: str, *options: str) -> dict[str, Any]:
    output = Path(papers).with_name("out")
    arguments = [
        "evaluate",
        pipeline,
        papers,
        "-o",
        str(output),
        "--overwrite",
        *options,
    ]
    done = CliRunner().invoke(app, arguments)
    assert done.exit_code == 0, done.output
    metrics: dict[str, Any] = json.loads((output / "metrics.json").read_text())
    return metrics


def test_a_pipeline_that_knows_the_convention_labels_by_it(papers: str) -> None:
    accuracy = {}
    for convention in ("unarxive", "ancestor"):
        metrics = evaluate("bundled", papers, "--convention", convention)
        assert list(metrics["pipelines"]) == ["bundled"]
        shown = metrics["pipelines"]["bundled"]["show"]
        accuracy[convention] = shown["all"]["accuracy"]
    # Gold is Methods by both. By the ancestor convention such a text may overrule the
    # heading, which can stand over several kinds of it.
    assert accuracy["ancestor"] < accuracy["unarxive"] == 1


def test_it_is_compared_with_the_bundled_pipeline(papers: str) -> None:
    metrics = evaluate("imrad_distilbert_sm", papers)
    assert list(metrics["pipelines"]) == ["imrad_distilbert_sm", "bundled"]
    assert list(metrics["gains"]) == ["bundled"]
