"""unarXive 2022: whole arXiv papers as JSON Lines, under Creative Commons licences."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from spacy_imrad.data.sets.files import list_files, read_papers
from spacy_imrad.data.sets.types import Dataset, OnSkip, Record
from spacy_imrad.readers.jsonl import SUFFIXES


def read_unarxive(path: str, on_skip: OnSkip) -> Iterator[Record]:
    r"""Stream the papers whose licence is one of Creative Commons.

    By the convention "unarxive" and from 200 characters on, their paragraphs are those
    of the IMRaD data set that was made of them: formulas stand as `\(latex\)`,
    references to figures and tables as `<FIGURE>` and `<TABLE>`, citations as `[k]`,
    counted anew in each paragraph.

    path: A file of them, compressed or not, or a folder that has such files, at any
        depth.
    on_skip: Told of each record that is no paper, and of papers under other licences.
    YIELDS: Records without a split; the source is the discipline.
    RAISES: FileNotFoundError if there is no such file; ValueError if no record is
        a paper, or none of the several in one file.
    """
    found = False
    for file in list_files(path, SUFFIXES):
        for paper in read_papers(file, on_skip, format="unarxive"):
            found = True
            if "creativecommons.org" in paper.license.lower():
                yield Record(replace(paper, source=paper.field))
            else:
                on_skip("licence", f"{paper.id}: {paper.license or 'none named'}")
    if not found:
        raise ValueError(f"No file with a readable paper: {path}")


DATASET: Final = Dataset(read_unarxive, unit="paper", convention="ancestor")
