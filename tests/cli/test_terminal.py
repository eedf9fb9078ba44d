"""What the commands leave on a real terminal, as an emulator of one shows it."""

import os
import struct
import subprocess
import sys
from pathlib import Path

import pytest

fcntl = pytest.importorskip("fcntl", reason="needs a pseudo-terminal")
import pty  # noqa: E402
import termios  # noqa: E402

from spacy_imrad.about import __version__  # noqa: E402

pyte = pytest.importorskip("pyte", reason="needs the extra `test`")

COLUMNS, LINES = 100, 200
EXAMPLES = Path(__file__).parents[2] / "examples"


def shown(
    *arguments: object,
    cwd: Path,
    columns: int = COLUMNS,
    settings: dict[str, str] = {},  # noqa: B006
) -> list[str]:
    """The lines on a terminal after a command, standard error among them."""
    ours, its = pty.openpty()
    fcntl.ioctl(its, termios.TIOCSWINSZ, struct.pack("HHHH", LINES, columns, 0, 0))
    command = [sys.executable, "-m", "spacy_imrad", *map(str, arguments)]
    known = {**os.environ, "TERM": "xterm-256color", "HF_HUB_OFFLINE": "1"}
    process = subprocess.Popen(
        command, stdin=its, stdout=its, stderr=its, cwd=cwd, env={**known, **settings}
    )
    os.close(its)
    screen = pyte.Screen(columns, LINES)
    stream = pyte.ByteStream(screen)
    while True:
        try:
            written = os.read(ours, 65536)
        # So Linux says that the other end was closed.
        except OSError:
            break
        if not written:
            break
        stream.feed(written)
    os.close(ours)
    process.wait()
    return [line.rstrip() for line in screen.display]


def test_tables_stand_one_below_the_other(tmp_path: Path) -> None:
    papers = [EXAMPLES / "sparse_index.md", EXAMPLES / "sleep_trial.txt"]
    (tmp_path / "damaged.pdf").write_bytes(b"%PDF-1.4")
    lines = shown("label", "damaged.pdf", *papers, cwd=tmp_path)
    assert not any("Labelling" in line or "━" in line for line in lines)
    assert lines[0].startswith("error: damaged.pdf: not readable as a PDF")
    for paper in papers:
        at = lines.index(str(paper))
        head = ["Section", "Label", "Confidence", "Why", "Words"]
        assert lines[at + 2].split() == head
    text = "\n".join(lines).rstrip()
    assert text.splitlines()[-1].startswith("Next: spacy-imrad view ")
    assert "█" in text


@pytest.mark.parametrize(
    ("columns", "settings"),
    [(30, {}), (50, {"NO_COLOR": "1"}), (80, {"TERM": "dumb"}), (120, {})],
)
def test_a_table_fits_the_terminal(
    columns: int, settings: dict[str, str], tmp_path: Path
) -> None:
    paper = EXAMPLES / "sparse_index.md"
    (tmp_path / "a.md").write_text(paper.read_text(encoding="utf8"), encoding="utf8")
    lines = shown("label", "a.md", cwd=tmp_path, columns=columns, settings=settings)
    (row,) = [line for line in lines if "4.1" in line]
    assert row.startswith("   4.1 ")
    assert "Methods" in row
    assert [line for line in lines if line.startswith(" 4 ")]
    assert any("Why  " in line for line in lines) == (columns >= 80)


def test_a_bar_leaves_nothing(tmp_path: Path) -> None:
    for name in ("a.txt", "b.txt", "c.txt"):
        (tmp_path / name).write_text("Patients were randomised to two groups.\n" * 9)
    for name in ("d.pdf", "e.pdf"):
        (tmp_path / name).write_bytes(b"%PDF-1.4")
    files = "a.txt", "d.pdf", "b.txt", "e.pdf", "c.txt"
    lines = shown("label", *files, "-f", "csv", "-o", "labels.csv", cwd=tmp_path)
    left = [line for line in lines if line]
    assert [line.partition(": not")[0] for line in left] == [
        "error: d.pdf",
        "error: e.pdf",
    ]
    lines = shown("view", *files, "-o", "site", cwd=tmp_path)
    left = [line.partition(": not")[0] for line in lines if line]
    assert left == ["error: d.pdf", "error: e.pdf", f"site{os.sep}index.html"]


def test_version(tmp_path: Path) -> None:
    assert shown("--version", cwd=tmp_path)[0] == __version__
