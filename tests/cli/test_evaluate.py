"""``evaluate`` measures a pipeline by the convention that its gold labels have."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spacy_imrad.cli import app

pytest.importorskip("sklearn", reason="needs the extra `report`")
pytest.importorskip("matplotlib", reason="needs the extra `report`")


def test_a_pipeline_that_knows_the_convention_labels_by_it(tmp_path: Path) -> None:
    text = (
        "In conclusion, this trial shows that glasses help nurses to sleep. Its "
        "limitations are the small number of nurses and the short time; future work "
        "should follow them for longer, and in other hospitals of the country."
    )
    with (tmp_path / "papers.jsonl").open("w", encoding="utf8") as file:
        for number in range(2):
            section = {"heading": "Simulations", "paragraphs": [f"{text} {number}"] * 3}
            paper = {"id": str(number), "sections": [section]}
            file.write(json.dumps(paper) + "\n")
    papers, output = str(tmp_path / "papers.jsonl"), tmp_path / "out"
    accuracy = {}
    for convention in ("unarxive", "ancestor"):
        done = CliRunner().invoke(
            app,
            ["evaluate", "bundled", papers, str(output), "--convention", convention],
        )
        assert done.exit_code == 0, done.output
        metrics = json.loads((output / "metrics.json").read_text())
        accuracy[convention] = metrics["pipelines"]["bundled"]["show"]["all"][
            "accuracy"
        ]
    # Gold is Methods by both. By the ancestor convention such a text may overrule the
    # heading, which can stand over several kinds of it.
    assert accuracy["ancestor"] < accuracy["unarxive"] == 1
