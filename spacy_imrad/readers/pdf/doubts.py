"""What makes it doubtful that a PDF was read as it is printed."""

import re
from collections.abc import Iterator, Sequence
from typing import Final

from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.pdf.lines import Page
from spacy_imrad.readers.pdf.ocr import INSTALL

_WORD: Final = re.compile(r"[A-Za-z]+")
# The commonest words of languages that papers are in; every text has many.
_COMMON: Final = frozenset(
    re.findall(
        r"\w+",
        "the of and in to a is for with de la le les et des en el los que y da do e "
        "der die das und von zu il di che een het van i w z na",
    )
)
_FEWEST_COMMON: Final = 0.04
_ENOUGH_WORDS: Final = 300
_FEWEST_A_PAGE: Final = 40
_LONGEST_ABSTRACT: Final = 500


def is_unreadable(pages: Sequence[Page]) -> bool:
    """Whether hardly any common word is in a longer text: its fonts may map letters to
    others."""
    words = [
        word.lower()
        for page in pages
        for line in page.lines
        for word in _WORD.findall(line.text)
    ]
    common = sum(word in _COMMON for word in words)
    return len(words) > _ENOUGH_WORDS and common < _FEWEST_COMMON * len(words)


def find_doubts(paper: Paper, pages: Sequence[Page]) -> Iterator[str]:
    """Sentences that each say what may have gone wrong, with the reason."""
    of_all = f"of {len(pages):,}"
    damaged = sum(page.is_damaged for page in pages)
    if damaged:
        yield f"Damaged pages, which were left out: {damaged:,} {of_all}."
    recognised = sum(page.is_recognised for page in pages)
    if recognised:
        yield f"Pages whose text was recognised (OCR): {recognised:,} {of_all}."
    words = sum(page.words for page in pages)
    pictures = sum(page.is_picture for page in pages)
    if words < _FEWEST_A_PAGE * len(pages):
        yield (
            f"Few words: {words:,} on {len(pages):,} pages, most of which may be "
            f"scans; {INSTALL}."
        )
    elif pictures:
        yield f"Pages that are pictures: {pictures:,} {of_all}; {INSTALL}."
    if is_unreadable(pages):
        yield (
            "Unreadable text: hardly any common word is in it, so that fonts may map "
            f"letters to others; {INSTALL} --force-ocr."
        )
    if not any(section.heading for section in paper.sections):
        yield "No heading was found."
    if not any(map(_is_body, paper.sections)):
        yield "No section of the body was found."
    length = len(paper.abstract.split())
    if length > _LONGEST_ABSTRACT:
        yield f"The abstract has {length:,} words: sections may have been taken for it."


def _is_body(section: PaperSection) -> bool:
    if section.matter not in (None, "body") or not section.paragraphs:
        return False
    return matter_of(section.heading) is None
