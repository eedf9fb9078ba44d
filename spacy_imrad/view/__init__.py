"""A page to look at: the paper with its sections in colour, as one HTML file."""

from spacy_imrad.labels import LOW_CONFIDENCE
from spacy_imrad.view.index import IndexEntry
from spacy_imrad.view.layout import view_paper
from spacy_imrad.view.page import render_index, render_paper
from spacy_imrad.view.paper import (
    BlockView,
    PaperView,
    PartView,
    Piece,
    Stretch,
    Verdict,
)

__all__ = [
    "LOW_CONFIDENCE",
    "BlockView",
    "IndexEntry",
    "PaperView",
    "PartView",
    "Piece",
    "Stretch",
    "Verdict",
    "render_index",
    "render_paper",
    "view_paper",
]
