"""How deep each heading is."""

from collections import Counter
from collections.abc import Sequence
from typing import Final

from spacy_imrad.readers.pdf.found import FoundTitle, Look
from spacy_imrad.segmenters.headings import Printed, describe_titles

# Sections whose level the file gives, where its levels are taken.
_FEWEST_MARKED: Final = 3


def levels_of(found: Sequence[FoundTitle]) -> list[int]:
    """The level of each heading, 1 for a top section: by its number, or else as those
    that look like it, or by the rank of its look. No heading that names a section of
    the body, or has a number, stands under front or back matter."""
    described = describe_titles([Printed(heading.title) for heading in found])
    by_number = [level if number else None for level, number in described]
    rank = _rank_looks(found, by_number)
    main = _main_look(found, by_number)
    marked = _marked_levels(found) if not any(by_number) else [None] * len(found)
    levels = []
    for heading, level, own, (inferred, _) in zip(
        found, by_number, marked, described, strict=True
    ):
        level = own if level is None else level
        if level is None and heading.look == main and not heading.title.is_known:
            level = inferred
        levels.append(_unnumbered(heading, rank) if level is None else level)
    return _freed(found, by_number, levels)


def _marked_levels(found: Sequence[FoundTitle]) -> list[int | None]:
    """The level that the file itself gives each heading of the body, counted from that
    of its sections; None where it gives none, or hardly any."""
    named = [h.marked for h in found if h.marked and h.title.label is not None]
    if len(named) < _FEWEST_MARKED:
        return [None] * len(found)
    top = min(named)
    return [
        max(1, h.marked - top + 1) if h.marked and h.title.matter is None else None
        for h in found
    ]


def _rank_looks(
    found: Sequence[FoundTitle], by_number: Sequence[int | None]
) -> dict[Look, int]:
    """The level that each look stands for: that of the numbers of most, else one below
    the next more prominent one, or of two faces that which comes first. Front and back
    matter may look as it likes."""
    numbered: dict[Look, Counter[int]] = {}
    first: dict[Look, int] = {}
    named: dict[Look, set[str]] = {}
    for i, (heading, level) in enumerate(zip(found, by_number, strict=True)):
        look, title = heading.look, heading.title
        if level is not None:
            numbered.setdefault(look, Counter())[level] += 1
        elif title.label is not None and not heading.runs_in:
            named.setdefault(look, set()).add(title.label)
        if level is not None or title.matter is None:
            first.setdefault(look, i)
    top = max(named, key=lambda look: len(named[look]), default=None)
    rank: dict[Look, int] = {}
    above = 0
    for look in sorted(first, key=lambda look: (look[:4], first[look])):
        if look in numbered:
            rank[look] = numbered[look].most_common(1)[0][0]
        elif not numbered and top is not None and (look == top or look.is_above(top)):
            rank[look] = 1
        else:
            rank[look] = above + 1
        above = max(above, rank[look])
    return rank


def _main_look(
    found: Sequence[FoundTitle], by_number: Sequence[int | None]
) -> Look | None:
    """How both sections and their parts look, in papers where nothing but their names
    tells these apart; None in others."""
    if any(level is not None for level in by_number):
        return None
    known = Counter(h.look for h in found if h.title.is_known and not h.runs_in)
    parts = Counter(h.look for h in found if not h.title.is_known)
    main = max(known, key=known.__getitem__, default=None)
    return main if main is not None and parts[main] > known[main] else None


def _unnumbered(heading: FoundTitle, rank: dict[Look, int]) -> int:
    """Front and back matter is at the top, whatever it looks like."""
    if heading.title.matter is not None and not heading.runs_in:
        return 1
    return rank.get(heading.look, max(rank.values(), default=0) + 1)


def _freed(
    found: Sequence[FoundTitle], by_number: Sequence[int | None], levels: list[int]
) -> list[int]:
    """Levels with what front or back matter has swallowed lifted out of it."""
    labels = [heading.title.label for heading in found]
    later = Counter(labels)
    lifted: list[int] = []
    in_matter = False
    lift = 0
    for heading, number, level, label in zip(
        found, by_number, levels, labels, strict=True
    ):
        later[label] -= 1
        if level == 1:
            in_matter, lift = heading.title.matter is not None, 0
        elif in_matter and not lift:
            # The parts of an abstract have the names of sections that come later.
            named = label is not None and not later[label] and not heading.runs_in
            if named or number is not None:
                lift = level - 1
        lifted.append(max(1, level - lift))
    return lifted
