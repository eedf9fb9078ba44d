"""Outline of plain text and Markdown."""

from collections.abc import Iterator

from spacy.tokens import Doc

from spacy_imrad.document.outline import Outline, Paragraph, Segmenter
from spacy_imrad.document.tokens import text_of
from spacy_imrad.segmenters.blocks import read_blocks
from spacy_imrad.segmenters.headings import find_headings
from spacy_imrad.segmenters.lines import drop_furniture, read_lines
from spacy_imrad.segmenters.sections import Item, build_outline


def make_text_segmenter_v1() -> Segmenter:
    """A segmenter for Docs made from plain text, Markdown or LaTeX source.

    Headings are found by markup, number, capitals, bold type, or as short lines that
    stand alone; see `outline_text`.
    """
    return segment_text


def segment_text(doc: Doc) -> Outline:
    return outline_text(text_of(doc))


def outline_text(text: str) -> Outline:
    """The outline of `text`, in time linear in its length.

    Lines are grouped into blocks, blocks that may be headings are weighed one by one
    and then against each other, and what is left are paragraphs. Every character of
    `text` that is not white space is in one heading or paragraph, except page
    numbers, running headers and lines that only draw a rule.

    A list is one paragraph of kind `list` if its items follow each other line by
    line, and one paragraph an item if blank lines part them.
    """
    return build_outline(text, _items(text))


def _items(text: str) -> Iterator[Item]:
    blocks = read_blocks(drop_furniture(read_lines(text)))
    headings = find_headings(blocks)
    for i, block in enumerate(blocks):
        found = headings.get(i)
        if found is not None:
            yield found
        else:
            yield Paragraph(block.start, block.end, block.kind)
