"""The user's own papers, and the PLOS wheel."""

import zipfile

import pytest

from spacy_imrad.data.convert.plan import Skipped
from spacy_imrad.data.sets import get_dataset
from spacy_imrad.data.sets.folder import read_folder
from spacy_imrad.data.sets.plos import read_plos

JATS = """<article><front><journal-meta><journal-title-group>
<journal-title>{journal}</journal-title></journal-title-group></journal-meta>
<article-meta><article-id pub-id-type="doi">{doi}</article-id></article-meta></front>
<body><sec><title>Methods</title><p>We dug.</p></sec></body></article>"""
PAPER = {"id": "j", "sections": [{"heading": "Results", "paragraphs": ["It melts."]}]}


def test_a_folder_may_have_papers_of_several_formats(tmp_path, write_jsonl):
    nested = tmp_path / "more" / "snow"
    nested.mkdir(parents=True)
    (nested / "a.xml").write_text(JATS.format(journal="Snow Letters", doi="10.1/a"))
    (nested / "b.md").write_text("# On ice\n\n## Methods\n\nWe dug in the ice.\n")
    (nested / "bad.xml").write_text("<article>")
    (nested / "notes.bin").write_bytes(b"\0")
    write_jsonl(tmp_path / "many.jsonl", [PAPER, {**PAPER, "id": "k"}, "no JSON"])
    skipped = Skipped()
    records = list(read_folder(str(tmp_path), skipped))
    assert [paper.id for paper, _ in records] == ["j", "k", "10.1/a", "b"]
    assert records[-1].paper.sections[-1].heading == "Methods"
    assert all(paper.source for paper, _ in records)
    assert {split for _, split in records} == {None}
    assert skipped.counts == {"unreadable": 2}


def test_names_give_the_split(tmp_path, write_jsonl):
    write_jsonl(tmp_path / "train" / "0.jsonl", [PAPER])
    write_jsonl(tmp_path / "train" / "1.jsonl", [PAPER])
    write_jsonl(tmp_path / "dev.jsonl", [PAPER])
    write_jsonl(tmp_path / "test-0.jsonl", [PAPER])
    splits = [split for _, split in read_folder(str(tmp_path), Skipped())]
    assert splits == ["dev", "test", "train", "train"]
    ((_, split),) = read_folder(str(tmp_path / "dev.jsonl"), Skipped())
    assert split == "dev"


def test_a_file_of_bad_records_is_an_error(tmp_path, write_jsonl):
    write_jsonl(tmp_path / "good.jsonl", [PAPER])
    write_jsonl(tmp_path / "bad.jsonl", [{"id": 1, "sections": []}, {"sections": 2}])
    with pytest.raises(ValueError, match=r"None of the 2 records .*bad\.jsonl"):
        list(read_folder(str(tmp_path), Skipped()))


def test_a_folder_without_papers_is_an_error(tmp_path):
    with pytest.raises(FileNotFoundError, match="a directory without a file"):
        list(read_folder(str(tmp_path), Skipped()))
    (tmp_path / "bad.xml").write_text("<article>")
    with pytest.raises(ValueError, match="No file with a readable paper"):
        list(read_folder(str(tmp_path), Skipped()))
    with pytest.raises(FileNotFoundError, match="not found"):
        list(read_folder(str(tmp_path / "nowhere"), Skipped()))


def test_plos_articles_have_their_journal_as_source(tmp_path):
    wheel = tmp_path / "articles.whl"
    with zipfile.ZipFile(wheel, "w") as archive:
        archive.writestr("x/a.xml", JATS.format(journal="PLoS ONE", doi="10.1/a"))
        archive.writestr("x/b.xml", "<article>")
        archive.writestr("x/c.xml", JATS.format(journal="PLOS ONE", doi="10.1/c"))
    skipped = Skipped()
    records = list(read_plos(str(wheel), skipped))
    assert [(paper.id, paper.source, split) for paper, split in records] == [
        ("10.1/a", "PLOS ONE", None),
        ("10.1/c", "PLOS ONE", None),
    ]
    assert skipped.counts == {"unreadable": 1}


def test_an_unknown_data_set_is_an_error():
    with pytest.raises(ValueError, match=r"Unknown data set 'imagenet'.*plos"):
        get_dataset("imagenet")
