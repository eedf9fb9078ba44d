"""A Doc's text in blocks: what stands on the page one below the other."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Literal, TypeAlias

from spacy.tokens import Doc, SpanGroup

from spacy_imrad.document.outline import Heading, Kind, Outline

BlockKind: TypeAlias = Kind | Literal["heading", "other"]


@dataclass(frozen=True, slots=True)
class Block:
    """A stretch of the text, in characters.

    row: Index of its span in the group of paragraphs; None if it was not classified.
    heading: The heading, for a block that is one.
    """

    start: int
    end: int
    kind: BlockKind
    row: int | None = None
    heading: Heading | None = None


def find_blocks(doc: Doc, paragraphs: SpanGroup, outline: Outline) -> list[Block]:
    """All of the Doc's text in order: the group's paragraphs, between them what the
    outline found there, and "other" for what neither has."""
    found = list(_outlined(outline))
    kinds = {block.start: block.kind for block in found}
    classified = [
        Block(span.start_char, span.end_char, kinds.get(span.start_char, "text"), row)
        for row, span in enumerate(paragraphs)
    ]
    blocks: list[Block] = []
    place = 0
    for block in [*classified, Block(len(doc.text), len(doc.text), "other")]:
        while place < len(found) and found[place].start < block.start:
            # Where the two disagree, the group decides.
            if _end(blocks) <= found[place].start < found[place].end <= block.start:
                blocks.append(found[place])
            place += 1
        blocks.append(block)
    return list(_with_gaps(doc.text, blocks))


def _outlined(outline: Outline) -> Iterator[Block]:
    for section in outline.sections:
        if section.heading:
            heading = section.heading
            yield Block(heading.start, heading.end, "heading", heading=heading)
        for paragraph in section.paragraphs:
            yield Block(paragraph.start, paragraph.end, paragraph.kind)


def _end(blocks: list[Block]) -> int:
    return blocks[-1].end if blocks else 0


def _with_gaps(text: str, blocks: list[Block]) -> Iterator[Block]:
    position = 0
    for block in blocks:
        between = text[position : block.start]
        # Rules across the page and the like say nothing.
        if any(map(str.isalnum, between)):
            start = position + len(between) - len(between.lstrip())
            yield Block(start, start + len(between.strip()), "other")
        if block.start < block.end:
            yield block
        position = block.end
