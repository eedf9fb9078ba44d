"""Real papers for the benchmarks of speed: as paragraphs, and as Markdown."""

import argparse
import random
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.jats import read_jats_wheel
from spacy_imrad.readers.jsonl import read_papers
from spacy_imrad.training.gold_v1 import section_labels

CORPUS = Path("../shared/corpus/test.jsonl.xz")
MIN_LENGTH = 200


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--corpus", type=Path, default=CORPUS, help="JSON Lines")
    parser.add_argument("--wheel", type=Path, help="allofplos wheel, in its place")
    parser.add_argument("--papers", type=int, default=60)


def read(args: argparse.Namespace) -> list[Paper]:
    """The first papers with a labelled paragraph, the sources mixed."""
    papers = read_all(args)
    return list(islice((p for p in papers if labelled_paragraphs([p])), args.papers))


def read_all(args: argparse.Namespace) -> list[Paper]:
    """All papers, the sources mixed."""
    if args.wheel:
        papers = list(read_jats_wheel(args.wheel))
    elif args.corpus.exists():
        papers = list(read_papers(args.corpus))
    else:
        raise SystemExit(
            f"There is no corpus '{args.corpus}'. Name one, or the wheel of "
            "`pip download --no-deps allofplos==0.11.1` with --wheel."
        )
    random.Random(0).shuffle(papers)
    return papers


def labelled_paragraphs(papers: Sequence[Paper]) -> list[tuple[str, str]]:
    """Paragraphs of a length that the data set has, with their gold labels."""
    return [
        (" ".join(text.split()), label)
        for paper in papers
        for section, label in zip(
            paper.sections, section_labels(paper, "unarxive"), strict=True
        )
        if label is not None
        for text in section.paragraphs
        if len(text) >= MIN_LENGTH
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
