"""The scripts that collect JATS articles and make training papers of them."""

import random
import subprocess
import sys
from pathlib import Path

import pytest

from spacy_imrad.readers.jsonl import read_papers

SCRIPTS = Path(__file__).parents[2] / "scripts"
COLLECT, SCRIPT = SCRIPTS / "collect_articles.py", SCRIPTS / "open_articles.py"
CC = "https://creativecommons.org/licenses"
WORDS = [
    "leaf",
    "root",
    "soil",
    "rain",
    "seed",
    "dried",
    "ground",
    "weighed",
    "sown",
    "counted",
    "twice",
    "daily",
]


def write_article(
    folder: Path, name: str, license: str, text_of: str | None = None
) -> str:
    doi = f"10.5555/{name}"
    body = " ".join(random.Random(text_of or name).choices(WORDS, k=200))
    file = folder / f"{name}.xml"
    file.write_text(
        f"""<article xmlns:xlink="http://www.w3.org/1999/xlink"><front><article-meta>
        <article-id pub-id-type="doi">{doi}</article-id>
        <title-group><article-title>On {doi}</article-title></title-group>
        <permissions><license xlink:href="{license}"/></permissions>
        </article-meta></front><body>
        <sec><title>Materials and methods</title><p>{body}</p></sec>
        </body></article>""",
        encoding="utf8",
    )
    return doi


def run(articles: Path, output: Path, *options: str) -> str:
    command = [sys.executable, str(SCRIPT), str(articles), str(output), *options]
    result = subprocess.run(command, capture_output=True, text=True, timeout=120)
    assert result.returncode == 0, result.stderr
    return result.stderr


@pytest.fixture
def articles(tmp_path: Path) -> Path:
    folder = tmp_path / "articles"
    folder.mkdir()
    return folder


def ids(output: Path, split: str) -> set[str]:
    return {paper.id for paper in read_papers(output / f"{split}-epmc-jats.jsonl.xz")}


def test_only_open_articles_are_kept(articles: Path, tmp_path: Path) -> None:
    kept = {
        write_article(articles, "by", f"{CC}/by/4.0/"),
        write_article(articles, "zero", f"{CC[:-9]}/publicdomain/zero/1.0/"),
    }
    for kind in ("by-nc", "by-nd", "by-sa", "by-nc-nd"):
        write_article(articles, kind, f"{CC}/{kind}/4.0/")
    (articles / "notes.xml").write_text("<notes/>")
    report = run(articles, tmp_path / "out", "--dev-share", "0")
    assert ids(tmp_path / "out", "train") == kept
    assert "'licence': 4" in report
    assert "'no article': 1" in report


def test_what_is_held_out_is_not_trained_on(articles: Path, tmp_path: Path) -> None:
    write_article(articles, "test", f"{CC}/by/4.0/")
    run(articles, tmp_path / "held", "--dev-share", "0")
    other = write_article(articles, "other", f"{CC}/by/4.0/")
    write_article(articles, "copy", f"{CC}/by/4.0/", text_of="test")
    held_out = tmp_path / "held" / "train-epmc-jats.jsonl.xz"
    report = run(
        articles, tmp_path / "out", "--held-out", str(held_out), "--dev-share", "0"
    )
    assert ids(tmp_path / "out", "train") == {other}
    assert "'held out': 1" in report
    assert "'duplicate': 1" in report


def test_articles_come_out_of_the_history_of_repositories(tmp_path: Path) -> None:
    repository, collected = tmp_path / "repository", tmp_path / "collected"
    repository.mkdir()
    git = ["git", "-C", str(repository), "-c", "user.name=a", "-c", "user.email=a@b.c"]
    subprocess.run([*git, "init", "--quiet"], check=True)
    for name in ("first", "second"):
        write_article(repository, name, f"{CC}/by/4.0/")
        (repository / "notes.xml").write_text(f"<notes>{name}</notes>")
        subprocess.run([*git, "add", "--all"], check=True)
        subprocess.run([*git, "commit", "--quiet", "-m", name], check=True)
        (repository / f"{name}.xml").unlink()
    command = [sys.executable, str(COLLECT), str(collected), str(repository)]
    subprocess.run(command, check=True, timeout=60)
    run(collected, tmp_path / "out", "--dev-share", "0")
    assert ids(tmp_path / "out", "train") == {"10.5555/first", "10.5555/second"}


def test_an_article_is_always_in_the_same_split(articles: Path, tmp_path: Path) -> None:
    names = {write_article(articles, f"a{n}", f"{CC}/by/4.0/") for n in range(20)}
    splits = []
    for output in (tmp_path / "one", tmp_path / "two"):
        run(articles, output, "--dev-share", "0.4")
        splits.append((ids(output, "train"), ids(output, "dev")))
        write_article(articles, "late", f"{CC}/by/4.0/")
    (train, dev), (later_train, later_dev) = splits
    assert train | dev == names
    assert train
    assert dev
    assert train <= later_train
    assert dev <= later_dev
