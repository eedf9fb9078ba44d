"""Numbered headings with text right below them: a line by itself could be the first of
a list, so that only the numbers of the whole text tell."""

from collections.abc import Sequence

from spacy_imrad.segmenters.lines import Line
from spacy_imrad.segmenters.numbering import Number, Numbered, best_chain
from spacy_imrad.segmenters.titles import Title, ends_sentence, read_title

_LONGEST = 120
_LEAST = 2.5
_KNOWN = 2


def numbered_lines(lines: Sequence[Line]) -> set[int]:
    """Which lines are headings by numbers that run through the text, two of which stand
    before the name of a section."""
    notations: dict[tuple[str, str], list[Numbered]] = {}
    titles: dict[int, Title] = {}
    for i in range(len(lines)):
        title = _title(lines, i)
        if title is None:
            continue
        titles[i] = title
        for number in title.readings:
            mark = number.mark if number.depth == 1 else "*"
            weight = _weigh(lines, i, title, number)
            notations.setdefault((number.scheme, mark), []).append(
                Numbered(i, number, weight)
            )
    found: set[int] = set()
    for (scheme, mark), numbered in notations.items():
        if scheme == "letter" or mark == "*":
            continue
        deeper = notations.get((scheme, "*"), [])
        chain = best_chain(sorted([*numbered, *deeper], key=lambda n: n.position))
        members = [member.position for member in chain.members]
        known = {titles[i].text.lower() for i in members if titles[i].is_known}
        if chain.score >= _LEAST and len(known) >= _KNOWN:
            found.update(members)
    return found


def _title(lines: Sequence[Line], i: int) -> Title | None:
    line = lines[i]
    text = line.text
    if len(text) > _LONGEST or not (text[0].isalnum() or text[0] in "(§"):
        return None
    if not line.blank_before and i:
        previous = lines[i - 1].text
        if not (ends_sentence(previous) or len(previous) <= 60):
            return None
    if i + 1 < len(lines) and lines[i + 1].text[0].islower():
        return None
    title = read_title(text)
    if not title.readings or not title.text or title.text.endswith((".", ",", ";")):
        return None
    return None if title.is_broken or title.is_sentence else title


def _weigh(lines: Sequence[Line], i: int, title: Title, number: Number) -> float:
    weight = 0.4
    if title.is_known:
        weight += 1.5
    elif title.begins_small:
        weight -= 1.0
    if number.depth > 1:
        weight += 0.5
    elif not title.is_known and _counts_on(lines, i, number):
        weight -= 1.5
    return weight


def _counts_on(lines: Sequence[Line], i: int, number: Number) -> bool:
    """Whether the line before or behind has the next number, as in a list."""
    for step in (-1, 1):
        if 0 <= i + step < len(lines) and len(lines[i + step].text) <= 2 * _LONGEST:
            parts = (*number.parts[:-1], number.parts[-1] + step)
            others = read_title(lines[i + step].text).readings
            if any(other.parts == parts for other in others):
                return True
    return False
