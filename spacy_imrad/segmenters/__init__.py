"""Segmenters: Doc -> Outline, the headings and paragraphs of a text."""

from spacy_imrad.segmenters.paragraph import make_paragraph_segmenter_v1
from spacy_imrad.segmenters.span_group import make_span_group_segmenter_v1
from spacy_imrad.segmenters.text import make_text_segmenter_v1, outline_text

__all__ = [
    "make_paragraph_segmenter_v1",
    "make_span_group_segmenter_v1",
    "make_text_segmenter_v1",
    "outline_text",
]
