"""The text layer of a PDF as lines, each with its place on the page and its font."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from spacy_imrad.readers.extras import require

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_BOLD: Final = re.compile(r"bold|black|heavy|demi|CMBX|SFBX|-Medi|[-,]B$", re.I)
_MATHS: Final = re.compile(r"CMMI|CMSY|CMEX|MSBM|MSAM|Math|Symbol|STIXSize|EUFM|LMSY")
_BOLD_WEIGHT: Final = 600
_LIGATURES: Final = str.maketrans(
    {"ﬀ": "ff", "ﬁ": "fi", "ﬂ": "fl", "ﬃ": "ffi", "ﬄ": "ffl", "ﬅ": "ft", "ﬆ": "st"}
)
# How pdfium hands on a hyphen at the end of a line.
_LINE_HYPHENS: Final = ("\ufffe", "\x02", "\xad")


class _Char(NamedTuple):
    text: str
    left: float
    right: float
    baseline: float
    size: float
    is_bold: bool
    is_maths: bool


@dataclass(slots=True)
class Line:
    """A line, or the part of one that is in a column.

    page: Its page, from 0.
    left, right: Where it begins and ends, in points from the left of the page.
    baseline: Its height, in points from the bottom of the page.
    size: The size of most of its characters, in points.
    bold, maths: Shares of its characters that are bold, or of a font for formulas.
    """

    text: str
    page: int
    left: float
    right: float
    baseline: float
    size: float
    bold: float
    maths: float


@dataclass(slots=True)
class Page:
    """A page's size in points, and its lines in the order of the file."""

    width: float
    height: float
    lines: list[Line]


def read_pages(content: bytes) -> list[Page]:
    """The pages of a PDF.

    RAISES: ImportError without pypdfium2; ValueError if it is no PDF, is damaged or
        needs a password.
    """
    pdfium = require("pypdfium2", "pdf")
    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise ValueError(f"not readable as a PDF ({error})") from error
    try:
        return [_read_page(page, number) for number, page in enumerate(document)]
    finally:
        document.close()


def _read_page(page: "PdfPage", number: int) -> Page:
    width, height = page.get_size()
    lines = [_line(chars, number) for chars in _split(_characters(page))]
    return Page(width, height, [line for line in lines if line.text])


def _characters(page: "PdfPage") -> Iterator[_Char]:
    raw: Any = require("pypdfium2.raw", "pdf")
    text_page = page.get_textpage()
    handle = text_page.raw
    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    box = tuple(ctypes.byref(value) for value in (left, right, bottom, top))
    buffer, flags = ctypes.create_string_buffer(256), ctypes.c_int()
    fonts: dict[bytes, tuple[bool, bool]] = {}
    for i in range(raw.FPDFText_CountChars(handle)):
        code = raw.FPDFText_GetUnicode(handle, i)
        text = chr(code) if 0 < code < 0x110000 else "\ufffd"
        if not raw.FPDFText_GetCharBox(handle, i, *box):
            continue
        raw.FPDFText_GetFontInfo(handle, i, buffer, 256, ctypes.byref(flags))
        if buffer.value not in fonts:
            name = buffer.value.decode("utf8", "replace")
            fonts[buffer.value] = (
                _BOLD.search(name) is not None,
                _MATHS.search(name) is not None,
            )
        is_bold, is_maths = fonts[buffer.value]
        is_bold = is_bold or raw.FPDFText_GetFontWeight(handle, i) >= _BOLD_WEIGHT
        raw.FPDFText_GetCharOrigin(handle, i, ctypes.byref(x), ctypes.byref(y))
        size = raw.FPDFText_GetFontSize(handle, i)
        yield _Char(text, left.value, right.value, y.value, size, is_bold, is_maths)
    text_page.close()


def _split(characters: Iterator[_Char]) -> Iterator[list[_Char]]:
    """Characters that follow each other on one base line."""
    line: list[_Char] = []
    last: _Char | None = None
    for char in characters:
        if char.text in "\r\n":
            if line:
                yield line
            line, last = [], None
            continue
        if not char.text.isspace():
            if last is not None and _is_elsewhere(last, char):
                yield line
                line = []
            last = char
        line.append(char)
    if line:
        yield line


def _is_elsewhere(last: _Char, char: _Char) -> bool:
    size = max(last.size, char.size, 1)
    apart = char.left - last.right > 2 * size or char.left < last.left - 2 * size
    # Far enough to leave superscripts in their line.
    return apart or abs(char.baseline - last.baseline) > 0.7 * size


def _line(chars: list[_Char], page: int) -> Line:
    text = "".join(char.text for char in chars).translate(_LIGATURES).strip()
    for hyphen in _LINE_HYPHENS:
        text = text.replace(hyphen, "-")
    inked = [char for char in chars if not char.text.isspace()] or chars
    sizes = Counter(round(char.size, 1) for char in inked)
    baselines = Counter(round(char.baseline, 1) for char in inked)
    return Line(
        text=" ".join(text.split()),
        page=page,
        left=min(char.left for char in inked),
        right=max(char.right for char in inked),
        baseline=baselines.most_common(1)[0][0],
        size=sizes.most_common(1)[0][0],
        bold=sum(char.is_bold for char in inked) / len(inked),
        maths=sum(char.is_maths for char in inked) / len(inked),
    )
