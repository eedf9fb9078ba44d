"""Papers from Word: Office Open XML."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from typing import Final, Literal, NamedTuple, TypeAlias

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.captions import is_caption
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.parsing import parsing
from spacy_imrad.readers.placeholders import FORMULA
from spacy_imrad.readers.source import LARGEST, Source
from spacy_imrad.readers.xml import parse_xml

Role: TypeAlias = Literal[
    "heading", "title", "abstract", "caption", "code", "left out", "text"
]

_DOCUMENT: Final = "word/document.xml"
_HEADING: Final = re.compile(r"heading ?([1-9])", re.IGNORECASE)
_ROLES: Final[dict[str, Role]] = {
    "title": "title",
    "abstract": "abstract",
    "caption": "caption",
    "image caption": "caption",
    "table caption": "caption",
    "footnote text": "caption",
    "source code": "code",
    "html preformatted": "code",
    "author": "left out",
    "date": "left out",
    "subtitle": "left out",
    "abstract title": "left out",
    "toc heading": "left out",
    "bibliography": "left out",
}
_AUTHOR: Final = re.compile(
    r"[A-Z][\w.'’-]*(?:\s+[\w.'’-]+){1,4}[\d\s*†‡§¶,]*|[\d*†‡§¶\s]*"
)
# Pictures with what is written in them, and text that was deleted.
_LEFT_OUT: Final = frozenset({"drawing", "pict", "object", "del", "moveFrom", "pPr"})


class _Style(NamedTuple):
    """What a paragraph of a style is; the level of a heading counts from 1."""

    role: Role = "text"
    level: int = 0


def _read(source: Source) -> Paper:
    content = io.BytesIO(source.read())
    with parsing("not readable as a Word document"):
        archive = zipfile.ZipFile(content)
    document = part_of(archive, _DOCUMENT)
    styles = _styles(part_of(archive, "word/styles.xml"))
    notes = [part_of(archive, f"word/{name}.xml") for name in ("footnotes", "endnotes")]
    body = None if document is None else document.find("body")
    if body is None:
        raise ValueError(f"no Word document: it has no text in '{_DOCUMENT}'")
    flow = _DocxFlow(styles)
    for element in _blocks(body):
        flow.block(element)
    flow.finish_list()
    for part in notes:
        for note in () if part is None else part:
            flow.aside(_text(note), "caption")
    if boxes := sum(1 for _ in body.iter("txbxContent")):
        flow.warn("text boxes that were left out: {}", boxes)
    if parts := sum(1 for _ in body.iter("altChunk")):
        flow.warn("parts from other files that were left out: {}", parts)
    return flow.paper(source="docx")


def part_of(archive: zipfile.ZipFile, name: str) -> ET.Element | None:
    """The XML of a part of an archive, None if it has no such part.

    RAISES: ValueError, with the part's name, if it is damaged or too large.
    """
    if name not in archive.namelist():
        return None
    with parsing(f"its part '{name}' is damaged"), archive.open(name) as file:
        content = file.read(LARGEST + 1)
    if len(content) > LARGEST:
        raise ValueError(f"'{name}' is larger than {LARGEST // 1_000_000} MB unpacked")
    return parse_xml(content)


class _DocxFlow(Flow):
    def __init__(self, styles: dict[str, _Style]) -> None:
        super().__init__()
        self._styles = styles
        self._items: list[str] = []

    def block(self, element: ET.Element) -> None:
        """Take a paragraph or a table."""
        if element.tag == "tbl":
            self.finish_list()
            rows = (
                " | ".join(_text(cell) for cell in row.iter("tc"))
                for row in element.iter("tr")
            )
            self.aside("\n".join(rows), "table")
            return
        style = self._style(element)
        text = _text(element)
        if style.role == "text" and element.find("pPr/numPr") is not None:
            self._items.append(text)
            return
        self.finish_list()
        match style.role:
            case "heading" if is_caption(text):
                self.aside(text, "caption")
            case "heading" if not self.has_headings and _are_authors(text):
                self.part("front")
                self.paragraph(text)
            case "heading":
                self.heading(text, style.level)
            case "title":
                self.title(text)
            case "abstract":
                self.abstract(text)
            case "caption":
                self.aside(text, "caption")
            case "code":
                self.aside(text, "code")
            case "text":
                self.paragraph(text, lead=_lead(element))

    def finish_list(self) -> None:
        """The items gathered are one paragraph."""
        self.paragraph(" ".join(self._items))
        self._items = []

    def _style(self, paragraph: ET.Element) -> _Style:
        properties = paragraph.find("pPr")
        if properties is None:
            return _Style()
        if level := _outline_level(properties.find("outlineLvl")):
            return _Style("heading", level)
        name = properties.find("pStyle")
        return self._styles.get("" if name is None else name.get("val") or "", _Style())


def _styles(part: ET.Element | None) -> dict[str, _Style]:
    """What the paragraphs of each style are: by its name, by its outline level, or as
    the style that it is based on."""
    elements = {} if part is None else {s.get("styleId"): s for s in part.iter("style")}
    found: dict[str, _Style] = {}
    for identifier in elements:
        style, seen = identifier, set[str]()
        while style is not None and style in elements and style not in seen:
            seen.add(style)
            described = _described(elements[style])
            if described is not None:
                found[identifier or ""] = described
                break
            based = elements[style].find("basedOn")
            style = None if based is None else based.get("val")
    return found


def _described(style: ET.Element) -> _Style | None:
    element = style.find("name")
    name = "" if element is None else (element.get("val") or "").lower()
    if heading := _HEADING.fullmatch(name):
        return _Style("heading", int(heading[1]))
    if level := _outline_level(style.find("pPr/outlineLvl")):
        return _Style("heading", level)
    if name.startswith("toc "):
        return _Style("left out")
    return _Style(_ROLES[name]) if name in _ROLES else None


def _are_authors(text: str) -> bool:
    """Whether a text in a heading's style is a list of names."""
    names = [n.strip() for n in re.split(r",|;|\band\b|&", text) if n.strip()]
    return len(names) > 1 and all(_AUTHOR.fullmatch(name) for name in names)


def _lead(paragraph: ET.Element) -> str:
    """What stands in bold type at the beginning of a paragraph."""
    parts: list[str] = []
    for run in paragraph.iter("r"):
        text = _text(run)
        mark = run.find("rPr/b")
        if text and (mark is None or mark.get("val") in ("0", "false")):
            break
        parts.append("".join(t.text or "" for t in run.iter("t")))
    return "".join(parts)


def _outline_level(element: ET.Element | None) -> int:
    """From 1 for a top heading; 0 for text, which Word calls level 9."""
    value = "" if element is None else element.get("val") or ""
    return int(value) + 1 if value in tuple("012345678") else 0


def _blocks(element: ET.Element) -> Iterator[ET.Element]:
    for child in element:
        if child.tag in ("p", "tbl"):
            yield child
        elif child.tag in ("sdt", "sdtContent", "ins", "customXml", "smartTag"):
            yield from _blocks(child)


def _text(element: ET.Element) -> str:
    parts: list[str] = []
    _collect(element, parts)
    return " ".join("".join(parts).split())


def _collect(element: ET.Element, parts: list[str]) -> None:
    for child in element:
        if child.tag in ("oMath", "oMathPara"):
            parts.append(FORMULA)
        elif child.tag == "t":
            parts.append(child.text or "")
        elif child.tag in ("tab", "br", "cr"):
            parts.append(" ")
        elif child.tag == "noBreakHyphen":
            parts.append("-")
        elif child.tag not in _LEFT_OUT:
            _collect(child, parts)
            if child.tag in ("p", "tc"):
                parts.append(" ")


def _recognises(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and (
        b"word/" in head or b"[Content_Types].xml" in head[:200]
    )


DOCX: Final = PaperFormat("Word (.docx)", _read, (".docx",), _recognises)
