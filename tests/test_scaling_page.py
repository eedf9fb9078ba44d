"""The Spark recipe of docs/SCALING.md runs as written, on local Spark."""

import os
import re
import shutil
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spacy_imrad import LABELS
from spacy_imrad.cli import app

pytest.importorskip("pyspark", reason="needs the extra [spark]")
if shutil.which("java") is None:
    pytest.skip("needs Java", allow_module_level=True)
arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

PAGE = Path(__file__).parents[1] / "docs" / "SCALING.md"
PAPER = """# On old snow

## Introduction

We ask how old the snow of yesteryear is, and why nobody has asked since.

## A walk in March

Samples of snow were taken at 24 places, and weighed before they had melted.
{}"""
RESULT = """
## Results

Snow number {} was 17 days old (95% CI 12 to 22).
"""


def recipe() -> str:
    page = PAGE.read_text(encoding="utf8")
    return "\n".join(re.findall(r"^```python\n(.*?)^```$", page, re.M | re.S))


def busy_workers() -> list[int]:
    """Spark's Python workers that have begun to load a pipeline."""
    found = []
    for path in Path("/proc").glob("[0-9]*"):
        try:
            is_worker = b"pyspark.daemon" in (path / "cmdline").read_bytes()
            if is_worker and "/spacy/" in (path / "maps").read_text():
                found.append(int(path.name))
        except OSError:
            continue
    return found


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="finds Spark's workers by /proc")
def test_the_recipe_gives_the_rows_of_label_though_a_worker_is_killed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    texts = [PAPER.format(RESULT.format(i)) for i in range(40)] + [""]
    table = {"id": [f"paper {i}" for i in range(len(texts))], "text": texts}
    parquet.write_table(arrow.table(table), "papers.parquet")
    (tmp_path / "recipe.py").write_text(recipe(), encoding="utf8")
    process = subprocess.Popen(
        [sys.executable, "recipe.py"],
        env={
            **os.environ,
            "PYSPARK_PYTHON": sys.executable,
            "PYSPARK_SUBMIT_ARGS": "--master local[2,4] pyspark-shell",
        },
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (workers := busy_workers()):
        assert process.poll() is None, process.communicate()[1]
        time.sleep(0.05)
    os.kill(workers[0], signal.SIGKILL)
    _, errors = process.communicate(timeout=240)
    assert process.returncode == 0, errors
    assert "Python worker exited unexpectedly" in errors

    args = ["papers.parquet", "--from", "text", "--text", "-f", "parquet"]
    result = CliRunner().invoke(app, ["label", *args, "-o", "one.parquet"])
    assert result.exit_code == 0, result.output
    expected = parquet.read_table("one.parquet").to_pylist()
    found = parquet.read_table("labels.parquet").to_pylist()
    # Title and three sections of each paper.
    assert len(found) == len(expected) == 160
    for row in expected:
        row["id"] = f"paper {int(row.pop('file').rpartition(':')[2]) - 1}"
        # The recipe reads plain text, of which no reader can warn.
        assert row.pop("warnings") == ""
    key = lambda row: (row["id"], row["section"])  # noqa: E731
    for row, same in zip(
        sorted(found, key=key), sorted(expected, key=key), strict=True
    ):
        figures = ["score", *LABELS]
        assert [row.pop(name) for name in figures] == pytest.approx(
            [same.pop(name) for name in figures], abs=1e-5
        )
        assert row == same
