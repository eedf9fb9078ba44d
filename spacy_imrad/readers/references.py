"""Abstracts out of reference managers and databases: RIS, MEDLINE (`.nbib`), tables
with a column `abstract`, and plain text with one abstract a line."""

import csv
import io
import re
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from typing import Final

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.source import Source, decode

_TAG: Final = re.compile(r"([A-Z][A-Z0-9]{1,3}) *- ?(.*)")
_RIS_ID: Final = ("DO", "AN", "ID", "UR")
_RIS_TITLE: Final = ("TI", "T1", "CT", "BT")
_RIS_ABSTRACT: Final = ("AB", "N2")
_RIS_JOURNAL: Final = ("JO", "JF", "T2", "JA")
# What tables call them, in small letters and without what is no letter.
_COLUMNS: Final = {
    "abstract": ("abstract", "abstracttext", "abstractnote", "ab", "summary"),
    "title": ("title", "articletitle", "documenttitle", "ti"),
    "id": ("id", "doi", "pmid", "pubmedid", "paperid", "corpusid", "key", "articleid"),
    "field": ("journal", "venue", "publicationtitle", "sourcetitle", "source"),
}
_RIS_TAGS: Final = {"id": "ID", "title": "TI", "field": "JO", "abstract": "AB"}
_LARGEST_CELL: Final = 10_000_000


def _fields(text: str) -> dict[str, list[str]]:
    """The values of each tag, with the lines that go on put together."""
    fields: dict[str, list[str]] = {}
    values: list[str] | None = None
    for line in text.splitlines():
        if match := _TAG.fullmatch(line.rstrip()):
            values = fields.setdefault(match[1], [])
            values.append(match[2].strip())
        elif values and line.strip():
            values[-1] += f" {line.strip()}"
    return fields


def _first(fields: dict[str, list[str]], tags: Iterable[str]) -> str:
    return next((fields[tag][0] for tag in tags if fields.get(tag)), "")


def _read_ris(source: Source) -> Paper:
    fields = _fields(source.text())
    return Paper(
        _first(fields, _RIS_ID),
        (),
        source="ris",
        field=_first(fields, _RIS_JOURNAL),
        title=_first(fields, _RIS_TITLE),
        abstract=_first(fields, _RIS_ABSTRACT),
    )


def _read_medline(source: Source) -> Paper:
    fields = _fields(source.text())
    return Paper(
        _first(fields, ("PMID",)),
        (),
        source="pubmed",
        field=_first(fields, ("JT", "TA")),
        title=_first(fields, ("TI", "BTI")),
        abstract=_first(fields, ("AB",)),
    )


def _split_records(source: Source, begins: Callable[[str], bool]) -> Iterator[Source]:
    """The records of a file, each with the lines from its first tag on."""
    lines: list[str] = []
    number = 0

    def record() -> Source:
        name = f"{source.name}:{number}"
        return Source(name, source.path, "\n".join(lines).encode())

    with source.open() as file:
        for raw in file:
            line = decode(raw).rstrip("\r\n")
            if begins(line):
                if number:
                    yield record()
                number += 1
                lines = []
            if number:
                lines.append(line)
    if not number:
        raise ValueError("no record in it")
    yield record()


def _begins_with(tag: str) -> Callable[[str], bool]:
    return re.compile(rf"\s*{tag} *- ?.*").fullmatch  # type: ignore[return-value]


def _recognises(tag: str, head: bytes) -> bool:
    return (
        re.match(rb"(?:\xef\xbb\xbf)?\s*" + tag.encode() + rb" *- ", head) is not None
    )


def _column(names: list[str], wanted: str) -> str | None:
    bare = {re.sub(r"[^a-z]", "", name.lower()): name for name in reversed(names)}
    return next((bare[known] for known in _COLUMNS[wanted] if known in bare), None)


def _separator(head: bytes) -> str:
    """What parts the columns of a table: what its header has most of."""
    header = head.partition(b"\n")[0].decode("utf8", "replace")
    return max(",\t;", key=header.count)


def _header(head: bytes) -> list[str]:
    text = io.StringIO(head.decode("utf-8-sig", "replace"))
    try:
        return next(csv.reader(text, delimiter=_separator(head)), [])
    except csv.Error:
        return []


def _has_abstracts(head: bytes) -> bool:
    names = _header(head)
    return len(names) > 1 and _column(names, "abstract") is not None


def _split_table(source: Source) -> Iterator[Source]:
    """The rows of a table, as records of RIS."""
    head = source.head()
    if not _has_abstracts(head):
        raise ValueError(
            "no table with a column 'abstract'; its first line is to name the columns"
        )
    csv.field_size_limit(_LARGEST_CELL)
    with source.open() as file:
        text = io.TextIOWrapper(file, "utf-8-sig", newline="")
        columns = {key: _column(_header(head), key) for key in _RIS_TAGS}
        rows = csv.DictReader(text, delimiter=_separator(head))
        try:
            for number, row in enumerate(rows, start=1):
                lines = [
                    f"{_RIS_TAGS[key]}  - {' '.join((row[column] or '').split())}"
                    for key, column in columns.items()
                    if column is not None
                ]
                content = "\n".join(["TY  - JOUR", *lines]).encode()
                yield Source(f"{source.name}:{number}", source.path, content)
        except (csv.Error, UnicodeDecodeError) as error:
            raise ValueError(f"not readable as a table ({error})") from error


def _split_lines(source: Source) -> Iterator[Source]:
    with source.open() as file:
        for number, line in enumerate(file, start=1):
            if line.strip():
                yield Source(f"{source.name}:{number}", source.path, line.strip())


def _read_line(source: Source) -> Paper:
    return Paper("", (), abstract=" ".join(source.text().split()))


RIS: Final = PaperFormat(
    "RIS",
    _read_ris,
    (".ris",),
    partial(_recognises, "TY"),
    partial(_split_records, begins=_begins_with("TY")),
)
MEDLINE: Final = PaperFormat(
    "MEDLINE (nbib)",
    _read_medline,
    (".nbib", ".medline"),
    partial(_recognises, "PMID"),
    partial(_split_records, begins=_begins_with("PMID")),
)
# Known by its header: most tables have no abstracts.
TABLE: Final = PaperFormat(
    "table with a column of abstracts", _read_ris, (), _has_abstracts, _split_table
)
LINES: Final = PaperFormat("one abstract a line", _read_line, (), None, _split_lines)
"""Only if the user says so: any text has lines."""
