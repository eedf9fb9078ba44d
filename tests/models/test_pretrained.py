"""The weights that come with the package."""

import json
import shutil
import subprocess
import sys
from pathlib import Path

import numpy
import pytest
import spacy

from spacy_imrad import LABELS
from spacy_imrad.models.checkpoints import loaders
from spacy_imrad.models.checkpoints.files import SUMS_FILE
from spacy_imrad.models.checkpoints.loaders import WEIGHTS_FOLDER, bundled_names
from spacy_imrad.models.encoder.export import TOLERANCE
from spacy_imrad.models.pretrained import build_pretrained_v1

PAPER = (
    "Why some nurses sleep badly is not well understood, although it matters.\n\n"
    "We recruited 124 nurses and randomised them to one of two groups.\n\n"
    "Mean sleep time was 31 minutes longer with glasses (p < 0.001).\n"
)


@pytest.fixture(scope="module")
def nlp() -> spacy.Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    return nlp


def test_works_at_once(nlp: spacy.Language) -> None:
    doc = nlp(PAPER)
    assert len(doc.spans["imrad_paragraphs"]) == 3
    assert doc._.imrad in LABELS


def test_context_matters_only_where_there_is_some(nlp: spacy.Language) -> None:
    alone = spacy.blank("en")
    alone.add_pipe("imrad_classifier", config={"model": {"context": False}})

    def scores(pipeline: spacy.Language, text: str) -> numpy.ndarray:
        return pipeline(text).spans["imrad_paragraphs"].attrs["scores"]

    assert not numpy.allclose(scores(nlp, PAPER), scores(alone, PAPER), atol=1e-3)
    # A single paragraph has the same label unless it is a close thing, as the second
    # is; calibration alone changes its scores.
    first, _, last = PAPER.split("\n\n")
    for one in (first, last):
        assert scores(nlp, one).argmax() == scores(alone, one).argmax()


def test_saved_pipeline_is_the_same(nlp: spacy.Language, tmp_path: Path) -> None:
    nlp.to_disk(tmp_path / "nlp")
    docs = [nlp(PAPER), spacy.load(tmp_path / "nlp")(PAPER)]
    before, again = (doc.spans["imrad"] for doc in docs)
    assert [span.label_ for span in again] == [span.label_ for span in before]
    assert (again.attrs["scores"] == before.attrs["scores"]).all()


@pytest.mark.parametrize("name", bundled_names())
def test_the_weights_know_both_conventions(name: str, tmp_path: Path) -> None:
    nlp = spacy.blank("en")
    config = {"convention": "unarxive", "model": {"name": name}}
    pipe = nlp.add_pipe("imrad_classifier", config=config)
    unarxive = nlp(PAPER).spans["imrad_paragraphs"].attrs["scores"]
    nlp.to_disk(tmp_path / "nlp")
    again = spacy.load(tmp_path / "nlp")(PAPER)
    assert (again.spans["imrad_paragraphs"].attrs["scores"] == unarxive).all()
    pipe.convention = "ancestor"
    other = nlp(PAPER).spans["imrad_paragraphs"].attrs["scores"]
    assert not numpy.allclose(unarxive, other, atol=1e-3)
    only = PAPER.split("\n\n")[1]
    alone = nlp(only).spans["imrad_paragraphs"].attrs["scores"]
    pipe.convention = "unarxive"
    # A paragraph alone has no section: the conventions say the same of it.
    numpy.testing.assert_allclose(
        nlp(only).spans["imrad_paragraphs"].attrs["scores"], alone, atol=1e-3
    )


def test_unknown_weights_are_named() -> None:
    with pytest.raises(ValueError, match="imrad_distilbert"):
        build_pretrained_v1("nothing")


def test_labels_no_network() -> None:
    code = (
        "import socket, json, spacy\n"
        "def refuse(*args, **kwargs): raise OSError('network')\n"
        "socket.socket.connect = refuse\n"
        "nlp = spacy.blank('en'); nlp.add_pipe('imrad_classifier')\n"
        f"print(json.dumps(nlp({PAPER!r})._.imrad))"
    )
    done = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    )
    assert json.loads(done.stdout.splitlines()[-1]) in LABELS


@pytest.mark.usefixtures("no_spacy_transformers")
def test_labels_without_torch(nlp: spacy.Language) -> None:
    code = (
        "import sys, json\n"
        "class Blocker:\n"
        "    def find_spec(self, name, path=None, target=None):\n"
        "        if name.partition('.')[0] in ('torch', 'transformers', 'onnx'):\n"
        "            raise ImportError(f'{name} is blocked')\n"
        "sys.meta_path.insert(0, Blocker())\n"
        "import spacy\n"
        "nlp = spacy.blank('en'); nlp.add_pipe('imrad_classifier')\n"
        f"group = nlp({PAPER!r}).spans['imrad_paragraphs']\n"
        "print(json.dumps(group.attrs['scores'].tolist()))"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    expected = nlp(PAPER).spans["imrad_paragraphs"].attrs["scores"]
    found = json.loads(done.stdout.splitlines()[-1])
    numpy.testing.assert_allclose(found, expected, atol=1e-6)


@pytest.mark.usefixtures("needs_torch")
def test_both_runtimes_agree(nlp: spacy.Language) -> None:
    by_torch = spacy.blank("en")
    by_torch.add_pipe("imrad_classifier", config={"model": {"runtime": "torch"}})
    groups = [p(PAPER).spans["imrad_paragraphs"] for p in (nlp, by_torch)]
    first, second = (group.attrs["scores"] for group in groups)
    assert 0 < numpy.abs(first - second).max() < TOLERANCE


def test_weights_fit_the_package() -> None:
    files = [path for path in WEIGHTS_FOLDER.rglob("*") if path.is_file()]
    assert sum(path.stat().st_size for path in files) <= 60 * 2**20
    suffixes = {path.suffix for path in files if path.name != SUMS_FILE}
    assert suffixes <= {".json", ".safetensors", ".onnx", ".md"}
    for name in bundled_names():
        assert (WEIGHTS_FOLDER / name / "MODEL_CARD.md").is_file()


@pytest.mark.parametrize("name", bundled_names())
def test_a_flipped_bit_of_bundled_weights_names_the_file(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / name
    shutil.copytree(WEIGHTS_FOLDER / name, folder)
    monkeypatch.setattr(loaders, "WEIGHTS_FOLDER", tmp_path)
    lines = (folder / SUMS_FILE).read_text().splitlines()
    files = {line.partition("  ")[2] for line in lines}
    assert files == {path.name for path in folder.iterdir()} - {
        SUMS_FILE,
        "MODEL_CARD.md",
    }
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier", config={"model": {"name": name}})
    assert nlp(PAPER)._.imrad in LABELS
    # Only an abstract needs the layer that reads abstracts.
    paper = f"## Abstract\n\n{PAPER}\n## Introduction\n\n{PAPER}"
    for file in files:
        intact = (folder / file).read_bytes()
        content = bytearray(intact)
        content[len(content) // 2] ^= 1
        (folder / file).write_bytes(content)
        nlp = spacy.blank("en")
        nlp.add_pipe("imrad_classifier", config={"model": {"name": name}})
        with pytest.raises(ValueError, match=rf"{file}' is damaged"):
            nlp(paper)
        (folder / file).write_bytes(intact)
