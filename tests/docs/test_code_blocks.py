"""Code of the pages: Python runs as written, the rest parses and names what exists."""

import io
import re
import shlex
from contextlib import redirect_stdout
from pathlib import Path
from typing import Any

import pytest
from catalogue import REGISTRY
from commands import check_shell
from pages import PAGES, ROOT, CodeBlock, code_blocks
from spacy import registry
from thinc.api import Config
from typer.testing import CliRunner

from spacy_imrad.cli import app
from spacy_imrad.readers import read_papers, readers

# A console block has what the block before it prints.
LANGUAGES = {"python", "bash", "ini", "json", "console"}
# It needs Spark: tests/test_scaling_page.py.
ELSEWHERE = {"docs/SCALING.md"}


@pytest.mark.parametrize("page", PAGES)
def test_every_block_is_in_a_language_that_is_tested(page: str) -> None:
    found = {block.language for block in code_blocks(page)}
    assert found <= LANGUAGES


@pytest.mark.parametrize(
    "page", [p for p in PAGES if code_blocks(p, "python") and p not in ELSEWHERE]
)
def test_python_runs_in_order(
    page: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All blocks of a page in one namespace, in a folder that has the examples."""
    (tmp_path / "examples").symlink_to(ROOT / "examples")
    monkeypatch.chdir(tmp_path)
    namespace: dict[str, Any] = {"__name__": "__main__"}
    for block, shown in with_output(page, "python"):
        # Padded, so that a traceback names the line of the page.
        padding = "\n" * (block.line - 1)
        printed = io.StringIO()
        with redirect_stdout(printed):
            exec(compile(padding + block.code, str(ROOT / page), "exec"), namespace)
        if shown is not None:
            assert printed.getvalue() == shown
    # A page's format of its own is no concern of other tests.
    for key in [key for key in REGISTRY if key[:-1] == readers.namespace]:
        del REGISTRY[key]


def with_output(page: str, language: str) -> list[tuple[CodeBlock, str | None]]:
    """The blocks in a language, each with the console block that follows at once."""
    blocks = code_blocks(page)
    shown = [block.code if block.language == "console" else None for block in blocks]
    pairs = zip(blocks, [*shown, None][1:], strict=True)
    return [(block, after) for block, after in pairs if block.language == language]


@pytest.mark.parametrize(
    ("code", "shown"),
    [
        pytest.param(block.code, shown, id=f"{page}:{block.line}")
        for page in PAGES
        for block, shown in with_output(page, "bash")
        if shown is not None
    ],
)
def test_a_command_prints_what_is_shown(
    code: str, shown: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(ROOT)
    program, *arguments = shlex.split(code)
    assert program == "spacy-imrad"
    result = CliRunner().invoke(app, arguments)
    printed = [line.rstrip() for line in result.stdout.splitlines()]
    lines = shown.rstrip().splitlines()
    (start,) = (i for i, line in enumerate(printed) if line == lines[0])
    assert printed[start : start + len(lines)] == lines


@pytest.mark.parametrize(
    "code",
    [
        pytest.param(block.code, id=f"{page}:{block.line}")
        for page in PAGES
        for block in code_blocks(page, "bash")
    ],
)
def test_shell_commands_exist(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    check_shell(code)


@pytest.mark.parametrize("code", [b.code for p in PAGES for b in code_blocks(p, "ini")])
def test_configs_name_what_is_registered(code: str) -> None:
    # A page shows a part of a config, without the sections around it.
    names = re.findall(r"^\[(.+)\]$", code, re.MULTILINE)
    around = {
        name.rsplit(".", n)[0] for name in names for n in range(name.count(".") + 1)
    }
    head = "".join(f"[{name}]\n" for name in sorted(around - set(names)))
    for section in Config().from_str(head + code).values():
        _resolve(section)


def _resolve(block: dict[str, Any]) -> None:
    for key, value in block.items():
        if isinstance(value, dict):
            _resolve(value)
        elif key.startswith("@"):
            assert registry.get(key[1:], value)


@pytest.mark.parametrize(
    "code", [b.code for p in PAGES for b in code_blocks(p, "json")]
)
def test_json_is_a_paper(code: str, tmp_path: Path) -> None:
    path = tmp_path / "papers.jsonl"
    path.write_text(code, encoding="utf8")
    assert len(list(read_papers(path))) == len(code.splitlines())


@pytest.mark.parametrize(
    "code",
    [
        "spacy-imrad lable paper.pdf",
        "spacy-imrad label paper.pdf --formatt csv",
        "spacy-imrad label paper.pdf --format cvs",
        "cat paper.md | python -m spacy_imrad view - --outptu page.html",
        "python -m spacy_imrad train configs/none.cfg",
        "python -m spacy train configs/finetune.cfg --pahts.train corpus",
        "python -m spacy project run al",
        "python -m spacy project run all . --vars.datsaet plos",
        "python -m benchmarks.accuracy --corpsu papers",
        "python -m benchmarks.none",
        "python scripts/none.py",
        "pip install '.[format]'",
        "make tset",
        "rm -rf /",
        "spacy-imrad info (",
    ],
)
def test_wrong_commands_are_found(code: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    with pytest.raises(BaseException):  # noqa: B017, PT011  typer's own has no base
        check_shell(code)
