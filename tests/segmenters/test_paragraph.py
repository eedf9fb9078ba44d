import pytest
import spacy

from spacy_imrad.document.outline import Outline
from spacy_imrad.segmenters import make_paragraph_segmenter_v1


@pytest.fixture(scope="module")
def nlp():
    return spacy.blank("en")


def test_doc_is_one_paragraph(nlp):
    text = "  # Methods\n\nWe counted\nbirds.\n "
    (section,) = make_paragraph_segmenter_v1()(nlp(text)).sections
    (paragraph,) = section.paragraphs
    assert section.heading is None
    assert section.matter == "body"
    assert paragraph.kind == "text"
    assert text[paragraph.start : paragraph.end] == "# Methods\n\nWe counted\nbirds."


@pytest.mark.parametrize("text", ["", " ", "\n\n \t\n"])
def test_blank_doc_has_no_section(nlp, text):
    assert make_paragraph_segmenter_v1()(nlp(text)) == Outline(())
