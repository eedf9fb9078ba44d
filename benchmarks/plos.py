"""Accuracy of pipelines on the PLOS articles of a wheel that anyone can download.

    pip download --no-deps allofplos==0.11.1 -d assets
    python -m benchmarks.plos --wheel assets/allofplos-0.11.1-py3-none-any.whl \
        --pipeline ours=bundled --pipeline alone=bundled-alone

The 122 articles (CC BY or CC0) are in no training data. Whole articles are labelled
with the headings hidden; gold labels follow the convention "ancestor", for which JATS
`sec-type` counts too. A pipeline is named as for `benchmarks.accuracy`, whose measures
the first tables have; the last one has those of `benchmarks.boundaries`.
"""

import argparse
import json
import sys
import tempfile
from collections import Counter
from collections.abc import Sequence
from dataclasses import asdict, replace
from pathlib import Path

from thinc.api import require_gpu

from spacy_imrad.document.paper import Paper
from spacy_imrad.labels import LABELS
from spacy_imrad.readers.jats import read_jats_wheel
from spacy_imrad.training.corpus import make_papers_corpus_v1
from spacy_imrad.training.gold_v1 import section_labels

from .accuracy import load_pipelines, report
from .boundaries import measure, report_boundaries

DOWNLOAD = "pip download --no-deps allofplos==0.11.1 -d"


def read_articles(wheel: Path) -> list[Paper]:
    """The articles of the wheel, their journals as sources."""
    # The journals' names were once spelled with a small "o".
    return [
        replace(paper, source=paper.field.replace("PLoS", "PLOS") or "no journal named")
        for paper in read_jats_wheel(wheel)
    ]


def count_paragraphs(paper: Paper, min_length: int) -> Counter[str | None]:
    """How many paragraphs of that many characters have each label, or none."""
    counts: Counter[str | None] = Counter()
    labels = section_labels(paper, "ancestor")
    for section, label in zip(paper.sections, labels, strict=True):
        counts[label] += sum(len(text) >= min_length for text in section.paragraphs)
    return counts


def write_papers(papers: Sequence[Paper], path: Path) -> None:
    """Write papers in the format of `spacy_imrad.readers.jsonl`."""
    with path.open("w", encoding="utf8") as file:
        for paper in papers:
            file.write(json.dumps(asdict(paper)) + "\n")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wheel", type=Path, required=True)
    parser.add_argument("--pipeline", action="append", default=[])
    parser.add_argument("--min-length", type=int, default=200, help="in characters")
    parser.add_argument(
        "--max-papers", type=int, default=0, help="articles, for a quick look"
    )
    parser.add_argument("--gpu-id", type=int, default=-1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if not args.wheel.is_file():
        sys.exit(
            f"There is no wheel '{args.wheel}'. Download it:\n"
            f"    {DOWNLOAD} {args.wheel.parent}"
        )
    if args.gpu_id >= 0:
        require_gpu(args.gpu_id)
    try:
        articles = read_articles(args.wheel)
    except ValueError as error:
        sys.exit(str(error))
    by_article = [count_paragraphs(article, args.min_length) for article in articles]
    labelled = [
        article
        for article, counts in zip(articles, by_article, strict=True)
        if any(counts[label] for label in LABELS)
    ]
    counts = sum(by_article, Counter())
    if not labelled:
        sys.exit(f"No paragraph of {args.min_length} characters has a label.")
    print(
        f"{len(articles)} articles, {len(labelled)} with labelled sections; paragraphs "
        f"of {args.min_length} or more characters: "
        + ", ".join(f"{label} {counts[label]:,}" for label in LABELS)
        + f", without label {counts[None]:,}"
    )
    scored, boundaries = {}, {}
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "plos.jsonl"
        write_papers(labelled, path)
        reader = make_papers_corpus_v1(
            str(path),
            unit="paper",
            rule="ancestor",
            tokens="paragraph",
            min_length=args.min_length,
            limit=args.max_papers,
        )
        for name, nlp in load_pipelines(args.pipeline or ["bundled"]).items():
            scored[name], boundaries[name] = measure(nlp, reader)
    figures = {
        "accuracy": report("plos, headings hidden, ancestor convention", scored),
        "boundaries": report_boundaries(boundaries),
    }
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
