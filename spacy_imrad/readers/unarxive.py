"""Papers from unarXive 2022: JSON Lines with paragraphs and markers."""

import re
from collections.abc import Iterator, Mapping
from itertools import groupby
from typing import Any, Final

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.jsonl import parse_json, split_lines
from spacy_imrad.readers.parsing import Record
from spacy_imrad.readers.placeholders import FORMULA
from spacy_imrad.readers.source import Source

_MARKER: Final = re.compile(r"\{\{(\w+):([^{}]*)\}\}")
_DEPTHS: Final = {"section": 1, "subsection": 2, "subsubsection": 3}


def _recognises(head: bytes) -> bool:
    line = head.lstrip()[:1]
    return line == b"{" and b'"paper_id"' in head and b'"_source_hash"' in head


def _read(source: Source) -> Paper:
    record = Record(parse_json(source))
    if not record.has_list("body_text"):
        raise ValueError("no unarXive paper: it has no list 'body_text'")
    metadata = record.record("metadata")
    abstract = record.record("abstract").text("text") or metadata.text("abstract")
    return Paper(
        id=record.number("paper_id"),
        sections=tuple(_sections(record)),
        source="unarxive",
        field=record.text("discipline"),
        license=metadata.text("license"),
        title=" ".join(metadata.text("title").split()),
        abstract=" ".join(abstract.split()),
    )


def _sections(record: Record) -> Iterator[PaperSection]:
    entries = record.mapping("ref_entries")

    def place(paragraph: Record) -> tuple[str, str, str]:
        return (
            paragraph.text("section"),
            paragraph.number("sec_number"),
            paragraph.text("sec_type"),
        )

    body = record.records("body_text")
    for (heading, number, kind), paragraphs in groupby(body, key=place):
        texts = (readable(p.text("text"), entries, _cited(p)) for p in paragraphs)
        # Without a dotted number nothing tells in which section a sub-section lies,
        # since sections without text of their own are missing: it stands on its own.
        dotted = "." in number
        known = dotted or (kind == "section" and number not in ("", "-1"))
        yield PaperSection(
            heading=" ".join(readable(heading, entries).split()),
            paragraphs=tuple(text for text in texts if text),
            level=_DEPTHS.get(kind, 1) if dotted else 1,
            number=number if known else None,
        )


def _cited(paragraph: Record) -> dict[str, int]:
    """The works that a paragraph cites, numbered in the order of its list."""
    if not paragraph.has_list("cite_spans"):
        return {}
    spans = paragraph.records("cite_spans")
    works = dict.fromkeys(span.text("ref_id") for span in spans)
    return {work: number for number, work in enumerate(works, start=1)}


def readable(
    text: str, entries: Mapping[str, Any], cited: Mapping[str, int] | None = None
) -> str:
    """A text with its markers as the IMRaD data set has them: formulas as `\\(…\\)`,
    citations as `[1]`, anything else as its type in angle brackets.

    entries: What the markers stand for, by their keys.
    cited: The numbers of the cited works; others follow in the order that they are met.
    """
    numbers = dict(cited or {})

    def replace(found: re.Match[str]) -> str:
        kind, key = found.groups()
        if kind == "cite":
            return f"[{numbers.setdefault(key, len(numbers) + 1)}]"
        entry = Record(entries.get(key) or {}, f"ref_entries.{key}")
        kind = entry.text("type") or kind
        if kind != "formula":
            return f"<{kind.upper()}>"
        latex = entry.text("latex")
        return rf"\({latex}\)" if latex else FORMULA

    return _MARKER.sub(replace, text).strip()


UNARXIVE: Final = PaperFormat(
    "unarXive JSON Lines", _read, (".jsonl",), _recognises, split_lines
)
