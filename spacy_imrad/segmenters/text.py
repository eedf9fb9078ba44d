"""Outline of plain text and Markdown."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

from spacy.tokens import Doc

from spacy_imrad.document.outline import Characters, Outline, Paragraph, Segmenter
from spacy_imrad.document.tokens import text_of
from spacy_imrad.segmenters.blocks import Block, read_blocks
from spacy_imrad.segmenters.headings import find_headings
from spacy_imrad.segmenters.line_numbers import drop_line_numbers
from spacy_imrad.segmenters.lines import Line, drop_furniture, read_lines
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
    `text` that is not white space is in one heading or paragraph, except page and
    line numbers, running headers and lines that only draw a rule.

    A list is one paragraph of kind `list` if its items follow each other line by
    line, and one paragraph an item if blank lines part them.
    """
    lines = read_lines(text)
    kept = drop_furniture(drop_line_numbers(lines))
    blocks = read_blocks(kept)
    outline = build_outline(text, _items(blocks))
    return replace(
        outline,
        left_out=_left_out(lines, kept),
        has_markup=any(block.markup for block in blocks),
    )


def _items(blocks: Sequence[Block]) -> Iterator[Item]:
    headings = find_headings(blocks)
    for i, block in enumerate(blocks):
        found = headings.get(i)
        if found is None:
            yield Paragraph(block.start, block.end, block.kind)
        else:
            yield found
            if found.heading.end < block.end:
                yield Paragraph(found.text_start, block.end, block.kind)


def _left_out(lines: Sequence[Line], kept: Sequence[Line]) -> tuple[Characters, ...]:
    """What stands on the page without being part of the text."""
    if len(lines) == len(kept) and not any(line.number for line in kept):
        return ()
    numbers = [line.number for line in kept if line.number]
    ends = {line.end for line in kept}
    dropped = [(line.start, line.end) for line in lines if line.end not in ends]
    return tuple(sorted([*numbers, *dropped]))
