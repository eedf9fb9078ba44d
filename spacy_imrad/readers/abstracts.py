"""Abstracts from PubMed XML and from EndNote XML: papers without sections."""

import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Final

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.xml import is_xml, parse_xml

_RECORDS: Final = ("PubmedArticle", "MedlineCitation", "record")


def _read(source: Source) -> Paper:
    root = parse_xml(source.read())
    is_endnote = root.tag == "record"
    title = root.find("titles/title" if is_endnote else ".//ArticleTitle")
    journal = root.find("periodical/full-title" if is_endnote else ".//Journal/Title")
    paragraphs = root.iter("abstract" if is_endnote else "AbstractText")
    return Paper(
        _text(root.find("accession-num" if is_endnote else ".//PMID")),
        (),
        source="endnote" if is_endnote else "pubmed",
        field=_text(journal),
        title=_text(title),
        abstract="\n\n".join(filter(None, map(_labelled, paragraphs))),
    )


def _labelled(paragraph: ET.Element) -> str:
    """A part of a structured abstract with its label, as it is printed."""
    label, text = paragraph.get("Label"), _text(paragraph)
    return f"{label}: {text}" if label and text else text


def _text(element: ET.Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _split(source: Source) -> Iterator[Source]:
    root = parse_xml(source.read())
    found = next(
        (tag for tag in _RECORDS if next(root.iter(tag), None) is not None), None
    )
    if found is None:
        raise ValueError(f"no PubMed or EndNote XML: its root is '{root.tag}'")
    for number, record in enumerate(root.iter(found), start=1):
        yield Source(f"{source.name}:{number}", source.path, ET.tostring(record))


def _recognises(head: bytes) -> bool:
    return is_xml(head) and (
        b"<PubmedArticle" in head
        or b"<MedlineCitation" in head
        or (b"<records>" in head and b"<record>" in head)
    )


# JATS has the suffix: these are known by their content.
ABSTRACTS: Final = PaperFormat("PubMed or EndNote XML", _read, (), _recognises, _split)
