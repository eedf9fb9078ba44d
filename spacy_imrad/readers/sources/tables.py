"""Parquet files of papers, one a row."""

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any, Final

from spacy_imrad.extras import require
from spacy_imrad.readers.source import Source

SUFFIX: Final = ".parquet"
_TEXT: Final = "text"
_SECTIONS: Final = "sections"
_PAPER: Final = ("id", "source", "field", "license", "title", "abstract", _SECTIONS)
_ROWS: Final = 16


def is_table(name: str) -> bool:
    return name.lower().endswith(SUFFIX)


class PaperTable:
    """The papers of a file as sources of their own, named by the row's number, each
    with the registered name of its format where the columns tell.

    The file has either a column `text`, with a paper's text or the bytes of its file,
    or the columns that our JSON Lines have.

    RAISES: ValueError if the file has none of these columns, or is no Parquet;
        ImportError without pyarrow; OSError if it can't be read.
    """

    def __init__(self, source: Source) -> None:
        assert source.path is not None
        self._name = source.name
        self._file = _open(source.path)
        names = self._file.schema_arrow.names
        self._is_text = _SECTIONS not in names
        self._columns = [_TEXT] if self._is_text else [n for n in _PAPER if n in names]

    def __len__(self) -> int:
        return int(self._file.metadata.num_rows)

    def __iter__(self) -> Iterator[tuple[Source, str | None]]:
        number = 0
        for batch in self._file.iter_batches(_ROWS, columns=self._columns):
            for row in batch.to_pylist():
                number += 1
                content, format = self._content(row)
                yield Source(f"{self._name}:{number}", content=content), format

    def _content(self, row: dict[str, Any]) -> tuple[bytes, str | None]:
        if not self._is_text:
            return json.dumps(_without_nulls(row)).encode(), "jsonl"
        text = row[_TEXT] or b""
        return (text if isinstance(text, bytes) else text.encode()), None


def _open(path: Path) -> Any:
    arrow, parquet = (
        require("pyarrow", "parquet"),
        require("pyarrow.parquet", "parquet"),
    )
    try:
        file = parquet.ParquetFile(path)
    except arrow.ArrowInvalid as error:
        raise ValueError(f"not readable as Parquet ({error})") from error
    names = set(file.schema_arrow.names)
    if names >= {"file", "section", "label"}:
        raise ValueError("labels that this command wrote, not papers")
    if not names & {_TEXT, _SECTIONS}:
        raise ValueError(
            f"it has no column '{_TEXT}' or '{_SECTIONS}' (it has: "
            f"{', '.join(file.schema_arrow.names)})"
        )
    return file


def _without_nulls(value: Any) -> Any:
    """Columns and fields are there in every row; in JSON, what is missing is not."""
    if isinstance(value, dict):
        return {k: _without_nulls(v) for k, v in value.items() if v is not None}
    if isinstance(value, list):
        return [_without_nulls(item) for item in value]
    return value
