"""One command bundles weights, from a pipeline or from a folder of weights."""

from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
import spacy
from spacy.language import Language
from typer.testing import CliRunner

from spacy_imrad.cli import app
from spacy_imrad.models.checkpoints import loaders
from spacy_imrad.models.checkpoints.exported import is_exported
from spacy_imrad.models.context.layer import context_shim

TEXT = "We propose a method.\n\nThe results of the training show an increase here."


@pytest.fixture
def trained(make_nlp: Callable[..., Language], tmp_path: Path) -> Path:
    paragraphs = make_nlp().config["components"]["imrad_classifier"]["model"]
    model = {
        "@architectures": "spacy-imrad.DocumentContext.v1",
        "paragraphs": paragraphs,
        "width": 8,
        "word_width": 4,
        "n_hashes": 16,
    }
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier", config={"model": model})
    nlp.initialize()
    nlp.to_disk(tmp_path / "trained")
    return tmp_path / "trained"


def scores(nlp: Language) -> numpy.ndarray:
    group = nlp(TEXT).spans["imrad_paragraphs"]
    return group.attrs["scores"]  # type: ignore[no-any-return]


def test_weights_are_halved_then_rounded_and_work_as_the_bundled_ones(
    trained: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    half, bundled = tmp_path / "half", tmp_path / "weights" / "tiny"
    for arguments in ([trained, "-o", half], [trained, "--int8", "-o", bundled]):
        result = CliRunner().invoke(app, ["weights", *map(str, arguments)])
        assert result.exit_code == 0, result.output
    result = CliRunner().invoke(app, ["weights", str(trained), "-o", str(half)])
    assert result.exit_code == 2
    assert "--overwrite" in result.output
    assert not is_exported(half)
    assert is_exported(bundled)
    assert (half / "context.safetensors").is_file()
    assert (bundled / "context.safetensors").is_file()
    monkeypatch.setattr(loaders, "WEIGHTS_FOLDER", tmp_path / "weights")
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy-imrad.DocumentContext.v1",
        "paragraphs": {
            "@architectures": "spacy-imrad.HFSequenceClassifier.v1",
            "name": str(loaders.bundled_folder("tiny")),
            "max_length": 128,
            "stride": 16,
            "runtime": "onnx",
        },
    }
    pipe = nlp.add_pipe("imrad_classifier", config={"model": model})
    context = (bundled / "context.safetensors").read_bytes()
    context_shim(pipe.model).from_bytes(context)  # type: ignore[attr-defined]
    numpy.testing.assert_allclose(scores(nlp), scores(spacy.load(trained)), atol=0.1)
