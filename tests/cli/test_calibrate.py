"""``calibrate``: a pipeline with a document context, fitted on papers."""

import json
from collections.abc import Callable
from pathlib import Path

import spacy
from spacy.language import Language
from typer.testing import CliRunner

from spacy_imrad.cli import app
from spacy_imrad.labels import LABELS
from spacy_imrad.models.context.calibration import Calibration


def test_all_calibrations_are_fitted_and_saved(
    make_nlp: Callable[..., Language], tmp_path: Path
) -> None:
    nlp = spacy.blank("en")
    paragraphs = make_nlp().config["components"]["imrad_classifier"]["model"]
    model = {
        "@architectures": "spacy-imrad.DocumentContext.v1",
        "paragraphs": paragraphs,
        "width": 8,
        "word_width": 4,
        "n_hashes": 16,
    }
    nlp.add_pipe("imrad_classifier", config={"model": model})
    nlp.initialize()
    nlp.to_disk(tmp_path / "trained")
    text = "we show that the samples of the problem are important here " * 4
    sections = [{"heading": label, "paragraphs": [text] * 3} for label in LABELS]
    papers = [{"id": str(i), "sections": sections} for i in range(4)]
    (tmp_path / "papers.jsonl").write_text("\n".join(map(json.dumps, papers)))
    arguments = [str(tmp_path / name) for name in ("trained", "papers.jsonl")]
    arguments += ["--output", str(tmp_path / "calibrated")]
    result = CliRunner().invoke(app, ["calibrate", *arguments])
    assert result.exit_code == 0, result.output
    assert len(result.stdout.splitlines()) == 3
    fitted = spacy.load(tmp_path / "calibrated").get_pipe("imrad_classifier").model
    none = Calibration.none(len(LABELS))
    assert all(found != none for found in fitted.shims[0].calibrations)
    result = CliRunner().invoke(app, ["calibrate", *arguments])
    assert (result.exit_code, "--overwrite" in result.output) == (2, True)
