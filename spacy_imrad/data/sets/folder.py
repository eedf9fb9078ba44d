"""The user's own papers, in one folder or one file, in any format with a reader."""

from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Final

from spacy_imrad.data.sets.files import read_papers
from spacy_imrad.data.sets.types import Dataset, OnSkip, Record, Split
from spacy_imrad.readers.sources import Failure, list_files

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
    if not root.exists():
        raise FileNotFoundError(f"File or folder not found: {path}")
    found = False
    for file in list_files([path]):
        if isinstance(file, Failure):
            if file.name == path:
                raise FileNotFoundError(f"{path}: {file.reason}")
            on_skip("unreadable", f"{file.name}: {file.reason}")
            continue
        where = Path(file)
        split = _split_of(where.relative_to(root) if root.is_dir() else Path(root.name))
        for paper in read_papers(file, on_skip):
            found = True
            source = paper.source or where.resolve().parent.name
            yield Record(replace(paper, source=source), split)
    if not found:
        raise ValueError(f"No file with a readable paper: {path}")


def _split_of(file: Path) -> Split | None:
    for part in file.parts:
        for name, split in _SPLITS.items():
            if part.lower().startswith(name):
                return split
    return None


DATASET: Final = Dataset(read_folder, unit="paper", convention="ancestor")
