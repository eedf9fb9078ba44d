"""The user's own papers, in one folder or one file, in any format with a reader."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from spacy_imrad.data.sets.files import list_files
from spacy_imrad.data.sets.types import Dataset, OnSkip, Record, Split
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers import Source, format_names, get_format
from spacy_imrad.readers.reading import read_source, split_source

_COMPRESSIONS: Final = ("", ".gz", ".xz", ".bz2")
_SPLITS: Final[dict[str, Split]] = {
    "train": "train",
    "dev": "dev",
    "validation": "dev",
    "test": "test",
}


def read_folder(path: str, on_skip: OnSkip) -> Iterator[Record]:
    """Stream the papers.

    path: A file or a folder of them, also in folders of its own. A file or folder
        whose name begins with "train", "dev", "validation" or "test" gives its papers
        that split.
    on_skip: Told of each paper that can't be read.
    YIELDS: Records; a paper without source has the name of its file's folder.
    RAISES: FileNotFoundError if there is no such file; ValueError if no file is a
        paper, or a file of many has no good one.
    """
    root = Path(path)
    found = False
    for file in list_files(root, _suffixes()):
        split = _split_of(file.relative_to(root) if root.is_dir() else Path(file.name))
        for paper in _read_file(file, on_skip):
            found = True
            source = paper.source or file.resolve().parent.name
            yield Record(replace(paper, source=source), split)
    if not found:
        raise ValueError(f"No file with a readable paper: {path}")


def _suffixes() -> tuple[str, ...]:
    formats = map(get_format, format_names())
    suffixes = {suffix for format in formats for suffix in format.suffixes}
    return tuple(suffix + end for suffix in suffixes for end in _COMPRESSIONS)


def _read_file(file: Path, on_skip: OnSkip) -> Iterator[Paper]:
    good = bad = 0
    try:
        for source, format in split_source(Source.of(file)):
            try:
                paper = read_source(source, format)
            except ValueError as error:
                bad += 1
                on_skip("unreadable", str(error))
            else:
                good += 1
                yield paper
    except (OSError, ValueError) as error:
        bad += 1
        on_skip("unreadable", str(error))
    if bad > 1 and not good:
        raise ValueError(f"None of the {bad} records of this file is a paper: {file}")


def _split_of(file: Path) -> Split | None:
    for part in file.parts:
        for name, split in _SPLITS.items():
            if part.lower().startswith(name):
                return split
    return None


DATASET: Final = Dataset(read_folder, unit="paper", convention="ancestor")
