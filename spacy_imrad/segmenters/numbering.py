"""Section numbers: reading them, and finding those that run in order."""

import re
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal, NamedTuple, TypeAlias

Scheme: TypeAlias = Literal["arabic", "roman", "small roman", "letter"]

_NUMBER = re.compile(
    r"(?:(?P<word>§|section|sec\.|chapter|appendix|part)\s*)?"
    r"(?P<open>\(?)(?P<number>(?:\d{1,2}|[IVXLC]{1,6}|[A-Z])(?:\.\d{1,2}){0,4})"
    r"(?P<mark>\.?\)|[.:]|)(?:\s*[|–—:-])?\s+(?P<rest>\S)",
    re.IGNORECASE,
)
_ROMAN = re.compile(r"(?:XL|L?X{0,3})(?:IX|IV|V?I{0,3})")
_ROMAN_VALUES = {"I": 1, "V": 5, "X": 10, "L": 50}


class Number(NamedTuple):
    """A section number as it is printed.

    parts: Its components; of a letter, its position in the alphabet.
    scheme: What the first component is written in.
    mark: The punctuation after it: "", ".", ")", ":".
    """

    parts: tuple[int, ...]
    scheme: Scheme
    mark: str

    @property
    def depth(self) -> int:
        return len(self.parts)


def read_number(text: str) -> tuple[list[Number], int]:
    """The readings of the number that `text` begins with, and where its title starts.

    `C.` and `I.` are a letter as well as a Roman number: the headings around it have
    to tell. No reading and 0 if there is no number.
    """
    match = _NUMBER.match(text)
    if match is None:
        return [], 0
    printed, mark = match["number"], match["mark"]
    head, *rest = printed.split(".")
    if int(rest[0] if rest else 1) > 60:
        return [], 0
    if head.islower():
        small = _ROMAN.fullmatch(head.upper()) and mark in (".", ")") and not rest
        if not small or head in "lc":
            return [], 0
        value = _roman_value(head.upper())
        return [Number((value,), "small roman", mark)], match.start("rest")
    tail = tuple(int(part) for part in rest)
    readings: list[Number] = []
    if head.isdigit():
        if int(head) > 0:
            readings.append(Number((int(head), *tail), "arabic", mark))
    else:
        if _ROMAN.fullmatch(head) and (mark or tail or match["word"] or len(head) > 1):
            readings.append(Number((_roman_value(head), *tail), "roman", mark))
        if len(head) == 1:
            letter = ord(head) - ord("A") + 1
            readings.append(Number((letter, *tail), "letter", mark))
    return readings, match.start("rest") if readings else 0


def _roman_value(roman: str) -> int:
    values = [_ROMAN_VALUES[digit] for digit in roman]
    return sum(
        -value if value < following else value
        for value, following in zip(values, [*values[1:], 0], strict=True)
    )


class Numbered(NamedTuple):
    """A line that begins with a number: where it is, and how much it looks like a
    heading (more than 0) or like a list item or a sentence (less than 0)."""

    position: int
    number: Number
    weight: float


@dataclass(frozen=True, slots=True)
class Chain:
    """Numbered lines in the order in which section numbers run."""

    members: tuple[Numbered, ...] = ()
    score: float = 0.0


# What a step from one number to another costs: a number left out, a sub-section
# whose own section is not there, a start other than at 1.
_SKIPPED = 1.2
_ORPHAN = 0.6
_LATE_START = 0.8
_MOST_SKIPPED = 3


class _State(NamedTuple):
    score: float
    candidate: int
    previous: int


def best_chain(candidates: Sequence[Numbered]) -> Chain:
    """The heaviest sequence of `candidates` in which every number can follow the one
    before: its next sibling, its first child, or the next sibling of a number around
    it. Linear in the candidates, as a number is reached from few others."""
    by_prefix: dict[tuple[int, ...], _State] = {}
    exact: dict[tuple[int, ...], _State] = {}
    states: list[_State] = []
    for i, candidate in enumerate(candidates):
        parts = candidate.number.parts
        score, previous = _best_step(parts, by_prefix, exact)
        state = _State(score + candidate.weight, i, previous)
        states.append(state)
        if parts not in exact or exact[parts].score < state.score:
            exact[parts] = state
        for depth in range(1, len(parts) + 1):
            prefix = parts[:depth]
            if prefix not in by_prefix or by_prefix[prefix].score < state.score:
                by_prefix[prefix] = state
    if not states:
        return Chain()
    best = max(states, key=lambda state: state.score)
    members: list[Numbered] = []
    at = best.candidate
    while at >= 0:
        members.append(candidates[at])
        at = states[at].previous
    return Chain(tuple(reversed(members)), best.score)


def _best_step(
    parts: tuple[int, ...],
    by_prefix: dict[tuple[int, ...], _State],
    exact: dict[tuple[int, ...], _State],
) -> tuple[float, int]:
    *around, last = parts
    parent = tuple(around)
    best = (-_LATE_START * (last - 1 + len(around)), -1)
    steps: list[tuple[float, _State | None]] = []
    for skipped in range(min(last - 1, _MOST_SKIPPED + 1)):
        sibling = by_prefix.get((*parent, last - 1 - skipped))
        steps.append((_SKIPPED * skipped, sibling))
    if parent:
        if last - 1 <= _MOST_SKIPPED:
            steps.append((_SKIPPED * (last - 1), exact.get(parent)))
        for missing in range(1, len(parent)):
            steps.append((_ORPHAN * missing, exact.get(parent[:-missing])))
        if parent[-1] > 1:
            aunt = by_prefix.get((*parent[:-1], parent[-1] - 1))
            steps.append((_ORPHAN + _SKIPPED * (last - 1), aunt))
    for cost, state in steps:
        if state is not None and state.score - cost > best[0]:
            best = (state.score - cost, state.candidate)
    return best
