"""``view``: from files to pages."""

import shutil
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from spacy_imrad.cli import app
from spacy_imrad.cli.view import view
from spacy_imrad.view import LOW_CONFIDENCE

TEXT = """# {title}

## Methods

We propose a model, and the samples were from the data of earlier studies.

## Results

The data show a significant decrease.
"""


@pytest.fixture
def papers(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    (folder / "more").mkdir(parents=True)
    for name in ("a.txt", "b.txt", "more/a.txt"):
        text = TEXT.format(title=f"On {name}")
        (folder / name).write_text(text, encoding="utf8")
    (folder / "picture.xyz").write_bytes(b"\x00")
    return folder


def run(*args: object, **kwargs: Any) -> Any:
    return CliRunner().invoke(app, ["view", *map(str, args)], **kwargs)


def test_one_paper_is_one_file(papers: Path, pipeline: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    result = run(papers / "a.txt", "-o", page, "-p", pipeline)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{page}\n"
    assert result.stderr == ""
    html = page.read_text(encoding="utf8")
    assert "<h1>On a.txt</h1>" in html
    assert "All papers" not in html


def test_a_folder_is_an_index_and_a_page_each(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    site = tmp_path / "site"
    result = run(papers, "-o", site, "-p", pipeline)
    assert result.exit_code == 0, result.output
    assert result.stdout == f"{site / 'index.html'}\n"
    names = ["a.html", "a-2.html", "b.html"]
    assert {path.name for path in site.iterdir()} == {"index.html", *names}
    index = (site / "index.html").read_text(encoding="utf8")
    for name in names:
        assert f'href="{name}"' in index
        assert 'href="index.html"' in (site / name).read_text(encoding="utf8")


def test_standard_input(pipeline: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    text = TEXT.format(title="Read from a pipe")
    result = run("-", "-o", page, "-p", pipeline, input=text)
    assert result.exit_code == 0, result.output
    assert "<h1>Read from a pipe</h1>" in page.read_text(encoding="utf8")


def test_one_page_takes_no_second_paper(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    result = run(papers, "-o", page, "-p", pipeline)
    assert result.exit_code == 2
    assert "one page for 3 papers" in result.stderr
    assert not page.exists()


def test_low_confidence_is_a_setting(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    for threshold, expected in ((0.0, False), (1.0, True)):
        page = tmp_path / f"{threshold}.html"
        args = (papers / "a.txt", "-o", page, "-p", pipeline)
        result = run(*args, "--low-confidence", threshold)
        assert result.exit_code == 0, result.output
        assert ("uncertain</em>" in page.read_text(encoding="utf8")) == expected


def test_explained_sentences_are_marked(pipeline: str, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    text = "We propose a model of samples. The results show a significant decrease."
    for flags, expected in (([], False), (["--explain"], True)):
        args = ("-", "-o", page, "-p", pipeline, "--overwrite", *flags)
        result = run(*args, input=text)
        assert result.exit_code == 0, result.output
        assert (
            "underlined</span> sentence" in page.read_text(encoding="utf8")
        ) == expected


def test_a_bad_file_is_reported_and_the_others_are_done(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    (papers / "b.txt").write_bytes(b"Mach\xe8re")
    site = tmp_path / "site"
    result = run(papers, tmp_path / "missing.txt", "-o", site, "-p", pipeline)
    assert result.exit_code == 1
    bad, missing = result.stderr.splitlines()
    assert bad.startswith(f"error: {papers / 'b.txt'}: not UTF-8 text (byte 4 is 0xe8)")
    assert missing == f"error: {tmp_path / 'missing.txt'}: No such file or directory"
    assert {path.name for path in site.iterdir()} == {
        "index.html",
        "a.html",
        "a-2.html",
    }


def test_a_file_without_text_has_a_page_and_a_note(
    pipeline: str, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    result = run("-", "-o", page, "-p", pipeline, input=" \n")
    assert result.exit_code == 0, result.output
    assert result.stderr == "note: -: nothing to label\n"
    assert page.is_file()


def test_an_archive_is_a_folder_of_papers(
    papers: Path, pipeline: str, tmp_path: Path
) -> None:
    archive = shutil.make_archive(str(tmp_path / "papers"), "zip", papers)
    site = tmp_path / "site"
    result = run(archive, "-o", site, "-p", pipeline)
    assert result.exit_code == 0, result.output
    assert len(list(site.glob("*.html"))) == 4
    page = tmp_path / "page.html"
    result = run(archive, "-o", page, "-p", pipeline)
    assert result.exit_code == 2
    assert "one page for 2 papers or more; name a folder instead" in result.stderr
    assert not page.exists()


def test_default_is_that_of_python() -> None:
    assert signature(view).parameters["low_confidence"].default == LOW_CONFIDENCE


def test_an_unusable_pipeline_is_a_usage_error(papers: Path, tmp_path: Path) -> None:
    result = run(papers, "-o", tmp_path / "site", "-p", tmp_path / "none")
    assert result.exit_code == 2
    assert result.stderr.startswith(f"error: {tmp_path / 'none'}: ")
