"""Papers from TEI XML, as GROBID writes it."""

import re
import xml.etree.ElementTree as ET
from typing import Final

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.placeholders import FORMULA
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.xml import is_xml, parse_xml

# Within a paragraph: printed beside it, and beginning on a line of its own.
_ASIDE: Final = frozenset({"note", "graphic", "figure"})
_BLOCKS: Final = frozenset({"item", "p", "lb", "label"})
_PARAGRAPHS: Final = frozenset({"p", "list", "ab", "quote", "lg"})


def _read(source: Source) -> Paper:
    root = parse_xml(source.read())
    if root.tag not in ("TEI", "TEI.2", "teiCorpus"):
        raise ValueError(f"no TEI document: its root is '{root.tag}'")
    flow = _TeiFlow()
    flow.title(_text(root.find(".//teiHeader//titleStmt/title")))
    for paragraph in root.iterfind(".//profileDesc/abstract//p"):
        flow.abstract(_text(paragraph))
    body = root.find(".//text/body")
    if body is not None:
        flow.read(body, 1)
    return flow.paper(_identifier(root), source="tei")


class _TeiFlow(Flow):
    def read(self, division: ET.Element, level: int) -> None:
        """Take what stands in a division; GROBID's are not nested, but numbered."""
        for element in division:
            if re.fullmatch(r"div\d?", element.tag):
                self.read(element, level + 1 if division.tag != "body" else level)
            elif element.tag == "head":
                self.heading(_text(element), level, number=element.get("n"))
            elif element.tag in _PARAGRAPHS:
                self.paragraph(_text(element))
            elif element.tag == "formula":
                self.aside(FORMULA, "formula")
            elif element.tag == "figure":
                kind = element.get("type")
                caption = element.find("figDesc")
                self.aside(_text(caption), "table" if kind == "table" else "caption")
            elif element.tag == "note":
                self.aside(_text(element), "caption")


def _text(element: ET.Element | None) -> str:
    parts: list[str] = []
    if element is not None:
        _collect(element, parts)
    return " ".join("".join(parts).split())


def _collect(element: ET.Element, parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        if child.tag == "formula":
            parts.append(f" {FORMULA} ")
        elif child.tag not in _ASIDE:
            space = " " if child.tag in _BLOCKS else ""
            parts.append(space)
            _collect(child, parts)
            parts.append(space)
        parts.append(child.tail or "")


def _identifier(root: ET.Element) -> str:
    for kind in ("DOI", "arXiv", "PMC"):
        found = root.find(f".//sourceDesc//idno[@type='{kind}']")
        if found is not None and found.text:
            return found.text.strip()
    return ""


def _recognises(head: bytes) -> bool:
    return is_xml(head) and re.search(rb"<(?:\w+:)?TEI(?:\.2)?[\s>]", head) is not None


TEI: Final = PaperFormat("TEI XML", _read, (".xml", ".tei"), _recognises)
