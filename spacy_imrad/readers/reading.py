"""One file or source -> its paper or papers."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Final, TypeAlias

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.formats import PaperFormat, find_format, get_format
from spacy_imrad.readers.source import Source

PathLike: TypeAlias = str | os.PathLike[str]

_LONG: Final = 10_000
"""Bytes of a file that has sections, if it is a paper."""


def read_papers(
    source: PathLike | Source, *, format: str | None = None
) -> Iterator[Paper]:
    """Stream the papers of a file: one, or many as in JSON Lines.

    source: A path, or a `Source`.
    format: Registered name of the format; None to detect it.
    YIELDS: The papers. One without identifier has the file's name as `id`.
    RAISES: OSError if the file can't be read; ValueError, with the file's name, if it
        is of no known format or damaged; ImportError if its format needs a package
        that is not installed.
    """
    source = source if isinstance(source, Source) else Source.of(source)
    with naming(source):
        for part, found in split_source(source, format=format):
            with naming(part):
                paper = read_source(part, found)
            yield paper


def read_paper(source: PathLike | Source, *, format: str | None = None) -> Paper:
    """Read the only paper of a file. Arguments and errors are those of `read_papers`.

    RAISES: ValueError also if there is no paper, or more than one.
    """
    papers = read_papers(source, format=format)
    name = source.name if isinstance(source, Source) else str(source)
    paper = next(papers, None)
    if paper is None:
        raise ValueError(f"{name}: no paper in it")
    if next(papers, None) is not None:
        raise ValueError(f"{name}: more than one paper in it; use `read_papers`")
    return paper


def split_source(
    source: Source, *, format: str | None = None
) -> Iterator[tuple[Source, PaperFormat]]:
    """The sources of a file's papers, each with its format."""
    found = find_format(source) if format is None else get_format(format)
    if found.split is None:
        yield source, found
    else:
        for part in found.split(source):
            yield part, found


def read_source(source: Source, format: PaperFormat) -> Paper:
    """Read the one paper of a source, in a known format."""
    try:
        paper = format.read(source)
    except RecursionError as error:
        raise ValueError("nested too deeply") from error
    except ValueError as error:
        if not source.head():
            raise ValueError("an empty file (0 bytes)") from error
        raise
    paper = paper if paper.id else replace(paper, id=source.stem)
    if source.notes:
        paper = replace(paper, warnings=(*paper.warnings, *source.notes))
    # An abstract may be all that there is.
    is_empty = not paper.abstract and not any(s.heading for s in paper.sections)
    if format.structured and is_empty and len(source.head()) > _LONG:
        warning = "no section was found in a file of more than 10 kB"
        return replace(paper, warnings=(*paper.warnings, warning))
    return paper


@contextmanager
def naming(source: Source) -> Iterator[None]:
    """Say in a ValueError which source was bad."""
    try:
        yield
    except ValueError as error:
        if str(error).startswith(source.name):
            raise
        raise ValueError(f"{source.name}: {error}") from error
