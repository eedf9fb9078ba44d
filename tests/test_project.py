"""The project file: sound, and run from start to end."""

import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import pytest
import srsly
from packaging.requirements import Requirement
from weasel.schemas import ProjectConfigSchema, validate
from weasel.util import load_project_config

from spacy_imrad import LABELS
from spacy_imrad.outputs import SUFFIX

ROOT = Path(__file__).parents[1]
LOCK = "project.lock"
PARTS = ("assets", "convert", "train", "evaluate", "package")
SMOKE = [f"smoke-{part}" for part in PARTS]
PACKAGE = "packages/en_imrad_smoke-0.1.0"


@pytest.fixture(scope="module")
def project() -> dict[str, Any]:
    return dict(load_project_config(ROOT))


def test_it_follows_the_schema() -> None:
    config = srsly.read_yaml(ROOT / "project.yml")
    assert validate(ProjectConfigSchema, config) == []


@pytest.mark.parametrize(
    "workflow", ["all", "folds", "all_from_base", "all_reference", "all_gpu", "smoke"]
)
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


def run_command(name: str, folder: Path, *options: str) -> list[str]:
    command = [sys.executable, "-m", "spacy", "project", "run", name]
    return [*command, str(folder), *options]


def weasel(name: str, folder: Path, *options: str) -> str:
    done = subprocess.run(
        run_command(name, folder, *options), capture_output=True, text=True, timeout=900
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def ran(output: str) -> list[str]:
    """The commands that were run, the others having been skipped."""
    skipped = {line.split("'")[1] for line in output.splitlines() if "Skipping" in line}
    return [name for name in SMOKE if name not in skipped]


def copy(path: str, source: Path, target: Path) -> None:
    (target / path).parent.mkdir(parents=True, exist_ok=True)
    copier = shutil.copytree if (source / path).is_dir() else shutil.copy2
    copier(source / path, target / path)


def committed(project: dict[str, Any]) -> set[str]:
    """What commands need and none of them makes."""
    deps = {dep for command in project["commands"] for dep in command["deps"]}
    made = [output for command in project["commands"] for output in command["outputs"]]
    own = {
        dep for dep in deps if not f"{dep}/".startswith(tuple(f"{m}/" for m in made))
    }
    return {"project.yml", *own}


def files(folder: Path) -> set[str]:
    paths = (path for path in folder.rglob("*") if path.is_file())
    return {path.relative_to(folder).as_posix() for path in paths}


@pytest.fixture(scope="module")
def smoke(project: dict[str, Any], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder in which the workflow `smoke` was run, each command where nothing is but
    its deps, and what it writes compared with its outputs."""
    pytest.importorskip("matplotlib", reason="needs the extra `report`")
    commands = {command["name"]: command for command in project["commands"]}
    work = tmp_path_factory.mktemp("smoke")
    for path in committed(project):
        copy(path, ROOT, work)
    for name in SMOKE:
        box = tmp_path_factory.mktemp(name)
        for path in ("project.yml", *commands[name]["deps"]):
            copy(path, work, box)
        if (work / LOCK).exists():
            copy(LOCK, work, box)
        before = files(box)
        weasel(name, box)
        outputs = commands[name]["outputs"]
        written = files(box) - before - {LOCK}
        for output in outputs:
            assert any(f"{path}/".startswith(f"{output}/") for path in written), output
            copy(output, box, work)
        # What says that an output is ours is beside it.
        for path in written:
            if path.endswith(SUFFIX):
                copy(path, box, work)
        unnamed = [
            path
            for path in written
            if not path.endswith(SUFFIX)
            and not any(f"{path}/".startswith(f"{output}/") for output in outputs)
        ]
        assert not unnamed, (name, unnamed)
        shutil.copy2(box / LOCK, work / LOCK)
    return work


@pytest.mark.slow
def test_smoke_makes_a_package(smoke: Path) -> None:
    report = (smoke / "metrics" / "smoke" / "REPORT.md").read_text()
    assert "learning_curves.png" in report
    assert "**Too few to judge**: Introduction (8), Methods (8)" in report
    meta = srsly.read_json(smoke / PACKAGE / "meta.json")
    assert meta["license"] == "MIT"
    assert [source["name"] for source in meta["sources"]] == ["smoke", "smoke"]
    assert meta["performance"]["headings_hidden_acc"] > 0.9
    assert set(meta["performance"]["headings_hidden_per_type"]) == set(LABELS)
    assert "4 papers with 40 labelled paragraphs" in meta["notes"]
    assert "**Better than bundled**: on 4 papers" in meta["notes"]
    assert "never raised the score" not in meta["notes"]
    needed = {Requirement(text).name for text in meta["requirements"]}
    assert needed == {"spacy", "spacy-imrad", "torch", "transformers"}


@pytest.mark.slow
def test_only_what_changed_is_run_again(smoke: Path, tmp_path: Path) -> None:
    work = tmp_path / "work"
    shutil.copytree(smoke, work)
    assert ran(weasel("smoke", work)) == []
    licence = work / "LICENSE"
    licence.write_text(licence.read_text() + "changed\n")
    assert ran(weasel("smoke", work)) == ["smoke-package"]
    shutil.rmtree(work / "metrics")
    # The same figures come out of it, so that there is nothing new to package.
    assert ran(weasel("smoke", work)) == ["smoke-evaluate"]


@pytest.mark.slow
@pytest.mark.parametrize(
    ("setting", "other", "first"),
    [
        ("smoke/papers --overwrite", "smoke/papers --seed 1 --overwrite", "convert"),
        ("--training.max_steps 60", "--training.max_steps 40", "train"),
        ("--version ${vars.version}", "--version 0.2.0", "package"),
    ],
)
def test_a_changed_setting_runs_again_what_depends_on_it(
    smoke: Path, tmp_path: Path, setting: str, other: str, first: str
) -> None:
    work = tmp_path / "work"
    shutil.copytree(smoke, work)
    file = work / "project.yml"
    text = file.read_text()
    # Of several commands with such a setting the last is that of `smoke`.
    before, found, after = text.rpartition(setting)
    assert found
    file.write_text(before + other + after)
    after_it = SMOKE[SMOKE.index(f"smoke-{first}") :]
    assert ran(weasel("smoke", work)) == after_it
    assert ran(weasel("smoke", work)) == []


@pytest.mark.slow
def test_a_training_that_taught_nothing_is_not_packaged_without_a_word(
    smoke: Path, tmp_path: Path
) -> None:
    work = tmp_path / "work"
    shutil.copytree(smoke, work)
    file = work / "project.yml"
    rate = "learn_rate.initial_rate 0.002"
    text = file.read_text()
    assert text.count(rate) == 1
    file.write_text(text.replace(rate, "learn_rate.initial_rate 0.0"))
    said = "Training never raised the score on the development papers"
    assert f"warning: {said}" in weasel("smoke", work)
    assert said in srsly.read_json(work / PACKAGE / "meta.json")["notes"]
    assert said in (work / PACKAGE / "README.md").read_text()
    report = (work / "metrics" / "smoke" / "REPORT.md").read_text()
    assert "**The learning curve is flat**" in report


def put_smoke_assets(project: dict[str, Any], folder: Path) -> Path:
    """Copy the tree, with tiny assets and without the wheel, which needs a network.
    RETURNS: The folder of the assets."""
    for path in committed(project):
        copy(path, ROOT, folder)
    text = (folder / "project.yml").read_text()
    (folder / "project.yml").write_text(text.replace("--build wheel", "--build none"))
    assets = folder / "assets" / "smoke"
    script = [sys.executable, "scripts/make_smoke_assets.py", str(assets)]
    subprocess.run(script, cwd=folder, check=True)
    return assets


def put_papers(assets: Path) -> None:
    copy("papers", assets, assets.parent / "folder")


def put_paragraphs(assets: Path) -> None:
    """Paragraphs of the papers' words in the layout of `saier/unarXive_imrad_clf`."""
    codes = dict(zip(LABELS, "imrwd", strict=True))
    rows = [
        # Numbers of their own, or they would count as copies of each other.
        {
            "_id": (name := f"{paper['id']}-{code}-{number}"),
            "text": " ".join(f"{word} {name}-{i}" for i, word in enumerate(words)),
            "label": code,
        }
        for paper in srsly.read_jsonl(assets / "papers" / "papers.jsonl")
        for section in paper["sections"]
        for number, text in enumerate(section["paragraphs"])
        for code, words in [(codes[section["heading"]], text.split())]
    ]
    folder = assets.parent / "unarxive-imrad"
    folder.mkdir()
    for split, part in (
        ("train", rows[:320]),
        ("validation", rows[320:360]),
        ("test", rows[360:]),
    ):
        srsly.write_jsonl(folder / f"{split}.jsonl", part)


@pytest.mark.slow
@pytest.mark.parametrize(
    ("workflow", "suffix", "source", "put", "options"),
    [
        (
            "all_from_base",
            "from_base",
            "folder",
            put_papers,
            ("--vars.dataset=folder",),
        ),
        ("all_reference", "reference", "unarXive", put_paragraphs, ()),
    ],
)
def test_from_an_encoder_to_a_package(
    project: dict[str, Any],
    tmp_path: Path,
    workflow: str,
    suffix: str,
    source: str,
    put: Callable[[Path], None],
    options: tuple[str, ...],
) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `report`")
    if workflow == "all_reference":
        pytest.importorskip("datasets", reason="needs the extra `hub`")
    put(put_smoke_assets(project, tmp_path))
    options = (*options, "--vars.base=assets/smoke/encoder")
    weasel(workflow, tmp_path, *options)
    name = f"en_imrad_distilbert_{suffix}"
    meta = srsly.read_json(tmp_path / "packages" / f"{name}-0.1.0" / "meta.json")
    assert meta["sources"][0]["name"].startswith(source)
    assert meta["performance"]["headings_hidden_acc"] > 0
    report = (tmp_path / "metrics" / suffix / "REPORT.md").read_text()
    assert "| bundled | hidden | " in report
    again = weasel(workflow, tmp_path, *options)
    assert again.count("Skipping") == len(project["workflows"][workflow])


# What differs each time: when files were written, and where that is noted.
TIMES = (SUFFIX, "run.json", "settings.json", LOCK)


def contents(folder: Path) -> dict[str, Any]:
    """What is in each file. In which order spaCy's scorer has the labels in a meta.json
    is another in each process."""
    return {
        path: srsly.read_json(folder / path)
        if path.endswith(".json")
        else (folder / path).read_bytes()
        for path in files(folder)
        if not path.endswith(TIMES)
    }


def start(folder: Path) -> subprocess.Popen[str]:
    return subprocess.Popen(
        run_command("smoke", folder),
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        text=True,
        env={**os.environ, "PYTHONUNBUFFERED": "1"},
        start_new_session=True,
    )


def begins(line: str) -> str | None:
    """The command that the line is the title of."""
    name = line.replace("\x1b[1m", "").strip(" =\n\x1b[0m")
    return name if name in SMOKE else None


@pytest.mark.slow
@pytest.mark.skipif(not hasattr(os, "killpg"), reason="kills a group of processes")
def test_killed_ten_times_it_ends_as_undisturbed(
    project: dict[str, Any], tmp_path: Path
) -> None:
    pytest.importorskip("matplotlib", reason="needs the extra `report`")
    undisturbed, killed = tmp_path / "undisturbed", tmp_path / "killed"
    for folder in (undisturbed, killed):
        shutil.rmtree(put_smoke_assets(project, folder).parent)
    begun: dict[str, float] = {}
    with start(undisturbed) as process:
        assert process.stdout is not None
        for line in process.stdout:
            if (name := begins(line)) is not None:
                begun[name] = time.monotonic()
    assert process.returncode == 0
    ends = [*list(begun.values())[1:], time.monotonic()]
    seconds = {name: end - begun[name] for name, end in zip(begun, ends, strict=True)}
    assert list(seconds) == SMOKE

    chance, kills = random.Random(28), 0
    for step in sorted([*SMOKE, *SMOKE], key=SMOKE.index):
        with start(killed) as process:
            assert process.stdout is not None
            any(begins(line) == step for line in process.stdout)
            try:
                # Long before the end of the step, or shortly before it.
                process.wait(timeout=chance.random() * seconds[step])
            except subprocess.TimeoutExpired:
                kills += 1
                os.killpg(process.pid, signal.SIGKILL)
    # On a machine that was idle meanwhile the last ones may have come too late.
    assert kills >= len(SMOKE)
    weasel("smoke", killed)
    expected, found = contents(undisturbed), contents(killed)
    assert found.keys() == expected.keys()
    assert [name for name in expected if found[name] != expected[name]] == []
    assert ran(weasel("smoke", killed)) == []


@pytest.mark.slow
def test_the_package_installs_and_labels_without_network(
    smoke: Path, tmp_path: Path
) -> None:
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    options = ["--no-deps", "--no-build-isolation", "--quiet"]
    built = [*pip, "wheel", *options, "--wheel-dir", str(tmp_path), smoke / PACKAGE]
    subprocess.run(built, check=True, timeout=120)
    (wheel,) = tmp_path.glob("*.whl")
    target = tmp_path / "installed"
    subprocess.run(
        [*pip, "install", "--no-deps", "--quiet", "--target", str(target), str(wheel)],
        check=True,
        timeout=120,
    )
    script = """
import socket

def refuse(*args, **settings):
    raise OSError("there is no network")

socket.socket.connect = refuse
import spacy
nlp = spacy.load("en_imrad_smoke")
doc = nlp("# Methods\\n\\nWe dug, we measured and weighed the snow.")
print(nlp.path)
print(doc._.imrad)
"""
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        cwd=tmp_path,
        env={"PYTHONPATH": str(target), "OMP_NUM_THREADS": "1"},
        timeout=120,
    )
    assert done.returncode == 0, done.stderr
    path, label = done.stdout.splitlines()
    assert path.startswith(str(target))
    assert label == "Methods"

    # What `spacy huggingface-hub push` reads of a wheel (version 0.0.10): the name and
    # the version out of the file's name, the rest out of the folder of that version.
    name, pipeline_version, *tags = wheel.stem.split("-")
    assert tags == ["py3", "none", "any"]
    folder = f"{name}/{name}-{pipeline_version}"
    with ZipFile(wheel) as archive:
        card = archive.read(f"{folder}/README.md").decode()
        meta = json.loads(archive.read(f"{folder}/meta.json"))
        packed = set(archive.namelist())
    assert {f"{name}/__init__.py", f"{folder}/config.cfg"} <= packed
    assert {f"{folder}/LICENSE", f"{folder}/LICENSES_SOURCES"} <= packed
    assert (meta["lang"], meta["version"], meta["license"]) == ("en", "0.1.0", "MIT")
    assert meta["components"] == ["imrad_classifier"]
    assert f'spacy.load("{name}")' in card
    assert "HEADINGS_HIDDEN_ACC" in card
