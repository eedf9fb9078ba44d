"""Papers from unarXive 2022: JSON Lines with paragraphs and markers."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.jsonl import parse_json, split_lines
from spacy_imrad.readers.parsing import Record
from spacy_imrad.readers.placeholders import formula
from spacy_imrad.readers.source import Source

_MARKER: Final = re.compile(r"\{\{(\w+):([^{}]*)\}\}")
_DEPTHS: Final = {"section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4}


def _recognises(head: bytes) -> bool:
    line = head.lstrip()[:1]
    return line == b"{" and b'"paper_id"' in head and b'"_source_hash"' in head


def _read(source: Source) -> Paper:
    record = Record(parse_json(source))
    if not record.has_list("body_text"):
        raise ValueError("no unarXive paper: it has no list 'body_text'")
    metadata = record.record("metadata")
    return Paper(
        id=record.number("paper_id"),
        sections=tuple(_sections(record)),
        source="unarxive",
        field=record.text("discipline"),
        license=metadata.text("license"),
        title=" ".join(metadata.text("title").split()),
        abstract=" ".join(record.record("abstract").text("text").split()),
    )


def _sections(record: Record) -> Iterator[PaperSection]:
    references = record.mapping("ref_entries")

    def place(paragraph: Record) -> tuple[str, str, str]:
        return (
            paragraph.text("section"),
            paragraph.number("sec_number"),
            paragraph.text("sec_type"),
        )

    body = record.records("body_text")
    for (heading, number, kind), paragraphs in groupby(body, key=place):
        texts = (readable(p.text("text"), references) for p in paragraphs)
        yield PaperSection(
            heading=readable(heading, references),
            paragraphs=tuple(text for text in texts if text),
            level=_DEPTHS.get(kind, 1),
            number=number if number not in ("", "-1") else None,
        )


def readable(text: str, references: Mapping[str, Any]) -> str:
    """`text` with its markers as the IMRaD data set has them: formulas as `\\(…\\)`,
    citations counted from `[1]` in the order that they are met, anything else as its
    type in angle brackets."""
    cited: dict[str, int] = {}

    def replace(found: re.Match[str]) -> str:
        kind, key = found.groups()
        if kind == "cite":
            return f"[{cited.setdefault(key, len(cited) + 1)}]"
        if kind == "formula":
            entry = Record(references.get(key) or {}, f"ref_entries.{key}")
            return formula(entry.text("latex"))
        return f"<{kind.upper()}>"

    return " ".join(_MARKER.sub(replace, text).split())


UNARXIVE: Final = PaperFormat(
    "unarXive JSON Lines", _read, (".jsonl",), _recognises, split_lines
)
