"""Papers from the text layer of PDF files."""

import re
from collections import Counter
from collections.abc import Sequence
from typing import Final, Literal, NamedTuple

from spacy_imrad.outline import Kind
from spacy_imrad.papers import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.pdf_layout import (
    Block,
    body_size,
    join_lines,
    read_blocks,
    words_within,
)
from spacy_imrad.readers.pdf_lines import Page, read_pages
from spacy_imrad.readers.placeholders import FORMULA
from spacy_imrad.readers.source import Source
from spacy_imrad.segmenters.titles import Title, read_title

_CAPTION: Final = re.compile(
    r"(?:Supplementary |Extended Data )?(?P<kind>Figure|Fig\.?|Table|Algorithm|Listing|"
    r"Scheme|Box)\s?(?:S?\d+|[IVX]+)\s?[.:|–—-]",
    re.IGNORECASE,
)
_ABSTRACT: Final = re.compile(r"abstract\s*[.:—–-]+\s*(?=\w)", re.IGNORECASE)
_NOTE: Final = re.compile(r"[\d*†‡§∗]")
_LONGEST_HEADING: Final = 160
_OPEN_END: Final = re.compile(r"[^.?!:]$")


class _Style(NamedTuple):
    """What headings of one rank look like."""

    size: float
    is_bold: bool
    is_capitals: bool


def _read(source: Source) -> Paper:
    pages = read_pages(source.read())
    if not any(page.lines for page in pages):
        raise ValueError(
            "a PDF without a text layer, such as a scan; recognise its text first "
            "(OCR), for example with ocrmypdf"
        )
    return paper_from_pages(pages)


def paper_from_pages(pages: Sequence[Page]) -> Paper:
    """The paper that is printed on pages."""
    flow = _PdfFlow(pages)
    flow.read()
    return flow.paper(source="pdf")


class _PdfFlow(Flow):
    def __init__(self, pages: Sequence[Page]) -> None:
        super().__init__()
        self._words = words_within(pages)
        self._size = body_size(pages)
        self._heights = [page.height for page in pages]
        self._blocks = read_blocks(pages)
        self._before_body = {id(block) for block in self._front()}
        self._open: list[Block] = []

    def read(self) -> None:
        """Take the blocks of all pages."""
        opening = self._find_title()
        for block in opening:
            self.title(self._text([block]))
        blocks = [block for block in self._blocks if block not in opening]
        headings = {
            id(block): title
            for block in blocks
            if (title := self._as_heading(block)) is not None
        }
        levels = self._levels([b for b in blocks if id(b) in headings], headings)
        for block in blocks:
            found = headings.get(id(block))
            if found is not None:
                self._finish()
                self.heading(self._text([block]), levels[id(block)])
            elif (kind := self._aside_kind(block)) is not None:
                if kind != "left out":
                    text = FORMULA if kind == "formula" else self._text([block])
                    self.aside(text, kind)
            else:
                if self._open and not self._goes_on(block):
                    self._finish()
                self._open.append(block)
        self._finish()

    # --- Headings --------------------------------------------------------------------

    def _find_title(self) -> list[Block]:
        """What is printed largest in the upper part of the first page."""
        page = [b for b in self._blocks if b.lines[0].page == 0]
        upper = [b for b in page if b.lines[0].baseline > 0.45 * self._heights[0]]
        wordy = [b for b in upper if len(b.lines[0].text) > 3]
        if not wordy:
            return []
        largest = max(block.size for block in wordy)
        if largest < self._size + 1.5:
            return []
        found = [b for b in wordy if b.size == largest]
        title = read_title(self._text(found[:1]))
        return [] if title.is_known or title.readings else found[:3]

    def _as_heading(self, block: Block) -> Title | None:
        """The block as a heading: set apart by its font, or, in the font of the text,
        a name that sections have, or a number and capitals."""
        text = self._text([block])
        if len(block.lines) > 3 or not 2 < len(text) <= _LONGEST_HEADING:
            return None
        if (
            _CAPTION.match(text)
            or block.maths > 0.4
            or not re.search("[^\\W\\d_]", text)
        ):
            return None
        title = read_title(text)
        larger, smaller = block.size > self._size + 0.6, block.size < self._size - 0.6
        if title.is_known and len(block.lines) == 1:
            return title
        if smaller or title.is_sentence or text[-1] in ",;:":
            return None
        if id(block) in self._before_body and not title.readings:
            return None
        if larger or (block.bold > 0.8 and text[-1] != "."):
            return title
        if title.readings and title.is_capitals:
            return title
        return None

    def _front(self) -> list[Block]:
        """What stands above the abstract and all known headings: large or bold lines
        there are the authors."""
        front: list[Block] = []
        for block in self._blocks:
            text = self._text([block])
            known = len(text) < 60 and read_title(text).is_known
            if known or _ABSTRACT.match(text):
                return front
            front.append(block)
        return []

    def _levels(
        self, blocks: Sequence[Block], titles: dict[int, Title]
    ) -> dict[int, int]:
        """The number's depth, or the rank of the font among the headings."""
        styles = {
            id(b): _Style(b.size, b.bold > 0.8, titles[id(b)].is_capitals)
            for b in blocks
        }
        numbered: dict[_Style, Counter[int]] = {}
        for block in blocks:
            if readings := titles[id(block)].readings:
                count = numbered.setdefault(styles[id(block)], Counter())
                count[readings[0].depth] += 1
        ranks = sorted(set(styles.values()), key=lambda s: (-s.size, not s.is_bold))
        levels = {}
        for block in blocks:
            style, title = styles[id(block)], titles[id(block)]
            if title.readings:
                levels[id(block)] = title.readings[0].depth
            elif title.label is not None or title.matter is not None:
                levels[id(block)] = self._known_level(style, numbered)
            elif style in numbered:
                levels[id(block)] = numbered[style].most_common(1)[0][0]
            else:
                levels[id(block)] = 1 + ranks.index(style)
        return levels

    def _known_level(self, style: _Style, numbered: dict[_Style, Counter[int]]) -> int:
        return numbered[style].most_common(1)[0][0] if style in numbered else 1

    # --- Paragraphs ------------------------------------------------------------------

    def _aside_kind(self, block: Block) -> Kind | Literal["left out"] | None:
        """What a block is that is no part of a paragraph; None if it is."""
        text = self._text([block])
        caption = _CAPTION.match(text)
        if caption is not None:
            return "table" if caption["kind"].lower() == "table" else "caption"
        if block.maths > 0.35:
            return "formula"
        if block.is_tabular:
            return "table"
        first = block.lines[0]
        low = first.baseline < 0.3 * self._heights[first.page]
        if block.size < self._size - 0.6 and low and _NOTE.match(text):
            return "caption"
        if len(text) < 4:
            return "left out"
        if len(text) < 25 and not re.search(r"[^\W\d_]{3}", text):
            return "formula"
        return None

    def _goes_on(self, block: Block) -> bool:
        """Whether the block continues the open paragraph in another column, behind a
        figure or on another page."""
        last = self._open[-1]
        if abs(block.size - last.size) > 0.6:
            return False
        same = (
            last.lines[-1].page == block.lines[0].page
            and last.column_left == block.column_left
            and last.lines[-1].baseline > block.lines[0].baseline
        )
        ends_open = _OPEN_END.search(last.lines[-1].text) is not None
        if same:
            return ends_open and block.lines[0].text[:1].islower()
        indented = block.lines[0].left > block.column_left + 0.7 * block.size
        return ends_open or (not last.ends_short and not indented)

    def _finish(self) -> None:
        if not self._open:
            return
        text = self._text(self._open)
        self._open = []
        found = _ABSTRACT.match(text)
        if found is not None:
            self.abstract(text[found.end() :])
        else:
            self.paragraph(text)

    def _text(self, blocks: Sequence[Block]) -> str:
        lines = (line.text for block in blocks for line in block.lines)
        return join_lines(lines, self._words)


def _recognises(head: bytes) -> bool:
    return b"%PDF-" in head[:1024]


PDF: Final = PaperFormat("PDF", _read, (".pdf",), _recognises)
