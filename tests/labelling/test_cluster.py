"""`label --ray` on two machines' worth of Ray: the same output, whoever dies."""

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language
from typer.testing import CliRunner

pytest.importorskip("ray.data", reason="needs the extra [ray]")

from ray.cluster_utils import Cluster

from spacy_imrad.cli import app
from spacy_imrad.labelling.cluster import PACK, label_with_ray
from spacy_imrad.labelling.labeller import Settings

pytestmark = pytest.mark.skipif(
    sys.platform != "linux", reason="finds Ray's processes by /proc"
)

PAPER = """# On old snow

## Introduction

We show the problem of number {}.

## Methods

Samples were of patients.
"""
# Pipes as another installed package brings them: workers find them by entry points.
PIPES = """
import os, signal, time
from spacy.language import Language

@Language.component("test_slow")
def slow(doc):
    time.sleep(0.1)
    return doc

@Language.component("test_deadly")
def deadly(doc):
    if "DEADLY" in doc.text:
        os.kill(os.getpid(), signal.SIGKILL)
    return doc
"""
ENTRY_POINTS = """[spacy_factories]
test_slow = imrad_test_pipes:slow
test_deadly = imrad_test_pipes:deadly
"""


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[dict[str, str]]:
    """The environment of a driver for two nodes with room for a worker each."""
    site = tmp_path_factory.mktemp("site")
    (site / "imrad_test_pipes.py").write_text(PIPES)
    info = site / "imrad_test_pipes-0.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Name: imrad-test-pipes\nVersion: 0\n")
    (info / "entry_points.txt").write_text(ENTRY_POINTS)
    path = os.pathsep.join(filter(None, [str(site), os.environ.get("PYTHONPATH")]))
    patch = pytest.MonkeyPatch()
    patch.setenv("PYTHONPATH", path)
    patch.setenv("RAY_USAGE_STATS_ENABLED", "0")
    patch.setenv("RAY_worker_niceness", "0")
    handler = signal.getsignal(signal.SIGTERM)
    nodes = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 1, "include_dashboard": False},
    )
    nodes.add_node(num_cpus=1)
    # Ray's own waits for its nodes, in what is forked from here too: it would not end.
    signal.signal(signal.SIGTERM, handler)
    yield {**os.environ, "RAY_ADDRESS": nodes.address}
    nodes.shutdown()
    patch.undo()


@pytest.fixture
def slow_pipeline(
    make_nlp: Callable[..., Language], tmp_path: Path, cluster: dict[str, str]
) -> str:
    nlp = make_nlp()
    nlp.to_disk(tmp_path / "slow")
    config = (tmp_path / "slow" / "config.cfg").read_text()
    names = ["test_slow", "test_deadly"]
    config = config.replace("pipeline = [", f"pipeline = {json.dumps(names)[:-1]},")
    for name in names:
        config += f'\n[components.{name}]\nfactory = "{name}"\n'
    (tmp_path / "slow" / "config.cfg").write_text(config)
    return str(tmp_path / "slow")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for i in range(40):
        (folder / f"p{i:02d}.md").write_text(PAPER.format(i))
    return folder


def label_here(*args: str | Path) -> tuple[int, str]:
    result = CliRunner().invoke(app, ["label", *map(str, args)])
    return result.exit_code, result.stderr.rstrip()


def start(env: dict[str, str], *args: str | Path) -> "subprocess.Popen[str]":
    return subprocess.Popen(
        [sys.executable, "-m", "spacy_imrad", "label", *map(str, args)],
        env=env,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )


def finish(process: "subprocess.Popen[str]") -> tuple[int, str]:
    # Standard output is the papers' alone, whatever Ray has to say.
    printed, errors = process.communicate(timeout=240)
    assert printed == ""
    own = [line for line in errors.splitlines() if line.startswith(("error", "note"))]
    return process.returncode, "\n".join(own)


def workers() -> list[int]:
    """Processes that Ray has label papers."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if b"LabelPack" in (path / "cmdline").read_bytes():
                found.append(int(path.name))
        except OSError:
            continue
    return found


def n_noted(output: Path) -> int:
    journal = output.with_name(f".{output.name}.journal")
    return journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0


def wait_for(process: "subprocess.Popen[str]", found: Callable[[], Any]) -> Any:
    while not (value := found()):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.02)
    return value


def test_the_same_file_as_one_process(
    cluster: dict[str, str], papers: Path, pipeline: str, tmp_path: Path
) -> None:
    arrow = pytest.importorskip("pyarrow")
    parquet = pytest.importorskip("pyarrow.parquet")
    lines = [{"id": str(i), "sections": []} for i in range(2 * PACK)]
    (papers / "lines.jsonl").write_text("\n".join(map(json.dumps, lines)))
    texts = [PAPER.format(f"{i} of the table") for i in range(2 * PACK)]
    parquet.write_table(arrow.table({"text": texts}), papers / "table.parquet")
    archived = shutil.make_archive(str(tmp_path / "more"), "zip", papers)
    (papers / "noise.txt").write_bytes(b"\0\1")
    files = [papers, papers / "p01.md", tmp_path / "missing.md", archived, papers]
    args = ["-f", "parquet", "-p", pipeline, *files, "-o"]
    expected, output = tmp_path / "one.parquet", tmp_path / "ray.parquet"
    alone = label_here(*args, expected)
    assert alone[0] == 1
    assert "noise.txt: binary data" in alone[1]
    assert finish(start(cluster, *args, output, "--ray")) == alone
    assert output.read_bytes() == expected.read_bytes()


def test_workers_that_are_killed(
    cluster: dict[str, str],
    papers: Path,
    pipeline: str,
    slow_pipeline: str,
    tmp_path: Path,
) -> None:
    expected, output = tmp_path / "one.parquet", tmp_path / "ray.parquet"
    args = ["-f", "parquet", papers, "-o"]
    assert label_here(*args, expected, "-p", pipeline) == (0, "")
    process = start(cluster, *args, output, "-p", slow_pipeline, "--ray")
    beginning = wait_for(process, workers)[0]
    os.kill(beginning, signal.SIGKILL)
    wait_for(process, lambda: n_noted(output) >= 10)
    working = wait_for(process, workers)[0]
    os.kill(working, signal.SIGKILL)
    assert n_noted(output) < 40
    assert finish(process) == (0, "")
    assert beginning != working
    assert output.read_bytes() == expected.read_bytes()


@pytest.mark.slow
def test_a_paper_that_kills_its_workers(
    cluster: dict[str, str], papers: Path, slow_pipeline: str, tmp_path: Path
) -> None:
    deadly = papers / "p20.md"
    deadly.write_text(PAPER.format("DEADLY"))
    output = tmp_path / "out.jsonl"
    args = ["-f", "jsonl", "-p", slow_pipeline, papers, "-o", output, "--ray"]
    code, errors = finish(start(cluster, *args))
    reason = "RuntimeError: one worker after the other died on it"
    assert (code, errors) == (1, f"error: {deadly}: {reason}")
    done = [json.loads(line)["file"] for line in output.read_text().splitlines()]
    assert done == [str(path) for path in sorted(papers.iterdir()) if path != deadly]


@pytest.mark.slow
def test_a_driver_that_is_killed_resumes(
    cluster: dict[str, str],
    papers: Path,
    pipeline: str,
    slow_pipeline: str,
    tmp_path: Path,
) -> None:
    expected, output = tmp_path / "one.csv", tmp_path / "ray.csv"
    args = ["-f", "csv", papers, papers / "p07.md", "-o"]
    assert label_here(*args, expected, "-p", pipeline) == (0, "")
    again = [*args, output, "-p", slow_pipeline, "--ray"]
    process = start(cluster, *again)
    wait_for(process, lambda: n_noted(output) >= 10)
    process.kill()
    process.communicate()
    assert n_noted(output) < 41
    assert finish(start(cluster, *again, "--resume")) == (0, "")
    assert output.read_bytes() == expected.read_bytes()


def test_no_room(
    cluster: dict[str, str], papers: Path, pipeline: str, tmp_path: Path
) -> None:
    output = tmp_path / "out.csv"
    args = ["-f", "csv", "-p", pipeline, papers, "-o", output, "--ray"]
    code, errors = finish(start(cluster, *args, "--gpus-per-worker", "0.5"))
    reason = "the cluster has no room for a worker: it has 0 GPUs"
    assert (code, errors) == (2, f"error: {output}: {reason}")
    assert not list(tmp_path.glob("out.csv*"))


def test_standard_input() -> None:
    with pytest.raises(ValueError, match="can't read standard input"):
        list(label_with_ray(["-"], Settings()))
