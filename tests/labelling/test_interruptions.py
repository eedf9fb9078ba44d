"""Runs that are killed, go on, and meet each other: nothing is lost or doubled."""

import os
import random
import signal
import subprocess
import sys
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spacy_imrad.cli import app

PAPER = """# On old snow

## Introduction

We show the problem of {}.

## Methods

Samples were of patients.
"""

pytestmark = pytest.mark.skipif(os.name != "posix", reason="kills process groups")


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for i in range(60):
        text = PAPER.format("show " * (i + 1))
        (folder / f"p{i:02d}.md").write_text(text)
    (folder / "p30.xml").write_text("<article>")
    return folder


def run(*args: str | Path, **settings: Any) -> Any:
    return CliRunner().invoke(app, ["label", *map(str, args)], **settings)


def start(*args: str | Path) -> "subprocess.Popen[bytes]":
    environment = {k: v for k, v in os.environ.items() if k != "SPACY_IMRAD_TIMEOUT"}
    return subprocess.Popen(
        [sys.executable, "-m", "spacy_imrad", "label", *map(str, args)],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        start_new_session=True,
        env=environment,
    )


def kill(process: "subprocess.Popen[bytes]", number: int) -> None:
    """Its workers get the signals that a terminal sends to all; it may have ended by
    itself."""
    send = os.killpg if number == signal.SIGINT else os.kill
    with suppress(ProcessLookupError):
        send(process.pid, number)
    process.communicate()


def lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def kill_and_resume(
    n_kills: int, seed: int, papers: Path, pipeline: str, tmp_path: Path
) -> None:
    """Kill a run again and again, once it has labelled a few more papers and a random
    time has passed, and let it end."""
    args = ["-f", "csv", "--text", "-p", pipeline, papers, papers / "p01.md"]
    expected, output = tmp_path / "expected.csv", tmp_path / "out.csv"
    assert run(*args, "-o", expected).exit_code == 1
    chance = random.Random(seed)
    signals = [signal.SIGKILL, signal.SIGTERM, signal.SIGINT]
    journal = tmp_path / ".out.csv.journal"
    for number in range(n_kills):
        workers = str(1 + number % 2)
        process = start(*args, "-o", output, "--resume", "--workers", workers)
        aim = lines(journal) + chance.randrange(61 // n_kills + 1)
        while process.poll() is None and lines(journal) < aim:
            time.sleep(0.005)
        time.sleep(chance.random() / 20)
        kill(process, signals[number % 3])
    process = start(*args, "-o", output, "--resume")
    process.communicate()
    assert output.read_bytes() == expected.read_bytes()
    assert not journal.exists()


def test_killed_four_times(papers: Path, pipeline: str, tmp_path: Path) -> None:
    kill_and_resume(4, 1, papers, pipeline, tmp_path)


@pytest.mark.slow
def test_killed_twenty_times(papers: Path, pipeline: str, tmp_path: Path) -> None:
    kill_and_resume(20, 2, papers, pipeline, tmp_path)


@pytest.mark.slow
def test_killed_at_any_moment(papers: Path, pipeline: str, tmp_path: Path) -> None:
    """Also while it begins and while it writes its output at the end."""
    args = ["-f", "html", "-p", pipeline, papers]
    expected, output = tmp_path / "expected", tmp_path / "out"
    began = time.monotonic()
    start(*args, "-o", expected).communicate()
    takes = time.monotonic() - began
    chance = random.Random(3)
    for number in range(12):
        process = start(*args, "-o", output, "--resume")
        time.sleep(chance.random() * takes * 1.1)
        kill(process, [signal.SIGKILL, signal.SIGTERM, signal.SIGINT][number % 3])
    start(*args, "-o", output, "--resume").communicate()
    names = sorted(path.name for path in expected.iterdir())
    assert names == sorted(path.name for path in output.iterdir())
    for name in names:
        assert (output / name).read_bytes() == (expected / name).read_bytes()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="forks")
@pytest.mark.parametrize("kind", ["html", "jsonl"])
def test_killed_at_each_step_of_putting_an_output_in_its_place(
    kind: str, papers: Path, pipeline: str, tmp_path: Path
) -> None:
    for path in sorted(papers.iterdir())[3:]:
        path.unlink()
    args = ["-f", kind, "-p", pipeline, papers]
    expected = tmp_path / "expected"
    assert run(*args, "-o", expected).exit_code == 0
    for n_calls in range(1, 40):
        output = tmp_path / f"out{n_calls}"
        if not _killed_after(n_calls, *args, "-o", output):
            break
        assert run(*args, "-o", output, "--resume").exit_code == 0
        assert _contents(output) == _contents(expected)
        # And once more, over what is there.
        _killed_after(n_calls, *args, "-o", output, "--overwrite")
        assert run(*args, "-o", output, "--resume").exit_code == 0
        assert _contents(output) == _contents(expected)
    assert n_calls > 2


def _killed_after(n_calls: int, *args: str | Path) -> bool:
    """Whether a run got as far as to that change of a folder, and was killed there."""
    child = os.fork()
    if child:
        return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 99
    left = n_calls

    def count(event: str, arguments: object) -> None:
        nonlocal left
        if event in ("os.rename", "os.remove", "os.rmdir", "os.mkdir"):
            left -= 1
            if not left:
                os._exit(99)

    sys.addaudithook(count)
    try:
        run(*args)
    finally:
        os._exit(0)


def _contents(path: Path) -> dict[str, bytes]:
    files = [path] if path.is_file() else path.iterdir()
    return {file.relative_to(path).as_posix(): file.read_bytes() for file in files}


def test_what_is_left_of_a_killed_run(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    args = ["-f", "jsonl", "-p", pipeline, papers]
    output, journal = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.journal"
    process = start(*args, "-o", output)
    while process.poll() is None and lines(journal) < 5:
        time.sleep(0.005)
    kill(process, signal.SIGKILL)
    assert not output.exists()
    # A line that was cut off in the middle is written again.
    with journal.open("ab") as file:
        file.write(b'{"record": {"fi')
    errors = tmp_path / "errors.jsonl"
    errors.write_text("those of the user")
    refused = run(*args, "-o", output)
    assert refused.exit_code == 2
    assert "go on with --resume" in refused.stderr
    refused = run(*args, "-o", output, "--resume", "--errors", errors)
    assert refused.exit_code == 2
    assert errors.read_text() == "those of the user"
    other = run(*args, "-o", output, "--resume", "--text")
    assert "other settings (text)" in other.stderr
    expected = tmp_path / "expected.jsonl"
    assert run(*args, "-o", expected).exit_code == 1
    assert run(*args, "-o", output, "--resume").exit_code == 1
    assert output.read_bytes() == expected.read_bytes()
    again = run(*args, "-o", output, "--resume")
    assert (again.exit_code, "is finished" in again.stderr) == (0, True)


def test_two_processes_on_one_output(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    args = ["-f", "jsonl", "-p", pipeline, papers]
    output, journal = tmp_path / "two.jsonl", tmp_path / ".two.jsonl.journal"
    process = start(*args, "-o", output)
    while process.poll() is None and lines(journal) < 2:
        time.sleep(0.005)
    os.kill(process.pid, signal.SIGSTOP)
    for settings in ([], ["--resume"], ["--overwrite"]):
        refused = run(*args, "-o", output, *settings)
        assert refused.exit_code == 2
        assert "another process is writing there" in refused.stderr
    os.kill(process.pid, signal.SIGCONT)
    process.communicate()
    expected = tmp_path / "expected.jsonl"
    run(*args, "-o", expected)
    assert output.read_bytes() == expected.read_bytes()


def test_a_paper_that_takes_too_long_is_reported_and_the_rest_is_done(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    """A reader of another package that never returns; no signal of Python reaches the
    search of a regular expression that holds the interpreter."""
    package = tmp_path / "package"
    (package / "slow-1.dist-info").mkdir(parents=True)
    (package / "slow-1.dist-info" / "METADATA").write_text("Name: slow\nVersion: 1\n")
    (package / "slow-1.dist-info" / "entry_points.txt").write_text(
        "[spacy_imrad_readers]\nslow = slow_reader:SLOW\n"
    )
    (package / "slow_reader.py").write_text(
        "import re\n"
        "from spacy_imrad.readers import PaperFormat\n"
        "def read(source):\n"
        "    re.match('(a+)+$', 'a' * 60 + 'b')\n"
        "SLOW = PaperFormat('Slow', read, ('.slow',))\n"
    )
    for name in ("p02.slow", "p40.slow"):
        (papers / name).write_text("a")
    for path in sorted(papers.glob("p[1-5]*.md"))[10:]:
        path.unlink()
    paths = [str(package), os.environ.get("PYTHONPATH", "")]
    environment = {**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, paths))}
    # Long enough for a paper on a busy machine; both slow ones are waited for at once.
    done = subprocess.run(
        [
            *(sys.executable, "-m", "spacy_imrad", "label", "--json"),
            *("-p", pipeline, "--timeout", "15", "--workers", "2"),
            str(papers),
        ],
        capture_output=True,
        text=True,
        check=False,
        env=environment,
    )
    assert done.returncode == 1
    assert len(done.stdout.splitlines()) == len(list(papers.glob("*.md")))
    late = [line for line in done.stderr.splitlines() if ".slow" in line]
    assert len(late) == 2
    assert all("it takes longer than 15 seconds (see --timeout)" in x for x in late)


def test_where_a_run_is_killed_no_worker_stays(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    if not Path("/proc/self/stat").exists():
        pytest.skip("looks for processes in /proc")
    output, journal = tmp_path / "out.jsonl", tmp_path / ".out.jsonl.journal"
    args = ["-f", "jsonl", "-p", pipeline, papers, "-o", output, "--workers", "2"]
    process = start(*args)
    while process.poll() is None and lines(journal) < 2:
        time.sleep(0.005)
    kill(process, signal.SIGKILL)
    deadline = time.monotonic() + 60
    while _in_group(process.pid) and time.monotonic() < deadline:
        time.sleep(0.05)
    assert _in_group(process.pid) == []


def _in_group(group: int) -> list[int]:
    found = []
    for path in Path("/proc").glob("[0-9]*/stat"):
        try:
            state, _, of = path.read_text().rpartition(")")[2].split()[:3]
        except OSError:
            continue
        if int(of) == group and state != "Z":
            found.append(int(path.parent.name))
    return found
