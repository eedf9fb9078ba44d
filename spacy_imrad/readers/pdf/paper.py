"""Papers from the text layer of PDF files."""

import re
from collections.abc import Sequence
from dataclasses import replace
from itertools import takewhile
from typing import Final

from spacy_imrad.document.paper import Paper, Place
from spacy_imrad.readers.flow import NOWHERE, Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.pdf.asides import (
    Role,
    find_above_tables,
    is_bare_label,
    role_of,
)
from spacy_imrad.readers.pdf.blocks import ABSTRACT, Block
from spacy_imrad.readers.pdf.doubts import find_doubts, is_unreadable
from spacy_imrad.readers.pdf.found import FoundTitle
from spacy_imrad.readers.pdf.front import find_front, find_title, without_banners
from spacy_imrad.readers.pdf.headings import find_titles
from spacy_imrad.readers.pdf.hyphens import join_lines, words_within
from spacy_imrad.readers.pdf.layout import read_blocks
from spacy_imrad.readers.pdf.levels import levels_of
from spacy_imrad.readers.pdf.lines import Page, is_garbled, read_pages
from spacy_imrad.readers.pdf.marked import Marks
from spacy_imrad.readers.pdf.ocr import INSTALL, can_recognise, recognise
from spacy_imrad.readers.pdf.styles import SAME_SIZE, body_font, is_body
from spacy_imrad.readers.placeholders import FORMULA
from spacy_imrad.readers.source import Source

_OPEN_END: Final = re.compile(r"[^.?!:]$")
_ITEM: Final = re.compile(r"[•◦▪‣]\s?|[–-]\s|\(?(?:\d{1,2}|[a-z]|[ivx]+)[.)]\s")
_YEAR: Final = re.compile(r"\b(?:19|20)\d\d\b")
# Blocks by which references are known.
_REFERENCES: Final = 4
# Words of an abstract, and lines of a paragraph of the text.
_FEWEST_WORDS: Final = 80
_LONGEST_ABSTRACT: Final = 500
_SHORTEST_TEXT: Final = 3


def _read(source: Source) -> Paper:
    content = source.read()
    pages = read_pages(content)
    unusable = _without_text(pages)
    if unusable and can_recognise():
        pages = recognise(content, pages, unusable)
    if not any(page.lines for page in pages):
        raise ValueError(f"a PDF without a text layer, such as a scan; {INSTALL}")
    if is_garbled(pages):
        raise ValueError(
            "a PDF whose fonts do not say which letters they print; "
            f"{INSTALL} --force-ocr"
        )
    paper = paper_from_pages(pages)
    return replace(paper, warnings=tuple(find_doubts(paper, pages)))


def _without_text(pages: Sequence[Page]) -> set[int]:
    """The numbers of the pages without text that can be used."""
    if is_garbled(pages) or is_unreadable(pages) or not any(p.lines for p in pages):
        return {i for i, page in enumerate(pages) if not page.is_damaged}
    return {i for i, page in enumerate(pages) if page.is_picture}


def paper_from_pages(pages: Sequence[Page]) -> Paper:
    """The paper that is printed on pages."""
    flow = _PdfFlow(pages)
    flow.read()
    return flow.paper(source="pdf")


class _PdfFlow(Flow):
    """Takes the blocks of all pages; a paragraph that runs over a page stays open."""

    def __init__(self, pages: Sequence[Page]) -> None:
        super().__init__()
        self._words = words_within(pages)
        self._body = body_font(pages)
        self._marks = Marks([mark for page in pages for mark in page.marks])
        self._heights = [page.height for page in pages]
        blocks = read_blocks(pages)
        self._title_blocks = find_title(blocks, self._body, self._heights[0])
        self._blocks = without_banners(blocks, self._title_blocks)
        self._front = {id(block) for block in find_front(self._blocks)}
        self._open: list[Block] = []
        self._label: Block | None = None
        # Of an abstract that no heading ends.
        self._summary: list[Block] | None = None

    def read(self) -> None:
        """Take all blocks."""
        for block in self._title_blocks:
            self.title(self._text([block]))
        found = find_titles(
            self._blocks, self._body, front=self._front, marks=self._marks
        )
        titles = [item for item in found if isinstance(item, FoundTitle)]
        levels = iter(levels_of(titles))
        introduced = any(item.title.label == "Introduction" for item in titles)
        above_tables = find_above_tables(found)
        for index, item in enumerate(found):
            if isinstance(item, FoundTitle):
                self._finish()
                self.heading(self._text([item.block]), next(levels))
                is_abstract = "abstract" in item.title.text.lower()
                self._summary = [] if is_abstract and not introduced else None
                continue
            rest = found[index + 1 : index + 1 + _REFERENCES]
            following = [
                other
                for other in takewhile(lambda other: isinstance(other, Block), rest)
                if isinstance(other, Block)
            ]
            self._block(item, following, is_above_table=id(item) in above_tables)
        self._finish()

    def _block(
        self, block: Block, following: Sequence[Block], *, is_above_table: bool
    ) -> None:
        if self._begins_references(block, following):
            self._finish()
            self.part("back")
            self._open.append(block)
            return
        role: Role = role_of(
            block,
            self._body,
            label=self._label,
            following=following,
            is_above_table=is_above_table,
            height=self._heights[block.page],
            in_front=id(block) in self._front,
        )
        self._label = block if is_bare_label(block) else None
        if role is None:
            if self._open and not self._goes_on(block):
                self._finish()
            if self._ends_summary(block):
                self._finish()
                self.part("body")
            self._open.append(block)
        elif role != "left out":
            self.aside(FORMULA if role == "formula" else self._text([block]), role)

    def _ends_summary(self, block: Block) -> bool:
        """Whether the text begins here, behind an abstract of another size, face or
        width, though no heading says so."""
        if self._summary is None:
            return False
        words = sum(len(block.text.split()) for block in self._summary)
        first = self._summary[0] if self._summary else block
        widths = [b.column_right - b.column_left for b in (first, block)]
        ends = (
            words > _FEWEST_WORDS
            and is_body(block, self._body)
            and len(block.lines) > _SHORTEST_TEXT
            and (
                block.font != first.font
                or abs(block.size - first.size) > SAME_SIZE
                or abs(widths[0] - widths[1]) > 0.1 * max(widths)
                or words > _LONGEST_ABSTRACT
            )
        )
        self._summary = None if ends else [*self._summary, block][:_LONGEST_ABSTRACT]
        return ends

    def _begins_references(self, block: Block, following: Sequence[Block]) -> bool:
        """Whether a list of references begins here, though no heading says so."""
        if not block.text.startswith("[1] "):
            return False
        text = " ".join(b.text for b in (block, *following))
        return "[2] " in text and _YEAR.search(text) is not None

    def _goes_on(self, block: Block) -> bool:
        """Whether the block continues the open paragraph in another column, behind a
        figure or on another page."""
        last = self._open[-1]
        if abs(block.size - last.size) > 0.6 or ABSTRACT.match(block.text):
            return False
        small = block.text[:1].islower()
        same_column = (
            last.page == block.page
            and last.column_left == block.column_left
            and last.lines[-1].baseline > block.lines[0].baseline
        )
        if same_column:
            gap = last.lines[-1].baseline - block.lines[0].baseline
            broken = not last.ends_short and _is_open(last) and gap < 1.6 * block.size
            return small or (broken and not _ITEM.match(block.text))
        if small:
            return True
        indented = block.lines[0].left > block.column_left + 0.7 * block.size
        return _is_open(last) or (not last.ends_short and not indented)

    def _finish(self) -> None:
        """What is open is a paragraph."""
        if not self._open:
            return
        text = self._text(self._open)
        self._open = []
        found = ABSTRACT.match(text)
        if found is not None:
            self.abstract(text[found.end() :])
        else:
            self.paragraph(text)

    def paragraph(
        self, text: str, place: Place = NOWHERE, *, lead: str | None = None
    ) -> None:
        """A paragraph of prose; the items of a list are one."""
        if _ITEM.match(text) and _ITEM.match(self.last_paragraph):
            self.extend_paragraph(text)
        else:
            super().paragraph(text, place, lead=lead)

    def _text(self, blocks: Sequence[Block]) -> str:
        lines = (line.text for block in blocks for line in block.lines)
        return join_lines(lines, self._words)


def _is_open(block: Block) -> bool:
    """Whether a block breaks off where a sentence does not end."""
    return _OPEN_END.search(block.lines[-1].text) is not None


def _recognises(head: bytes) -> bool:
    return b"%PDF-" in head[:1024]


PDF: Final = PaperFormat("PDF", _read, (".pdf",), _recognises)
