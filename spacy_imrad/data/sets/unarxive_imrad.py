"""The unarXive IMRaD data set: single labelled paragraphs, from the hub or a copy."""

from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final

from spacy_imrad.data.sets.types import Dataset, OnSkip, Record, Split
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.extras import require
from spacy_imrad.labels import LABELS

HUB_NAME: Final = "saier/unarXive_imrad_clf"

_LABELS: Final = dict(zip("imrwd", LABELS, strict=True))
_SPLITS: Final[dict[str, Split]] = {
    "train": "train",
    "validation": "dev",
    "test": "test",
}
_LOADERS: Final = {".jsonl": "json", ".parquet": "parquet"}


def read_unarxive_imrad(name: str, on_skip: OnSkip) -> Iterator[Record]:
    """Stream the paragraphs, each as a paper of one section.

    The section's heading is the label's name, so that "unarxive" gives the label.

    name: On the hub, or a folder with `train`, `validation` and `test` as `.jsonl` or
        `.parquet` (also as `train-00000-of-00004.parquet`, as the hub writes them).
    on_skip: Told of each paragraph without text, id or known label.
    YIELDS: Records with the data set's own splits.
    RAISES: ImportError if `datasets` is not installed; FileNotFoundError if the folder
        has no such file; ValueError if a split has no good record, or can't be read.
    """
    for hub_split, rows in _load(name).items():
        if hub_split not in _SPLITS:
            raise ValueError(
                f"Unknown split '{hub_split}' in '{name}'. Expected {list(_SPLITS)}."
            )
        good = 0
        names = _class_names(rows)
        for number, row in enumerate(_rows(rows, name, hub_split)):
            try:
                paper = _paper(row, names)
            except ValueError as error:
                on_skip("unreadable", f"{name}, {hub_split} {number}: {error}")
            else:
                good += 1
                yield Record(paper, _SPLITS[hub_split])
        if not good:
            raise ValueError(
                f"The split '{hub_split}' of '{name}' has no paragraph with '_id', "
                f"'text' and a 'label' out of {list(_LABELS)}."
            )


def _load(name: str) -> Mapping[str, Any]:
    load_dataset = require("datasets", "hub").load_dataset
    folder = Path(name)
    try:
        if not folder.exists():
            return load_dataset(name, streaming=True)
        loader, files = _find_files(folder)
        return load_dataset(loader, data_files=files, streaming=True)
    except ValueError as error:
        raise ValueError(f"'{name}' can't be read: {error}") from error


def _find_files(folder: Path) -> tuple[str, dict[str, list[str]]]:
    """What reads the files, and the files of each split."""
    for suffix, loader in _LOADERS.items():
        files = {
            split: [str(path) for path in sorted(folder.rglob(f"{split}*{suffix}"))]
            for split in _SPLITS
        }
        found = {split: paths for split, paths in files.items() if paths}
        if found:
            return loader, found
    raise FileNotFoundError(
        f"The folder '{folder}' has no file train*, validation* or test* that ends in "
        f"{' or '.join(_LOADERS)}."
    )


def _class_names(rows: Any) -> list[str] | None:
    """Names of the labels where the copy has them as numbers."""
    feature = (rows.features or {}).get("label")
    return getattr(feature, "names", None)


def _rows(rows: Any, name: str, split: str) -> Iterator[dict[str, Any]]:
    from datasets.exceptions import DatasetGenerationError

    try:
        yield from rows
    # The readers of JSON and of Parquet raise errors of their own.
    except (DatasetGenerationError, OSError, ValueError) as error:
        raise ValueError(
            f"The split '{split}' of '{name}' can't be read: {error}"
        ) from error


def _paper(row: dict[str, Any], class_names: list[str] | None) -> Paper:
    key, text, label = row.get("_id"), row.get("text"), row.get("label")
    if class_names and isinstance(label, int) and 0 <= label < len(class_names):
        label = class_names[label]
    if not isinstance(key, str) or not key:
        raise ValueError(f"'_id' is {key!r}")
    if not isinstance(text, str) or not text.strip():
        raise ValueError(f"'text' is {text!r}")
    if not isinstance(label, str) or label not in _LABELS:
        raise ValueError(f"'label' is {label!r}")
    section = PaperSection(heading=_LABELS[label], paragraphs=(text,))
    return Paper(id=key, sections=(section,), source="unarxive-imrad")


DATASET: Final = Dataset(
    read_unarxive_imrad, unit="paragraph", convention="unarxive", default_input=HUB_NAME
)
