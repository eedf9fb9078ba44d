"""Levels of headings."""

from collections.abc import Sequence

from spacy_imrad.segmenters.parts import Decided, Nesting, hides_parts
from spacy_imrad.segmenters.titles import Title


def levels_of(headings: Sequence[Decided]) -> list[int]:
    """The level of each heading, 1 for a top section.

    Those with markup, or without any in the paper those on lines of their own, have the
    depth of their markup; that of their number, where the markup is the same
    throughout; or one inferred from the headings around them. The others stand below
    these, run-in ones lowest.
    """
    tiers = _tiers(headings)
    first = [h for h, tier in zip(headings, tiers, strict=True) if tier == 0]
    own = iter(_levels(first))
    around = _Around({h.title.label for h in first})
    levels = [
        around.enter(h.title, next(own))
        if tier == 0
        else around.below(h.title, h.is_run_in)
        for h, tier in zip(headings, tiers, strict=True)
    ]
    shallowest = min(levels, default=1)
    return [level - shallowest + 1 for level in levels]


def _tiers(headings: Sequence[Decided]) -> list[int]:
    if any(h.depth for h in headings):
        return [0 if h.depth else 1 for h in headings]
    if any(h.title.label and not h.is_run_in for h in headings):
        return [1 if h.is_run_in else 0 for h in headings]
    return [0] * len(headings)


def _levels(headings: Sequence[Decided]) -> list[int]:
    depths = sorted({heading.depth for heading in headings} - {0})
    is_flat = len(depths) == 1 and all(h.depth and not h.number for h in headings)
    if is_flat and not hides_parts(headings):
        return [1] * len(headings)
    rank = {depth: i + 1 for i, depth in enumerate(depths)}
    numbers = {h.number.depth for h in headings if h.number}
    if len(depths) < 2 or (
        len(numbers) > 1 and len({h.depth for h in headings if h.number}) == 1
    ):
        infer = _Inference(headings)
        return [infer.level(heading) for heading in headings]
    return [rank[heading.depth] for heading in headings]


class _Around:
    """The heading that another one stands below.

    labels: What the headings of the first tier name. If there are no methods and no
        results among them, a lower heading that names some is none of its parts.
    """

    def __init__(self, labels: set[str | None]) -> None:
        self.is_whole = bool(labels & {"Methods", "Results"})
        self.title: Title | None = None
        self.level = 0
        self.line_level = 0
        self.top = 0

    def enter(self, title: Title, level: int) -> int:
        if self.title is None or level <= self.top or self.title.matter:
            self.top = level
        self.title, self.level, self.line_level = title, level, 0
        return level

    def below(self, title: Title, is_run_in: bool) -> int:
        if self.title is None:
            return self.enter(title, 1)
        if (
            title.matter
            or self.title.matter
            or (title.label and not self.is_whole and title.label != self.title.label)
        ):
            return self.enter(title, self.top)
        if is_run_in and self.line_level:
            return self.line_level + 1
        if not is_run_in:
            self.line_level = self.level + 1
        return self.level + 1


class _Inference:
    """Levels of headings that only a number, or nothing, tells the level of."""

    def __init__(self, headings: Sequence[Decided]) -> None:
        numbers = [h.number for h in headings if h.number]
        self.is_numbered = any(number.scheme != "letter" for number in numbers)
        self.is_roman = any(number.scheme == "roman" for number in numbers)
        self.nesting = Nesting(headings)
        self.number_level = 0
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
        if not self.is_numbered:
            return self.nesting.level(h)
        if title.matter == "back":
            self.concluded = True
        if title.is_known or not self.number_level or self.concluded:
            return 1
        return self.number_level + (not title.is_capitals)
