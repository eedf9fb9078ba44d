"""``export``: a pipeline that labels the same without torch."""

import json
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
from spacy.language import Language
from typer.testing import CliRunner

from spacy_imrad.cli import app
from spacy_imrad.models.encoder.export import Agreement

TEXT = "We propose a method.\n\nThe results of the training show an increase here."
BLOCKED = """
import json, sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "onnx"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
import spacy

nlp = spacy.load(sys.argv[1])
group = nlp(sys.argv[2]).spans["imrad_paragraphs"]
print(json.dumps(group.attrs["scores"].tolist()))
"""


@pytest.fixture
def trained(make_nlp: Callable[..., Language], tmp_path: Path) -> Path:
    """Has a document context, so that all that labels is there."""
    model = {
        "@architectures": "spacy-imrad.DocumentContext.v1",
        "paragraphs": {},
        "width": 8,
        "word_width": 4,
        "n_hashes": 16,
    }
    nlp = make_nlp()
    model["paragraphs"] = nlp.config["components"]["imrad_classifier"]["model"]
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier", config={"model": model})
    nlp.initialize()
    nlp.to_disk(tmp_path / "trained")
    return tmp_path / "trained"


def run(*args: object) -> Any:
    return CliRunner().invoke(app, ["export", *map(str, args)])


def scores(folder: Path, text: str = TEXT) -> numpy.ndarray:
    doc = spacy.load(folder)(text)
    return doc.spans["imrad_paragraphs"].attrs["scores"]  # type: ignore[no-any-return]


def test_the_export_labels_alike_and_is_smaller(trained: Path, tmp_path: Path) -> None:
    text = tmp_path / "text.txt"
    text.write_text(TEXT)
    result = run(trained, "-o", tmp_path / "exported", "--check", text)
    assert result.exit_code == 0, result.output
    assert "8 of 8 paragraphs have the same label" in result.stdout
    before, after = scores(trained), scores(tmp_path / "exported")
    assert 0 < numpy.abs(after - before).max() < 0.1
    sizes = [
        sum(path.stat().st_size for path in folder.rglob("model"))
        for folder in (trained, tmp_path / "exported")
    ]
    assert sizes[1] < sizes[0]


@pytest.mark.usefixtures("no_spacy_transformers")
def test_neither_torch_nor_transformers_is_needed(
    trained: Path, tmp_path: Path
) -> None:
    assert run(trained, "-o", tmp_path / "exported").exit_code == 0
    command = [sys.executable, "-c", BLOCKED, str(tmp_path / "exported"), TEXT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    expected = scores(tmp_path / "exported")
    numpy.testing.assert_allclose(json.loads(done.stdout), expected, atol=1e-6)


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux forks by default")
@pytest.mark.parametrize("used_before", [False, True])
def test_workers_that_fork_label_alike(
    used_before: bool, trained: Path, tmp_path: Path
) -> None:
    assert run(trained, "-o", tmp_path / "exported").exit_code == 0
    code = (
        "import sys, json, multiprocessing, spacy\n"
        "multiprocessing.set_start_method('fork')\n"
        "nlp = spacy.load(sys.argv[1])\n"
        f"if {used_before}: nlp(sys.argv[2])\n"
        "docs = nlp.pipe([sys.argv[2]] * 4, n_process=2, batch_size=1)\n"
        "print(json.dumps([d.spans['imrad_paragraphs'].attrs['scores'].tolist()"
        " for d in docs]))"
    )
    command = [sys.executable, "-c", code, str(tmp_path / "exported"), TEXT]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stderr
    expected = scores(tmp_path / "exported")
    for found in json.loads(done.stdout):
        numpy.testing.assert_allclose(found, expected, atol=1e-6)


def test_nothing_is_written_if_the_scores_differ_too_much(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("spacy_imrad.models.encoder.export.TOLERANCE", 1e-9)
    result = run(trained, "-o", tmp_path / "exported")
    assert result.exit_code == 1
    assert "nothing is written" in result.stderr
    assert not (tmp_path / "exported").exists()


@pytest.mark.parametrize(
    ("difference", "close"), [(0.0, True), (0.2, True), (0.21, False)]
)
def test_scores_may_differ_a_little(difference: float, close: bool) -> None:
    assert Agreement(1, 1, difference).is_close == close


def test_what_cannot_be_exported_is_said(trained: Path, tmp_path: Path) -> None:
    spacy.blank("en").to_disk(tmp_path / "blank")
    assert run(trained, "-o", tmp_path / "exported").exit_code == 0
    for pipeline, reason in (
        (tmp_path / "blank", "no imrad_classifier"),
        (tmp_path / "missing", "missing"),
        (tmp_path / "exported", "exported already"),
    ):
        result = run(pipeline, "-o", tmp_path / "again")
        assert result.exit_code == 2
        assert reason in result.stderr
    assert not (tmp_path / "again").exists()


def test_a_pipeline_that_asks_for_torch_is_refused(
    trained: Path, tmp_path: Path
) -> None:
    config = spacy.util.load_config(trained / "config.cfg")
    model = config["components"]["imrad_classifier"]["model"]
    model["paragraphs"]["runtime"] = "torch"
    config.to_disk(trained / "config.cfg")
    result = run(trained, "-o", tmp_path / "exported")
    assert result.exit_code == 2
    assert 'Set that to "auto"' in result.stderr
