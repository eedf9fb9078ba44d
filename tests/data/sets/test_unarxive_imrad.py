"""The hub's layout, as JSON Lines and as Parquet, without a network."""

from collections import Counter
from pathlib import Path

import pytest

from spacy_imrad.data.convert.plan import Skipped
from spacy_imrad.data.sets.unarxive_imrad import read_unarxive_imrad
from spacy_imrad.labels import LABELS
from spacy_imrad.training.gold import section_gold

datasets = pytest.importorskip("datasets", reason="needs the extra `hub`")

CODES = "imrwd"
SIZES = {"train": 7, "validation": 2, "test": 1}


def rows(split: str) -> list[dict[str, str]]:
    return [
        {"_id": f"{split}-{i}", "text": f"Text {i} on snow.", "label": CODES[i % 5]}
        for i in range(SIZES[split])
    ]


def save(folder: Path, layout: str) -> None:
    for split in SIZES:
        data = datasets.Dataset.from_list(rows(split))
        if layout == "jsonl":
            data.to_json(folder / f"{split}.jsonl")
        elif layout == "parquet":
            data.to_parquet(folder / f"{split}-00000-of-00001.parquet")
        else:
            names = datasets.ClassLabel(names=list(CODES))
            data = data.cast_column("label", names)
            data.to_parquet(folder / "data" / f"{split}-00000-of-00001.parquet")


@pytest.mark.parametrize("layout", ["jsonl", "parquet", "parquet with class numbers"])
def test_a_copy_gives_the_paragraphs_in_their_splits(tmp_path, layout):
    (tmp_path / "data").mkdir()
    save(tmp_path, layout)
    records = list(read_unarxive_imrad(str(tmp_path), Skipped()))
    assert Counter(split for _, split in records) == {"train": 7, "dev": 2, "test": 1}
    assert [paper.id for paper, _ in records][:2] == ["train-0", "train-1"]
    for number, (paper, _) in enumerate(records[:7]):
        assert paper.sections[0].paragraphs == (f"Text {number} on snow.",)
        assert section_gold(paper, "unarxive") == [(LABELS[number % 5], None)]


def test_bad_rows_are_skipped(tmp_path, write_jsonl):
    bad = [
        {"_id": "a", "text": "Snow.", "label": "x"},
        {"_id": "b", "text": " ", "label": "i"},
        {"_id": None, "text": "Snow.", "label": "i"},
    ]
    for split in SIZES:
        write_jsonl(tmp_path / f"{split}.jsonl", rows(split))
    write_jsonl(tmp_path / "train.jsonl", [*bad, *rows("train")])
    skipped = Skipped()
    assert len(list(read_unarxive_imrad(str(tmp_path), skipped))) == 10
    assert skipped.counts == {"unreadable": 3}
    assert "train 0: 'label' is 'x'" in skipped.named["unreadable"][0]


def test_a_split_without_a_good_row_is_an_error(tmp_path, write_jsonl):
    write_jsonl(tmp_path / "train.jsonl", [{"_id": "a", "text": "Snow.", "label": "x"}])
    with pytest.raises(ValueError, match=r"'train' of .* has no paragraph"):
        list(read_unarxive_imrad(str(tmp_path), Skipped()))


def test_a_damaged_copy_is_an_error(tmp_path):
    (tmp_path / "train.parquet").write_bytes(b"PAR1 no more than that")
    with pytest.raises(ValueError, match="can't be read"):
        list(read_unarxive_imrad(str(tmp_path), Skipped()))


def test_a_folder_without_the_files_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="no file train"):
        list(read_unarxive_imrad(str(tmp_path), Skipped()))
