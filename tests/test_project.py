"""The project file: sound, and run from start to end."""

import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import spacy
import srsly
from weasel.schemas import ProjectConfigSchema, validate
from weasel.util import load_project_config

ROOT = Path(__file__).parents[1]
PARTS = ("project.yml", "configs", "scripts", "project")
SMOKE = ["smoke-assets", "smoke-convert", "smoke-train", "smoke-evaluate"]


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return dict(load_project_config(ROOT))


def test_it_follows_the_schema() -> None:
    config = srsly.read_yaml(ROOT / "project.yml")
    assert validate(ProjectConfigSchema, config) == []


@pytest.mark.parametrize("workflow", ["all", "all_gpu", "smoke"])
def test_what_a_command_needs_is_there_or_was_made_before(
    project: dict[str, Any], workflow: str
) -> None:
    commands = {command["name"]: command for command in project["commands"]}
    made: list[str] = []
    for name in project["workflows"][workflow]:
        command = commands[name]
        for dep in command["deps"]:
            below = any(f"{dep}/".startswith(f"{path}/") for path in made)
            assert below or (ROOT / dep).exists(), (name, dep)
        # Without outputs a command would be run each time.
        assert command["outputs"], name
        made += command["outputs"]


def test_every_command_is_in_a_workflow(project: dict[str, Any]) -> None:
    used = {name for names in project["workflows"].values() for name in names}
    assert used == {command["name"] for command in project["commands"]}


def weasel(command: str, *arguments: object) -> str:
    done = subprocess.run(
        [sys.executable, "-m", "spacy", "project", command, *map(str, arguments)],
        capture_output=True,
        text=True,
        timeout=600,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ran(output: str) -> list[str]:
    """The commands that were run, the others having been skipped."""
    skipped = {line.split("'")[1] for line in output.splitlines() if "Skipping" in line}
    return [name for name in (*SMOKE, "smoke-package") if name not in skipped]


@pytest.mark.slow
def test_smoke_makes_a_pipeline_and_runs_only_what_changed(tmp_path: Path) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `report`")
    for name in PARTS:
        copy = shutil.copytree if (ROOT / name).is_dir() else shutil.copy
        copy(ROOT / name, tmp_path / name)
    assert ran(weasel("run", "smoke", tmp_path)) == [*SMOKE, "smoke-package"]
    assert ran(weasel("run", "smoke", tmp_path)) == []

    report = (tmp_path / "metrics" / "smoke" / "REPORT.md").read_text()
    assert "learning_curves.png" in report
    (package,) = (tmp_path / "packages").glob("en_imrad_smoke-*")
    meta = srsly.read_json(package / "meta.json")
    assert meta["license"] == "MIT"
    assert meta["sources"][0]["name"] == "smoke"
    assert meta["performance"]["test_accuracy_headings_hidden"] > 0.9
    assert any(name.startswith("spacy-imrad") for name in meta["requirements"])
    (model,) = (package / "en_imrad_smoke").glob("en_imrad_smoke-*")
    doc = spacy.load(model)("# Methods\n\nWe dug, we measured and weighed the snow.")
    assert doc._.imrad == "Methods"

    meta_script = tmp_path / "scripts" / "write_meta.py"
    meta_script.write_text(meta_script.read_text() + "# changed\n")
    assert ran(weasel("run", "smoke", tmp_path)) == ["smoke-package"]
