"""Formats of the output, each a writer that takes one labelled paper at a time.

No writer holds more than a few papers, except that of a `.spacy` file.
"""

import csv
import json
from collections.abc import Callable, Sequence
from pathlib import Path
from typing import IO, TYPE_CHECKING, Any, Final, Protocol

from spacy_imrad.extras import require
from spacy_imrad.labelling.labeller import Labelled, Record, parts_of
from spacy_imrad.pipeline.results import SECTION_TYPES
from spacy_imrad.printable import PlainNames, decodable, inert, printable

if TYPE_CHECKING:
    from spacy.tokens import DocBin

SHARD: Final = 200
"""Docs in each `.spacy` file of a folder."""
_ROW_GROUP: Final = 5_000


class Writer(Protocol):
    def add(self, paper: Labelled) -> None: ...

    def close(self) -> None: ...


class JsonLinesWriter:
    """One JSON object a paper, on a line each."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def add(self, paper: Labelled) -> None:
        record = {**paper.record, "file": decodable(paper.record["file"])}
        self._file.write(json.dumps(record) + "\n")

    def close(self) -> None:
        self._file.flush()


class CsvWriter:
    """One row a section, under a header.

    raw: Write cells as they are, even those that a spreadsheet takes for formulas.
    """

    def __init__(
        self,
        file: IO[str],
        labels: Sequence[str],
        *,
        with_text: bool = False,
        raw: bool = False,
    ) -> None:
        self._file = file
        self._raw = raw
        self._writer = csv.DictWriter(file, columns(labels, with_text=with_text))
        self._writer.writeheader()

    def add(self, paper: Labelled) -> None:
        for row in rows_of(paper.record):
            self._writer.writerow({k: self._cell(v) for k, v in row.items()})

    def _cell(self, value: Any) -> Any:
        if not isinstance(value, str):
            return value
        text = printable(value, keep="\n\r\t")
        return text if self._raw else inert(text)

    def close(self) -> None:
        self._file.flush()


class PayloadWriter:
    """The papers' payloads, which are text, with an empty line between them."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file
        self._is_terminal = file.isatty()

    def add(self, paper: Labelled) -> None:
        text = paper.payload.decode()
        self._file.write(printable(text, keep="\n\t") if self._is_terminal else text)
        self._file.write("\n")

    def close(self) -> None:
        self._file.flush()


class ChunksWriter:
    """The papers' payloads, which are lines already."""

    def __init__(self, file: IO[str]) -> None:
        self._file = file

    def add(self, paper: Labelled) -> None:
        self._file.write(paper.payload.decode())

    def close(self) -> None:
        self._file.flush()


class ParquetWriter:
    """One row a section; written a few thousand rows at a time.

    RAISES: ImportError without pyarrow.
    """

    def __init__(
        self, path: Path, labels: Sequence[str], *, with_text: bool = False
    ) -> None:
        self._arrow = arrow = require("pyarrow", "parquet")
        kinds = {"section": int, **SECTION_TYPES, **dict.fromkeys(labels, float)}
        arrow_kinds = {int: arrow.int64(), float: arrow.float32(), str: arrow.string()}
        self._schema = arrow.schema(
            [
                (name, arrow_kinds[kinds.get(name, str)])
                for name in columns(labels, with_text=with_text)
            ]
        )
        parquet = require("pyarrow.parquet", "parquet")
        self._writer = parquet.ParquetWriter(path, self._schema)
        self._rows: list[Record] = []

    def add(self, paper: Labelled) -> None:
        self._rows += rows_of(paper.record)
        if len(self._rows) >= _ROW_GROUP:
            self._flush()

    def close(self) -> None:
        if self._rows:
            self._flush()
        self._writer.close()

    def _flush(self) -> None:
        table = self._arrow.Table.from_pylist(self._rows, schema=self._schema)
        self._writer.write_table(table)
        self._rows = []


class DocBinWriter:
    """Docs as spaCy stores them: one file, or, in a folder, files of `SHARD` Docs."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._is_folder = writes_folder("spacy", path)
        if self._is_folder:
            path.mkdir(parents=True)
        self._n_files = 0
        self._bin: DocBin | None = None

    def add(self, paper: Labelled) -> None:
        from spacy.tokens import DocBin

        if self._bin is None:
            self._bin = DocBin(store_user_data=True)
        self._bin.merge(DocBin(store_user_data=True).from_bytes(paper.payload))
        if self._is_folder and len(self._bin) >= SHARD:
            self._flush()

    def close(self) -> None:
        from spacy.tokens import DocBin

        if self._bin is None and not self._n_files:
            self._bin = DocBin(store_user_data=True)
        if self._bin is not None:
            self._flush()

    def _flush(self) -> None:
        assert self._bin is not None
        name = f"{self._n_files:05d}.spacy"
        self._bin.to_disk(self._path / name if self._is_folder else self._path)
        self._n_files += 1
        self._bin = None


class TextWriter:
    """Each paper's payload: in one file, or, in a folder, as a file of its own."""

    def __init__(self, path: Path, suffix: str) -> None:
        self._path = path
        self._suffix = suffix
        self._is_folder = not path.suffix
        self._names = PlainNames()
        if self._is_folder:
            path.mkdir(parents=True)
        else:
            path.write_bytes(b"")

    def add(self, paper: Labelled) -> None:
        if self._is_folder:
            name = self._names.give(paper.record["file"], self._suffix)
            (self._path / name).write_bytes(paper.payload)
            return
        with self._path.open("ab") as file:
            file.write((b"\n" if file.tell() else b"") + paper.payload)

    def close(self) -> None:
        pass


def columns(labels: Sequence[str], *, with_text: bool = False) -> list[str]:
    """The columns of tables: a section's fields, and its score for each label."""
    described = ["file", "section", "label", "score", *labels, "why"]
    place = ["heading", "number", "level", "parent", "matter", "start", "end", "length"]
    return [*described, *place, "warnings", *(["text"] if with_text else [])]


def rows_of(record: Record) -> list[Record]:
    """The sections of a paper as rows, or the sentences of an abstract alone; each has
    the paper's warnings."""
    shared = {
        "file": printable(record["file"]),
        "warnings": " ".join(record["warnings"]),
    }
    rows = []
    for index, section in enumerate(parts_of(record)):
        fields: dict[str, Any] = {k: v for k, v in section.items() if k != "scores"}
        row = {**shared, "section": index, **fields}
        rows.append(row | section["scores"])
    return rows


def writes_folder(output: str, path: Path) -> bool:
    """Whether a format makes a folder of a path."""
    suffix = {"spacy": path.suffix != ".spacy"}
    return suffix.get(output, output in ("markdown", "html") and not path.suffix)


def stream_writer(
    output: str,
    file: IO[str],
    labels: Sequence[str],
    *,
    with_text: bool = False,
    raw: bool = False,
) -> Writer:
    """The writer of a format that needs no file of its own."""
    if output == "csv":
        return CsvWriter(file, labels, with_text=with_text, raw=raw)
    if output == "chunks":
        return ChunksWriter(file)
    return JsonLinesWriter(file) if output == "jsonl" else PayloadWriter(file)


def open_writer(
    output: str,
    path: Path,
    labels: Sequence[str],
    *,
    with_text: bool = False,
    raw: bool = False,
) -> Writer:
    """The writer of a format, to a path; the other arguments are those of writers."""
    match output:
        case "parquet":
            return ParquetWriter(path, labels, with_text=with_text)
        case "spacy":
            return DocBinWriter(path)
        case "markdown" | "html":
            return TextWriter(path, {"markdown": ".md", "html": ".html"}[output])
    return _Closing(
        lambda file: stream_writer(output, file, labels, with_text=with_text, raw=raw),
        path,
    )


class _Closing:
    """A writer of text with the file that it writes to."""

    def __init__(self, make: Callable[[IO[str]], Writer], path: Path) -> None:
        self._file = path.open("w", encoding="utf8", newline="")
        self._writer = make(self._file)

    def add(self, paper: Labelled) -> None:
        self._writer.add(paper)

    def close(self) -> None:
        self._writer.close()
        self._file.close()
