"""The text layer of a PDF as lines, each with its place on the page and its font."""

import ctypes
import re
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from itertools import groupby, pairwise
from typing import TYPE_CHECKING, Any, Final, Literal, NamedTuple

from spacy_imrad.readers.pdf.marked import Mark, read_bookmarks, read_structure
from spacy_imrad.readers.pdf.marks import mark_text, settle_marks

if TYPE_CHECKING:
    from pypdfium2 import PdfPage

_BOLD: Final = re.compile(
    r"bold|black|heavy|demi|CMB\w*\d|CMSSBX|[ES][CF]BX|-Medi(?!um)|[-,.]BI?(?:\+\w+)?$",
    re.IGNORECASE,
)
_ITALIC: Final = re.compile(
    r"[Ii]tal|[Oo]bliq|[Ss]lant|CMTI|CMSL|CMSSI|SFTI|SFSL|[-,.](?:It|B?I)(?:\+\w+)?$"
)
_MATHS: Final = re.compile(r"CMMI|CMSY|CMEX|MSBM|MSAM|Math|Symbol|STIXSize|EUFM|LMSY")
_SUBSET: Final = re.compile(r"^[A-Z]{6}\+")
_TYPEWRITER: Final = re.compile(
    r"^(?:CM\w*|EC|SF|SL|T1X|t1x|LM)TT|(?i:mono(?!type)|nimbusmon|courier|consola|menlo)"
)
_CHARACTERS: Final = {
    "ﬀ": "ff",
    "ﬁ": "fi",
    "ﬂ": "fl",
    "ﬃ": "ffi",
    "ﬄ": "ffl",
    "ﬅ": "ft",
    "ﬆ": "st",
    # How pdfium hands on a hyphen at the end of a line, and bullets.
    **dict.fromkeys(("\ufffe", "\x02", "\xad"), "-"),
    **dict.fromkeys(("\x88", "\uf0b7", "\u25aa", "\u25cf", "\u2219"), "•"),
}
# What fonts of TeX have at these places, if they do not say so.
_LIGATURES: Final = {
    **dict(zip(range(0x0B, 0x10), ("ff", "fi", "fl", "ffi", "ffl"), strict=True)),
    **dict(zip(range(0x1B, 0x20), ("ff", "fi", "fl", "ffi", "ffl"), strict=True)),
}
# Upright within this angle, as a tangent: what is turned is a stamp or an axis label.
_UPRIGHT: Final = 0.1
_MOST_STRANGE: Final = 0.2
_LINE_ENDS: Final = (10, 13)
# Of a page that is no picture; and how much of one that is the picture covers.
_FEWEST_WORDS: Final = 40
_COVERED: Final = 0.5
# What pdfium puts in: blanks, ends of lines, hyphens there.
_GENERATED: Final = frozenset({*_LINE_ENDS, 2, 32, 45, 0xAD, 0xFFFE})
_LONGEST_LEAD: Final = 120
_FEWEST_SMALL_CAPITALS: Final = 4
_NUMBER: Final = re.compile(r"(?:\d+(?:\.\d+)*|[A-Z]|[IVX]+)[.):]?")


class _Font(NamedTuple):
    name: str
    is_bold: bool
    is_italic: bool
    is_maths: bool
    is_code: bool


class _Char(NamedTuple):
    text: str
    left: float
    right: float
    baseline: float
    size: float
    font: _Font


@dataclass(slots=True)
class Line:
    """A line, or the part of one that is in a column.

    page: Its page, from 0.
    left, right: Where it begins and ends, in points from the left of the page.
    baseline: Its height, in points from the bottom of the page.
    size: The size of most of its characters, in points.
    bold, maths, italic, code: Shares of its characters that are so; code is what is
        set like a typewriter's.
    font: The name of the font of most of its characters, whose share is `pure`.
    lead: The text it begins with in another font than it ends with, such as a heading
        before the first words of its paragraph; empty if all is alike.
    is_marked: Whether it begins with a raised mark, as notes do.
    goes_on: Whether the file has it right behind the piece before it, with a blank
        between them that may be wide or may part two columns.
    """

    text: str
    page: int
    left: float
    right: float
    baseline: float
    size: float
    bold: float
    maths: float
    italic: float = 0.0
    font: str = ""
    lead: str = ""
    is_marked: bool = False
    code: float = 0.0
    pure: float = 1.0
    goes_on: bool = False


@dataclass(slots=True)
class Page:
    """A page's size in points, and its lines in the order of the file; those of a
    damaged page are lost.

    is_picture: Whether a picture covers most of it, which has hardly any text.
    is_recognised: Whether its text was recognised in its picture.
    marks: What the file itself marks as headings on it.
    """

    width: float
    height: float
    lines: list[Line]
    is_damaged: bool = False
    is_picture: bool = False
    is_recognised: bool = False
    marks: list[Mark] = field(default_factory=list)

    @property
    def words(self) -> int:
        return sum(len(line.text.split()) for line in self.lines)


def is_garbled(pages: Sequence[Page]) -> bool:
    """Whether the fonts do not say which letters they print."""
    text = "".join(line.text for page in pages for line in page.lines)
    strange = sum(
        "\u2700" <= char <= "\u27bf" or "\ue000" <= char <= "\uf8ff" for char in text
    )
    return strange > _MOST_STRANGE * len(text)


def read_pages(content: bytes) -> list[Page]:
    """The pages of a PDF.

    RAISES: ValueError if it is no PDF, needs a password, or has no page that can be
        read.
    """
    import pypdfium2 as pdfium

    try:
        document = pdfium.PdfDocument(content)
    except pdfium.PdfiumError as error:
        raise ValueError(f"not readable as a PDF ({error})") from error
    fonts: dict[bytes, _Font] = {}
    pages: list[Page] = []
    damage: Exception | None = None
    try:
        for number in range(len(document)):
            try:
                page = document[number]
                pages.append(_read_page(page, number, fonts))
                page.close()
            except pdfium.PdfiumError as error:
                damage = error
                pages.append(Page(1.0, 1.0, [], is_damaged=True))
        for mark in read_bookmarks(document):
            if mark.page < len(pages):
                pages[mark.page].marks.insert(0, mark)
    finally:
        document.close()
    if all(page.is_damaged for page in pages):
        raise ValueError(f"a damaged PDF ({damage or 'it has no pages'})") from damage
    return pages


def _read_page(page: "PdfPage", number: int, fonts: dict[bytes, _Font]) -> Page:
    width, height = page.get_size()
    text_page = page.get_textpage()
    split = list(_split(_characters(text_page.raw, fonts)))
    marks = read_structure(page, number, text_page.raw)
    text_page.close()
    lines = [
        line
        for chars, goes_on in split
        if (line := _line(chars, number, goes_on=goes_on)).text
    ]
    settled = settle_marks(line.text for line in lines)
    for line, (text, is_marked) in zip(lines, settled, strict=True):
        line.text, line.is_marked = text, is_marked
    printed = list(_printed_once(line for line in lines if line.text))
    read = Page(width, height, printed, marks=marks)
    read.is_picture = read.words < _FEWEST_WORDS and _is_covered(page, width, height)
    return read


def _is_covered(page: "PdfPage", width: float, height: float) -> bool:
    """Whether a picture covers most of a page."""
    from pypdfium2 import raw

    edges = [ctypes.c_float() for _ in range(4)]
    places = [ctypes.byref(edge) for edge in edges]
    for item in page.get_objects(filter=(raw.FPDF_PAGEOBJ_IMAGE,), max_depth=3):
        if raw.FPDFPageObj_GetBounds(item.raw, *places):
            left, bottom, right, top = (edge.value for edge in edges)
            if (right - left) * (top - bottom) > _COVERED * width * height:
                return True
    return False


def _printed_once(lines: Iterable[Line]) -> Iterator[Line]:
    """The lines without those that are printed over themselves, to look bold."""
    seen: set[tuple[str, int, int]] = set()
    for line in lines:
        places = [
            (line.text, round(line.left) + x, round(line.baseline) + y)
            for x in (-1, 0, 1)
            for y in (-1, 0, 1)
        ]
        if seen.isdisjoint(places):
            yield line
        seen.add(places[len(places) // 2])


def _characters(handle: Any, fonts: dict[bytes, _Font]) -> Iterator[_Char]:
    """The characters of a text page of pdfium."""
    from pypdfium2 import raw

    left, right, bottom, top, x, y = (ctypes.c_double() for _ in range(6))
    box = tuple(ctypes.byref(value) for value in (left, right, bottom, top))
    origin = ctypes.byref(x), ctypes.byref(y)
    buffer, flags = ctypes.create_string_buffer(256), ctypes.c_int()
    flags_at = ctypes.byref(flags)
    matrix = raw.FS_MATRIX()
    matrix_at = ctypes.byref(matrix)
    last = _Char("", 0, 0, 0, 1, _Font("", False, False, False, False))
    high = 0
    for i in range(raw.FPDFText_CountChars(handle)):
        code = raw.FPDFText_GetUnicode(handle, i)
        # Characters beyond the first plane come in two halves.
        if 0xD800 <= code < 0xDC00:
            high = code
            continue
        if 0xDC00 <= code < 0xE000:
            code = 0x10000 + ((high - 0xD800) << 10) + code - 0xDC00 if high else 0
            high = 0
        if code in _GENERATED and raw.FPDFText_IsGenerated(handle, i) == 1:
            # What pdfium puts in has no font, and ends lines at raised characters, too.
            if code not in _LINE_ENDS:
                yield last._replace(text=_CHARACTERS.get(chr(code), " "))
            continue
        text = chr(code) if 0 < code < 0x110000 else "\ufffd"
        if text.isspace() and code not in _LIGATURES:
            yield last._replace(text=" ")
            continue
        raw.FPDFText_GetMatrix(handle, i, matrix_at)
        if abs(matrix.b) > _UPRIGHT * abs(matrix.a):
            continue
        if not raw.FPDFText_GetCharBox(handle, i, *box):
            continue
        raw.FPDFText_GetFontInfo(handle, i, buffer, 256, flags_at)
        if buffer.value not in fonts:
            fonts[buffer.value] = _font(buffer.value)
        font = fonts[buffer.value]
        if code in _LIGATURES:
            text = "•" if font.is_maths else _LIGATURES[code]
        text = _CHARACTERS.get(text, text)
        raw.FPDFText_GetCharOrigin(handle, i, *origin)
        scale = (matrix.c**2 + matrix.d**2) ** 0.5
        size = raw.FPDFText_GetFontSize(handle, i) * (scale or 1.0)
        shown = text if text.isprintable() else " "
        last = _Char(shown, left.value, right.value, y.value, size, font)
        yield last


def _font(name: bytes) -> _Font:
    # The weight that pdfium knows is a guess, and wrong for many regular fonts.
    bare = _SUBSET.sub("", name.decode("utf8", "replace"))
    is_maths = _MATHS.search(bare) is not None
    return _Font(
        bare,
        _BOLD.search(bare) is not None and not is_maths,
        _ITALIC.search(bare) is not None and not is_maths,
        is_maths,
        _TYPEWRITER.search(bare) is not None,
    )


def _split(characters: Iterator[_Char]) -> Iterator[tuple[list[_Char], bool]]:
    """Characters that follow each other on one base line, without wide blanks, and
    whether they stand in one line with those before them."""
    line: list[_Char] = []
    last: _Char | None = None
    goes_on = False
    for char in characters:
        if not char.text.isspace():
            if last is not None and (apart := _apart(last, char)):
                yield line, goes_on
                line, goes_on = [], apart == "blank"
            last = char
        line.append(char)
    if line:
        yield line, goes_on


def _apart(last: _Char, char: _Char) -> Literal["blank", "elsewhere"] | None:
    """What is between two characters: a blank that may part columns, or more."""
    size = max(last.size, char.size, 1)
    gap = char.left - last.right
    # Line numbers of manuscripts are small and stand close to the text.
    other_size = min(last.size, char.size) < 0.75 * size
    if gap > (0.6 if other_size else 2) * size or gap < -2 * size:
        return "elsewhere"
    # Far enough to leave superscripts in their line.
    if abs(char.baseline - last.baseline) > 0.7 * size:
        return "elsewhere"
    return "blank" if gap > size else None


def _line(chars: Sequence[_Char], page: int, *, goes_on: bool) -> Line:
    inked = [char for char in chars if not char.text.isspace()] or list(chars)
    size = _size(chars, inked)
    baseline = _most(
        round(char.baseline, 1) for char in inked if round(char.size, 1) == size
    )
    n = len(inked)
    fonts = Counter(char.font.name for char in inked)
    font = max(fonts, key=lambda name: (fonts[name], name))
    return Line(
        text=_text(chars, size, baseline),
        page=page,
        left=min(char.left for char in inked),
        right=max(char.right for char in inked),
        baseline=baseline,
        size=size,
        bold=sum(char.font.is_bold for char in inked) / n,
        maths=sum(char.font.is_maths and char.text != "•" for char in inked) / n,
        italic=sum(char.font.is_italic for char in inked) / n,
        font=font,
        lead=_lead(chars, size, baseline),
        code=sum(char.font.is_code for char in inked) / n,
        pure=fonts[font] / n,
        goes_on=goes_on,
    )


def _size(chars: Sequence[_Char], inked: Sequence[_Char]) -> float:
    """The size of most characters, in small capitals that of the words' initials."""
    size: float = _most(round(char.size, 1) for char in inked)
    letters = [char for char in inked if char.text.isalpha()]
    if len(letters) < _FEWEST_SMALL_CAPITALS or any(c.text.islower() for c in letters):
        return size
    initials = [
        round(char.size, 1)
        for before, char in pairwise([None, *chars])
        if char is not None
        and char.text.isalpha()
        and (before is None or not before.text.isalpha())
    ]
    initial: float = _most(initials)
    return initial if size < initial < 1.6 * size else size


def _most(values: Iterable[Any]) -> Any:
    """The most frequent value, the largest of several."""
    count = Counter(values)
    return max(count, key=lambda value: (count[value], value))


def _lead(chars: Sequence[_Char], size: float, baseline: float) -> str:
    """The words, with a number before them, up to the font that the line ends in."""
    full = [char for char in chars if char.size > 0.75 * size]
    runs = [list(run) for _, run in groupby(full, key=lambda char: char.font)]
    if len(runs) < 2:
        return ""
    last = next(
        (run[0].font for run in reversed(runs) if not run[0].font.is_maths), None
    )
    first = 1 if _NUMBER.fullmatch("".join(c.text for c in runs[0]).strip()) else 0
    if last is None or first == len(runs) or runs[first][0].font == last:
        return ""
    end = next((i for i in range(first, len(runs)) if runs[i][0].font == last), 0)
    lead = [char for run in runs[:end] for char in run]
    # A number may be upright before a title that is not.
    return _text(lead, size, baseline) if len(lead) <= _LONGEST_LEAD else ""


def _text(chars: Sequence[_Char], size: float, baseline: float) -> str:
    parts: list[str] = []
    for raised, group in groupby(chars, key=lambda c: _is_raised(c, size, baseline)):
        text = "".join(char.text for char in group)
        parts.append(mark_text(text, parts[-1] if parts else "") if raised else text)
    return " ".join("".join(parts).split())


def _is_raised(char: _Char, size: float, baseline: float) -> bool:
    return char.size < 0.85 * size and char.baseline > baseline + 0.15 * size
