"""The commands of the gallery, which other pages only name: they are run."""

import shutil
from pathlib import Path
from random import Random

import pytest
from commands import commands
from pages import ROOT, code_blocks
from typer.testing import CliRunner

from spacy_imrad.cli import app

# A single step, in two folds, says whether the commands fit each other.
FEWER = {
    "cross-validate": ("--folds", "2", "--training.max_steps", "1"),
    "train": ("--training.max_steps", "1"),
}


def shuffled(paper: str, seed: int) -> str:
    """The paper with the words of each paragraph in another order, so that it is no
    duplicate."""
    random = Random(seed)
    blocks = paper.split("\n\n")
    for i, block in enumerate(blocks):
        if not block.startswith("#"):
            words = block.split()
            random.shuffle(words)
            blocks[i] = " ".join(words)
    return "\n\n".join([f"# Paper {seed}", *blocks[1:]])


@pytest.mark.slow
@pytest.mark.usefixtures("needs_torch")
def test_training_on_ones_own_journal(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("configs").symlink_to(ROOT / "configs")
    journal = Path("my_journal")
    journal.mkdir()
    paper = (ROOT / "examples/formats/paper.md").read_text(encoding="utf8")
    for number in range(16):
        (journal / f"{number}.md").write_text(shuffled(paper, number), encoding="utf8")
    shutil.copy(ROOT / "examples/formats/paper.pdf", "paper.pdf")
    (block,) = code_blocks("docs/GALLERY.md", "bash")
    for program, *arguments in commands(block.code):
        assert program == "spacy-imrad"
        arguments += FEWER.get(arguments[0], ())
        result = CliRunner().invoke(app, arguments)
        assert result.exit_code == 0, (arguments, result.output)
    assert "bundled" in Path("folds/FOLDS.md").read_text(encoding="utf8")
    assert "Methods" in result.stdout
