"""Papers in BioC, JSON and XML, in which PubMed Central hands them out."""

import json
import re
import xml.etree.ElementTree as ET
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.jsonl import parse_json
from spacy_imrad.readers.parsing import Record
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.xml import is_xml, parse_xml

_TITLE: Final = re.compile(r"title(?:_(\d))?")
_CAPTIONS: Final = ("fig", "table_caption", "table_title", "table_foot", "footnote")
_LEFT_OUT: Final = frozenset({"REF", "KEYWORD", "REVIEW_INFO"})


class _Passage(NamedTuple):
    """kind: Such as `title_1` or `paragraph`.
    section: Such as `INTRO`, in capitals."""

    text: str
    kind: str
    section: str


def _paper(id: str, passages: list[_Passage], license: str) -> Paper:
    flow = Flow()
    for index, passage in enumerate(passages):
        _take(flow, passage, is_first=index == 0)
    return flow.paper(id, source="bioc", license=license)


def _take(flow: Flow, passage: _Passage, *, is_first: bool) -> None:
    text, kind, section = passage
    title = _TITLE.fullmatch(kind)
    if section == "TITLE" or kind == "front" or (is_first and title):
        flow.title(text)
    elif section in _LEFT_OUT or kind == "ref":
        pass
    elif section == "ABSTRACT" or kind == "abstract":
        if "title" not in kind:
            flow.abstract(text)
    elif kind.startswith(_CAPTIONS):
        flow.aside(text, "caption")
    elif kind.startswith("table"):
        flow.aside(text, "table")
    elif title:
        flow.heading(text, int(title[1] or 1))
    else:
        flow.paragraph(text)


def _read_json(source: Source) -> Paper:
    document = Record(parse_json(source))
    passages = []
    for passage in document.records("passages"):
        infons = passage.record("infons")
        kind, section = infons.text("type").lower(), infons.text("section_type").upper()
        passages.append(_Passage(passage.text("text"), kind, section))
    first = next((p.record("infons") for p in document.records("passages")), Record({}))
    return _paper(document.number("id"), passages, first.text("license"))


def _split_json(source: Source) -> Iterator[Source]:
    found: Any = parse_json(source)
    number = 0
    for collection in found if isinstance(found, list) else [found]:
        record = Record(collection)
        is_document = record.has_list("passages")
        for document in (
            [collection] if is_document else collection.get("documents") or ()
        ):
            number += 1
            content = json.dumps(document).encode()
            yield Source(f"{source.name}:{number}", source.path, content)
    if not number:
        raise ValueError("no BioC: it has no 'documents'")


def _read_xml(source: Source) -> Paper:
    document = parse_xml(source.read())
    passages = []
    license = ""
    for passage in document.iter("passage"):
        infons = {i.get("key"): i.text or "" for i in passage.iterfind("infon")}
        text = passage.findtext("text") or " ".join(
            sentence.findtext("text") or "" for sentence in passage.iterfind("sentence")
        )
        license = license or infons.get("license", "")
        kind = infons.get("type", "").lower()
        section = infons.get("section_type", "").upper()
        passages.append(_Passage(text, kind, section))
    return _paper(document.findtext("id") or "", passages, license)


def _split_xml(source: Source) -> Iterator[Source]:
    root = parse_xml(source.read())
    number = 0
    for document in root.iter("document"):
        number += 1
        yield Source(f"{source.name}:{number}", source.path, ET.tostring(document))
    if not number:
        raise ValueError(f"no BioC: its root is '{root.tag}', without a 'document'")


def _recognises_json(head: bytes) -> bool:
    return head.lstrip()[:1] in (b"{", b"[") and b'"passages"' in head


def _recognises_xml(head: bytes) -> bool:
    return (
        is_xml(head)
        and b"<collection" in head
        and b"<document" in head
        and b"<passage" in head
    )


# Other formats have these suffixes: they are known by their content.
BIOC_JSON: Final = PaperFormat(
    "BioC JSON", _read_json, (), _recognises_json, _split_json
)
BIOC_XML: Final = PaperFormat("BioC XML", _read_xml, (), _recognises_xml, _split_xml)
