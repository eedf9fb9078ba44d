"""Papers from unarXive 2022: JSON Lines with paragraphs and markers."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.jsonl import parse_json, split_lines
from spacy_imrad.readers.placeholders import formula
from spacy_imrad.readers.source import Source

_MARKER: Final = re.compile(r"\{\{(\w+):([^{}]*)\}\}")
_DEPTHS: Final = {"section": 1, "subsection": 2, "subsubsection": 3, "paragraph": 4}


def _recognises(head: bytes) -> bool:
    line = head.lstrip()[:1]
    return line == b"{" and b'"paper_id"' in head and b'"_source_hash"' in head


def _read(source: Source) -> Paper:
    record = parse_json(source)
    if not isinstance(record, dict) or not isinstance(record.get("body_text"), list):
        raise ValueError("no unarXive paper: it has no list 'body_text'")
    metadata = record.get("metadata") or {}
    references = record.get("ref_entries") or {}
    abstract = (record.get("abstract") or {}).get("text") or ""
    return Paper(
        id=str(record.get("paper_id") or ""),
        sections=tuple(_sections(record["body_text"], references)),
        source="unarxive",
        field=record.get("discipline") or "",
        license=metadata.get("license") or "",
        title=" ".join((metadata.get("title") or "").split()),
        abstract=" ".join(abstract.split()),
    )


def _sections(
    body: list[dict[str, Any]], references: Mapping[str, Any]
) -> Iterator[PaperSection]:
    def place(paragraph: dict[str, Any]) -> tuple[Any, ...]:
        return tuple(
            paragraph.get(key) for key in ("section", "sec_number", "sec_type")
        )

    for (heading, number, kind), paragraphs in groupby(body, key=place):
        texts = (readable(p.get("text") or "", references) for p in paragraphs)
        yield PaperSection(
            heading=readable(heading or "", references),
            paragraphs=tuple(text for text in texts if text),
            level=_DEPTHS.get(kind, 1),
            number=None if number in (None, "-1") else str(number),
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
            return formula((references.get(key) or {}).get("latex"))
        return f"<{kind.upper()}>"

    return " ".join(_MARKER.sub(replace, text).split())


UNARXIVE: Final = PaperFormat(
    "unarXive JSON Lines", _read, (".jsonl",), _recognises, split_lines
)
