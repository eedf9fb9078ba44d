"""Data sets that can be converted, one module each."""

from typing import Final

from spacy_imrad.data.sets import folder, plos, unarxive, unarxive_imrad
from spacy_imrad.data.sets.types import SPLITS, Dataset, OnSkip, Record, Split

DATASETS: Final[dict[str, Dataset]] = {
    "plos": plos.DATASET,
    "unarxive-imrad": unarxive_imrad.DATASET,
    "unarxive": unarxive.DATASET,
    "folder": folder.DATASET,
}


def get_dataset(name: str) -> Dataset:
    """RAISES: ValueError if there is no data set of that name."""
    if name not in DATASETS:
        raise ValueError(
            f"Unknown data set '{name}'. There are: {', '.join(DATASETS)}."
        )
    return DATASETS[name]


__all__ = ["DATASETS", "SPLITS", "Dataset", "OnSkip", "Record", "Split", "get_dataset"]
