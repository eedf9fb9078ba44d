"""Without torch a training ends before it prints a table."""

import subprocess
import sys
from pathlib import Path

import pytest
from test_train import papers  # noqa: F401

CONFIGS = Path(__file__).parents[2] / "configs"
TRAIN = """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] == "torch":
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
from spacy.cli import setup_cli
setup_cli()
"""


@pytest.mark.parametrize("config", ["finetune", "from_base"])
def test_spacy_train_says_what_to_install(
    config: str,
    papers: Path,  # noqa: F811
    tmp_path: Path,
) -> None:
    command = ["train", str(CONFIGS / f"{config}.cfg"), "-o", str(tmp_path / "out")]
    paths = ["--paths.train", str(papers), "--paths.dev", str(papers)]
    done = subprocess.run(
        [sys.executable, "-c", TRAIN, *command, *paths],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode != 0
    assert "pip install 'spacy-imrad[torch]'" in done.stdout + done.stderr
    assert "LOSS" not in done.stdout
