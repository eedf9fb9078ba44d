"""Every config is complete: `spacy debug config` finds nothing to complain about."""

from pathlib import Path

import pytest
import spacy
from spacy.cli.debug_config import debug_config
from spacy.util import load_config

CONFIGS = sorted((Path(__file__).parents[1] / "configs").glob("*.cfg"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_a_config_is_valid(path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    nlp = spacy.blank("en")
    for pipe in load_config(path)["components"].values():
        if not nlp.has_factory(pipe["factory"]):
            pytest.skip(f"no package with the factory '{pipe['factory']}'")
    overrides = {"paths.train": "train.jsonl", "paths.dev": "dev.jsonl"}
    try:
        debug_config(path, overrides=overrides)
    except SystemExit as error:
        pytest.fail(f"{error}\n{capsys.readouterr().out}")
    assert "Config is valid" in capsys.readouterr().out
