"""Sentences of scientific prose, by rules, in time that is linear in the text.

A full stop ends no sentence behind an abbreviation, an initial or a number that goes
on, nor within brackets. What comes next helps: `et al. The` is an end, `et al. (2010)`
is none.
"""

import re
from collections.abc import Iterator
from typing import Final

from spacy_imrad.document.outline import Characters

_STOP: Final = re.compile(
    r"(?<![.!?…])(?P<stop>[.!?…]+)(?![.!?…])(?P<closing>[\"'”’»)\]}*_]*)(?P<marks>(?:\s*\[\d[\d,;\s–-]*\])?)"
    r"(?P<space>\s+|(?=[A-Z][a-z])|$)"
)
_BLANK: Final = re.compile(r"\n[^\S\n]*\n\s*")
_WORD: Final = re.compile(r"[^\s()\[\]{}\"“”‘,;:=<>]+$")
_NEXT: Final = re.compile(r"[\"'“‘«(\[{*_\s]*(?P<word>[^\s.,;:!?)\]}*_]+)")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


# These never end a sentence.
_BEFORE: Final = _words(
    """
    approx appt art assn capt cf ch cp def dept dist dr ed eds e.g eg eq eqs eqn eqns ex
    exp ext fig figs gen gov i.e ie incl lect lemm lt maj mr mrs ms no nos nr op p pp
    par prof prop pt pts ref refs rep resp rev sec sect secs sgt sr st suppl tab tabs
    thm viz vol vols vs v.s var subsp ssp cv nov comb cor
    """
)
# These may end one: whether they do shows in the next word.
_PERHAPS: Final = _words(
    """
    al etc inc ltd co corp jr dept univ bros ca sp spp temp avg est jan feb mar apr jun
    jul aug sep sept oct nov dec et
    """
)
# With a capital, these begin a sentence rather than a name.
_BEGINS: Final = _words(
    """
    a about after all although among an and another any are as at based because before
    besides between both but by can compared consequently conversely despite due during
    each either even every few finally first for from furthermore given hence here how
    however i if in indeed instead is it its many moreover most nearly neither
    nevertheless no nonetheless not notably of on once one only or other our out over
    overall previous recent recently second several significant similarly since so some
    specifically still subsequently such taken that the their then there thereby
    therefore these they third this those though three through thus to together two
    under unlike until up upon using was we were what when whereas whether which while
    why with within without yet you your patients participants methods results
    conclusion conclusions background objective objectives
    """
)
_INITIAL: Final = re.compile(r"(?:[A-Z]|[A-Z][a-z]?(?:\.-?[A-Z][a-z]?)+)")
_JOINED: Final = re.compile(r"[./@:\\]|^[^\W\d_]{1,2}$")
_LETTERS: Final = re.compile(r"(?:[^\W\d_]\.)+[^\W\d_]")
_ENUMERATOR: Final = re.compile(
    r"[(\[]?(?:\d{1,3}(?:\.\d{1,3})*|[ivxIVX]{1,5}|[a-zA-Z])[)\]]?"
)
_COMPARED: Final = re.compile(r"[=<>≤≥≈±~×]\s*[-–−+]?\d*$")
_LOOK: Final = 60
# Brackets that hold more than this are no aside: one of them is missing.
_ASIDE: Final = 400


def split_sentences(
    text: str, start: int = 0, end: int | None = None
) -> list[Characters]:
    """The sentences of a stretch of text, without the white space around them.

    start, end: Its characters; a blank line in it ends a sentence.
    RETURNS: First character and the one after the last, in text order.
    """
    end = len(text) if end is None else end
    found = []
    for first, last in _blocks(text, start, end):
        asides = _asides(text, first, last)
        for stop in _stops(text, first, last, asides):
            found.append((first, stop))
            first = stop
        found.append((first, last))
    return [trimmed for part in found if (trimmed := _trim(text, *part))]


def _blocks(text: str, start: int, end: int) -> Iterator[Characters]:
    for match in _BLANK.finditer(text, start, end):
        yield start, match.start()
        start = match.end()
    yield start, end


def _stops(text: str, start: int, end: int, asides: list[Characters]) -> Iterator[int]:
    """Where the sentences end, but for the last."""
    first, aside = start, 0
    for match in _STOP.finditer(text, start, end):
        at = match.start()
        while aside < len(asides) and asides[aside][1] <= at:
            aside += 1
        inside = aside < len(asides) and asides[aside][0] < at
        behind = match.end("closing") + len(match["marks"])
        if inside or match.end() >= end:
            continue
        following = _NEXT.match(text, match.end(), min(end, match.end() + _LOOK))
        if following is None:
            continue
        before = text[max(first, at - _LOOK) : at]
        if _ends(before, match, following["word"]) and text[first:at].strip():
            yield behind
            first = match.end()


def _ends(before: str, stop: re.Match[str], following: str) -> bool:
    """Whether a sentence ends at a stop.

    before: What stands before it of the sentence, or its end.
    following: The next word.
    """
    starts_small = following[0].islower()
    # Sentences may begin with mTOR, p53 or α-synuclein.
    is_name = any(c.isupper() or c.isdigit() for c in following[1:]) or (
        ord(following[0]) > 0x370
    )
    if starts_small and not is_name:
        return False
    match = _WORD.search(before)
    word = match[0].lstrip("'’*_-–") if match else ""
    bare = word.lower()
    if not stop["space"]:
        # `results.We found` and `(n = 5).We` have lost a space; `U.S.Army` has not.
        return stop["stop"] != "." or not _JOINED.search(word)
    if stop["stop"] != "." or stop["closing"]:
        return True
    begins = following.lower() in _BEGINS and following[0].isupper()
    if _ENUMERATOR.fullmatch(before.strip()):
        return False
    if bare in _BEFORE and not (bare in {"no", "p", "st", "ms", "sec"} and begins):
        return False
    if bare in _PERHAPS or _LETTERS.fullmatch(word) or _INITIAL.fullmatch(word):
        return begins
    if following[0].isdigit() and word.isdigit():
        # `P = 0. 05`
        return (
            word != "0" and _COMPARED.search(before[: len(before) - len(word)]) is None
        )
    return not (following[0].isdigit() and bare in {"p", "n", "no", "fig"})


def _asides(text: str, start: int, end: int) -> list[Characters]:
    """The outermost pairs of round or square brackets that hold an aside."""
    found: list[Characters] = []
    opened: list[int] = []
    for match in re.finditer(r"[()\[\]]", text[start:end]):
        at = start + match.start()
        if match[0] in "([":
            opened.append(at)
        elif opened:
            first = opened.pop()
            if at - first <= _ASIDE:
                while found and found[-1][0] > first:
                    found.pop()
                found.append((first, at))
    return found


def _trim(text: str, start: int, end: int) -> Characters | None:
    part = text[start:end]
    start += len(part) - len(part.lstrip())
    end = start + len(part.strip())
    return (start, end) if start < end else None
