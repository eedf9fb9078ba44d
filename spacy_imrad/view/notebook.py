"""The page of a paper inside a notebook."""

from html import escape
from typing import TYPE_CHECKING

from spacy.util import is_in_jupyter

from spacy_imrad.labels import LOW_CONFIDENCE
from spacy_imrad.pipeline.groups import Keys
from spacy_imrad.view.layout import DEFAULT_KEYS, view_paper
from spacy_imrad.view.page import render_paper

if TYPE_CHECKING:
    from collections.abc import Sequence

    from spacy.tokens import Doc

    from spacy_imrad.pipeline.explanation import SentenceEffect


def show(
    doc: "Doc",
    *,
    name: str = "",
    spans_key: str = DEFAULT_KEYS.spans_key,
    paragraphs_key: str = DEFAULT_KEYS.paragraphs_key,
    low_confidence: float = LOW_CONFIDENCE,
    effects: "Sequence[Sequence[SentenceEffect]]" = (),
    height: int = 640,
    jupyter: bool | None = None,
) -> str | None:
    """Show a labelled paper in a notebook, as `spacy-imrad view` does in a browser.

    name: What the page calls the paper if it has no title, such as a file name.
    spans_key, paragraphs_key: The pipe's span groups.
    low_confidence: A paragraph or section whose best score is below it is marked.
    effects: What `explain` says of the paragraphs' sentences, if they shall be marked.
    height: Of the frame that the page is in, in pixels.
    jupyter: Whether this is a notebook; None to find out.
    RETURNS: None in a notebook; elsewhere the HTML page, to be written to a file.
    RAISES: ValueError if no pipe has set the span groups.
    """
    paper = view_paper(
        doc,
        name=name,
        keys=Keys(spans_key, paragraphs_key),
        low_confidence=low_confidence,
        effects=effects,
    )
    page = render_paper(paper)
    if not (is_in_jupyter() if jupyter is None else jupyter):
        return page
    _display(frame(page, paper.title, height))
    return None


def frame(page: str, title: str, height: int) -> str:
    """RETURNS: A page in a frame, where neither its style and script nor those of the
    notebook get at each other."""
    return (
        f'<div><iframe title="{escape(title)}" srcdoc="{escape(page)}" '
        'sandbox="allow-scripts" loading="lazy" '
        f'style="width: 100%; height: {int(height)}px; border: 1px solid #8888; '
        'border-radius: 6px"></iframe></div>'
    )


def _display(html: str) -> None:
    from IPython.display import HTML, display

    display(HTML(html))
