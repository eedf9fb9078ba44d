"""README's Python runs as written, block by block in one namespace."""

import re
from pathlib import Path
from typing import Any

import pytest

README = Path(__file__).parents[1] / "README.md"
PYTHON_BLOCK = re.compile(r"^```python\n(.*?)^```$", re.MULTILINE | re.DOTALL)


def test_python_blocks_run_in_order(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    readme = README.read_text(encoding="utf8")
    namespace: dict[str, Any] = {}
    blocks = list(PYTHON_BLOCK.finditer(readme))
    assert blocks
    for block in blocks:
        # Padded, so that a traceback names the line of the README.
        padding = "\n" * readme.count("\n", 0, block.start(1))
        exec(compile(padding + block[1], str(README), "exec"), namespace)
