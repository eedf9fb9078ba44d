"""Accuracy of pipelines on papers with gold labels, per source and per label.

    pip download --no-deps allofplos==0.11.1 -d assets
    python -m benchmarks.accuracy --pipeline bundled --pipeline alone=bundled-alone
    python -m benchmarks.accuracy --corpus papers.jsonl --task papers-ancestor \
        --pipeline bundled --errors heading

A corpus is the wheel with 122 PLOS articles (CC BY or CC0), which are in no training
data, or JSON Lines. Gold labels are those of `spacy-imrad.PapersCorpus.v2`, or with
`--gold v1` those of `v1`; with both the first table says how many differ.

A pipeline is `bundled`, `bundled-alone` (its paragraphs without context), the name of
other bundled weights (`imrad_distilbert_sm`), or a folder; with `@unarxive` behind it
(`bundled@unarxive`) it labels by the unarXive data set's convention. The outline comes
from the data, so that the figures are those of the classifier.

In `papers-unseen-headings` every heading that names a section has another name, which
no lexicon knows, and only the paragraphs right under one count. `--viterbi` adds a row
for the named pipeline's scores decoded with transitions counted in `--train`; such a
path has no probabilities, hence no calibration error. `--errors` adds a table of the
headings, or the papers, under which the first pipeline errs most.
"""

import argparse
import json
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from functools import cache
from hashlib import blake2b
from itertools import product
from pathlib import Path
from typing import Any, NamedTuple

import numpy
import spacy
from numpy.typing import NDArray
from spacy.language import Language
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import require_gpu

from spacy_imrad.document.lexicon import normalise_title, section_label
from spacy_imrad.document.outline import Outline
from spacy_imrad.evaluation.metrics import N_BINS, Scored
from spacy_imrad.labels import CONVENTIONS, LABELS
from spacy_imrad.models.encoder.cache import EncodingCache
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.models.encoder.shim import EncoderConfig
from spacy_imrad.models.types import OutlinedDoc
from spacy_imrad.pipeline.annotations import Prediction
from spacy_imrad.pipeline.gold_paragraphs import GoldKeys, gold_paragraphs, no_segmenter
from spacy_imrad.pipeline.grouping import viterbi_path
from spacy_imrad.pipeline.loading import find_classifier, load_pipeline
from spacy_imrad.training.corpus import make_papers_corpus_v1, make_papers_corpus_v2

from . import texts

PAPERS: dict[str, Any] = {"unit": "paper", "convention": "ancestor"}
TASKS: dict[str, dict[str, Any]] = {
    "paragraphs": {"unit": "paragraph", "convention": "unarxive"},
    "papers-unarxive": {**PAPERS, "convention": "unarxive", "headings": "hide"},
    "papers-ancestor": {**PAPERS, "headings": "hide"},
    "papers-headings": {**PAPERS, "headings": "show"},
    "papers-unseen-headings": {**PAPERS, "headings": "show"},
}
# Names that nobody gives a section; a paper takes those of each label in turn.
HELD_OUT = {
    "Introduction": ("Why We Looked Into This", "Setting the Scene for the Reader"),
    "Methods": ("How the Work Was Done", "What We Built and Why It Works"),
    "Results": ("What Came Out of It", "The Numbers in Front of Us"),
    "Related Work": ("Those Who Went Before Us", "How Others Went About It"),
    "Discussion": ("Making Sense of It All", "Where This Leaves Us Now"),
}


def load(name: str) -> Language:
    name, _, convention = name.partition("@")
    if name == "bundled-alone":
        nlp = spacy.blank("en")
        nlp.add_pipe("imrad_classifier", config={"model": {"context": False}})
        return nlp
    return load_pipeline(None if name == "bundled" else name, convention or None)  # type: ignore[arg-type]


def load_pipelines(items: Iterable[str]) -> dict[str, Language]:
    """Pipelines by name, from `NAME=PIPELINE` or `PIPELINE`."""
    pipelines = {}
    for item in items:
        name, _, path = item.rpartition("=")
        pipelines[name or path] = load(path)
    return pipelines


def predict(nlp: Language, docs: Sequence[OutlinedDoc]) -> list[Prediction]:
    """What the pipe predicts. Encoders that are the same read each text once: tasks and
    pipelines have most texts in common."""
    classifier = find_classifier(nlp)
    encoded = _cache_of(nlp).encode_docs(classifier.model, list(docs))
    return classifier.predict_outlined(docs, encoded)


@cache
def _cache_of(nlp: Language) -> EncodingCache:
    shim = encoder_shim(find_classifier(nlp).model)
    # The same weights say something else in another runtime, if by little.
    return _shared_cache(blake2b(shim.to_bytes()).digest(), shim.config)


@cache
def _shared_cache(weights: bytes, config: EncoderConfig) -> EncodingCache:
    return EncodingCache()


class Corpus(NamedTuple):
    """Papers as JSON Lines, and by which version of the reader their gold is found."""

    path: Path
    gold: str = "v2"
    limit: int = 0

    def read(self, nlp: Language, **options: Any) -> Iterator[Example]:
        options = {"tokens": "paragraph", "limit": self.limit, **options}
        if self.gold == "v2":
            return make_papers_corpus_v2(str(self.path), **options)(nlp)
        options["rule"] = options.pop("convention")
        return make_papers_corpus_v1(str(self.path), **options)(nlp)


class Gold(NamedTuple):
    """A Doc to label; the index of each paragraph's gold label, -1 without one."""

    example: Example
    outlined: OutlinedDoc
    rows: NDArray[numpy.intp]

    @classmethod
    def of(cls, example: Example) -> "Gold":
        return cls(example, *gold_paragraphs(example, LABELS, no_segmenter, GoldKeys()))


def score(
    nlp: Language,
    corpus: Corpus,
    task: str,
    transitions: NDArray[numpy.float64] | None = None,
) -> Scored:
    """transitions: If given, labels are those of the most probable path."""
    gold, probabilities, sources = [], [], []
    for batch in minibatch(map(Gold.of, corpus.read(nlp, **TASKS[task])), 64):
        docs, rows_of_docs = [x.outlined for x in batch], [x.rows for x in batch]
        if task == "papers-unseen-headings":
            docs, rows_of_docs = only_unseen(docs, rows_of_docs)
        for of_doc, predicted, rows in zip(
            batch, predict(nlp, docs), rows_of_docs, strict=True
        ):
            scores = predicted.scores
            if transitions is not None:
                path = viterbi_path(scores, transitions)
                scores = numpy.eye(len(LABELS), dtype="f")[path]
            labelled = rows >= 0
            gold.append(rows[labelled])
            probabilities.append(scores[labelled])
            source = of_doc.example.reference.user_data["imrad_source"]
            sources += [source] * int(labelled.sum())
    return Scored(
        numpy.concatenate(gold), numpy.concatenate(probabilities), numpy.array(sources)
    )


def learn_transitions(corpus: Corpus, convention: str) -> NDArray[numpy.float64]:
    """Count which label follows which, from labelled paragraph to labelled paragraph.

    RETURNS: Log probabilities, labels before x labels after; a last row for the start.
    """
    counts = numpy.ones((len(LABELS) + 1, len(LABELS)))
    options = {**PAPERS, "convention": convention}
    for gold in map(Gold.of, corpus.read(spacy.blank("en"), **options)):
        previous = len(LABELS)
        for label in gold.rows[gold.rows >= 0]:
            counts[previous, label] += 1
            previous = label
    return numpy.log(counts / counts.sum(axis=1, keepdims=True))


def rename_headings(outline: Outline, turn: int) -> tuple[Outline, set[int]]:
    """Give every section whose heading names a label a held-out heading instead.

    turn: Which of the label's headings, counted around.
    RETURNS: The outline with the other titles, and the indices of those sections.
    """
    sections = list(outline.sections)
    renamed = set()
    for index, section in enumerate(sections):
        label = section_label(section.title)
        if section.heading is not None and label is not None:
            names = HELD_OUT[label]
            title = names[turn % len(names)]
            heading = replace(section.heading, title=title)
            sections[index] = replace(section, heading=heading)
            renamed.add(index)
    return Outline(tuple(sections)), renamed


def only_unseen(
    docs: list[OutlinedDoc], golds: list[NDArray[numpy.intp]]
) -> tuple[list[OutlinedDoc], list[NDArray[numpy.intp]]]:
    """The Docs with held-out headings, and the labels of paragraphs right under one."""
    renamed_docs, kept = [], []
    for turn, (outlined, gold) in enumerate(zip(docs, golds, strict=True)):
        outline, renamed = rename_headings(outlined.outline, turn)
        under = [index in renamed for index, _ in outline.prose()]
        renamed_docs.append(OutlinedDoc(outlined.doc, outline))
        kept.append(numpy.where(under, gold, -1))
    return renamed_docs, kept


def report(task: str, scored: dict[str, Scored]) -> dict[str, object]:
    """Print the tables of a task; RETURNS their figures."""
    print(f"\n## {task}\n")
    print(
        "| pipeline | source | paragraphs | accuracy | weighted F1 | macro F1 | ECE |"
    )
    print("|---|---|---|---|---|---|---|")
    for name, result in scored.items():
        rows = {"all": result.figures(), **result.by_source()}
        for source, row in rows.items():
            ece = "–" if "Viterbi" in name else f"{row['ece']:.4f}"
            print(
                f"| {name} | {source} | {int(row['paragraphs']):,} "
                f"| {row['accuracy']:.4f} | {row['weighted_f1']:.4f} "
                f"| {row['macro_f1']:.4f} | {ece} |"
            )
    print("\n| pipeline | label | paragraphs | precision | recall | F1 |")
    print("|---|---|---|---|---|---|")
    for name, result in scored.items():
        for label, row in result.by_label().items():
            print(
                f"| {name} | {label} | {int(row['paragraphs']):,} "
                f"| {row['p']:.4f} | {row['r']:.4f} | {row['f']:.4f} |"
            )
    sys.stdout.flush()
    return {name: result.summary() for name, result in scored.items()}


def places_of(nlp: Language, corpus: Corpus, task: str, by: str) -> Iterator[str]:
    """For each labelled paragraph the heading right over it, or its paper."""
    shown = {**TASKS[task], "headings": "show", "matter": "all"}
    for example, outlined, rows in map(Gold.of, corpus.read(nlp, **shown)):
        for (index, _), row in zip(outlined.outline.prose(), rows, strict=True):
            if row >= 0:
                title = outlined.outline.sections[index].title
                paper = str(example.reference.user_data["imrad_id"])
                yield normalise_title(title) if by == "heading" else paper


def errors(places: Sequence[str], scored: dict[str, Scored], n: int) -> list[list[str]]:
    """Where pipelines err.

    places: Of each labelled paragraph, what it is counted under.
    RETURNS: The rows of a table: the `n` places with most errors of the first pipeline,
        and all together below. Where there are several pipelines, a column says how
        many paragraphs none of them gets right.
    """
    found = numpy.stack([x.probabilities.argmax(axis=1) for x in scored.values()])
    gold = next(iter(scored.values())).gold
    wrong = found != gold
    rows_of: dict[str, list[int]] = {}
    for row, place in enumerate(places):
        rows_of.setdefault(place, []).append(row)
    worst = sorted(rows_of, key=lambda place: -int(wrong[0, rows_of[place]].sum()))
    table = {place: rows_of[place] for place in worst[:n]}
    table[f"all {len(rows_of):,}"] = list(range(len(gold)))

    def most(labels: NDArray[numpy.intp]) -> str:
        counts = Counter(LABELS[label] for label in labels)
        return ", ".join(f"{name} {count:,}" for name, count in counts.most_common(3))

    return [
        [
            place,
            f"{len(rows):,}",
            most(gold[rows]),
            *(f"{count:,}" for count in wrong[:, rows].sum(axis=1)),
            *([f"{wrong[:, rows].all(axis=0).sum():,}"] if len(scored) > 1 else []),
            most(found[0, rows][wrong[0, rows]]),
        ]
        for place, rows in table.items()
    ]


def report_errors(by: str, names: list[str], rows: list[list[str]]) -> None:
    several = ["of all"] if len(names) > 1 else []
    columns = [by, "paragraphs", "gold", *names, *several, "taken for"]
    print(f"\n| {' | '.join(columns)} |")
    print("|---" * len(columns) + "|")
    for row in rows:
        print(f"| {' | '.join(row)} |")


def report_gold(path: Path, convention: str, limit: int) -> None:
    """Print how many labels of paragraphs the two versions of gold give and change."""
    nlp = spacy.blank("en")
    labels = []
    for gold in ("v1", "v2"):
        corpus = Corpus(path, gold, limit)
        found: Counter[tuple[str, str, str]] = Counter()
        for example in corpus.read(nlp, **{**PAPERS, "convention": convention}):
            paper = str(example.reference.user_data["imrad_id"])
            for span in example.reference.spans["imrad_paragraphs"]:
                if span.label_:
                    found[paper, span.text, span.label_] += 1
        labels.append(found)
    first, second = labels
    print(f"\n## Gold labels, convention {convention}\n")
    print("| v1 | v2 | in both |\n|---|---|---|")
    print(f"| {first.total():,} | {second.total():,} | {(first & second).total():,} |")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    texts.add_corpus(parser)
    parser.add_argument("--pipeline", action="append", required=True)
    parser.add_argument("--task", action="append", choices=list(TASKS))
    parser.add_argument("--gold", action="append", choices=("v1", "v2"))
    parser.add_argument("--viterbi", help="name of a pipeline")
    parser.add_argument("--train", type=Path, help="corpus to count transitions in")
    parser.add_argument("--errors", choices=("heading", "paper"))
    parser.add_argument("--rows", type=int, default=12, help="of the table of errors")
    parser.add_argument("--limit", type=int, default=0, help="Docs, for a quick look")
    parser.add_argument("--gpu-id", type=int, default=-1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--pictures", type=Path, help="folder of reliability diagrams")
    args = parser.parse_args()
    if args.gpu_id >= 0:
        require_gpu(args.gpu_id)
    pipelines = load_pipelines(args.pipeline)
    golds = args.gold or ["v2"]
    figures = {}
    with texts.as_json_lines(args.corpus) as path:
        if len(golds) > 1:
            for convention in CONVENTIONS:
                report_gold(path, convention, args.limit)
        for gold, task in product(golds, args.task or list(TASKS)):
            corpus = Corpus(path, gold, args.limit)
            name = task if gold == "v2" else f"{task}, gold {gold}"
            scored = {name: score(nlp, corpus, task) for name, nlp in pipelines.items()}
            if args.viterbi and TASKS[task]["unit"] == "paper":
                train = Corpus(args.train, gold, 1000)
                transitions = learn_transitions(train, TASKS[task]["convention"])
                scored[f"{args.viterbi} + Viterbi"] = score(
                    pipelines[args.viterbi], corpus, task, transitions
                )
            figures[name] = report(name, scored)
            if args.errors and task != "papers-unseen-headings":
                nlp = next(iter(pipelines.values()))
                places = list(places_of(nlp, corpus, task, args.errors))
                rows = errors(places, scored, args.rows)
                report_errors(args.errors, list(scored), rows)
            if args.pictures:
                draw_pictures(args.pictures, name, scored)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))


def draw_pictures(folder: Path, task: str, scored: dict[str, Scored]) -> None:
    # Machines with a GPU may lack matplotlib.
    from spacy_imrad.evaluation.charts import draw_reliability

    folder.mkdir(parents=True, exist_ok=True)
    for name, result in scored.items():
        draw_reliability(result, folder / f"reliability_{task}_{name}.png", bins=N_BINS)


if __name__ == "__main__":
    main()
