"""Pages -> blocks in reading order."""

from collections.abc import Sequence

from spacy_imrad.readers.pdf.blocks import Block, part_column
from spacy_imrad.readers.pdf.furniture import find_furniture
from spacy_imrad.readers.pdf.lines import Line, Page
from spacy_imrad.readers.pdf.segments import find_opening, join_pieces, part_pages
from spacy_imrad.readers.pdf.styles import body_font, weigh_relatively


def read_blocks(pages: Sequence[Page]) -> list[Block]:
    """The blocks of all pages in reading order, without running headers, footers, page
    and line numbers. A paragraph that runs over a column or a page is in parts."""
    furniture = find_furniture(pages)
    body = body_font(pages)
    weigh_relatively(pages, body)
    blocks: list[Block] = []
    openings: list[list[Line]] = []
    rest: list[Page] = []
    for page in pages:
        lines = [line for line in page.lines if id(line) not in furniture]
        opening = find_opening(lines, body.size) if page is pages[0] else []
        opens = {id(line) for line in opening}
        openings.append(join_pieces(opening))
        rest.append(
            Page(page.width, page.height, [x for x in lines if id(x) not in opens])
        )
    for opening, columns in zip(openings, part_pages(rest), strict=True):
        for column in (*([opening] if opening else []), *columns):
            blocks += part_column(column)
    return blocks
