"""Where pipelines begin a new section in text without headings.

    pip download --no-deps allofplos==0.11.1 -d assets
    python -m benchmarks.boundaries --pipeline bundled --pipeline alone=bundled-alone

Each pipeline labels a paper's paragraphs with the headings hidden and makes its
sections of them as it does for a user. They are compared with the gold labels at every
place between two labelled paragraphs that follow each other; the unlabelled ones
between them, if any, can hold the boundary.

- A gold boundary is where the label changes, a predicted one where a section of the
  pipeline's begins. Precision, recall and F1 count exact places, over all papers.
- P_k (Beeferman et al., 1999): how often two labelled paragraphs k places apart are
  together in one section by the gold and apart by the pipeline, or the reverse; k is
  half the paper's mean gold section, rounded, at least 1. The mean over all papers with
  two or more labelled paragraphs; less is better.
- Accuracy: the share of labelled paragraphs whose section has their label.
"""

import argparse
import json
import sys
from bisect import bisect_right
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy
from numpy.typing import NDArray
from spacy.language import Language
from thinc.api import require_gpu

from spacy_imrad.labels import CONVENTIONS, LABELS
from spacy_imrad.models.types import OutlinedDoc
from spacy_imrad.pipeline.annotations import Prediction
from spacy_imrad.pipeline.gold_paragraphs import GoldKeys, gold_paragraphs, no_segmenter
from spacy_imrad.pipeline.imrad_classifier import ImradClassifier
from spacy_imrad.pipeline.loading import find_classifier
from spacy_imrad.training.corpus import PapersCorpus, make_papers_corpus_v2

from . import texts
from .accuracy import load_pipelines, predict


@dataclass(frozen=True)
class Boundaries:
    """Boundaries of one paper or, summed, of several.

    p_k: One for each paper that has two or more labelled paragraphs.
    labelled, right: Paragraphs with a gold label, and those whose section has it.
    """

    hits: int = 0
    predicted: int = 0
    gold: int = 0
    p_k: tuple[float, ...] = ()
    labelled: int = 0
    right: int = 0

    def __add__(self, other: "Boundaries") -> "Boundaries":
        return Boundaries(
            self.hits + other.hits,
            self.predicted + other.predicted,
            self.gold + other.gold,
            self.p_k + other.p_k,
            self.labelled + other.labelled,
            self.right + other.right,
        )

    def figures(self) -> dict[str, float]:
        """Precision, recall, F1 and accuracy are 0 where there is nothing to count, as
        for the labels; P_k is left out."""
        both = self.predicted + self.gold
        p_k = {"p_k": sum(self.p_k) / len(self.p_k)} if self.p_k else {}
        return {
            "papers": len(self.p_k),
            "gold": self.gold,
            "predicted": self.predicted,
            "precision": self.hits / self.predicted if self.predicted else 0.0,
            "recall": self.hits / self.gold if self.gold else 0.0,
            "f1": 2 * self.hits / both if both else 0.0,
            **p_k,
            "accuracy": self.right / self.labelled if self.labelled else 0.0,
        }


def find_boundaries(
    gold: Sequence[int], sections: Sequence[int], labels: Sequence[int]
) -> Boundaries:
    """Compare the sections predicted for one paper with its gold labels.

    gold: The label's index for each paragraph, -1 where there is none.
    sections: For each paragraph the number of the predicted section that it lies in,
        never less than the one before.
    labels: The label's index for the section of each paragraph.
    """
    labelled = [row for row, label in enumerate(gold) if label >= 0]
    right = sum(labels[row] == gold[row] for row in labelled)
    if len(labelled) < 2:
        return Boundaries(labelled=len(labelled), right=right)
    expected = numpy.diff([gold[row] for row in labelled]) != 0
    found = numpy.diff([sections[row] for row in labelled]) != 0
    return Boundaries(
        int((expected & found).sum()),
        int(found.sum()),
        int(expected.sum()),
        (_p_k(expected, found),),
        len(labelled),
        right,
    )


def _p_k(expected: NDArray[numpy.bool_], found: NDArray[numpy.bool_]) -> float:
    gold, predicted = (numpy.r_[0, changes.cumsum()] for changes in (expected, found))
    k = max(1, round(len(gold) / (gold[-1] + 1) / 2))
    together = [ids[k:] == ids[:-k] for ids in (gold, predicted)]
    return float((together[0] != together[1]).mean())


def predict_sections(
    pipe: ImradClassifier, outlined: OutlinedDoc, scores: NDArray[numpy.float32]
) -> tuple[list[int], list[int]]:
    """Let the pipe annotate the Doc.

    scores: Probabilities, the outline's prose paragraphs x labels.
    RETURNS: For each of these paragraphs the number of its section, and the index of
        that one's label.
    """
    doc, outline = outlined
    pipe.set_annotations([doc], [Prediction(outline, scores)])
    spans = list(doc.spans[pipe.cfg["spans_key"]])
    starts = [span.start_char for span in spans]
    numbers = [bisect_right(starts, part.start) for _, part in outline.prose()]
    return numbers, [pipe.labels.index(spans[i - 1].label_) for i in numbers]


def measure(nlp: Language, reader: PapersCorpus) -> dict[str, Boundaries]:
    """The boundaries of whole papers without headings, by source."""
    pipe = find_classifier(nlp)
    boundaries: dict[str, Boundaries] = {}
    for example in reader(nlp):
        outlined, rows = gold_paragraphs(example, LABELS, no_segmenter, GoldKeys())
        (predicted,) = predict(nlp, [outlined])
        source = example.reference.user_data["imrad_source"]
        sections = predict_sections(pipe, outlined, predicted.scores)
        found = find_boundaries(rows.tolist(), *sections)
        boundaries[source] = boundaries.get(source, Boundaries()) + found
    return boundaries


def report_boundaries(
    results: dict[str, dict[str, Boundaries]],
) -> dict[str, dict[str, dict[str, float]]]:
    """Print the table of pipelines and sources; RETURNS its figures."""
    print(
        "\n| pipeline | source | papers | gold | predicted | P | R | F1 | P_k "
        "| accuracy |"
    )
    print("|---" * 10 + "|")
    figures: dict[str, dict[str, dict[str, float]]] = {}
    for name, by_source in results.items():
        rows = {"all": add_up(by_source.values()), **dict(sorted(by_source.items()))}
        figures[name] = {source: row.figures() for source, row in rows.items()}
        for source, row in figures[name].items():
            p_k = f"{row['p_k']:.4f}" if "p_k" in row else "–"
            print(
                f"| {name} | {source} | {row['papers']:,} | {row['gold']:,} "
                f"| {row['predicted']:,} | {row['precision']:.4f} "
                f"| {row['recall']:.4f} | {row['f1']:.4f} | {p_k} "
                f"| {row['accuracy']:.4f} |"
            )
    sys.stdout.flush()
    return figures


def add_up(boundaries: Iterable[Boundaries]) -> Boundaries:
    return sum(boundaries, Boundaries())


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    texts.add_corpus(parser)
    parser.add_argument("--pipeline", action="append", required=True)
    parser.add_argument("--convention", choices=CONVENTIONS, default="ancestor")
    parser.add_argument("--min-length", type=int, default=200, help="in characters")
    parser.add_argument("--limit", type=int, default=0, help="papers, for a quick look")
    parser.add_argument("--gpu-id", type=int, default=-1)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    if args.gpu_id >= 0:
        require_gpu(args.gpu_id)
    with texts.as_json_lines(args.corpus) as path:
        reader = make_papers_corpus_v2(
            str(path),
            unit="paper",
            convention=args.convention,
            tokens="paragraph",
            min_length=args.min_length,
            limit=args.limit,
        )
        results = {
            name: measure(nlp, reader)
            for name, nlp in load_pipelines(args.pipeline).items()
        }
    figures = report_boundaries(results)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
