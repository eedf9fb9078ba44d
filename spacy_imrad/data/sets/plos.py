"""The 122 PLOS articles (CC BY or CC0) that the wheel `allofplos` carries."""

from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from spacy_imrad.data.sets.files import list_files
from spacy_imrad.data.sets.types import Dataset, OnSkip, Record
from spacy_imrad.readers.formats import get_format
from spacy_imrad.readers.reading import read_source
from spacy_imrad.readers.sources import Failure, read_jobs

FOLDER: Final = "assets/plos"


def read_plos(path: str, on_skip: OnSkip) -> Iterator[Record]:
    """Stream the articles, their journals as sources.

    path: The wheel, which needs not be installed, or a folder that has it.
    on_skip: Told of each file that is no article.
    YIELDS: Records without a split.
    RAISES: FileNotFoundError if there is no such file, ValueError if it has no article.
    """
    (wheel, *_) = list_files(path, (".whl",))
    found = False
    for job in read_jobs([str(wheel)]):
        try:
            if isinstance(job, Failure):
                raise job.reason
            # Other files of the wheel are about its code.
            if job.format != "jats":
                continue
            paper = read_source(job.source, get_format(job.format))
        except ValueError as error:
            name = job.name if isinstance(job, Failure) else job.source.name
            on_skip("unreadable", f"{name}: {error}")
        else:
            found = True
            # The journals' names were once spelled with a small "o".
            journal = paper.field.replace("PLoS", "PLOS") or "no journal named"
            yield Record(replace(paper, source=journal))
    if not found:
        raise ValueError(f"Archive without a readable JATS article: {wheel}")


DATASET: Final = Dataset(
    read_plos, unit="paper", convention="ancestor", default_input=FOLDER
)
