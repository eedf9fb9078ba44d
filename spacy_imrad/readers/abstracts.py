"""Abstracts from XML of PubMed, Europe PMC and EndNote: papers without sections."""

import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Final, NamedTuple

from spacy_imrad.document.abstract_labels import abstract_labels
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.xml import is_xml, parse_xml


class _Places(NamedTuple):
    """Where a kind of record has what a paper has."""

    source: str
    id: str
    journal: str
    title: str
    abstract: str


_PUBMED: Final = _Places(
    "pubmed",
    ".//PMID",
    ".//Journal/Title",
    ".//ArticleTitle",
    ".//Abstract/AbstractText",
)
_RECORDS: Final = {
    "PubmedArticle": _PUBMED,
    "MedlineCitation": _PUBMED,
    "record": _Places(
        "endnote", "accession-num", "periodical/full-title", "titles/title", "abstract"
    ),
    "result": _Places(
        "epmc", "id", "journalInfo/journal/title", "title", "abstractText"
    ),
}
# Europe PMC has the labels of a structured abstract as headings of HTML.
_HEADING: Final = re.compile(r"\s*<h\d>\s*([^<>]*?)[\s:.]*</h\d>\s*")


def _read(source: Source) -> Paper:
    root = parse_xml(source.read())
    places = _RECORDS[root.tag]
    paragraphs = root.iterfind(places.abstract)
    return Paper(
        _text(root.find(places.id)),
        (),
        source=places.source,
        field=_text(root.find(places.journal)),
        title=_text(root.find(places.title)),
        abstract="\n\n".join(filter(None, map(_labelled, paragraphs))),
    )


def _labelled(paragraph: ET.Element) -> str:
    """A part of a structured abstract with its label, as it is printed. PubMed's
    category stands before a label that says nothing known."""
    text = _HEADING.sub(r"\n\n\1: ", _text(paragraph)).strip()
    if not text:
        return ""
    label, category = paragraph.get("Label", ""), paragraph.get("NlmCategory", "")
    known = category and abstract_labels("", category) is not None
    if known and abstract_labels(label) is None:
        text = f"{label}: {text}" if label else text
        label = category
    return f"{label}: {text}" if label else text


def _text(element: ET.Element | None) -> str:
    return "" if element is None else " ".join("".join(element.itertext()).split())


def _split(source: Source) -> Iterator[Source]:
    root = parse_xml(source.read())
    found = next(
        (tag for tag in _RECORDS if next(root.iter(tag), None) is not None), None
    )
    if found is None:
        raise ValueError(
            f"no XML of PubMed, Europe PMC or EndNote: its root is '{root.tag}'"
        )
    for number, record in enumerate(root.iter(found), start=1):
        yield Source(f"{source.name}:{number}", source.path, ET.tostring(record))


def _recognises(head: bytes) -> bool:
    return is_xml(head) and (
        b"<PubmedArticle" in head
        or b"<MedlineCitation" in head
        or b"<responseWrapper" in head
        or (b"<records>" in head and b"<record>" in head)
    )


# JATS has the suffix: these are known by their content.
ABSTRACTS: Final = PaperFormat(
    "XML of PubMed, Europe PMC or EndNote", _read, (), _recognises, _split
)
