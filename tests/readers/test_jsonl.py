import bz2
import gzip
import json
import logging
import lzma
from pathlib import Path

import pytest

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.jsonl import read_papers

RECORD = {
    "id": "p1",
    "source": "tests",
    "title": "On snow",
    "sections": [
        {"heading": "Methods", "level": 1, "number": "2.", "paragraphs": ["We dug."]},
        {"heading": "Sites", "level": 1, "number": "2.1", "paragraphs": []},
    ],
}
PAPER = Paper(
    id="p1",
    source="tests",
    title="On snow",
    sections=(
        PaperSection("Methods", ("We dug.",), number="2."),
        PaperSection("Sites", (), number="2.1"),
    ),
)


def _lines(*records):
    return "".join(json.dumps(record) + "\n" for record in records).encode("utf8")


@pytest.mark.parametrize(
    ("suffix", "opener"),
    [("", open), (".gz", gzip.open), (".xz", lzma.open), (".bz2", bz2.open)],
)
def test_plain_and_compressed(tmp_path, suffix, opener):
    path = tmp_path / f"papers.jsonl{suffix}"
    with opener(path, "wb") as file:
        file.write(_lines(RECORD))
    assert list(read_papers(path)) == [PAPER]
    assert list(read_papers(str(path))) == [PAPER]


def test_folder_and_list(tmp_path):
    for name in ("b", "a"):
        (tmp_path / f"{name}.jsonl").write_bytes(_lines(RECORD | {"id": name}))
    (tmp_path / "notes.txt").write_text("no papers")
    assert [paper.id for paper in read_papers(tmp_path)] == ["a", "b"]
    files = [tmp_path / "b.jsonl", tmp_path / "a.jsonl"]
    assert [paper.id for paper in read_papers(files)] == ["b", "a"]


def test_streams(tmp_path):
    path = tmp_path / "papers.jsonl.gz"
    whole = gzip.compress(_lines(*[RECORD | {"id": str(i)} for i in range(5000)]))
    path.write_bytes(whole[: len(whole) // 2])
    papers = read_papers(path)
    assert next(papers).id == "0"
    with pytest.raises(ValueError, match=r"papers\.jsonl\.gz: damaged"):
        list(papers)


@pytest.mark.parametrize(
    ("line", "reason"),
    [
        (b"{", "Expecting"),
        (b"\xff\xfe\xfd", "codec"),
        (b"[1]", "not a JSON object"),
        (_lines(RECORD | {"id": 3}), "'id' is not a string"),
        (_lines({"id": "x"}), "'sections' is not a list"),
        (_lines(RECORD | {"source": 1}), "'source' is not a string"),
        (_lines({"id": "x", "sections": ["y"]}), "section 0 is not a JSON object"),
        (
            _lines({"id": "x", "sections": [{"heading": None, "paragraphs": []}]}),
            "section 0: 'heading' is not a string",
        ),
        (
            _lines({"id": "x", "sections": [{"heading": "", "paragraphs": [1]}]}),
            "section 0: 'paragraphs' is not a list of strings",
        ),
        (
            _lines(
                {"id": "x", "sections": [{"heading": "", "paragraphs": [], "level": 0}]}
            ),
            "section 0: 'level' is not 1 or more",
        ),
        (
            _lines(
                {
                    "id": "x",
                    "sections": [{"heading": "", "paragraphs": [], "number": []}],
                }
            ),
            "section 0: 'number' is not a string",
        ),
    ],
)
def test_bad_record_is_skipped_and_logged(tmp_path, caplog, line, reason):
    path = tmp_path / "papers.jsonl"
    path.write_bytes(_lines(RECORD) + b"\n" + line.rstrip() + b"\n" + _lines(RECORD))
    with caplog.at_level(logging.WARNING):
        assert len(list(read_papers(path))) == 2
    skipped, counted = (record.getMessage() for record in caplog.records)
    assert str(path) in skipped
    assert "line 3" in skipped
    assert reason in skipped
    assert "1 of 3" in counted


def test_file_without_a_good_record(tmp_path):
    path = tmp_path / "papers.jsonl"
    path.write_text("no json\n")
    with pytest.raises(ValueError, match=r"without a readable paper \(1 bad"):
        list(read_papers(path))


def test_missing_paths_are_found_before_reading(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_papers(tmp_path / "nowhere.jsonl")
    with pytest.raises(FileNotFoundError, match="without a file"):
        read_papers(tmp_path)


def test_optional_fields(tmp_path):
    path = tmp_path / "papers.jsonl"
    section = {"heading": "Methods", "paragraphs": ["x"], "number": 2}
    path.write_bytes(_lines({"id": "x", "abstract": None, "sections": [section]}))
    (paper,) = read_papers(path)
    assert paper == Paper("x", (PaperSection("Methods", ("x",), number="2"),))


def test_depth_by_level_or_number():
    assert PaperSection("x", (), level=3).depth == 3
    assert PaperSection("x", (), number="3.1.").depth == 2
    assert PaperSection("x", (), level=2, number="4").depth == 2


def test_path_objects_are_not_iterated():
    with pytest.raises(FileNotFoundError):
        read_papers(Path("no-such-file"))
