"""`label` with all that it can write, in this process and in workers."""

import csv
import io
import json
import os
import re
import signal
import sys
from collections.abc import Callable, Iterator
from contextlib import closing
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import pytest
import spacy
from catalogue import REGISTRY
from spacy.language import Language
from spacy.tokens import DocBin
from typer.testing import CliRunner

from spacy_imrad import LABELS
from spacy_imrad.cli import app
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.document.stored_outline import stored_warnings
from spacy_imrad.readers import PaperFormat, Source, readers

PAPER = """# On old snow

## Introduction

We show the problem & what is 1 < 2.

## Methods

Samples were of patients.

```
code
```

## Results

This is significant.
"""
TITLE = "On old snow"
HEADINGS = ["Introduction", "Methods", "Results"]

linux = pytest.mark.skipif(sys.platform != "linux", reason="kills processes by /proc")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for i in range(3):
        (folder / f"p{i}.md").write_text(PAPER.replace("patients", f"patients {i}"))
    return folder


def run(*args: str | Path, **settings: Any) -> Any:
    return CliRunner().invoke(app, ["label", *map(str, args)], **settings)


def test_csv(papers: Path, pipeline: str) -> None:
    result = run("-f", "csv", "--text", "-p", pipeline, papers)
    assert result.exit_code == 0, result.output
    rows = list(csv.DictReader(io.StringIO(result.stdout)))
    assert [row["heading"] for row in rows] == [TITLE, *HEADINGS] * 3
    assert [row["section"] for row in rows] == ["0", "1", "2", "3"] * 3
    assert [row["matter"] for row in rows[:4]] == ["front", *["body"] * 3]
    assert [row["why"] for row in rows[:4]] == ["", *["heading"] * 3]
    assert {rows[0][name] for name in ("label", "score", "parent", *LABELS)} == {""}
    assert sum(float(rows[1][label]) for label in LABELS) == pytest.approx(1, abs=1e-4)
    assert rows[1]["text"].endswith("We show the problem & what is 1 < 2.")
    start, end = int(rows[2]["start"]), int(rows[2]["end"])
    assert PAPER[start:end].startswith("## Methods")


def test_parquet(papers: Path, pipeline: str, tmp_path: Path) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    output = tmp_path / "out" / "labels.parquet"
    result = run("-f", "parquet", "-p", pipeline, papers, "-o", output)
    assert result.exit_code == 0, result.output
    table = parquet.read_table(output)
    assert table.column("heading").to_pylist() == [TITLE, *HEADINGS] * 3
    assert table.column("why").to_pylist()[:2] == [None, "heading"]
    assert table.column("parent").to_pylist() == [None] * 12
    assert str(table.schema.field("Methods").type) == "float"
    names = {path.name for path in output.parent.iterdir()}
    assert names == {"labels.parquet", ".labels.parquet.spacy-imrad"}


@pytest.mark.parametrize("name", ["docs.spacy", "docs"])
def test_docs(name: str, papers: Path, pipeline: str, tmp_path: Path) -> None:
    output = tmp_path / name
    result = run("-f", "spacy", "-p", pipeline, papers, "-o", output)
    assert result.exit_code == 0, result.output
    path = output if output.suffix else output / "00000.spacy"
    docs = list(DocBin().from_disk(path).get_docs(spacy.blank("en").vocab))
    assert len(docs) == 3
    assert docs[2].spans["imrad"].attrs["headings"] == HEADINGS
    assert "imrad_outline" in docs[2].spans


def test_annotated_markdown(papers: Path, pipeline: str, tmp_path: Path) -> None:
    result = run("-f", "markdown", "-p", pipeline, papers / "p0.md")
    assert result.exit_code == 0, result.output
    lines = result.stdout.splitlines()
    assert lines[0] == "# On old snow"
    label = lines[lines.index("## Methods") + 2]
    assert re.fullmatch(r"\*\*Methods\*\* \d+% \(heading\)", label)
    assert "```\ncode\n```" in result.stdout
    run("-f", "markdown", "-p", pipeline, papers, "-o", tmp_path / "out")
    names = sorted(path.name for path in (tmp_path / "out").iterdir())
    assert names == ["p0.md.md", "p1.md.md", "p2.md.md"]


def test_chunks(papers: Path, pipeline: str, tmp_path: Path) -> None:
    args = ["-f", "chunks", "-p", pipeline, papers, "--chunk-size", "5"]
    result = run(*args)
    assert result.exit_code == 0, result.output
    found = [json.loads(line) for line in result.stdout.splitlines()]
    files = [str(papers / f"p{i}.md") for i in range(3)]
    assert list(dict.fromkeys(chunk["file"] for chunk in found)) == files
    first = [chunk for chunk in found if chunk["file"] == files[0]]
    assert [chunk["path"] for chunk in first] == [
        ["Introduction"],
        ["Methods"],
        ["Methods"],
        ["Results"],
    ]
    paper = PAPER.replace("patients", "patients 0")
    for chunk in first:
        assert chunk["label"] == chunk["path"][-1]
        assert chunk["title"] == TITLE
        assert chunk["why"] == "heading"
        assert chunk["text"] in paper
        # No reader says where in its file a table or code stands.
        in_file = chunk["start"] is not None
        assert in_file == (chunk["text"] != "code")
        if in_file:
            assert paper[chunk["start"] :].startswith(chunk["text"])
    run(*args, "-o", tmp_path / "chunks.jsonl")
    assert (tmp_path / "chunks.jsonl").read_text() == result.stdout
    result = run(*args, "--chunk-overlap", "5")
    assert result.exit_code == 2
    assert "--chunk-overlap has to be less than --chunk-size" in result.stderr


def test_pages(papers: Path, pipeline: str, tmp_path: Path) -> None:
    result = run("-f", "html", "-p", pipeline, papers, "-o", tmp_path / "pages")
    assert result.exit_code == 0, result.output
    page = (tmp_path / "pages" / "p1.md.html").read_text()
    assert "what is 1 &lt; 2" in page
    result = run("-f", "html", "-p", pipeline, papers, "-o", tmp_path / "one.html")
    assert result.exit_code == 2
    assert "one page for 3 papers or more" in result.stderr


WARNING = "Two tables were skipped."


def read_warned(source: Source) -> Paper:
    section = PaperSection("Methods", ("We dug.",))
    return Paper(source.name, (section,), title="On snow", warnings=(WARNING,))


@pytest.fixture
def warned() -> Iterator[None]:
    readers.register("warned", func=PaperFormat("Warned", read_warned, (".warned",)))
    yield
    del REGISTRY[("spacy_imrad", "readers", "warned")]


@pytest.mark.usefixtures("warned")
def test_what_a_reader_could_not_do_is_in_every_output(
    pipeline: str, tmp_path: Path
) -> None:
    parquet = pytest.importorskip("pyarrow.parquet")
    (tmp_path / "a.warned").write_text("a")
    args = ["-p", pipeline, tmp_path / "a.warned", "--from", "warned"]
    for kind in ("table", "jsonl", "csv", "markdown", "chunks"):
        assert WARNING in run("-f", kind, *args).stdout
    run("-f", "html", *args, "-o", tmp_path / "a.html")
    assert WARNING in (tmp_path / "a.html").read_text()
    run("-f", "parquet", *args, "-o", tmp_path / "a.parquet")
    table = parquet.read_table(tmp_path / "a.parquet")
    assert set(table.column("warnings").to_pylist()) == {WARNING}
    run("-f", "spacy", *args, "-o", tmp_path / "a.spacy")
    bin_ = DocBin().from_disk(tmp_path / "a.spacy")
    (doc,) = bin_.get_docs(spacy.blank("en").vocab)
    assert list(doc.user_data["warnings"]) == stored_warnings(doc) == [WARNING]
    assert doc.user_data["title"] == "On snow"
    assert doc.user_data["file"] == str(tmp_path / "a.warned")
    site = CliRunner().invoke(
        app,
        ["view", "-p", pipeline, str(tmp_path / "a.warned"), "-o", str(tmp_path / "s")],
    )
    assert site.exit_code == 0, site.output
    assert WARNING in (tmp_path / "s" / "a.html").read_text()


@pytest.mark.parametrize(
    ("args", "reason"),
    [
        (["-f", "parquet"], "needs --output"),
        (["-f", "table", "-o", "x"], "for the terminal"),
        (["--resume"], "--resume needs --output"),
        (["--from", "word"], "--from: Unknown format 'word'"),
        (["--gpus-per-worker", "1"], "--gpus-per-worker needs --ray"),
    ],
)
def test_usage(args: list[str], reason: str, papers: Path) -> None:
    result = run(*args, papers)
    assert result.exit_code == 2
    assert reason in result.stderr


def test_errors_are_written_down(papers: Path, pipeline: str, tmp_path: Path) -> None:
    (papers / "bad.xml").write_bytes(b"<article>")
    (papers / "noise.txt").write_bytes(b"\0\1")
    errors = tmp_path / "errors.jsonl"
    result = run("--json", "-p", pipeline, papers, "--errors", errors)
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 3
    written = [json.loads(line) for line in errors.read_text().splitlines()]
    assert [Path(entry["file"]).name for entry in written] == ["bad.xml", "noise.txt"]
    assert written[0]["error"].startswith("not readable as XML")


def test_workers_write_the_same(papers: Path, pipeline: str) -> None:
    (papers / "p1x.txt").write_bytes(b"\0\1")
    args = ["--json", "-p", pipeline, papers]
    alone = run(*args)
    together = run(*args, "--workers", "2")
    assert alone.exit_code == together.exit_code == 1
    assert together.stdout == alone.stdout
    assert together.stderr == alone.stderr


@linux
def test_a_worker_that_dies_takes_no_paper_with_it(
    papers: Path, make_nlp: Callable[..., Language], tmp_path: Path
) -> None:
    from spacy_imrad.labelling.labeller import Labelled, Settings
    from spacy_imrad.labelling.workers import Workers
    from spacy_imrad.readers.sources import list_files, read_jobs

    nlp = make_nlp()
    nlp.to_disk(tmp_path / "pipeline")
    jobs = list(read_jobs(list_files([str(papers)])))
    killed = False
    found = []
    settings = Settings(str(tmp_path / "pipeline"))
    with closing(Workers(settings, 2)) as workers:
        for _, outcome in workers.label(jobs * 4):
            assert isinstance(outcome, Labelled)
            found.append(outcome.record["file"])
            if not killed:
                killed = True
                for child in _children(os.getpid()):
                    os.kill(child, signal.SIGKILL)
    assert found == [job.source.name for job in jobs] * 4


def _children(pid: int) -> list[int]:
    """Worker processes of this one, on Linux."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            stat = (path / "stat").read_text()
            command = (path / "cmdline").read_bytes()
        except OSError:
            continue
        parent = int(stat.rpartition(")")[2].split()[1])
        if parent == pid and b"spawn_main" in command:
            found.append(int(path.name))
    return found


def test_a_run_that_does_nothing_leaves_no_journal(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    pytest.importorskip("ray.data", reason="needs the extra [ray]")
    output = tmp_path / "out.csv"
    result = run("-f", "csv", "-p", pipeline, "-", "-o", output, "--ray", input=PAPER)
    assert result.exit_code == 2
    assert "a cluster can't read standard input" in result.stderr
    assert not list(tmp_path.glob("out.csv*"))


def test_without_ray(papers: Path, pipeline: str) -> None:
    if find_spec("ray"):
        pytest.skip("Ray is installed")
    result = run("--json", "-p", pipeline, papers, "--ray")
    assert result.exit_code == 2
    assert "pip install 'spacy-imrad[ray]'" in result.stderr
