"""The 122 PLOS articles (CC BY or CC0) that the wheel `allofplos` carries."""

from collections.abc import Iterator
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Final

from spacy_imrad.data.sets.files import list_files
from spacy_imrad.data.sets.types import Dataset, OnSkip, Record
from spacy_imrad.readers.jats import read_jats_wheel

FOLDER: Final = "assets/plos"


def read_plos(path: str, on_skip: OnSkip) -> Iterator[Record]:
    """Stream the articles, their journals as sources.

    path: The wheel, which needs not be installed, or a folder that has it.
    on_skip: Told of each file that is no article.
    YIELDS: Records without a split.
    RAISES: FileNotFoundError if there is no such file, ValueError if it has no article.
    """
    (wheel, *_) = list_files(Path(path), (".whl",))
    for paper in read_jats_wheel(wheel, on_skip=partial(on_skip, "unreadable")):
        # The journals' names were once spelled with a small "o".
        journal = paper.field.replace("PLoS", "PLOS") or "no journal named"
        yield Record(replace(paper, source=journal))


DATASET: Final = Dataset(
    read_plos, unit="paper", convention="ancestor", default_input=FOLDER
)
