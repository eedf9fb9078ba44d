"""Where pipelines err: under which headings, or in which papers.

    python -m benchmarks.errors --corpus ../shared/corpus/test.jsonl.xz \
        --pipeline large=bundled --pipeline small=imrad_distilbert_sm
    python -m benchmarks.errors --wheel assets/allofplos-0.11.1-py3-none-any.whl \
        --convention ancestor --by paper

Whole papers are labelled with their headings hidden; a pipeline is named as for
`benchmarks.accuracy`. Where there are several, a column says how many paragraphs none
of them gets right.
"""

import argparse
import tempfile
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import NamedTuple

import numpy
from spacy.language import Language

from spacy_imrad.document.lexicon import normalise_title
from spacy_imrad.document.paper import Paper
from spacy_imrad.labels import CONVENTIONS, LABELS, Convention
from spacy_imrad.training.gold_v1 import section_labels

from . import texts
from .accuracy import batches, load_pipelines, predict
from .plos import write_papers


class Judged(NamedTuple):
    """A paragraph: where it stands, and its labels' indices."""

    heading: str
    paper: str
    gold: int
    found: tuple[int, ...]


def labelled_headings(paper: Paper, convention: Convention) -> list[str]:
    """The heading right over each labelled paragraph."""
    labels = section_labels(paper, convention)
    return [
        normalise_title(section.heading)
        for section, label in zip(paper.sections, labels, strict=True)
        if label is not None
        for text in section.paragraphs
        if len(text) >= texts.MIN_LENGTH
    ]


def judge(
    papers: list[Paper], convention: Convention, pipelines: dict[str, Language]
) -> Iterator[Judged]:
    """Each labelled paragraph, and what each pipeline makes of it.

    papers: All with a labelled paragraph.
    """
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "papers.jsonl"
        write_papers(papers, path)
        nlp = next(iter(pipelines.values()))
        unread = iter(papers)
        for _, docs, golds in batches(nlp, path, f"papers-{convention}", 0):
            predictions = [predict(nlp, docs) for nlp in pipelines.values()]
            for gold, *of_doc in zip(golds, *predictions, strict=True):
                paper = next(unread)
                found = [predicted.scores.argmax(axis=1) for predicted in of_doc]
                labelled = numpy.flatnonzero(gold >= 0)
                headings = labelled_headings(paper, convention)
                for heading, row in zip(headings, labelled, strict=True):
                    answers = tuple(int(labels[row]) for labels in found)
                    yield Judged(heading, paper.id, int(gold[row]), answers)


def report(
    paragraphs: list[Judged], by: str, names: list[str], n_rows: int
) -> list[list[str]]:
    """RETURNS: The rows of the table, those with most errors of the first pipeline on
    top, and all together below."""
    groups: dict[str, list[Judged]] = {}
    for paragraph in paragraphs:
        groups.setdefault(getattr(paragraph, by), []).append(paragraph)
    worst = sorted(groups.items(), key=lambda item: -_errors(item[1], 0))
    return [
        _row(name, group, len(names))
        for name, group in [*worst[:n_rows], (f"all {len(groups):,}", paragraphs)]
    ]


def _row(name: str, group: list[Judged], n_pipelines: int) -> list[str]:
    wrong = Counter(LABELS[x.found[0]] for x in group if x.found[0] != x.gold)
    gold = Counter(LABELS[x.gold] for x in group)
    shared = sum(x.gold not in x.found for x in group)
    return [
        name,
        f"{len(group):,}",
        _names(gold),
        *(f"{_errors(group, i):,}" for i in range(n_pipelines)),
        *([f"{shared:,}"] if n_pipelines > 1 else []),
        _names(wrong),
    ]


def _errors(group: list[Judged], pipeline: int) -> int:
    return sum(x.found[pipeline] != x.gold for x in group)


def _names(counts: Counter[str]) -> str:
    return ", ".join(f"{name} {n:,}" for name, n in counts.most_common(3))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, default=texts.CORPUS, help="JSON Lines")
    parser.add_argument("--wheel", type=Path, help="allofplos wheel, in its place")
    parser.add_argument("--convention", choices=CONVENTIONS, default="unarxive")
    parser.add_argument("--by", choices=("heading", "paper"), default="heading")
    parser.add_argument("--pipeline", action="append")
    parser.add_argument("--rows", type=int, default=12)
    args = parser.parse_args()
    papers = [
        paper
        for paper in texts.read_all(args)
        if labelled_headings(paper, args.convention)
    ]
    pipelines = load_pipelines(args.pipeline or ["bundled"])
    paragraphs = list(judge(papers, args.convention, pipelines))
    names = list(pipelines)
    several = ["of all"] if len(names) > 1 else []
    columns = [args.by, "paragraphs", "gold", *names, *several, "taken for"]
    print(f"Errors by {args.by}, headings hidden, {args.convention} convention\n")
    print(f"| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    for row in report(paragraphs, args.by, names, args.rows):
        print(f"| {' | '.join(row)} |")


if __name__ == "__main__":
    main()
