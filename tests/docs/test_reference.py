"""The pages that follow from the code are what `make docs` would write now."""

import re
import runpy
from collections.abc import Callable
from importlib.metadata import version

import pytest
from pages import ROOT, headings

pytest.importorskip("griffe", reason="needs the extra `docs`")

REFERENCE = runpy.run_path(str(ROOT / "scripts/reference.py"))
MAKERS: dict[str, Callable[[], str]] = REFERENCE["PAGES"]


@pytest.mark.parametrize("page", MAKERS)
def test_page_is_in_step(page: str) -> None:
    if page == "docs/CLI.md":
        tested = (ROOT / "constraints.txt").read_text(encoding="utf8")
        if f"typer=={version('typer')}\n" not in tested:
            pytest.skip("another typer may write another page")
    committed = (ROOT / page).read_text(encoding="utf8")
    assert MAKERS[page]() == committed, "Run: make docs"


def test_every_registered_name_is_on_the_page() -> None:
    setup = (ROOT / "setup.cfg").read_text(encoding="utf8")
    names = re.findall(r"^ +(spacy-imrad\.\S+) = ", setup, re.MULTILINE)
    assert names
    assert set(names) <= set(headings("docs/API.md"))


def test_a_docstring_in_the_house_style() -> None:
    text = """Do it.

Two lines: the second one.

here: Not an argument, though it looks like one.
path, name: Where it is; this
    goes on.
RETURNS: Two things:

    - one
    - other
RAISES: ValueError if not."""
    found = REFERENCE["Docstring"].of(text, {"path", "name"})
    assert found.prose == (
        "Do it.\n\nTwo lines: the second one.\n\n"
        "here: Not an argument, though it looks like one."
    )
    assert found.fields == {
        "path, name": "Where it is; this\ngoes on.",
        "RETURNS": "Two things:\n\n- one\n- other",
        "RAISES": "ValueError if not.",
    }
