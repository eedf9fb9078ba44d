"""Options mean the same in every command, and name all that there is to choose from."""

import subprocess
import sys
from typing import Any, get_args

import pytest
import typer
from typer.testing import CliRunner

from spacy_imrad.cli import app
from spacy_imrad.cli.convert import DatasetName, Unit
from spacy_imrad.data.sets import DATASETS
from spacy_imrad.training import corpus

COMMANDS: dict[str, Any] = typer.main.get_command(app).commands  # type: ignore[attr-defined]
WRITING = ("convert", "evaluate", "export", "label", "train", "view")


@pytest.mark.parametrize("name", WRITING)
def test_output_is_an_option_everywhere(name: str) -> None:
    found = {param.name: param for param in COMMANDS[name].params}
    assert found["output"].opts == ["--output", "-o"]


def test_a_flag_has_one_meaning() -> None:
    meanings: dict[str, set[str]] = {}
    for command in COMMANDS.values():
        for param in command.params:
            for flag in param.opts:
                if flag.startswith("-"):
                    meanings.setdefault(flag, set()).add(str(param.name))
    assert all(len(names) == 1 for names in meanings.values()), meanings


def test_choices_are_those_of_the_package() -> None:
    assert get_args(DatasetName) == tuple(DATASETS)
    assert get_args(Unit) == get_args(corpus.Unit)


@pytest.mark.parametrize(
    "arguments",
    [
        ("convert", "novels", "-o", "corpus"),
        ("convert", "plos", "-o", "corpus", "--unit", "page"),
        ("evaluate", "bundled", "papers", "-o", "metrics", "--convention", "strict"),
        ("label", "paper.md", "--convention", "strict"),
        ("label", "paper.md", "--format", "xls"),
        ("view", "paper.md", "-o", "page.html", "--gpu-id", "-2"),
    ],
)
def test_a_value_that_is_no_choice_is_a_usage_error(arguments: tuple[str, ...]) -> None:
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "Invalid value" in result.stderr


def test_help_imports_no_pipeline() -> None:
    script = (
        "import sys, spacy_imrad.cli\n"
        "try: spacy_imrad.cli.app(['convert', '--help'])\n"
        "finally: print(*sys.modules)"
    )
    printed = subprocess.check_output([sys.executable, "-c", script], text=True)
    assert "unarxive-imrad" in printed
    heavy = {"onnxruntime", "transformers", "spacy_imrad.pipeline.imrad_classifier"}
    assert not heavy & set(printed.splitlines()[-1].split())
