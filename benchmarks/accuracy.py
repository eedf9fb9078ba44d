"""Accuracy of pipelines on papers with gold labels, per source and per label.

    python -m benchmarks.accuracy --corpus ../shared/corpus/test.jsonl.xz \
        --pipeline ours=bundled --pipeline reference=training/reference/model-best \
        --viterbi paragraphs --train ../shared/corpus/train-0.jsonl.xz

A pipeline is `bundled`, `bundled-alone` (its paragraphs without context), the name of
other bundled weights (`imrad_distilbert_sm`), or a folder; with `@unarxive` behind it
(`bundled@unarxive`) it labels by the unarXive data set's convention.
`--viterbi` adds a row for the named pipeline's scores decoded with transitions counted
in `--train`; such a path has no probabilities, hence no calibration error. The outline
comes from the data, so that the figures are those of the classifier.
"""

import argparse
import json
import sys
from collections.abc import Iterable, Iterator, Sequence
from functools import cache
from hashlib import blake2b
from pathlib import Path
from typing import Any

import numpy
import spacy
from numpy.typing import NDArray
from spacy.language import Language
from thinc.api import require_gpu

from spacy_imrad.evaluation.metrics import N_BINS, Scored
from spacy_imrad.labels import LABELS
from spacy_imrad.models.encoder.cache import EncodingCache
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.models.encoder.shim import EncoderConfig
from spacy_imrad.models.types import OutlinedDoc
from spacy_imrad.pipeline.annotations import Prediction
from spacy_imrad.pipeline.gold_paragraphs import GoldKeys, gold_paragraphs, no_segmenter
from spacy_imrad.pipeline.grouping import viterbi_path
from spacy_imrad.pipeline.loading import find_classifier, load_pipeline
from spacy_imrad.training.corpus import make_papers_corpus_v1

from .unseen_headings import rename_headings
from .viterbi import learn_transitions

TASKS: dict[str, dict[str, Any]] = {
    "paragraphs": {"unit": "paragraph", "rule": "unarxive"},
    "papers-unarxive": {"unit": "paper", "rule": "unarxive", "headings": "hide"},
    "papers-ancestor": {"unit": "paper", "rule": "ancestor", "headings": "hide"},
    "papers-headings": {"unit": "paper", "rule": "ancestor", "headings": "show"},
    "papers-unseen-headings": {"unit": "paper", "rule": "ancestor", "headings": "show"},
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


def batches(
    nlp: Language, corpus: Path, task: str, limit: int
) -> Iterator[tuple[list[str], list[OutlinedDoc], list[NDArray[numpy.intp]]]]:
    """Sources, outlined Docs and gold label indices, some thousand paragraphs each."""
    reader = make_papers_corpus_v1(
        str(corpus), tokens="paragraph", limit=limit, **TASKS[task]
    )
    sources, docs, golds = [], [], []
    for example in reader(nlp):
        outlined, gold = gold_paragraphs(example, LABELS, no_segmenter, GoldKeys())
        sources.append(example.reference.user_data["imrad_source"])
        docs.append(outlined)
        golds.append(gold)
        if sum(map(len, golds)) > 4096:
            yield sources, docs, golds
            sources, docs, golds = [], [], []
    if docs:
        yield sources, docs, golds


def score(
    nlp: Language,
    corpus: Path,
    task: str,
    limit: int,
    transitions: NDArray[numpy.float64] | None = None,
) -> Scored:
    """transitions: If given, labels are those of the best path (see `viterbi`)."""
    gold, probabilities, sources = [], [], []
    for batch_sources, docs, golds in batches(nlp, corpus, task, limit):
        if task == "papers-unseen-headings":
            docs, golds = only_unseen(docs, golds)
        predictions = predict(nlp, docs)
        for source, rows, predicted in zip(
            batch_sources, golds, predictions, strict=True
        ):
            scores = predicted.scores
            if transitions is not None:
                scores = numpy.eye(len(LABELS), dtype="f")[
                    viterbi_path(scores, transitions)
                ]
            labelled = rows >= 0
            gold.append(rows[labelled])
            probabilities.append(scores[labelled])
            sources += [source] * int(labelled.sum())
    return Scored(
        numpy.concatenate(gold), numpy.concatenate(probabilities), numpy.array(sources)
    )


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


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--corpus", type=Path, required=True)
    parser.add_argument("--pipeline", action="append", required=True)
    parser.add_argument("--task", action="append", choices=list(TASKS))
    parser.add_argument("--viterbi", help="name of a pipeline")
    parser.add_argument("--train", type=Path, help="corpus to count transitions in")
    parser.add_argument("--limit", type=int, default=0, help="Docs, for a quick look")
    parser.add_argument("--gpu-id", type=int, default=-1)
    parser.add_argument("--json", type=Path)
    parser.add_argument("--pictures", type=Path, help="folder of reliability diagrams")
    args = parser.parse_args()
    if not args.corpus.exists():
        sys.exit(f"There is no corpus '{args.corpus}'.")
    if args.gpu_id >= 0:
        require_gpu(args.gpu_id)
    pipelines = load_pipelines(args.pipeline)
    figures = {}
    for task in args.task or list(TASKS):
        scored = {
            name: score(nlp, args.corpus, task, args.limit)
            for name, nlp in pipelines.items()
        }
        if args.viterbi and TASKS[task]["unit"] == "paper":
            transitions = learn_transitions(args.train, TASKS[task]["rule"], 1000)
            scored[f"{args.viterbi} + Viterbi"] = score(
                pipelines[args.viterbi], args.corpus, task, args.limit, transitions
            )
        figures[task] = report(task, scored)
        if args.pictures:
            # Machines with a GPU may lack matplotlib.
            from spacy_imrad.evaluation.charts import draw_reliability

            args.pictures.mkdir(parents=True, exist_ok=True)
            for name, result in scored.items():
                path = args.pictures / f"reliability_{task}_{name}.png"
                draw_reliability(result, path, bins=N_BINS)
    if args.json:
        args.json.write_text(json.dumps(figures, indent=1))


if __name__ == "__main__":
    main()
