"""From what a user names to files: folders and patterns, without our own outputs."""

import glob
import os
import stat
from collections.abc import Iterable, Iterator
from typing import Final

from spacy_imrad.outputs import Outputs
from spacy_imrad.readers.formats import format_names, get_format
from spacy_imrad.readers.latex import is_whole
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.sources.archives import has_archive_name, is_archive
from spacy_imrad.readers.sources.chapters import without_chapters
from spacy_imrad.readers.sources.tables import is_table
from spacy_imrad.readers.sources.types import Failure

STDIN: Final = "-"


def list_files(names: Iterable[str]) -> list[str | Failure]:
    """The files that the names stand for, in order: a folder for all files below it
    that a reader knows by their suffix, and archives, without the chapters of LaTeX
    papers and without our own outputs; a pattern for the files that it fits."""
    outputs = Outputs()
    found: list[str | Failure] = []
    for name in names:
        if name == STDIN:
            found.append(name)
        elif os.path.isdir(name):
            found += _list_folder(name)
        elif not os.path.lexists(name) and glob.has_magic(name):
            matching = sorted(glob.glob(name, recursive=True))
            reason = ValueError("no file fits the pattern")
            papers = [match for match in matching if match not in outputs]
            found += papers or [Failure(name, reason)]
        elif name in outputs:
            found.append(Failure(name, ValueError("an earlier output, not a paper")))
        else:
            found.append(name)
    return found


def size_of(file: str | Failure) -> float:
    """Bytes, at least 1."""
    try:
        return max(1.0, os.path.getsize(file)) if isinstance(file, str) else 1.0
    except OSError:
        return 1.0


def known_suffixes() -> frozenset[str]:
    """The suffixes that readers know."""
    return frozenset(
        suffix for name in format_names() for suffix in get_format(name).suffixes
    )


def is_stream(path: str) -> bool:
    """Whether it is a pipe or a device, which can be read but once."""
    try:
        mode = os.stat(path).st_mode
    except OSError:
        return False  # reading it will say why
    return not (stat.S_ISREG(mode) or stat.S_ISDIR(mode))


def _list_folder(folder: str) -> list[str | Failure]:
    failed: list[Failure] = []
    paths = sorted(_walk(folder, failed))
    papers = [source.name for source in without_chapters(list(map(Source.of, paths)))]
    if not papers and not failed:
        reason = ValueError("a directory without a file that a reader knows")
        return [Failure(folder, reason)]
    return [*papers, *failed]


def _walk(folder: str, failed: list[Failure]) -> Iterator[str]:
    """Files below a folder; links to folders are followed, each folder once.

    failed: Gets the folders that can't be entered.
    """

    def fail(error: OSError) -> None:
        failed.append(Failure(str(error.filename), error))

    known = known_suffixes()
    outputs = Outputs(folder)
    seen: set[tuple[int, int]] = set()
    for where, folders, files in os.walk(folder, onerror=fail, followlinks=True):
        status = os.stat(where)
        if (status.st_dev, status.st_ino) in seen:
            folders.clear()
            continue
        seen.add((status.st_dev, status.st_ino))
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        for name in files:
            path = os.path.join(where, name)
            if name.startswith(".") or is_stream(path):
                continue
            if _may_be_paper(Source.of(path), known) and path not in outputs:
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
