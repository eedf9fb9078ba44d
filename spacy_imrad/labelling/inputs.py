"""From what a user names to the files that are read: folders, globs, archives."""

import glob
import os
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from ..readers.formats import find_format, format_names, get_format
from ..readers.reading import split_source
from ..readers.source import Source
from .archives import is_archive, unpack
from .tables import PaperTable, is_table

STDIN: Final = "-"


@dataclass(frozen=True, slots=True)
class Job:
    """One paper to label.

    format: The registered name of its format.
    share: What part of all input it is, for the progress bar.
    """

    source: Source
    format: str
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Failure:
    """What could not be read or labelled, and why."""

    name: str
    reason: Exception
    share: float = 0.0


@dataclass(frozen=True, slots=True)
class Done:
    """A paper that an earlier run has labelled."""

    name: str
    share: float = 0.0


def list_files(names: Iterable[str]) -> list[str | Failure]:
    """The files that the names stand for, in order: a folder for all files below it
    that a reader knows by their suffix, without the chapters of LaTeX papers; a pattern
    for the files that it fits."""
    found: list[str | Failure] = []
    for name in names:
        path = Path(name)
        if name != STDIN and path.is_dir():
            below = sorted(_walk(path))
            reason = ValueError("a directory without a file that a reader knows")
            found += below or [Failure(name, reason)]
        elif name != STDIN and not os.path.lexists(name) and glob.has_magic(name):
            matching = sorted(glob.glob(name, recursive=True))
            found += matching or [Failure(name, ValueError("no file fits the pattern"))]
        else:
            found.append(name)
    return found


def _walk(folder: Path) -> Iterator[str]:
    """Files below a folder; links to folders are followed, each folder once."""
    known = _suffixes()
    seen: set[tuple[int, int]] = set()
    for where, folders, files in os.walk(folder, followlinks=True):
        status = os.stat(where)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = os.path.join(where, name)
            if name.startswith("."):
                continue
            source = Source.of(path)
            if (
                is_archive(name)
                or is_table(name)
                or (source.suffix in known and not _is_part(source))
            ):
                yield path


def _suffixes() -> frozenset[str]:
    return frozenset(
        suffix for name in format_names() for suffix in get_format(name).suffixes
    )


def read_jobs(
    files: Iterable[str | Failure], *, format: str | None = None
) -> Iterator[Job | Failure]:
    """The papers in files, one after the other; what is no paper as a `Failure`.

    files: Paths, or `-` for standard input; archives are unpacked as they come, and the
        rows of Parquet files are papers.
    format: The registered name of the format of all papers; None to go by content and
        suffix.
    """
    for file in files:
        if isinstance(file, Failure):
            yield file
        elif file != STDIN and is_archive(file):
            yield from _read_archive(file, format)
        elif file != STDIN and is_table(file):
            yield from _read_table(file, format)
        else:
            yield from _read_file(_source(file), format, size_of(file))


def leave_out(
    jobs: Iterable[Job | Failure], done: Mapping[str, int], *, before: int = 0
) -> Iterator[Job | Failure | Done]:
    """Replace the papers that are done.

    done: How many papers of each name are done.
    before: How often each name came before these jobs.
    """
    seen: Counter[str] = Counter()
    for job in jobs:
        if isinstance(job, Job) and (name := job.source.name) in done:
            seen[name] += 1
            if before + seen[name] <= done[name]:
                yield Done(name, job.share)
                continue
        yield job


def size_of(file: str | Failure) -> float:
    """Bytes, at least 1."""
    try:
        return max(1.0, os.path.getsize(file)) if isinstance(file, str) else 1.0
    except OSError:
        return 1.0


def _source(file: str) -> Source:
    if file == STDIN:
        return Source(STDIN, content=sys.stdin.buffer.read())
    return Source.of(file)


def _read_archive(file: str, format: str | None) -> Iterator[Job | Failure]:
    size = size_of(file)
    try:
        members = unpack(Path(file))
    # Archives are damaged in more ways than their modules have exceptions for.
    except Exception as error:
        yield Failure(file, error, size)
        return
    known = _suffixes()
    sources = [source for source in members if source.suffix in known]
    if not sources:
        reason = ValueError("an archive without a file that a reader knows")
        yield Failure(file, reason, size)
    for source in sources:
        if not _is_part(source):
            yield from _read_file(source, format, size / len(sources))


def _read_table(file: str, format: str | None) -> Iterator[Job | Failure]:
    size = size_of(file)
    try:
        table = PaperTable(Path(file))
        share = size / max(1, len(table))
        for source, known in table:
            yield _job_of(source, known or format, share)
    # Damage in the middle of the file has as many exceptions as pyarrow has parts.
    except Exception as error:
        yield Failure(file, error, size)


def _job_of(source: Source, format: str | None, share: float) -> Job | Failure:
    try:
        return Job(source, format or _name_of(source), share)
    except ValueError as error:
        return Failure(source.name, error, share)


def _is_part(source: Source) -> bool:
    """Whether it is a chapter of another LaTeX file, which brings it in itself."""
    if source.suffix != ".tex":
        return False
    recognises = get_format("latex").recognises
    try:
        return recognises is not None and not recognises(source.head())
    except (OSError, ValueError):
        return False  # reading it will say why


def _read_file(
    source: Source, format: str | None, size: float
) -> Iterator[Job | Failure]:
    try:
        registered = format or _name_of(source)
        parts = split_source(source, format=registered)
        if get_format(registered).split is None:
            yield from (Job(part, registered, size) for part, _ in parts)
            return
        for part, _ in parts:
            yield Job(part, registered, len(part.content or b""))
    except Exception as error:
        yield Failure(source.name, error, size)


def _name_of(source: Source) -> str:
    found = find_format(source)
    return next(name for name in format_names() if get_format(name) is found)
