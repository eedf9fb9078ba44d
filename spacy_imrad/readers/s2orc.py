"""Papers in the JSON of S2ORC, doc2json and CORD-19."""

from collections.abc import Iterator
from typing import Final

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.jsonl import parse_json, split_lines
from spacy_imrad.readers.source import Source


def _read(source: Source) -> Paper:
    record = parse_json(source)
    if not isinstance(record, dict):
        raise ValueError("no S2ORC paper: not a JSON object")
    parse = record.get("latex_parse") or record.get("pdf_parse") or record
    if not isinstance(parse, dict) or not isinstance(parse.get("body_text"), list):
        raise ValueError("no S2ORC paper: it has no list 'body_text'")
    flow = Flow()
    metadata = record.get("metadata") or {}
    flow.title(record.get("title") or metadata.get("title") or "")
    abstract = record.get("abstract") or parse.get("abstract") or ""
    for part in [{"text": abstract}] if isinstance(abstract, str) else abstract:
        flow.abstract(part.get("text") or "")
    previous: tuple[str, str] = ("", "")
    for paragraph in parse["body_text"]:
        heading = paragraph.get("section") or ""
        number = str(paragraph.get("sec_num") or "")
        if (heading, number) != previous:
            previous = (heading, number)
            flow.heading(heading, 1, number=number or None)
        flow.paragraph(paragraph.get("text") or "")
    return flow.paper(str(record.get("paper_id") or ""), source="s2orc")


def _recognises(head: bytes) -> bool:
    if not head.lstrip().startswith(b"{") or b'"_source_hash"' in head:
        return False
    return b'"paper_id"' in head or b'"pdf_parse"' in head or b'"latex_parse"' in head


def _split(source: Source) -> Iterator[Source]:
    """One paper a file, or one a line."""
    return split_lines(source) if source.suffix == ".jsonl" else iter([source])


S2ORC: Final = PaperFormat(
    "S2ORC JSON", _read, (".json", ".jsonl"), _recognises, _split
)
