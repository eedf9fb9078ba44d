"""A page to look at: the paper with its sections in colour, as one HTML file."""

from .index import IndexEntry
from .page import render_index, render_paper
from .paper import LOW_CONFIDENCE, BlockView, PaperView, PartView, Verdict, view_paper

__all__ = [
    "LOW_CONFIDENCE",
    "BlockView",
    "IndexEntry",
    "PaperView",
    "PartView",
    "Verdict",
    "render_index",
    "render_paper",
    "view_paper",
]
