"""Headings that only look like some: in an abstract, and behind the last section."""

import re
from itertools import takewhile
from typing import Final

from spacy_imrad.readers.pdf.blocks import Block
from spacy_imrad.readers.pdf.found import FoundTitle

# Sections that both a structured abstract and its paper name.
_SUMMARY: Final = 2
_REFERENCES: Final = frozenset(
    ("references", "bibliography", "literature cited", "references and notes")
)
_CONTRIBUTORS: Final = re.compile(r"(?:authors?\W*s?\W*)?contribut(?:ion|or)", re.I)


def without_summary(found: list[FoundTitle | Block]) -> list[FoundTitle | Block]:
    """The blocks and headings, with those at the top of a structured abstract as text:
    they have the names of sections that come later, and another look."""
    named = [
        item
        for item in found
        if isinstance(item, FoundTitle) and item.title.label is not None
    ]
    if not named or named[0].block.page > 1:
        return found
    first = named[0]
    inner = list(takewhile(lambda item: item.look == first.look, named))
    outer = named[len(inner) :]
    again = {item.title.label for item in inner} & {item.title.label for item in outer}
    if len(again) < _SUMMARY or any(item.look == first.look for item in outer):
        return found
    inside = True
    kept: list[FoundTitle | Block] = []
    split: Block | None = None
    for item in found:
        if isinstance(item, FoundTitle):
            inside = inside and item is not outer[0]
            if inside and item.look == first.look and item.title.matter is None:
                split = item.split
                kept.append(item.split or item.block)
                continue
        elif split is not None:
            split = None  # The rest of what is whole again.
            continue
        kept.append(item)
    return kept


def outside_matter(found: list[FoundTitle | Block]) -> list[FoundTitle | Block]:
    """The blocks and headings, with what only looks like a heading behind the paper's
    last section as text: names of contributors' roles, captions of supplements."""
    roles = _roles(found)
    named = [
        (i, item.look)
        for i, item in enumerate(found)
        if isinstance(item, FoundTitle) and item.title.label and i not in roles
    ]
    if not named:
        return found
    last, look = named[-1]
    kept: list[FoundTitle | Block] = []
    in_matter = in_references = False
    split: Block | None = None
    for i, item in enumerate(found):
        if isinstance(item, FoundTitle):
            title = item.title
            if i > last and title.matter == "back" and not look.is_above(item.look):
                in_matter = True
            in_references = title.text.lower() in _REFERENCES or (
                in_references and not title.is_known
            )
            if i in roles or (
                not title.is_known
                and (in_references or (in_matter and not title.readings))
            ):
                split = item.split
                kept.append(item.split or item.block)
                continue
        elif split is not None:
            split = None
            continue
        kept.append(item)
    return kept


def _roles(found: list[FoundTitle | Block]) -> set[int]:
    """Which of them are what contributors did ("Methodology: ..."), which stands in one
    line with who did it."""
    roles: set[int] = set()
    inside = False
    for i, item in enumerate(found):
        if isinstance(item, FoundTitle):
            if not item.runs_in:
                inside = _CONTRIBUTORS.match(item.title.text) is not None
            elif inside:
                roles.add(i)
    return roles
