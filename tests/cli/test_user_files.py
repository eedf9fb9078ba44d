"""Every command that writes, in a folder full of the user's own files."""

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language
from thinc.api import Config
from typer.testing import CliRunner

from spacy_imrad.cli import app

PAPER = "# Methods\n\nWe dug in the snow for samples of the data.\n"
THEIRS = (
    *("thesis.txt", "notes.md", "labels.csv", "labels.jsonl", "page.html", "errors"),
    *("docs/manual.md", "papers/a.md", "papers/b.md", "site/index.html", "empty.d/x"),
    *("metrics.json", "REPORT.md", "errors.html", "report.json", "settings.json"),
    *("model-best/meta.json", "model-last/cfg", "log.jsonl", "run.json", "plan.npz"),
    *("report/fold-1/thesis.txt", "report/FOLDS.md"),
)
LABEL = ("label", "papers/a.md", "papers/b.md", "-p", "nowhere")
CROSS = ("cross-validate", "config.cfg", "labels.jsonl")
REFUSED = [
    (*LABEL, "--json", "-o", "labels.jsonl"),
    (*LABEL, "--json", "-o", "papers"),
    (*LABEL, "--json", "-o", "docs"),
    (*LABEL, "-f", "csv", "-o", "labels.csv"),
    (*LABEL, "-f", "csv", "-o", "link.csv"),
    (*LABEL, "-f", "csv", "-o", "papers/a.md"),
    (*LABEL, "-f", "html", "-o", "docs"),
    (*LABEL, "-f", "html", "-o", "papers"),
    (*LABEL, "-f", "html", "-o", "link"),
    (*LABEL, "-f", "html", "-o", "."),
    (*LABEL, "-f", "spacy", "-o", "site"),
    (*LABEL, "-f", "markdown", "-o", "notes.md"),
    (*LABEL, "--json", "--errors", "errors"),
    (*LABEL, "--json", "-o", "new.jsonl", "--errors", "new.jsonl"),
    ("view", "papers/a.md", "-p", "nowhere", "-o", "page.html"),
    ("view", "papers/a.md", "-p", "nowhere", "-o", "papers/a.md"),
    ("view", "papers", "-p", "nowhere", "-o", "site"),
    ("view", "papers", "-p", "nowhere", "-o", "papers"),
    ("convert", "folder", "--input", "papers", "-o", "."),
    ("convert", "folder", "--input", "papers", "-o", "papers/.."),
    ("evaluate", "nowhere", "labels.jsonl", "-o", "."),
    ("train", "config.cfg", "-o", "."),
    (*CROSS, "-o", "report", "--compare", "nowhere"),
    (*CROSS, "-o", "report", "--overwrite"),
    ("export", "nowhere", "-o", "docs"),
]


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    home = tmp_path / "home"
    for name in THEIRS:
        (home / name).parent.mkdir(parents=True, exist_ok=True)
        (home / name).write_text(PAPER if name.endswith(".md") else "precious")
    (home / "empty").mkdir()
    (home / "link.csv").symlink_to("labels.csv")
    (home / "link").symlink_to("docs")
    (home / os.fsdecode(b"caf\xe9.txt")).write_text("precious")
    config = Config({"paths": {"train": "papers"}, "nlp": {}, "components": {}})
    config.to_disk(home / "config.cfg")
    monkeypatch.chdir(home)
    return home


def tree(folder: Path) -> dict[str, tuple[object, ...]]:
    found: dict[str, tuple[object, ...]] = {}
    for path in folder.rglob("*"):
        status = path.lstat()
        link = os.readlink(path) if path.is_symlink() else None
        content = path.read_bytes() if path.is_file() else None
        changed = status.st_mtime_ns if path.is_file() else 0
        found[str(path)] = (link, content, changed, status.st_mode)
    return found


def run(*args: object) -> Any:
    return CliRunner().invoke(app, [str(arg) for arg in args])


@pytest.mark.parametrize("options", [(), ("--overwrite",)])
@pytest.mark.parametrize("command", REFUSED, ids=" ".join)
def test_refused_before_any_work(
    command: tuple[str, ...], options: tuple[str, ...], home: Path
) -> None:
    if command[0] in ("evaluate", "cross-validate"):
        pytest.importorskip("sklearn", reason="needs the extra `report`")
    if command[0] == "export":
        pytest.importorskip("onnx", reason="needs the extra `export`")
    before = tree(home)
    result = run(*command, *options)
    assert result.exit_code == 2, result.output
    # There is no such pipeline, which nobody has come to see.
    assert "can't find" not in result.stderr.lower()
    assert tree(home) == before


def test_what_is_written_beside_them(
    home: Path, make_nlp: Callable[..., Language], pipeline: str
) -> None:
    before = tree(home)
    with (home.parent / "gold.jsonl").open("w") as file:
        for number in range(40):
            section = {"heading": "Methods", "paragraphs": [f"We dug {number}. " * 30]}
            file.write(json.dumps({"id": str(number), "sections": [section]}) + "\n")
    commands = [
        ("label", ".", "-p", pipeline, "-f", "csv", "-o", "mine.csv"),
        ("label", ".", "-p", pipeline, "-f", "html", "-o", "mine", "--errors", "bad"),
        ("label", "papers", "-p", pipeline, "-f", "html", "-o", "empty"),
        ("label", ".", "-p", pipeline, "-f", "spacy", "-o", "docs/mine.spacy"),
        ("view", ".", "-p", pipeline, "-o", "pages"),
        ("convert", "folder", "--input", home.parent / "gold.jsonl", "-o", "corpus"),
    ]
    for command in commands:
        # The folders have files that are no papers.
        assert run(*command).exit_code in (0, 1)
        if command[0] != "convert":
            refused = run(*command)
            assert refused.exit_code == 2
            assert "--overwrite" in refused.stderr
        assert run(*command, "--overwrite").exit_code in (0, 1)
        after = tree(home)
        assert {name: after.get(name) for name in before if name[-5:] != "empty"} == {
            name: state for name, state in before.items() if name[-5:] != "empty"
        }
    # No output of ours has been an input of another command.
    lines = run("label", ".", "-p", pipeline, "--json").stdout.splitlines()
    names = {json.loads(line)["file"].removeprefix("./") for line in lines}
    assert names == {"notes.md", "REPORT.md", "docs/manual.md"} | {
        *("papers/a.md", "papers/b.md", "page.html", "site/index.html", "errors.html"),
        *("thesis.txt", "caf\\xe9.txt", "report/fold-1/thesis.txt", "report/FOLDS.md"),
    }


def test_earlier_outputs_are_no_papers(home: Path, pipeline: str) -> None:
    assert run("label", "papers", "-p", pipeline, "-f", "markdown", "-o", "papers/o.md")
    result = run("label", "papers/o.md", "papers/a.md", "--json", "-p", pipeline)
    assert result.exit_code == 1
    assert result.stderr == "error: papers/o.md: an earlier output, not a paper\n"
    again = ("label", "papers", "-p", pipeline, "-f", "markdown", "-o", "papers/o.md")
    before = Path("papers/o.md").read_bytes()
    assert run(*again, "--overwrite").exit_code == 0
    assert Path("papers/o.md").read_bytes() == before


def test_one_page_is_not_for_two_papers(home: Path) -> None:
    for command in (("label", "-f", "html"), ("view",)):
        files = ("papers/a.md", "papers/b.md", "-o", "new.html")
        result = run(*command, *files)
        assert result.exit_code == 2
        assert "one page for 2 papers" in result.stderr
        assert not Path("new.html").exists()


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no such files")
def test_devices_are_written_to_and_stay(home: Path, pipeline: str) -> None:
    command = ("label", "papers/a.md", "-p", pipeline)
    assert run(*command, "--json", "-o", os.devnull).exit_code == 0
    assert Path(os.devnull).is_char_device()
    assert run(*command, "-f", "html", "-o", os.devnull).exit_code == 2
    assert run(*command, "--json", "-o", os.devnull, "--resume").exit_code == 2
    os.mkfifo("pipe")
    reader = subprocess.Popen(["cat", "pipe"], stdout=subprocess.PIPE)
    assert run(*command, "--json", "-o", "pipe").exit_code == 0
    content, _ = reader.communicate()
    assert json.loads(content)["file"] == "papers/a.md"
    assert Path("pipe").is_fifo()


@pytest.mark.skipif(os.name != "posix", reason="closes streams as a shell does")
@pytest.mark.parametrize(
    ("streams", "code"), [(">&-", 141), (">&- 2>&-", 141), ("2>&-", 0), ("<&-", 0)]
)
def test_closed_streams(streams: str, code: int, home: Path, pipeline: str) -> None:
    python = f"{sys.executable} -m spacy_imrad label papers/a.md -p {pipeline}"
    for options, expected in (("--json", code), ("-f csv -o {}.csv", 0)):
        command = f"{python} {options.format(len(streams))} {streams}"
        done = subprocess.run(
            ["sh", "-c", command], capture_output=True, text=True, check=False
        )
        assert (done.returncode, done.stderr) == (expected, "")
    labels = Path(f"{len(streams)}.csv").read_text()
    assert labels.startswith("file,section,label")


def test_names_that_no_terminal_and_no_table_can_take(
    home: Path, pipeline: str, tmp_path: Path
) -> None:
    folder = tmp_path / "odd"
    folder.mkdir()
    names = [b"caf\xe9.md", b"e\x1b[2Jsc.md", b"new\nline.md", b"=cmd|'calc'!A0.md"]
    for name in names:
        (folder / os.fsdecode(name)).write_text("# +Methods\n\n=We dug.\n")
    (folder / os.fsdecode(b"\xe9\x1b.xml")).write_text("<article>")
    os.chdir(folder)
    files = sorted(os.listdir())
    shown = ["=cmd|'calc'!A0.md", "caf\\xe9.md", "e\\x1b[2Jsc.md", "new\\nline.md"]
    for options in (
        *(["-f", "csv"], ["-f", "csv", "--raw-csv"], ["-f", "parquet"], ["--json"]),
        *(["-f", "html"], ["-f", "markdown"], ["-f", "spacy"], []),
    ):
        output = tmp_path / f"{len(list(tmp_path.iterdir()))}"
        errors = tmp_path / f"{output.name}.errors"
        args = ["label", *files, "-p", pipeline, *options, "--errors", errors]
        result = run(*args, *(["-o", output] if options else []))
        assert result.exit_code == 1, result.output
        assert "\x1b" not in result.output
        assert "error: \\xe9\\x1b.xml: " in result.output
        assert json.loads(errors.read_text())["file"].startswith("\\xe9")
        found = names_in(options, output)
        if found is not None:
            assert found == shown


def names_in(options: list[str], output: Path) -> list[str] | None:
    import csv

    match options:
        case ["-f", "csv", *raw]:
            with output.open(encoding="utf8", newline="") as file:
                rows = list(csv.DictReader(file))
            assert "\x1b" not in str(rows)
            mark = "" if raw else "'"
            assert {row["heading"] for row in rows} == {f"{mark}+Methods"}
            assert rows[0]["file"].startswith(f"{mark}=cmd")
            return [row["file"].removeprefix("'") for row in rows]
        case ["--json"]:
            lines = output.read_text().splitlines()
            named = [json.loads(line)["file"] for line in lines]
            return [n.replace("\x1b", "\\x1b").replace("\n", "\\n") for n in named]
        case ["-f", "parquet"]:
            import pyarrow.parquet as parquet

            return list(parquet.read_table(output).column("file").to_pylist())
        case ["-f", "spacy"]:
            import spacy
            from spacy.tokens import DocBin

            docs = DocBin().from_disk(output / "00000.spacy")
            found = [
                doc.user_data["file"] for doc in docs.get_docs(spacy.blank("en").vocab)
            ]
            return [n.replace("\x1b", "\\x1b").replace("\n", "\\n") for n in found]
        case ["-f", "html" | "markdown"]:
            assert len(list(output.iterdir())) == 4
    return None
