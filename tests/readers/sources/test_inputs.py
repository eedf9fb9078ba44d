import base64
import gzip
import io
import os
import random
import tarfile
import tempfile
import threading
import zipfile
from pathlib import Path

import pytest

from spacy_imrad.readers import read_paper
from spacy_imrad.readers.sources import (
    Done,
    Failure,
    Job,
    leave_out,
    list_files,
    read_jobs,
)

FORMATS = Path(__file__).parents[3] / "examples" / "formats"
TEX = r"\documentclass{article}\begin{document}\input{part}\end{document}"


def names(files, **settings):
    return [
        job.source.name if isinstance(job, Job) else job
        for job in read_jobs(list_files(files), **settings)
    ]


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name, text in {
        "b.md": "# b",
        "a.txt": "a",
        "deep/er/c.tex": TEX,
        "deep/er/part.tex": "part",
        ".hidden.md": "h",
        ".git/d.md": "d",
        "e.png": "e",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    return tmp_path


def test_folders_and_patterns(folder):
    def below(*names):
        return [str(folder / name) for name in names]

    found = list_files([str(folder)])
    assert found == below("a.txt", "b.md", "deep/er/c.tex")
    assert list_files([str(folder / "*.md")]) == below("b.md")
    assert list_files([str(folder / "**/*.tex")]) == below(
        "deep/er/c.tex", "deep/er/part.tex"
    )
    missing, empty = list_files(
        [str(folder / "*.xyz"), str(folder / ".git/..") + "/no"]
    )
    assert isinstance(missing, Failure)
    assert empty.endswith("/no")


def test_a_loop_of_links_is_followed_once(folder):
    (folder / "deep" / "loop").symlink_to(folder, target_is_directory=True)
    (folder / "self.md").symlink_to(folder / "self.md")
    found = list_files([str(folder)])
    assert sum(str(name).endswith("b.md") for name in found) == 1
    jobs = list(read_jobs(found))
    (failure,) = [job for job in jobs if isinstance(job, Failure)]
    assert failure.name.endswith("self.md")
    assert isinstance(failure.reason, OSError)


def archive(path: Path, members: dict[str, str]) -> Path:
    if path.suffix == ".zip":
        with zipfile.ZipFile(path, "w") as file:
            for name, text in members.items():
                file.writestr(name, text)
    else:
        with tarfile.open(path, "w:gz") as file:
            for name, text in members.items():
                info = tarfile.TarInfo(name)
                info.size = len(text)
                file.addfile(info, io.BytesIO(text.encode()))
    return path


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
def test_archives(suffix, tmp_path):
    path = archive(
        tmp_path / f"papers{suffix}",
        {"x/a.md": "# a", "x/main.tex": TEX, "x/part.tex": "part", "x/b.png": "b"},
    )
    jobs = list(read_jobs([str(path)]))
    assert [job.source.name for job in jobs] == [f"{path}/x/a.md", f"{path}/x/main.tex"]
    assert jobs[1].source.beside("part.tex").text() == "part"
    unpacked = jobs[0].source.path
    assert unpacked.exists()
    del jobs
    assert not unpacked.exists()


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
@pytest.mark.parametrize("name", ["../out.md", "/out.md", "x/../../out.md", "..\\o.md"])
def test_a_name_that_leads_out_of_the_archive(name, suffix, tmp_path):
    path = archive(tmp_path / f"bad{suffix}", {"a.md": "a", name: "out"})
    before = set(tmp_path.rglob("*"))
    (failure,) = read_jobs([str(path)])
    assert isinstance(failure, Failure)
    assert "outside of it, refused" in str(failure.reason)
    assert set(tmp_path.rglob("*")) == before


def test_links_in_an_archive(tmp_path):
    path = tmp_path / "links.tar"
    with tarfile.open(path, "w") as file:
        info = tarfile.TarInfo("a.md")
        info.type = tarfile.SYMTYPE
        info.linkname = "/etc/passwd"
        file.addfile(info)
    (failure,) = read_jobs([str(path)])
    assert "'a.md' is a link, refused" in str(failure.reason)


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz", ".tar"])
def test_damaged_and_empty_archives(suffix, tmp_path):
    path = tmp_path / f"bad{suffix}"
    path.write_bytes(os.urandom(2000))
    (failure,) = read_jobs([str(path)])
    assert "not readable as an archive" in str(failure.reason)
    if suffix != ".tar":
        archive(path, {"a.png": "a"})
        (failure,) = read_jobs([str(path)])
        assert "without a file that a reader knows" in str(failure.reason)


@pytest.mark.parametrize("suffix", [".zip", ".tar.gz"])
def test_a_damaged_member_is_reported_and_the_others_are_read(suffix, tmp_path):
    noise = base64.b64encode(random.Random(0).randbytes(30_000)).decode()
    members = {"a.md": "# a", "b.md": noise, "c.md": "# c", "d.png": "d"}
    path = archive(tmp_path / f"x{suffix}", members)
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 0xFF
    path.write_bytes(content)
    *jobs, failure = sorted(
        read_jobs([str(path)]), key=lambda j: isinstance(j, Failure)
    )
    assert [job.source.name for job in jobs][:1] == [f"{path}/a.md"]
    if suffix == ".zip":
        assert [job.source.name for job in jobs] == [f"{path}/a.md", f"{path}/c.md"]
        assert failure.name == f"{path}/b.md"
    assert isinstance(failure.reason, ValueError)
    assert "damaged" in str(failure.reason)


def test_an_archive_that_unpacks_to_too_much(tmp_path, monkeypatch):
    path = archive(tmp_path / "a.zip", {"a.md": "# a" * 100, "b.md": "# b"})
    for name, limit, reason in (
        ("MOST_UNPACKED", 200, "it unpacks to"),
        ("MOST_MEMBERS", 1, "it has 2 files, more than 1"),
    ):
        with monkeypatch.context() as patch:
            patch.setattr(f"spacy_imrad.readers.sources.archives.{name}", limit)
            (failure,) = read_jobs([str(path)])
        assert reason in str(failure.reason)


def test_each_line_of_json_lines_is_a_job(tmp_path):
    path = tmp_path / "p.jsonl"
    path.write_text('{"id": "1", "sections": []}\n\n{"id": "2", "sections": []}\n')
    assert names([str(path)]) == [f"{path}:1", f"{path}:3"]


def test_the_format_may_be_given(tmp_path):
    path = tmp_path / "a.xml"
    path.write_text("# Markdown")
    (job,) = read_jobs([str(path)], format="markdown")
    assert job.format == "markdown"


def test_papers_that_are_done_are_left_out_as_often_as_they_are(folder):
    files = list_files([str(folder), str(folder / "*.md"), str(folder / "*.xyz")])
    jobs = list(read_jobs(files))
    markdown, text = str(folder / "b.md"), str(folder / "a.txt")

    def done(**settings):
        left = leave_out(jobs, {markdown: 1, text: 2}, **settings)
        return [type(job) for job in left]

    assert done() == [Done, Done, Job, Job, Failure]
    assert done(before=1) == [Done, Job, Job, Job, Failure]


# --- LaTeX papers in parts -----------------------------------------------------------


@pytest.mark.parametrize(
    "main",
    [
        TEX,
        "% comment\n\\pdfoutput=1\n" + TEX,
        "\\RequirePackage{fix-cm}\n\\documentclass[a,\nb]{svjour3}",
        "\\begin{filecontents*}{x.eps}\nabc\n\\end{filecontents*}\n" + TEX,
        "\\documentstyle[12pt]{article}",
    ],
)
def test_chapters_go_with_their_paper(main, tmp_path):
    for name, text in {
        "main.tex": main,
        "parts/intro.tex": r"\section{Introduction}",
        "parts/sub.tex": r"\documentclass[../main]{subfiles}",
        "fig/plot.tex": r"\documentclass{standalone}",
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    assert list_files([str(tmp_path)]) == [str(tmp_path / "main.tex")]


def test_chapters_without_a_paper_and_what_is_no_text_are_not_passed_over(tmp_path):
    (tmp_path / "paper").mkdir()
    (tmp_path / "paper" / "main.tex").write_text(TEX)
    (tmp_path / "paper" / "noise.tex").write_bytes(b"\0\1")
    (tmp_path / "paper" / "empty.tex").write_bytes(b"")
    (tmp_path / "thesis").mkdir()
    (tmp_path / "thesis" / "one.tex").write_text(r"\section{Introduction}")
    found = [Path(str(name)).name for name in list_files([str(tmp_path)])]
    assert found == ["empty.tex", "main.tex", "noise.tex", "one.tex"]


def test_a_project_in_an_archive_has_one_paper(tmp_path):
    """As Overleaf packs it; without a bibliography or the like they are papers."""
    begin = r"\documentclass{article}\begin{document}\section{Methods} "
    documents = {
        "letter.tex": begin + r"Dear editor, we dug once more.\end{document}",
        "paper.tex": begin + r"\input{text}\end{document}",
        "text.tex": "We dug. " * 50,
    }
    archive(tmp_path / "papers.zip", documents)
    archive(tmp_path / "project.zip", documents | {"refs.bib": "@book{a}"})
    assert len(list(read_jobs([str(tmp_path / "papers.zip")]))) == 2
    (job,) = read_jobs([str(tmp_path / "project.zip")])
    assert job.source.name.endswith("project.zip/paper.tex")
    (note,) = read_paper(job.source).warnings
    assert note == "other documents of its project were left out: letter.tex"


# --- Content that tells more than the name -------------------------------------------


def test_sources_as_arxiv_hands_them_out(tmp_path):
    archive(tmp_path / "x.tar.gz", {"main.tex": TEX, "part.tex": "part"})
    (tmp_path / "x.tar.gz").rename(tmp_path / "2301.00001.gz")
    (tmp_path / "2301.00002.gz").write_bytes(gzip.compress(TEX.encode()))
    (tmp_path / "table.csv.gz").write_bytes(gzip.compress(b"a,b"))
    (tmp_path / "2301.00003.gz").write_bytes(gzip.compress(b"a,b"))
    assert names([str(tmp_path)]) == [
        str(tmp_path / "2301.00001.gz" / "main.tex"),
        str(tmp_path / "2301.00002.gz"),
    ]
    (job,) = read_jobs([str(tmp_path / "2301.00002.gz")])
    assert job.format == "latex"


def test_word_is_no_archive():
    path = str(FORMATS / "paper.docx")
    (job,) = read_jobs([path])
    assert job.format == "docx"


@pytest.mark.skipif(not hasattr(os, "mkfifo"), reason="has no named pipes")
def test_a_pipe_is_read_once(tmp_path):
    pipe = tmp_path / "pipe.md"
    os.mkfifo(pipe)
    (tmp_path / "a.md").write_text("# a")
    assert names([str(tmp_path)]) == [str(tmp_path / "a.md")]
    writer = threading.Thread(target=pipe.write_text, args=("# Methods",))
    writer.start()
    (job,) = read_jobs([str(pipe)])
    writer.join()
    assert job.source.text() == job.source.text() == "# Methods"


def test_archives_and_many_papers_on_standard_input(tmp_path, monkeypatch):
    path = archive(tmp_path / "papers.zip", {"x/a.md": "# a", "b.txt": "b"})
    for content, expected in [
        (path.read_bytes(), ["-/b.txt", "-/x/a.md"]),
        (b'{"id": "1", "sections": []}\n' * 2, ["-:1", "-:2"]),
    ]:
        stream = io.TextIOWrapper(io.BytesIO(content))
        monkeypatch.setattr("sys.stdin", stream)
        assert names(["-"]) == expected


def test_a_stream_has_a_limit_and_may_be_closed(monkeypatch):
    monkeypatch.setattr("spacy_imrad.readers.sources.opening.MOST_STREAMED", 1000)
    monkeypatch.setattr("sys.stdin", io.TextIOWrapper(io.BytesIO(b"a" * 1001)))
    (failure,) = read_jobs(["-"])
    assert "in a stream; write it to a file" in str(failure.reason)
    monkeypatch.setattr("sys.stdin", None)
    (failure,) = read_jobs(["-"])
    assert "standard input is closed" in str(failure.reason)


def test_damaged_compression_met_while_a_folder_is_listed(tmp_path):
    # Its first block says that it is as long as no block is.
    content = gzip.compress(TEX.encode())[:10] + b"\x06" + bytes(20)
    for name in ("2301.00001.gz", "a.tex.gz", "b.tgz", "c.jsonl.gz"):
        (tmp_path / name).write_bytes(content)
    (tmp_path / "good.md").write_text("# a")
    jobs = list(read_jobs(list_files([str(tmp_path)])))
    failures = [job for job in jobs if isinstance(job, Failure)]
    assert [Path(f.name).name for f in failures] == ["a.tex.gz", "b.tgz", "c.jsonl.gz"]
    assert all(isinstance(failure.reason, ValueError) for failure in failures)
    assert len(jobs) == 4


@pytest.mark.skipif(os.name != "posix", reason="has other rights")
def test_a_folder_without_access_is_reported():
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        (folder / "closed").mkdir()
        (folder / "closed" / "a.md").write_text("# a")
        (folder / "b.md").write_text("# b")
        # All readers are loaded by who may read them.
        assert len(list_files([name])) == 2
        (folder / "closed").chmod(0)
        user = os.geteuid()
        os.seteuid(user or 65534)
        try:
            paper, failure = list_files([name])
        finally:
            os.seteuid(user)
            (folder / "closed").chmod(0o700)
    assert paper == f"{name}/b.md"
    assert failure.name == f"{name}/closed"
    assert isinstance(failure.reason, PermissionError)


# --- Noise ---------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "n_papers", "reason"),
    [
        (os.urandom(5000) + b"\0", 0, "NUL"),
        (b"noise\n" * 1000, 20, "21 lines in a row are no JSON objects"),
        (b"", 0, "no paper in it"),
    ],
)
def test_lines_of_noise_are_not_reported_one_by_one(
    content, n_papers, reason, tmp_path
):
    path = tmp_path / "noise.jsonl"
    path.write_bytes(content)
    *papers, failure = read_jobs([str(path)])
    assert len(papers) == n_papers
    assert reason in str(failure.reason)
