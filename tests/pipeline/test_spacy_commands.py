"""spaCy's own commands and ways of copying, on a pipeline with the pipe."""

import subprocess
import sys
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc, DocBin

TEXT = "# Methods\n\nWe count herons.\n\n# Results\n\nThere are many of them."


@pytest.fixture
def folder(make_nlp, tmp_path: Path) -> Path:
    nlp = make_nlp()
    nlp.to_disk(tmp_path / "pipe")
    DocBin(docs=[nlp(TEXT)]).to_disk(tmp_path / "dev.spacy")
    return tmp_path


def run(folder: Path, *args: str) -> str:
    command = [sys.executable, "-m", "spacy", *args]
    return subprocess.run(
        command, cwd=folder, capture_output=True, encoding="utf8", check=True
    ).stdout


def test_evaluate_prints_the_scores(folder: Path) -> None:
    printed = run(folder, "evaluate", "pipe", "dev.spacy", "--spans-key", "imrad")
    assert "SPAN F   100.00" in printed
    assert ["Methods", "100.00", "100.00", "100.00"] in map(
        str.split, printed.splitlines()
    )


def test_find_threshold(folder: Path) -> None:
    args = "pipe", "dev.spacy", "imrad_classifier", "threshold", "spans_imrad_acc"
    printed = run(folder, "find-threshold", *args, "--n_trials", "2")
    assert "Best threshold: 0.0" in printed


def test_what_spacys_copies_keep(make_nlp) -> None:
    """Labels alone, where spaCy copies spans without their attrs."""
    doc = make_nlp()(TEXT)
    merged = Doc.from_docs([doc, doc])
    assert merged is not None
    again = Doc(spacy.blank("en").vocab).from_json(doc.to_json())
    for copy in (merged, again):
        assert copy[4]._.imrad == "Methods"
        assert copy[4]._.imrad_scores == {}
        assert copy[4]._.imrad_path == ()
        assert [section.title for section in copy._.imrad_outline] == [None] * len(
            copy.spans["imrad"]
        )
    part = doc.spans["imrad"][0].as_doc()
    assert part[0]._.imrad is None
