"""Pages without text that can be used, read by Tesseract.

A page is rendered, and Tesseract prints what it recognises as a PDF, whose text layer
is read as any other. Tesseract says how large a line is, but neither its face nor its
weight.
"""

import math
from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from spacy_imrad.extras import require
from spacy_imrad.readers.pdf.lines import Page, read_pages

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

INSTALL: Final = (
    "to have it recognised (OCR), install Tesseract (Debian: apt-get install "
    "tesseract-ocr) and pip install 'spacy-imrad[ocr]', or use ocrmypdf"
)
"""What to do about such pages."""

_DOTS_PER_INCH: Final = 300
_POINTS_PER_INCH: Final = 72
_MOST_PIXELS: Final = 40_000_000
# Seconds that Tesseract may take for a page.
_LONGEST: Final = 120
# By how much of it the size of a line may be off, for one size.
_SIZE_ERROR: Final = 0.16


def can_recognise() -> bool:
    """Whether Tesseract and the package that calls it are installed."""
    try:
        tesseract = require("pytesseract", "ocr")
        tesseract.get_tesseract_version()
    except (ImportError, OSError):
        return False
    return True


def recognise(
    content: bytes, pages: Sequence[Page], which: Collection[int]
) -> list[Page]:
    """The pages, those with the given numbers as Tesseract reads them. A page that it
    takes too long for stays as it is.

    content: The PDF.
    which: Numbers of pages, from 0.

    RAISES: ValueError, ImportError: `can_recognise` is false.
    """
    import pypdfium2 as pdfium

    read = list(pages)
    document = pdfium.PdfDocument(content)
    try:
        for number in sorted(which):
            page = document[number]
            found = _recognise(page, number)
            page.close()
            if found is not None:
                read[number] = found
    finally:
        document.close()
    _even_out([read[number] for number in which])
    return read


def _recognise(page: "PdfPage", number: int) -> Page | None:
    tesseract = require("pytesseract", "ocr")
    width, height = page.get_size()
    most = math.sqrt(_MOST_PIXELS / max(1.0, width * height))
    image = page.render(scale=min(_DOTS_PER_INCH / _POINTS_PER_INCH, most)).to_pil()
    try:
        printed = tesseract.image_to_pdf_or_hocr(
            image, extension="pdf", config="-c textonly_pdf=1", timeout=_LONGEST
        )
        (found,) = read_pages(printed)
    except (RuntimeError, ValueError):  # as pytesseract's errors are
        return None
    scale = width / max(1.0, found.width)
    lines = [
        replace(
            line,
            page=number,
            left=line.left * scale,
            right=line.right * scale,
            baseline=line.baseline * scale,
            size=line.size * scale,
            font="",
        )
        for line in found.lines
    ]
    return Page(width, height, lines, is_recognised=True)


def _even_out(pages: Sequence[Page]) -> None:
    """Give lines of about the same size the size of most of them."""
    lengths: Counter[float] = Counter()
    for page in pages:
        for line in page.lines:
            line.size = round(line.size, 1)
            lengths[line.size] += len(line.text)
    settled: dict[float, float] = {}
    for size, _ in lengths.most_common():
        near = (s for s in settled.values() if abs(s - size) <= _SIZE_ERROR * s)
        settled[size] = next(near, size)
    for page in pages:
        for line in page.lines:
            line.size = settled[line.size]
