"""Real papers for the benchmarks: as JSON Lines, as paragraphs, and as Markdown."""

import argparse
import json
import random
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import replace
from itertools import islice
from pathlib import Path

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.jats import read_jats_wheel
from spacy_imrad.readers.jsonl import read_papers, to_record
from spacy_imrad.training.gold import labelled_paragraphs as gold_paragraphs

PLOS = Path("assets/allofplos-0.11.1-py3-none-any.whl")
DOWNLOAD = f"pip download --no-deps allofplos==0.11.1 -d {PLOS.parent}"
MIN_LENGTH = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    add_corpus(parser)
    parser.add_argument("--papers", type=int, default=60)


def add_corpus(parser: argparse.ArgumentParser) -> None:
    text = "JSON Lines, or the wheel with PLOS articles"
    parser.add_argument("--corpus", type=Path, default=PLOS, help=text)


def read(args: argparse.Namespace) -> list[Paper]:
    """The first papers with a labelled paragraph, the sources mixed."""
    papers = read_mixed(args.corpus)
    return list(islice((p for p in papers if labelled_paragraphs([p])), args.papers))


def read_mixed(corpus: Path) -> list[Paper]:
    papers = read_all(corpus)
    random.Random(0).shuffle(papers)
    return papers


def read_all(corpus: Path) -> list[Paper]:
    """The papers of a corpus; the sources of PLOS articles are their journals."""
    if not corpus.exists():
        raise SystemExit(
            f"There is no corpus '{corpus}'. Name one with --corpus, or download one:\n"
            f"    {DOWNLOAD}"
        )
    if corpus.suffix != ".whl":
        return list(read_papers(corpus))
    # The journals' names were once spelled with a small "o".
    return [
        replace(paper, source=paper.field.replace("PLoS", "PLOS") or "no journal named")
        for paper in read_jats_wheel(corpus)
    ]


@contextmanager
def as_json_lines(corpus: Path) -> Iterator[Path]:
    """A corpus as the file that `spacy-imrad.PapersCorpus.v2` reads."""
    if corpus.suffix != ".whl" and corpus.exists():
        yield corpus
        return
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "papers.jsonl"
        write_papers(read_all(corpus), path)
        yield path


def write_papers(papers: Sequence[Paper], path: Path) -> None:
    lines = (json.dumps(to_record(paper)) + "\n" for paper in papers)
    path.write_text("".join(lines), encoding="utf8")


def labelled_paragraphs(papers: Sequence[Paper]) -> list[tuple[str, str]]:
    """Paragraphs of a length that the data set has, with their gold labels."""
    return [
        (" ".join(text.split()), label)
        for paper in papers
        for text, label in gold_paragraphs(paper, "unarxive", MIN_LENGTH)
    ]


def as_markdown(paper: Paper) -> str:
    blocks = [f"# {paper.title}"] if paper.title else []
    for section in paper.sections:
        if section.heading.strip():
            heading = " ".join(section.heading.split())
            blocks.append(f"{'#' * (section.depth + 1)} {heading}")
        blocks += [" ".join(text.split()) for text in section.paragraphs]
    return "\n\n".join(blocks)


def n_paragraphs(paper: Paper) -> int:
    return sum(len(section.paragraphs) for section in paper.sections)
