"""`show`: a page outside a notebook, a frame with that page in one."""

from collections.abc import Callable
from html import unescape
from pathlib import Path
from typing import Any

import pytest
from spacy.language import Language

from spacy_imrad import show
from spacy_imrad.view import render_paper, view_paper
from spacy_imrad.view.notebook import frame

PAPER = (Path(__file__).parent / "papers/plain.md").read_text(encoding="utf8")


def test_elsewhere_it_is_the_page(nlp: Language) -> None:
    doc = nlp(PAPER)
    page = show(doc, name="plain.md")
    assert page == render_paper(view_paper(doc, name="plain.md"))
    assert page is not None
    assert unescape(frame(page, "A & B", 300)).count(page) == 1


@pytest.mark.browser
def test_a_frame_shows_the_page_and_keeps_to_itself(
    nlp: Language, visit: Callable[..., Any]
) -> None:
    page = show(nlp(PAPER))
    assert page is not None
    visited = visit(f"<!doctype html><h1>Notebook</h1>{frame(page, 'A paper', 500)}")
    inside = visited.page.frame_locator("iframe")
    inside.locator("#s3 .block").first.hover()
    assert inside.locator(".subject").inner_text() == "2.1 Patients"
    inside.locator(".outline a", has_text="Results").click()
    top = "section => section.getBoundingClientRect().top"
    assert 0 < inside.locator("#s5").evaluate(top) < 500
    assert visited.page.locator("h1").inner_text() == "Notebook"
    assert visited.messages == []
    assert visited.requests == [visited.page.url]


def test_a_notebook_displays_it(pipeline: str) -> None:
    nbformat = pytest.importorskip("nbformat", reason="needs nbformat")
    nbclient = pytest.importorskip("nbclient", reason="needs nbclient")
    pytest.importorskip("ipykernel", reason="needs ipykernel")
    code = (
        "import spacy\nfrom spacy_imrad import show\n"
        f"nlp = spacy.load({pipeline!r})\nshow(nlp({PAPER!r}), height=400)"
    )
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(code)])
    nbclient.NotebookClient(notebook).execute()
    (output,) = notebook.cells[0].outputs
    assert output.output_type == "display_data"
    assert "height: 400px" in output.data["text/html"]
    assert "A study of two groups" in output.data["text/html"]
