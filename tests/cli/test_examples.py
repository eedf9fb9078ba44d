"""The command with the bundled weights, on the papers that `make demo` shows."""

import json
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spacy_imrad import LABELS
from spacy_imrad.cli import app
from spacy_imrad.models.checkpoints.loaders import bundled_names

EXAMPLES = Path(__file__).parents[2] / "examples"
EXPECTED: dict[str, list[tuple[str | None, str]]] = {
    name: [(heading, label) for heading, label in sections]
    for name, sections in json.loads(
        Path(__file__).with_name("expected_sections.json").read_text(encoding="utf8")
    ).items()
}


def test_examples_are_all_expected() -> None:
    papers = {path.name for path in EXAMPLES.glob("*.md")}
    papers |= {path.name for path in EXAMPLES.glob("*.txt")}
    assert set(EXPECTED) == papers
    assert {label for paper in EXPECTED.values() for _, label in paper} == set(LABELS)


@pytest.mark.parametrize("weights", [[], *(["-p", name] for name in bundled_names())])
@pytest.mark.parametrize("name", EXPECTED)
def test_every_section_is_labelled_correctly(name: str, weights: list[str]) -> None:
    file = str(EXAMPLES / name)
    result = CliRunner().invoke(app, ["label", "--json", *weights, file])
    assert result.exit_code == 0, result.output
    sections = [
        (section["heading"], section["label"])
        for section in json.loads(result.stdout)["sections"]
        if section["why"] not in (None, "children")
    ]
    assert sections == EXPECTED[name]
