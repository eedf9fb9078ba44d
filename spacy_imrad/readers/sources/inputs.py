"""From what a user names to the files that are read: folders, globs, archives."""

import glob
import os
import shutil
import stat
import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final

from spacy_imrad.readers.formats import find_format_name, format_names, get_format
from spacy_imrad.readers.latex import is_whole
from spacy_imrad.readers.reading import split_source
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.sources.archives import has_archive_name, is_archive, unpack
from spacy_imrad.readers.sources.chapters import without_chapters
from spacy_imrad.readers.sources.tables import PaperTable, is_table

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
    that a reader knows by their suffix, and archives, without the chapters of LaTeX
    papers; a pattern for the files that it fits."""
    found: list[str | Failure] = []
    for name in names:
        path = Path(name)
        if name != STDIN and path.is_dir():
            below = without_chapters([Source.of(file) for file in sorted(_walk(path))])
            reason = ValueError("a directory without a file that a reader knows")
            found += [source.name for source in below] or [Failure(name, reason)]
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
            if name.startswith(".") or _is_stream(path):
                continue
            if _may_be_paper(Source.of(path), known):
                yield path


def _may_be_paper(source: Source, known: frozenset[str]) -> bool:
    """By its suffix; what is compressed and has no suffix else, as arXiv's sources, by
    its content."""
    name = source.name
    if source.suffix in known or has_archive_name(name) or is_table(name):
        return True
    if source.suffix[1:].isalpha() or not name.lower().endswith(".gz"):
        return False
    try:
        return is_archive(source) or is_whole(source.head())
    except (OSError, ValueError):
        return False


def _is_stream(path: str) -> bool:
    """Whether it is a pipe or a device, which can be read but once."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False  # reading it will say why
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


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
            continue
        size = size_of(file)
        try:
            source = _source(file)
            archive = _is_archive(source, format)
        except Exception as error:
            yield Failure(file, error, size)
            continue
        if archive:
            yield from _read_archive(source, format, size)
        elif is_table(file):
            yield from _read_table(source, format, size)
        else:
            yield from _read_file(source, format, size)


def is_unpacked(file: str, format: str | None) -> bool:
    """Whether `read_jobs` unpacks a file, so that its papers are where that happens."""
    try:
        return _is_archive(Source.of(file), format)
    except (OSError, ValueError):
        return False  # reading it will say why


def _is_archive(source: Source, format: str | None) -> bool:
    if format is not None:
        return has_archive_name(source.name)
    return is_archive(source, _suffixes())


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
        return _keep(sys.stdin.buffer, file)
    if _is_stream(file):
        with open(file, "rb") as stream:
            return _keep(stream, file)
    return Source.of(file)


def _keep(stream: IO[bytes], name: str) -> Source:
    """A stream's content in a file that is removed with the source: it may be long, and
    is read more than once."""
    folder = tempfile.TemporaryDirectory(prefix="spacy-imrad-")
    path = Path(folder.name) / "content"
    with path.open("wb") as file:
        shutil.copyfileobj(stream, file)
    return Source(name, path, owner=folder)


def _read_archive(
    source: Source, format: str | None, size: float
) -> Iterator[Job | Failure]:
    try:
        members = unpack(source)
    # Archives are damaged in more ways than their modules have exceptions for.
    except Exception as error:
        yield Failure(source.name, error, size)
        return
    known = _suffixes()
    papers = without_chapters([m for m in members if m.suffix in known])
    if not papers:
        reason = ValueError("an archive without a file that a reader knows")
        yield Failure(source.name, reason, size)
    for paper in papers:
        yield from _read_file(paper, format, size / len(papers))


def _read_table(
    source: Source, format: str | None, size: float
) -> Iterator[Job | Failure]:
    try:
        table = PaperTable(source)
        share = size / max(1, len(table))
        for row, known in table:
            yield _job_of(row, known or format, share)
    # Damage in the middle of the file has as many exceptions as pyarrow has parts.
    except Exception as error:
        yield Failure(source.name, error, size)


def _job_of(source: Source, format: str | None, share: float) -> Job | Failure:
    try:
        return Job(source, format or find_format_name(source), share)
    except ValueError as error:
        return Failure(source.name, error, share)


def _read_file(
    source: Source, format: str | None, size: float
) -> Iterator[Job | Failure]:
    try:
        registered = format or find_format_name(source)
        parts = split_source(source, format=registered)
        if get_format(registered).split is None:
            yield from (Job(part, registered, size) for part, _ in parts)
            return
        part = None
        for part, _ in parts:
            yield Job(part, registered, len(part.content or b""))
        if part is None:
            yield Failure(source.name, ValueError("no paper in it"), size)
    except Exception as error:
        yield Failure(source.name, error, size)
