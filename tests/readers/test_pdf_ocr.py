"""Scans: with Tesseract they are read, without it the reason is said."""

from pathlib import Path

import pytest
from pdfs import Printed, join, make_pdf, scan

from spacy_imrad.readers import read_paper
from spacy_imrad.readers.pdf.ocr import can_recognise

PAPER = Path(__file__).parents[2] / "examples/formats/paper.pdf"
INSTALLED = can_recognise()
with_tesseract = pytest.mark.skipif(not INSTALLED, reason="Tesseract is not installed")
without_tesseract = pytest.mark.skipif(INSTALLED, reason="Tesseract is installed")

TEXT = [Printed("We counted the falls on the old bridge in the snow", 72, 700 - 14 * i)
        for i in range(30)]  # fmt: skip


@with_tesseract
def test_a_scan_has_the_sections_of_what_was_scanned(read):
    printed = read_paper(PAPER)
    scanned = read("scan.pdf", scan(PAPER.read_bytes()))
    assert {s.heading for s in printed.sections if s.level == 1 and s.paragraphs} <= {
        section.heading for section in scanned.sections
    }
    assert scanned.title == printed.title
    (warning,) = scanned.warnings
    assert warning == "Pages whose text was recognised (OCR): 3 of 3."


@with_tesseract
def test_only_pages_that_are_pictures_are_recognised(read):
    mixed = join([make_pdf([TEXT]), scan(make_pdf([TEXT]))])
    paper = read("mixed.pdf", mixed)
    assert paper.warnings[0] == "Pages whose text was recognised (OCR): 1 of 2."
    text = " ".join(paper.sections[0].paragraphs)
    assert text.count("counted the falls") > 50


@without_tesseract
def test_a_scan_is_refused_with_what_to_install(read):
    with pytest.raises(ValueError, match=r"without a text layer.*spacy-imrad\[ocr\]"):
        read("scan.pdf", scan(make_pdf([TEXT])))


@without_tesseract
def test_pages_that_are_pictures_are_said(read):
    paper = read("mixed.pdf", join([make_pdf([TEXT]), scan(make_pdf([TEXT]))]))
    assert paper.warnings[0].startswith("Pages that are pictures: 1 of 2;")
    assert "spacy-imrad[ocr]" in paper.warnings[0]
