"""One command bundles weights, from a pipeline or from a folder of weights."""

import runpy
import sys
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
import spacy
from spacy.language import Language

from spacy_imrad.models.checkpoints import loaders
from spacy_imrad.models.checkpoints.exported import is_exported
from spacy_imrad.models.context.layer import context_shim

SCRIPT = Path(__file__).parents[3] / "scripts" / "bundle_weights.py"
TEXT = "We propose a method.\n\nThe results of the training show an increase here."

pytestmark = pytest.mark.skipif(
    not SCRIPT.exists(), reason="these tests run without the scripts"
)


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
    for arguments in ([trained, half], ["--int8", trained, bundled]):
        monkeypatch.setattr(sys, "argv", [str(SCRIPT), *map(str, arguments)])
        runpy.run_path(str(SCRIPT), run_name="__main__")
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
