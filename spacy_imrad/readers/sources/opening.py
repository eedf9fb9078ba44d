"""From files to papers: archives are unpacked, tables and JSON Lines taken apart."""

import sys
import tempfile
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from operator import attrgetter
from pathlib import Path
from typing import IO, Final

from spacy_imrad.readers.formats import find_format_name, get_format
from spacy_imrad.readers.reading import split_source
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.sources.archives import has_archive_name, is_archive, unpack
from spacy_imrad.readers.sources.chapters import main_documents, without_chapters
from spacy_imrad.readers.sources.listing import (
    STDIN,
    is_stream,
    known_suffixes,
    size_of,
)
from spacy_imrad.readers.sources.tables import PaperTable, is_table
from spacy_imrad.readers.sources.types import Done, Failure, Job

_PLAIN: Final = ("text", "markdown")

MOST_STREAMED: Final = 2_000_000_000
"""Bytes that standard input, or another stream, may have: they are kept in a file."""


def read_jobs(
    files: Iterable[str | Failure],
    *,
    format: str | None = None,
    plain: str | None = None,
) -> Iterator[Job | Failure]:
    """The papers in files, one after the other; what is no paper as a `Failure`.

    files: Paths, or `-` for standard input; archives are unpacked as they come, and the
        rows of Parquet files are papers.
    format: The registered name of the format of all papers; None to go by content and
        suffix.
    plain: The registered name of the format of those files that else would be plain
        text or Markdown.
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
            yield from _read_archive(source, format, size, plain)
        elif is_table(file):
            yield from _read_table(source, format, size)
        else:
            yield from _read_file(source, format, size, plain)


def is_unpacked(file: str, format: str | None) -> bool:
    """Whether `read_jobs` unpacks a file, so that its papers are where that happens."""
    try:
        return _is_archive(Source.of(file), format)
    except (OSError, ValueError):
        return False  # reading it will say why


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


def _is_archive(source: Source, format: str | None) -> bool:
    if format is not None:
        return has_archive_name(source.name)
    return is_archive(source, known_suffixes())


def _source(file: str) -> Source:
    if file == STDIN:
        # Python has none where the process was started without.
        if sys.stdin is None:
            raise ValueError("standard input is closed")
        return _keep(sys.stdin.buffer, file)
    if is_stream(file):
        with open(file, "rb") as stream:
            return _keep(stream, file)
    return Source.of(file)


def _keep(stream: IO[bytes], name: str) -> Source:
    """A stream's content in a file that is removed with the source: it may be long, and
    is read more than once.

    RAISES: ValueError if it has more than `MOST_STREAMED` bytes.
    """
    folder = tempfile.TemporaryDirectory(prefix="spacy-imrad-")
    path = Path(folder.name) / "content"
    left = MOST_STREAMED
    with path.open("wb") as file:
        while block := stream.read(1 << 20):
            left -= len(block)
            if left < 0:
                raise ValueError(
                    f"more than {MOST_STREAMED // 1_000_000:,} MB in a stream; write "
                    "it to a file, and name that"
                )
            file.write(block)
    return Source(name, path, owner=folder)


def _read_archive(
    source: Source, format: str | None, size: float, plain: str | None
) -> Iterator[Job | Failure]:
    known = known_suffixes()
    try:
        members = unpack(source, known)
    # Archives are damaged in more ways than their modules have exceptions for.
    except Exception as error:
        yield Failure(source.name, error, size)
        return
    whole = without_chapters([m for m in members if isinstance(m, Source)])
    papers = sorted(main_documents(whole), key=attrgetter("name"))
    failures = [m for m in members if isinstance(m, Failure)]
    if not papers and not failures:
        reason = ValueError("an archive without a file that a reader knows")
        failures = [Failure(source.name, reason)]
    share = size / (len(papers) + len(failures))
    for paper in papers:
        yield from _read_file(paper, format, share, plain)
    for failure in failures:
        yield Failure(failure.name, failure.reason, share)


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
    source: Source, format: str | None, size: float, plain: str | None
) -> Iterator[Job | Failure]:
    try:
        registered = format or find_format_name(source)
        if plain and registered in _PLAIN and format is None:
            registered = plain
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
