import pytest

from spacy_imrad.readers import read_paper
from spacy_imrad.readers.sources import Failure, Job, list_files, read_jobs

arrow = pytest.importorskip("pyarrow")
parquet = pytest.importorskip("pyarrow.parquet")

PAPER = {
    "id": "a",
    "title": "On snow",
    "sections": [{"heading": "Methods", "level": 1, "paragraphs": ["We dug."]}],
    "year": 1999,
}
BARE = {"id": "b", "sections": [{"heading": "", "paragraphs": ["It melts."]}]}


def write(path, rows):
    parquet.write_table(arrow.Table.from_pylist(rows), path)
    return list(read_jobs(list_files([str(path.parent)])))


def test_rows_with_the_columns_of_json_lines(tmp_path):
    path = tmp_path / "papers.parquet"
    jobs = write(path, [PAPER, BARE])
    assert [job.source.name for job in jobs] == [f"{path}:1", f"{path}:2"]
    assert sum(job.share for job in jobs) == path.stat().st_size
    first, second = (read_paper(job.source, format=job.format) for job in jobs)
    assert (first.id, first.title) == ("a", "On snow")
    assert first.sections[0].paragraphs == ("We dug.",)
    assert (second.title, second.sections[0].level) == ("", 1)


def test_rows_of_text(tmp_path):
    rows = [{"id": 1, "text": "# On snow\n\n## Ice\n\nIt melts."}, {"text": None}]
    jobs = write(tmp_path / "texts.parquet", rows)
    assert [job.format for job in jobs] == ["markdown", "text"]
    assert jobs[0].source.text() == rows[0]["text"]
    (job, _) = read_jobs([str(tmp_path / "texts.parquet")], format="text")
    assert job.format == "text"


def test_rows_of_bytes_whose_format_is_known_by_their_content(tmp_path):
    rows = [{"text": rb"\documentclass{article}\begin{document}"}, {"text": b"\0"}]
    job, failure = write(tmp_path / "files.parquet", rows)
    assert isinstance(job, Job)
    assert job.format == "latex"
    assert isinstance(failure, Failure)
    assert failure.name == f"{tmp_path / 'files.parquet'}:2"
    assert "binary data" in str(failure.reason)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        ({"id": "a"}, "no column 'text' or 'sections' (it has: id)"),
        (
            {"file": "a", "section": 0, "label": "Methods", "text": "t"},
            "labels that this command wrote, not papers",
        ),
    ],
)
def test_tables_of_something_else(row, reason, tmp_path):
    (failure,) = write(tmp_path / "other.parquet", [row])
    assert reason in str(failure.reason)


def test_a_damaged_table(tmp_path):
    path = tmp_path / "papers.parquet"
    write(path, [PAPER] * 100)
    whole = path.read_bytes()
    path.write_bytes(whole[:-100])
    (failure,) = read_jobs([str(path)])
    assert "not readable as Parquet" in str(failure.reason)
    path.write_bytes(whole[:200] + bytes(100) + whole[300:])
    *_, last = read_jobs([str(path)])
    assert isinstance(last, Failure)
