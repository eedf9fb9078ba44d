"""The files of a data set, and the papers in them."""

import os
from collections.abc import Iterator
from pathlib import Path

from spacy_imrad.data.sets.types import OnSkip
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers import sources
from spacy_imrad.readers.formats import get_format
from spacy_imrad.readers.reading import read_source
from spacy_imrad.readers.sources import Failure, read_jobs


def read_papers(
    file: str | Path, on_skip: OnSkip, format: str | None = None
) -> Iterator[Paper]:
    """Stream the papers of one file, or of an archive.

    on_skip: Told of each paper that can't be read.
    format: The registered name of the papers' format; None to go by content and suffix.
    RAISES: ValueError at the end if there were several, none of which is a paper.
    """
    good = bad = 0
    for job in read_jobs([str(file)], format=format):
        try:
            if isinstance(job, Failure):
                raise job.reason
            paper = read_source(job.source, get_format(job.format))
        except (OSError, ValueError) as error:
            bad += 1
            name = job.name if isinstance(job, Failure) else job.source.name
            on_skip("unreadable", f"{name}: {error}")
        else:
            good += 1
            yield paper
    if bad > 1 and not good:
        raise ValueError(f"None of the {bad} records of this file is a paper: {file}")


def list_files(path: str, suffixes: tuple[str, ...]) -> list[Path]:
    """The file itself, or all files in a folder, at any depth, with these suffixes,
    but for hidden ones and our own outputs.

    RETURNS: Paths, in the order of their names.
    RAISES: FileNotFoundError if there is none.
    """
    if not os.path.exists(path):
        raise FileNotFoundError(f"File or folder not found: {path}")
    found = [Path(file) for file in sources.list_files([path]) if isinstance(file, str)]
    if os.path.isdir(path):
        found = [file for file in found if file.name.lower().endswith(suffixes)]
    if not found:
        raise FileNotFoundError(
            f"Folder without a file that ends in {', '.join(suffixes)}: {path}"
        )
    return found
