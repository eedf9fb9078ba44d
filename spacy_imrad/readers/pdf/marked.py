"""What a PDF itself marks as headings: its bookmarks and its structure tree.

Either may be wrong, or of another edition, so that a mark counts where its text is
printed (`Marks.find`), and nowhere else.
"""

import ctypes
import re
from collections.abc import Callable, Iterator, Sequence
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from spacy_imrad.segmenters.titles import read_title

if TYPE_CHECKING:
    from pypdfium2 import PdfDocument, PdfPage

_HEADING: Final = re.compile(r"H([1-6])?")
_NO_LETTERS: Final = re.compile(r"[\W_]+")
_MOST_BOOKMARKS: Final = 5000
_MOST_ELEMENTS: Final = 20_000
_DEEPEST: Final = 12
_LONGEST: Final = 200
_SHORTEST: Final = 3
_LONGEST_NUMBER: Final = 8
# Pages that a bookmark may lead past its heading.
_OFF: Final = 1


class Mark(NamedTuple):
    """A heading, as the file has it: its text, its level, from 1, and its page, from
    0."""

    text: str
    level: int
    page: int


class Marks:
    """Marks that are looked for among what is printed; each may be taken once."""

    def __init__(self, marks: Sequence[Mark]) -> None:
        self._left: dict[int, list[_Wanted]] = {}
        seen: set[tuple[str, int]] = set()
        for mark in marks:
            wanted = _Wanted(
                mark, _letters(mark.text), _letters(read_title(mark.text).text)
            )
            key = wanted.bare, mark.page
            if len(wanted.bare) >= _SHORTEST and key not in seen:
                self._left.setdefault(mark.page, []).append(wanted)
            seen.add(key)

    def find(self, lines: Sequence[str], page: int) -> tuple[Mark, int] | None:
        """The mark whose text lines of a page begin with.

        RETURNS: The mark, and how many letters and digits of the lines it takes.
        """
        text = printed = ""
        for near in (page, page - _OFF, page + _OFF):
            for wanted in self._left.get(near, ()):
                if not printed:
                    text = " ".join(lines)[: 2 * _LONGEST]
                    printed = _letters(text)
                if printed.startswith(wanted.whole):
                    return wanted.mark, len(wanted.whole)
                start = printed.find(wanted.bare, 0, len(wanted.bare) + _LONGEST_NUMBER)
                if start >= 0 and _letters(read_title(text).text) == printed[start:]:
                    return wanted.mark, start + len(wanted.bare)
        return None

    def take(self, mark: Mark) -> None:
        """Look for a mark no more."""
        left = self._left[mark.page]
        left[:] = [wanted for wanted in left if wanted.mark is not mark]


class _Wanted(NamedTuple):
    """A mark, and the letters of its text with and without a number."""

    mark: Mark
    whole: str
    bare: str


def count_letters(text: str) -> int:
    """The letters and digits of a text, as `Marks.find` counts them."""
    return len(_letters(text))


def _letters(text: str) -> str:
    return _NO_LETTERS.sub("", text).lower()


def read_bookmarks(document: "PdfDocument") -> list[Mark]:
    """The bookmarks that lead to a page."""
    from pypdfium2 import raw

    handle = document.raw
    found: list[Mark] = []
    seen: set[int] = set()
    open_items = [(raw.FPDFBookmark_GetFirstChild(handle, None), 1)]
    while open_items and len(seen) < _MOST_BOOKMARKS:
        item, level = open_items.pop()
        if not item or level > _DEEPEST:
            continue
        place = ctypes.addressof(item.contents)
        if place in seen:
            continue
        seen.add(place)
        open_items.append((raw.FPDFBookmark_GetNextSibling(handle, item), level))
        open_items.append((raw.FPDFBookmark_GetFirstChild(handle, item), level + 1))
        target = raw.FPDFBookmark_GetDest(handle, item)
        if not target:
            action = raw.FPDFBookmark_GetAction(item)
            target = action and raw.FPDFAction_GetDest(handle, action)
        page = raw.FPDFDest_GetDestPageIndex(handle, target) if target else -1
        text = " ".join(_read_text(raw.FPDFBookmark_GetTitle, item).split())
        if page >= 0 and 0 < len(text) <= _LONGEST:
            found.append(Mark(text, level, page))
    return found


def read_structure(page: "PdfPage", number: int, text_page: Any) -> list[Mark]:
    """The headings of a page's structure tree.

    number: Of the page, from 0.
    text_page: Its handle in pdfium.
    """
    from pypdfium2 import raw

    tree = raw.FPDF_StructTree_GetForPage(page.raw)
    if not tree:
        return []
    try:
        tagged = list(_headings(tree))
    finally:
        raw.FPDF_StructTree_Close(tree)
    if not tagged:
        return []
    texts: dict[int, str] = {}
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_TEXT,), max_depth=3):
        content = raw.FPDFPageObj_GetMarkedContentID(item.raw)
        if content >= 0 and len(texts.get(content, "")) <= _LONGEST:
            shown = _read_text(raw.FPDFTextObj_GetText, item.raw, text_page)
            texts[content] = texts.get(content, "") + shown
    marks = []
    for level, contents in tagged:
        text = " ".join("".join(texts.get(c, "") for c in contents).split())
        if 0 < len(text) <= _LONGEST:
            marks.append(Mark(text, level, number))
    return marks


def _headings(tree: Any) -> Iterator[tuple[int, list[int]]]:
    """The levels of a tree's headings, and the marked content that each holds."""
    from pypdfium2 import raw

    children = raw.FPDF_StructTree_CountChildren(tree)
    left = [
        (raw.FPDF_StructTree_GetChildAtIndex(tree, i), 0)
        for i in reversed(range(children))
    ]
    for _ in range(_MOST_ELEMENTS):
        if not left:
            return
        element, depth = left.pop()
        if not element:
            continue
        found = _HEADING.fullmatch(_read_text(raw.FPDF_StructElement_GetType, element))
        if found is not None:
            yield int(found[1] or 1), list(_contents(element, depth))
        elif depth < _DEEPEST:
            left += [(child, depth + 1) for child in reversed(_children(element))]


def _contents(element: Any, depth: int) -> Iterator[int]:
    """The identities of the marked content in an element of a tree."""
    from pypdfium2 import raw

    for i in range(max(0, raw.FPDF_StructElement_GetMarkedContentIdCount(element))):
        content = raw.FPDF_StructElement_GetMarkedContentIdAtIndex(element, i)
        if content >= 0:
            yield content
    if depth < _DEEPEST:
        for child in _children(element):
            if child:
                yield from _contents(child, depth + 1)


def _children(element: Any) -> list[Any]:
    from pypdfium2 import raw

    count = min(_MOST_ELEMENTS, raw.FPDF_StructElement_CountChildren(element))
    return [
        raw.FPDF_StructElement_GetChildAtIndex(element, i) for i in range(max(0, count))
    ]


def _read_text(function: Callable[..., int], *arguments: Any) -> str:
    """What a function of pdfium writes as UTF-16 into a buffer."""
    length = function(*arguments, None, 0)
    if not 0 < length < 1 << 16:
        return ""
    buffer = (ctypes.c_ushort * (length // 2 + 1))()
    function(*arguments, buffer, length)
    return bytes(buffer).decode("utf-16-le", "ignore").rstrip("\0")
