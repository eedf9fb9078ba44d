"""What differs on Windows, simulated: open files, locks, signals, consoles, names and
line ends. On Windows itself the same tests run without the simulation."""

import os
import signal
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pypdfium2  # noqa: F401 (its library is that of the real platform)
import pytest
import spacy
from spacy.language import Language
from typer.testing import CliRunner

from spacy_imrad import read_doc, to_dict
from spacy_imrad.cli import app
from spacy_imrad.printable import PlainNames

EXAMPLES = Path(__file__).parents[1] / "examples"
TEXTS = ("md", "txt", "tex", "rst", "html", "xml", "tei.xml")
PAPER = "# Methods\n\nWe dug in the snow for samples of the data.\n"
IS_WINDOWS = os.name == "nt"
OPEN_FILES = Path("/proc/self/fd")


def is_open(path: Path) -> bool:
    """Whether this process has a file open, or one in a folder."""
    for number in OPEN_FILES.iterdir():
        try:
            file = Path(os.readlink(number))
        # It was the listing itself.
        except OSError:
            continue
        if file.is_file() and (file == path or path in file.parents):
            return True
    return False


def refusing_open_files(change: Callable[..., Any]) -> Callable[..., Any]:
    def changed(*paths: Any, **settings: Any) -> Any:
        if not settings.get("dir_fd"):
            for path in map(Path, paths):
                if is_open(path.parent.resolve() / path.name):
                    raise PermissionError(13, "It is used by another process", path)
        return change(*paths, **settings)

    return changed


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> None:
    if IS_WINDOWS:
        return
    fcntl = pytest.importorskip("fcntl")
    if not OPEN_FILES.is_dir():
        pytest.skip("needs /proc, to know which files are open")
    msvcrt = SimpleNamespace(
        LK_NBLCK=fcntl.LOCK_EX | fcntl.LOCK_NB,
        locking=lambda file, mode, _: fcntl.flock(file, mode),
    )
    monkeypatch.setitem(sys.modules, "msvcrt", msvcrt)
    for module in ("fcntl", "resource", "termios", "pwd", "grp"):
        monkeypatch.setitem(sys.modules, module, None)
    for name in ("SIGALRM", "SIGHUP", "SIGKILL", "pthread_sigmask", "setitimer"):
        monkeypatch.delattr(signal, name)
    for name in ("unlink", "remove", "rename", "replace"):
        monkeypatch.setattr(os, name, refusing_open_files(getattr(os, name)))
    monkeypatch.setattr(sys, "platform", "win32")


def run(*arguments: object) -> Any:
    return CliRunner().invoke(app, [*map(str, arguments)])


@pytest.mark.usefixtures("windows")
@pytest.mark.parametrize(
    "command",
    [
        ("label", "-f", "csv", "-o", "out.csv"),
        ("label", "-f", "html", "-o", "pages"),
        ("label", "-f", "spacy", "-o", "out.spacy"),
        ("view", "-o", "site"),
    ],
    ids=" ".join,
)
def test_files_are_closed_before_they_are_replaced_or_removed(
    command: tuple[str, ...],
    pipeline: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.chdir(tmp_path)
    Path("a.md").write_text(PAPER)
    # Nothing can be labelled: the command leaves nothing.
    failed = run(*command, "a.md", "-p", "nowhere")
    assert failed.exit_code == 2, failed.output
    assert "nowhere" in failed.stderr
    assert {path.name for path in tmp_path.iterdir()} == {"a.md", "pipeline"}
    done = run(*command, "a.md", "-p", pipeline)
    assert done.exit_code == 0, done.output
    again = run(*command, "a.md", "-p", pipeline)
    assert again.exit_code == 2
    assert "--overwrite" in again.stderr
    over = run(*command, "a.md", "-p", pipeline, "--overwrite")
    assert over.exit_code == 0, over.output


@pytest.mark.usefixtures("windows")
def test_an_archive_leaves_no_open_file(pipeline: str, tmp_path: Path) -> None:
    paper, archive = tmp_path / "a.md", tmp_path / "papers.tar.gz"
    paper.write_text(PAPER)
    with tarfile.open(archive, "w:gz") as made:
        made.add(paper, "a.md")
        made.add(EXAMPLES / "formats/paper.docx", "b.docx")
        made.add(EXAMPLES / "formats/paper.pdf", "c.pdf")
    done = run("label", archive, "--json", "-p", pipeline)
    assert done.exit_code == 0, done.output
    assert len(done.stdout.splitlines()) == 3


@pytest.mark.parametrize("encoding", ["cp1252", "cp437", "ascii"])
def test_a_console_that_lacks_letters(
    encoding: str, pipeline: str, tmp_path: Path
) -> None:
    (tmp_path / "Ζεύς.md").write_text(
        PAPER.replace("\n\n", "\n\n## Μέθοδοι\n\n"), "utf8"
    )

    def label(*options: str) -> bytes:
        command = (sys.executable, "-m", "spacy_imrad", "label", "Ζεύς.md")
        settings = {**os.environ, "PYTHONIOENCODING": encoding}
        done = subprocess.run(
            [*command, "-p", pipeline, *options],
            cwd=tmp_path,
            env=settings,
            capture_output=True,
        )
        assert done.returncode == 0, done.stderr
        return done.stdout

    assert r"\u0396" in label().decode(encoding)
    assert "Μέθοδοι" in label("-f", "csv").decode("utf8")


@pytest.fixture(scope="module")
def nlp() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    return nlp


@pytest.mark.parametrize("suffix", TEXTS)
def test_windows_line_ends_change_nothing(
    suffix: str, nlp: Language, tmp_path: Path
) -> None:
    content = (EXAMPLES / f"formats/paper.{suffix}").read_bytes()
    found = []
    for newline in (b"\n", b"\r\n"):
        path = tmp_path / f"paper.{suffix}"
        path.write_bytes(content.replace(b"\r\n", b"\n").replace(b"\n", newline))
        sections = to_dict(nlp(read_doc(nlp, path)))["sections"]
        assert len(sections) > 3
        found.append([(s["heading"], s["length"]) for s in sections])
        found.append([score for s in sections for score in s["scores"].values()])
    assert found[0] == found[2]
    assert found[1] == pytest.approx(found[3], abs=1e-3)


@pytest.mark.parametrize(
    ("source", "name"),
    [
        ("con.md", "paper-con.html"),
        ("NUL", "paper-NUL.html"),
        ("lpt1.tar", "paper-lpt1.html"),
        ("console.md", "console.html"),
        ("a:b?.md", "a-b.html"),
        ("...", "paper.html"),
    ],
)
def test_names_are_possible_everywhere(source: str, name: str) -> None:
    names = PlainNames("index.html")
    assert names.give(Path(source).stem, ".html") == name
    again = names.give(Path(source).stem.upper(), ".html")
    assert again.lower() == name.replace(".", "-2.").lower()
