"""The lines of a text, without what the page printed round it."""

import re
from typing import NamedTuple

from spacy_imrad.segmenters.titles import ends_sentence, read_title

# Characters that cannot be seen are no content at the start of a line: a byte order
# mark, a zero-width space, a mark for the direction of writing.
_LINE = re.compile(
    r"[^\s\ufeff\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069][^\n\r\f\v\x1c-\x1e\x85\u2028\u2029]*",
)
_PAGE_NUMBER = re.compile(
    r"[-–—|\[(]?\s*(?:page\s*|p\.\s*)?(?:\d{1,4}|[ivxl]{1,6})"
    r"(?:\s*(?:of|/)\s*\d{1,4})?\s*(?:\|\s*page|[-–—|\])])?",
    re.IGNORECASE,
)
_EDGE_NUMBER = re.compile(r"^\d{1,4}\s+(?!\d)|\s+\d{1,4}$")
_RUNNING_MAX = 100
_PAGES_MIN = 3
_MANY_PAGES = 5


class Line(NamedTuple):
    """One line that is not blank.

    start, end: Its characters without the white space around them.
    indent: Columns of white space before it, a tab counted as four.
    blank_before: Whether a blank line, or the end of a page, sets it off.
    page_before: Whether a form feed precedes it.
    text: `text[start:end]`.
    number: The characters of the number that the line has at the left edge of the page;
        it stands before `start`.
    """

    start: int
    end: int
    indent: int
    blank_before: bool
    page_before: bool
    text: str
    number: tuple[int, int] | None = None


def read_lines(text: str) -> list[Line]:
    """The lines of `text` that are not blank, in one pass."""
    lines: list[Line] = []
    previous_end = 0
    for match in _LINE.finditer(text):
        start, end = match.span()
        content = match.group().rstrip()
        gap = text[previous_end:start]
        previous_end = end
        if gap == "\n" or gap == "\n\n":
            blank, page, indent = len(gap) == 2, False, 0
        else:
            page = "\f" in gap
            # A sentence that runs over the end of a page is one paragraph still.
            blank = _line_ends(gap) > 1 or (page and not content[0].islower())
            indent = len(gap[_last_line_end(gap) :].expandtabs(4))
        lines.append(Line(start, start + len(content), indent, blank, page, content))
    return lines


def _line_ends(gap: str) -> int:
    return gap.count("\n") or gap.count("\r") or gap.count("\u2029")


def _last_line_end(gap: str) -> int:
    return max(gap.rfind("\n"), gap.rfind("\r"), gap.rfind("\f")) + 1


def drop_furniture(lines: list[Line]) -> list[Line]:
    """The lines without page numbers and running headers.

    A running header is a short line that comes back at least three times where pages
    turn: beside a form feed or a page number, or in the middle of a sentence. Where
    the text keeps no trace of its pages, a line that names no section and comes back
    five times is one too, unless there are several such lines: a paper of many
    experiments repeats its sub-headings. A first occurrence that opens the text or
    names a section stays.
    """
    furniture = {
        i
        for i, line in enumerate(lines)
        if len(line.text) <= 20 and _PAGE_NUMBER.fullmatch(line.text)
    }
    furniture |= _running_headers(lines, furniture)
    if not furniture:
        return lines
    kept: list[Line] = []
    blank = page = False
    for i, line in enumerate(lines):
        blank = blank or line.blank_before
        page = page or line.page_before
        if i not in furniture:
            kept.append(line._replace(blank_before=blank, page_before=page))
            blank = page = False
    return kept


def _running_headers(lines: list[Line], page_numbers: set[int]) -> set[int]:
    places: dict[str, list[int]] = {}
    for i, line in enumerate(lines):
        if len(line.text) <= _RUNNING_MAX and line.text[0] not in "|#\\`$>":
            places.setdefault(_EDGE_NUMBER.sub("", line.text), []).append(i)
    repeated = {
        key: found
        for key, found in places.items()
        if len(found) >= _PAGES_MIN and sum(map(str.isalpha, key)) >= 3
    }
    at_page_turn = {
        key
        for key, found in repeated.items()
        if 3 * sum(_page_turns(lines, i, page_numbers) for i in found) >= len(found)
    }
    everywhere = [
        key
        for key, found in repeated.items()
        if key not in at_page_turn
        and len(found) >= _MANY_PAGES
        and all(lines[i].text == key for i in found)
        and all(_stands_alone(lines, i) for i in found)
        and not read_title(key).is_known
    ]
    if len(everywhere) > 2:
        everywhere = []
    running: set[int] = set()
    for key in [*at_page_turn, *everywhere]:
        found = repeated[key]
        keeps_first = lines[found[0]].text == key and (
            found[0] == 0 or read_title(key).is_known
        )
        running.update(found[1:] if keeps_first else found)
    return running


def _page_turns(lines: list[Line], i: int, page_numbers: set[int]) -> bool:
    line = lines[i]
    last = i + 1 == len(lines)
    if line.page_before or i - 1 in page_numbers or i + 1 in page_numbers:
        return True
    if last or i == 0:
        return False
    following, previous = lines[i + 1], lines[i - 1]
    return following.page_before or (
        following.text[0].islower()
        and not line.text[0].islower()
        and not ends_sentence(previous.text)
        and len(previous.text) > len(line.text)
    )


def _stands_alone(lines: list[Line], i: int) -> bool:
    return (
        lines[i].blank_before
        and (i + 1 == len(lines) or lines[i + 1].blank_before)
        and not ends_sentence(lines[i].text)
    )
