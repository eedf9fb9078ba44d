"""Papers with their headings, read from JSON Lines.

One JSON object a line::

    {"id": "…", "source": "…", "field": "…", "license": "…", "title": "…",
     "abstract": "…", "sections": [{"heading": "…", "level": 1, "number": "2.1",
                                    "sec_type": "methods", "paragraphs": ["…", …]},
                                   …]}

Only `id` and `sections`, and in a section `heading` and `paragraphs`, are required.
"""

import gzip
import json
import logging
import lzma
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Any, TypeAlias, cast

PathLike: TypeAlias = str | Path
# Told which record was left out and why.
OnSkip: TypeAlias = Callable[[str], None]

SUFFIXES: tuple[str, ...] = (".jsonl", ".jsonl.gz", ".jsonl.xz")

logger = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class PaperSection:
    """A heading with the paragraphs directly under it.

    heading: As printed, empty if the text has none; its number may be in it.
    level: Depth, 1 for a top section. Some sources give 1 throughout.
    number: The printed section number, where the source keeps it apart.
    sec_type: What JATS XML says that the section is, such as "materials|methods".
    """

    heading: str
    paragraphs: tuple[str, ...]
    level: int = 1
    number: str | None = None
    sec_type: str | None = None

    @property
    def bare_number(self) -> str:
        """The number without the punctuation round it, empty if there is none."""
        return (self.number or "").strip(".() ")

    @property
    def depth(self) -> int:
        """The level, or the number's depth ("3.1" is at 2) where that is deeper."""
        return max(self.level, self.bare_number.count(".") + 1)


@dataclass(frozen=True, slots=True)
class Paper:
    """One paper, its sections in text order.

    source: The collection that it comes from; scores are reported for each.
    """

    id: str
    sections: tuple[PaperSection, ...]
    source: str = ""
    field: str = ""
    license: str = ""
    title: str = ""
    abstract: str = ""


def read_papers(
    path: PathLike | Iterable[PathLike], on_skip: OnSkip = logger.warning
) -> Iterator[Paper]:
    """Stream papers from files; a record that is no paper is skipped.

    path: A JSON Lines file, plain or compressed (`.gz`, `.xz`), a folder of such
        files (read by name), or several of these.
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


def _open(path: Path) -> IO[bytes]:
    if path.suffix == ".gz":
        return cast(IO[bytes], gzip.open(path, "rb"))
    if path.suffix == ".xz":
        return lzma.open(path, "rb")
    return path.open("rb")


def _read_file(path: Path, on_skip: OnSkip) -> Iterator[Paper]:
    good = bad = 0
    with _open(path) as file:
        try:
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
        except (EOFError, lzma.LZMAError, gzip.BadGzipFile) as error:
            raise ValueError(
                f"Damaged compressed file, readable up to paper {good}: {path} "
                f"({error})"
            ) from error
    if not good:
        raise ValueError(
            f"File without a readable paper ({bad} bad records), expected one JSON "
            f"object with 'id' and 'sections' a line: {path}"
        )
    if bad:
        logger.warning("%s: %d of %d records skipped", path, bad, good + bad)


def _parse(record: Any) -> Paper:
    _check(isinstance(record, dict), "not a JSON object")
    _check(isinstance(record.get("id"), str), "'id' is not a string")
    _check(isinstance(record.get("sections"), list), "'sections' is not a list")
    texts = {
        key: record.get(key) or ""
        for key in ("source", "field", "license", "title", "abstract")
    }
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
