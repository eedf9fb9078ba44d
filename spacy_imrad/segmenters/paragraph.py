"""Outline of a Doc that is one paragraph."""

from spacy.tokens import Doc

from spacy_imrad.document.outline import Outline, Paragraph, Section, Segmenter


def make_paragraph_segmenter_v1() -> Segmenter:
    """A segmenter that takes each Doc for one paragraph of the body, as in a corpus of
    single paragraphs. A Doc that is empty or blank has no section."""
    return segment_paragraph


def segment_paragraph(doc: Doc) -> Outline:
    text = doc.text
    start = len(text) - len(text.lstrip())
    end = len(text.rstrip())
    if start >= end:
        return Outline(())
    return Outline((Section(None, (Paragraph(start, end),)),), text)
