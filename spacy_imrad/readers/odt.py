"""Papers from LibreOffice and others: OpenDocument text."""

import io
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Callable, Iterator
from functools import partial
from typing import Final

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.captions import is_caption
from spacy_imrad.readers.docx import part_of
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.parsing import parsing
from spacy_imrad.readers.placeholders import FORMULA
from spacy_imrad.readers.source import Source

_MIMETYPE: Final = b"application/vnd.oasis.opendocument.text"
_SPACES: Final = frozenset({"s", "tab", "line-break"})
_LEFT_OUT: Final = frozenset({"frame", "annotation", "tracked-changes", "note"})
_STYLES: Final = {
    "title": "title",
    "subtitle": "left out",
    "abstract": "abstract",
    "caption": "caption",
    "figure": "caption",
    "illustration": "caption",
    "table": "caption",
    "preformatted_20_text": "code",
    "author": "left out",
    "bibliography_20_1": "left out",
}


def _read(source: Source) -> Paper:
    content = io.BytesIO(source.read())
    with parsing("not readable as an OpenDocument text"):
        archive = zipfile.ZipFile(content)
    document = part_of(archive, "content.xml")
    body = None if document is None else document.find("body/text")
    if document is None or body is None:
        raise ValueError("no OpenDocument text: it has no text in 'content.xml'")
    flow = Flow()
    parts = (document, part_of(archive, "styles.xml"))
    styles, bold = _parents(*parts), _weights(*parts)
    for element in _blocks(body):
        _take(flow, element, styles, bold)
    if boxes := sum(1 for _ in body.iter("text-box")):
        flow.warn("text boxes that were left out: {}", boxes)
    return flow.paper(source="odt")


def _parents(*parts: ET.Element | None) -> dict[str, str]:
    """The style that each style is based on."""
    return {
        style.get("name") or "": style.get("parent-style-name") or ""
        for part in parts
        if part is not None
        for style in part.iter("style")
    }


def _weights(*parts: ET.Element | None) -> dict[str, bool]:
    """Whether each style that says so sets its text in bold type, or not."""
    return {
        style.get("name") or "": weight == "bold" or weight in ("600", "700", "800")
        for part in parts
        if part is not None
        for style in part.iter("style")
        for properties in style.iter("text-properties")
        if (weight := properties.get("font-weight"))
    }


def _is_bold(style: str, parents: dict[str, str], weights: dict[str, bool]) -> bool:
    for _ in range(20):
        if style in weights:
            return weights[style]
        style = parents.get(style, "")
    return False


def _role(style: str, parents: dict[str, str]) -> str:
    for _ in range(20):
        if (role := _STYLES.get(style.lower())) is not None:
            return role
        style = parents.get(style, "")
    return "text"


def _take(
    flow: Flow, element: ET.Element, styles: dict[str, str], weights: dict[str, bool]
) -> None:
    text = _text(element)
    for note in element.iter("note-body"):
        flow.aside(_text(note), "caption")
    role = _role(element.get("style-name") or "", styles)
    if element.tag == "table":
        rows = (
            " | ".join(_text(cell) for cell in row.iter("table-cell"))
            for row in element.iter("table-row")
        )
        flow.aside("\n".join(rows), "table")
    elif role == "title":
        flow.title(text)
    elif role == "abstract":
        flow.abstract(text)
    elif role == "caption" or (element.tag == "h" and is_caption(text)):
        flow.aside(text, "caption")
    elif role == "code":
        flow.aside(text, "code")
    elif element.tag == "h":
        level = element.get("outline-level") or "1"
        flow.heading(text, int(level) if re.fullmatch(r"[1-9]|10", level) else 1)
    elif role == "text":
        is_bold = partial(_is_bold, parents=styles, weights=weights)
        flow.paragraph(
            text, lead="" if element.tag == "list" else _lead(element, is_bold)
        )


def _lead(paragraph: ET.Element, is_bold: Callable[[str], bool]) -> str:
    """What stands in bold type at the beginning of a paragraph."""
    if is_bold(paragraph.get("style-name") or ""):
        return _text(paragraph)
    if (paragraph.text or "").strip():
        return ""
    parts: list[str] = []
    for child in paragraph:
        if child.tag == "span":
            if not is_bold(child.get("style-name") or ""):
                break
            _collect(child, parts)
        if (child.tail or "").strip():
            break
    return "".join(parts)


def _blocks(element: ET.Element) -> Iterator[ET.Element]:
    for child in element:
        if child.tag in ("p", "h", "list", "table"):
            yield child
        elif child.tag == "section":
            yield from _blocks(child)


def _text(element: ET.Element) -> str:
    parts: list[str] = []
    _collect(element, parts)
    return " ".join("".join(parts).split())


def _collect(element: ET.Element, parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        if child.tag == "frame" and child.find("object") is not None:
            parts.append(FORMULA)
        elif child.tag in _SPACES:
            parts.append(" ")
        elif child.tag not in _LEFT_OUT:
            _collect(child, parts)
            if child.tag in ("p", "list-item"):
                parts.append(" ")
        parts.append(child.tail or "")


def _recognises(head: bytes) -> bool:
    return head.startswith(b"PK\x03\x04") and _MIMETYPE in head[:200]


ODT: Final = PaperFormat("OpenDocument text (.odt)", _read, (".odt",), _recognises)
