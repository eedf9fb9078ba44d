"""How deep each heading is."""

from collections.abc import Sequence
from typing import NamedTuple

from spacy_imrad.segmenters.numbering import Number
from spacy_imrad.segmenters.titles import Title


class Decided(NamedTuple):
    """A heading without its level.

    title: How it reads.
    number: The section number that it was found to have.
    depth: The depth that its markup says, 0 if none.
    """

    title: Title
    number: Number | None = None
    depth: int = 0


def levels_of(headings: Sequence[Decided]) -> list[int]:
    """The level of each heading, 1 for a top section: the depth of its markup; that
    of its number, where the markup is the same throughout; or inferred from the
    headings around it."""
    depths = sorted({heading.depth for heading in headings} - {0})
    rank = {depth: i + 1 for i, depth in enumerate(depths)}
    numbers = {h.number.depth for h in headings if h.number}
    numbers_rule = not depths or (
        len(numbers) > 1 and len({h.depth for h in headings if h.number}) == 1
    )
    infer = _Inference(headings)
    levels: list[int] = []
    around = 0
    for heading in headings:
        if numbers_rule:
            levels.append(infer.level(heading))
        elif heading.depth:
            around = rank[heading.depth]
            levels.append(around)
        else:
            levels.append(around + 1)
    shallowest = min(levels, default=1)
    return [level - shallowest + 1 for level in levels]


class _Inference:
    """Levels of headings that only a number, or nothing, tells the level of.

    In a paper that names both its methods and its results, any other heading under
    these is a sub-section of theirs. Elsewhere, as in computer science, it is a
    section of its own, unless it is set less prominently.
    """

    def __init__(self, headings: Sequence[Decided]) -> None:
        labels = {h.title.label for h in headings}
        self.is_imrad = {"Methods", "Results"} <= labels
        self.is_numbered = any(
            h.number and h.number.scheme != "letter" for h in headings
        )
        self.is_roman = any(h.number and h.number.scheme == "roman" for h in headings)
        named = [h.title for h in headings if h.title.label]
        self.named_capitals = sum(title.is_capitals for title in named) >= 2
        self.number_level = 0
        self.top: str | None = None
        self.concluded = False

    def level(self, h: Decided) -> int:
        title, number = h.title, h.number
        if number is not None and number.scheme == "letter" and self.is_numbered:
            below = self.number_level and (self.is_roman or not self.concluded)
            level = number.depth + (1 if below else 0)
            self.concluded = self.concluded or title.matter == "back"
            return level
        if number is not None:
            self.number_level = number.depth
            self.concluded = title.label == "Discussion"
            return number.depth
        if self.is_numbered:
            if title.matter == "back":
                self.concluded = True
            if title.is_known or not self.number_level or self.concluded:
                return 1
            return self.number_level + (not title.is_capitals)
        if title.is_known:
            within = self.is_imrad and title.label == self.top in ("Methods", "Results")
            small = self.named_capitals and not title.is_capitals and title.label
            if self.top and (within or small):
                return 2
            self.top = title.label
            return 1
        if self.named_capitals:
            return 1 if title.is_capitals else 2
        nests = self.top in ("Methods", "Results", "Discussion")
        return 2 if self.is_imrad and nests else 1
