"""Raised characters of a printed text: marks of notes, citations, exponents.

While lines are read, a raised mark is kept between two private characters; once the
page is known, those of its notes go, and numbers are citations.
"""

import re
from collections.abc import Iterable
from typing import Final

_OPEN, _CLOSE = "\ue000", "\ue001"
_NUMBERS: Final = re.compile(r"\d+(?:\s?[,;–-]\s?\d+)*,?")
_SIGNS: Final = re.compile(r"[*†‡§¶∗⋆#,\s]+|[a-z](?:\s?,\s?[a-z0-9*†])*")
_MARKED: Final = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}")
_OPENING: Final = re.compile(f"{_OPEN}([^{_CLOSE}]*){_CLOSE}\\s*(?=\\S)")
# Short names of units and variables have exponents, words have citations.
_HAS_EXPONENT: Final = re.compile(r"(?:(?<![^\W\d_])[^\W\d_]{1,2}|[\d)\]])$")
_ORDINAL: Final = re.compile(r"st|nd|rd|th")


def mark_text(raised: str, before: str) -> str:
    """How raised characters stand in a line until `settle_marks`.

    before: What stands before them in the line.
    """
    raised = raised.strip()
    if _ORDINAL.fullmatch(raised):
        return raised
    if _NUMBERS.fullmatch(raised) and not _HAS_EXPONENT.search(before):
        return f"{_OPEN}{raised}{_CLOSE}"
    if _SIGNS.fullmatch(raised) and (not before or before[-1:] in " .,;:!?”’)"):
        return f"{_OPEN}{raised}{_CLOSE}"
    if _SIGNS.fullmatch(raised) and not raised[:1].isalpha():
        return f"{_OPEN}{raised}{_CLOSE}"
    return f"^{raised}" if _NUMBERS.fullmatch(raised) else raised


def settle_marks(texts: Iterable[str]) -> list[tuple[str, bool]]:
    """The lines of a page, its marks settled: those of a note that is on the page are
    left out, other numbers are citations in brackets.

    RETURNS: Each line, and whether it begins with a mark.
    """
    texts = list(texts)
    noted = {found[1].strip() for text in texts if (found := _OPENING.match(text))}

    def settle(found: re.Match[str]) -> str:
        mark = found[1].strip(" ,")
        parts = {part.strip() for part in mark.split(",")}
        if not _NUMBERS.fullmatch(mark) or parts <= noted:
            return ""
        return f" [{mark}]"

    settled = []
    for text in texts:
        opening = _OPENING.match(text)
        if opening is not None:
            text = f"{opening[1].strip()} {text[opening.end() :]}"
        settled.append((_MARKED.sub(settle, text), opening is not None))
    return settled
