"""Papers with their headings, read from JSON Lines.

One JSON object a line::

    {"id": "…", "source": "…", "field": "…", "license": "…", "title": "…",
     "abstract": "…", "sections": [{"heading": "…", "level": 1, "number": "2.1",
                                    "sec_type": "methods", "paragraphs": ["…", …]},
                                   …]}

Only `id` and `sections`, and in a section `heading` and `paragraphs`, are required.
"""

import json
import logging
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path
from typing import Any, Final, TypeAlias

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.reading import naming
from spacy_imrad.readers.source import LARGEST, Source

PathLike: TypeAlias = str | Path
# Told which record was left out and why.
OnSkip: TypeAlias = Callable[[str], None]

SUFFIXES: Final = (".jsonl", ".jsonl.gz", ".jsonl.xz", ".jsonl.bz2")

MOST_STRANGE: Final = 20
"""Lines that are no JSON objects in a row, beyond which a file is given up."""
_TEXTS: Final = ("source", "field", "license", "title", "abstract")
_SECTION_KEYS: Final = ("heading", "level", "number", "sec_type", "paragraphs")

logger = logging.getLogger(__name__)


def read_papers(
    path: PathLike | Iterable[PathLike], on_skip: OnSkip = logger.warning
) -> Iterator[Paper]:
    """Stream papers from files; a record that is no paper is skipped.

    path: A JSON Lines file, plain or compressed, a folder of such files (read by name),
        or several of these.
    on_skip: Told of each record that is skipped; by default this is logged.
    YIELDS: The papers in the order of the files.
    RAISES: FileNotFoundError, before anything is read, if a path does not exist or a
        folder has no such file; ValueError if a file has no good record or its
        compression is damaged.
    """
    paths = [path] if isinstance(path, str | Path) else path
    files = [file for item in paths for file in _list_files(Path(item))]
    return (paper for file in files for paper in _read_file(file, on_skip))


def _list_files(path: Path) -> list[Path]:
    if path.is_dir():
        files = sorted(p for p in path.iterdir() if p.name.endswith(SUFFIXES))
        if not files:
            raise FileNotFoundError(
                f"Folder of papers without a file that ends in {', '.join(SUFFIXES)}: "
                f"{path}"
            )
        return files
    if not path.exists():
        raise FileNotFoundError(f"File or folder of papers not found: {path}")
    return [path]


def _read_file(path: Path, on_skip: OnSkip) -> Iterator[Paper]:
    """RAISES: ValueError if the file has no good line or its compression is damaged."""
    good = bad = 0
    source = Source.of(path)
    with naming(source), source.open() as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                paper = _parse(json.loads(line.decode("utf-8-sig")))
            except ValueError as error:
                bad += 1
                on_skip(f"{path}, line {number} skipped: {error}")
            else:
                good += 1
                yield paper
    if not good:
        raise ValueError(
            f"File without a readable paper ({bad} bad records), expected one JSON "
            f"object a paper and line, with what its format requires: {path}"
        )
    if bad:
        logger.warning("%s: %d of %d records skipped", path, bad, good + bad)


def _parse(record: Any) -> Paper:
    _check(isinstance(record, dict), "not a JSON object")
    _check(isinstance(record.get("id"), str), "'id' is not a string")
    _check(isinstance(record.get("sections"), list), "'sections' is not a list")
    texts: dict[str, Any] = {key: record.get(key) or "" for key in _TEXTS}
    for key, value in texts.items():
        _check(isinstance(value, str), f"'{key}' is not a string")
    sections = tuple(
        _parse_section(section, index)
        for index, section in enumerate(record["sections"])
    )
    return Paper(id=record["id"], sections=sections, **texts)


def _parse_section(record: Any, index: int) -> PaperSection:
    where = f"section {index}"
    _check(isinstance(record, dict), f"{where} is not a JSON object")
    heading, paragraphs = record.get("heading"), record.get("paragraphs")
    level, number = record.get("level", 1), record.get("number")
    sec_type = record.get("sec_type")
    _check(isinstance(heading, str), f"{where}: 'heading' is not a string")
    _check(
        isinstance(paragraphs, list) and all(isinstance(p, str) for p in paragraphs),
        f"{where}: 'paragraphs' is not a list of strings",
    )
    _check(type(level) is int and level > 0, f"{where}: 'level' is not 1 or more")
    _check(
        number is None or type(number) in (str, int, float),
        f"{where}: 'number' is not a string",
    )
    _check(
        sec_type is None or isinstance(sec_type, str),
        f"{where}: 'sec_type' is not a string",
    )
    return PaperSection(
        heading=heading,
        paragraphs=tuple(paragraphs),
        level=level,
        number=None if number is None else str(number),
        sec_type=sec_type,
    )


def _check(condition: bool, reason: str) -> None:
    if not condition:
        raise ValueError(reason)


def to_record(paper: Paper) -> dict[str, Any]:
    """RETURNS: The JSON object of a paper, without what is empty."""
    record = {name: getattr(paper, name) for name in ("id", *_TEXTS)}
    sections = [
        {name: getattr(section, name) for name in _SECTION_KEYS}
        for section in paper.sections
    ]
    return {
        **{name: value for name, value in record.items() if value},
        "sections": [
            {name: value for name, value in section.items() if value is not None}
            for section in sections
        ],
    }


def split_lines(source: Source) -> Iterator[Source]:
    """The lines of a file as sources of their own, named by the line's number.

    RAISES: ValueError if it begins with binary data, or has many lines in a row that
        are no JSON objects: a file of noise is not to be reported line by line.
    """
    if b"\0" in source.head():
        raise ValueError("binary data, not text (it has NUL bytes)")
    with source.open() as file:
        number = strange = 0
        while line := file.readline(LARGEST + 2):
            number += 1
            bare = line.strip()
            if not bare:
                continue
            strange = 0 if bare.startswith((b"{", b"\xef\xbb\xbf{")) else strange + 1
            if strange > MOST_STRANGE:
                raise ValueError(
                    f"{strange} lines in a row are no JSON objects; stopped at line "
                    f"{number}"
                )
            yield Source(f"{source.name}:{number}", source.path, line)


def parse_json(source: Source) -> Any:
    """RAISES: ValueError if the content is no JSON text; otherwise as `Source.text`."""
    try:
        return json.loads(source.text())
    except json.JSONDecodeError as error:
        raise ValueError(f"not readable as JSON ({error})") from error


def _recognises(head: bytes) -> bool:
    return head.lstrip()[:1] == b"{" and b'"sections"' in head


def _read(source: Source) -> Paper:
    return _parse(parse_json(source))


JSONL: Final = PaperFormat(
    "JSON Lines of papers", _read, (".jsonl",), _recognises, split_lines
)
