"""Papers in the JSON of S2ORC, doc2json and CORD-19."""

from collections.abc import Iterator
from typing import Final

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.jsonl import parse_json, split_lines
from spacy_imrad.readers.parsing import Record
from spacy_imrad.readers.source import Source

_PATH: Final = "::"
_BODY: Final = "body_text"
# Where the parts of a paper lie: `grobid_parse` is that of the release of 2019.
_PARSES: Final = ("latex_parse", "pdf_parse", "grobid_parse")


def _read(source: Source) -> Paper:
    record = Record(parse_json(source))
    parse = next((record.record(name) for name in _PARSES if name in record), record)
    if not parse.has_list(_BODY):
        raise ValueError(f"no S2ORC paper: it has no list '{_BODY}'")
    flow = Flow()
    flow.title(record.text("title") or record.record("metadata").text("title"))
    for paragraph in _abstract(record) or _abstract(parse):
        flow.abstract(paragraph)
    previous: tuple[str, str] = ("", "")
    for part in parse.records(_BODY):
        heading, number = part.text("section"), part.number("sec_num")
        if (heading, number) != previous:
            _enter(flow, heading, number, before=previous[0])
            previous = (heading, number)
        flow.paragraph(part.text("text"))
    return flow.paper(record.number("paper_id"), source="s2orc")


def _enter(flow: Flow, heading: str, number: str, before: str) -> None:
    """Add the heading of a section, which may be a path (`Results::Participants`) of
    which the section before shares a part."""
    path, around = heading.split(_PATH), before.split(_PATH)
    known = 0
    while known + 1 < len(path) and path[: known + 1] == around[: known + 1]:
        known += 1
    for depth, title in enumerate(path[known:], start=known + 1):
        is_last = depth == len(path)
        flow.heading(title, depth, number=(number or None) if is_last else None)


def _abstract(record: Record) -> list[str]:
    if record.is_text("abstract"):
        return [record.text("abstract")]
    return [part.text("text") for part in record.records("abstract")]


def _recognises(head: bytes) -> bool:
    if not head.lstrip().startswith(b"{") or b'"_source_hash"' in head:
        return False
    return b'"paper_id"' in head or any(f'"{p}"'.encode() in head for p in _PARSES)


def _split(source: Source) -> Iterator[Source]:
    """One paper a file, or one a line."""
    return split_lines(source) if source.suffix == ".jsonl" else iter([source])


S2ORC: Final = PaperFormat(
    "S2ORC JSON", _read, (".json", ".jsonl"), _recognises, _split
)
