"""Abstracts, sentence by sentence: how well, how fast, and what a million would take.

    python -m benchmarks.abstracts --corpus allofplos-0.11.1-py3-none-any.whl \
        --corpus data/CSAbstruct/test.jsonl
    python -m benchmarks.abstracts --corpus articles.whl --speed --papers articles.whl

A corpus is what `spacy-imrad.AbstractsCorpus.v1` reads: papers whose abstracts have
printed labels (JATS, PubMed XML, JSON Lines), PubMed RCT or CSAbstruct. Each is
measured with its printed labels removed, and with them. The sentences are those of the
data; sentences without a gold label, such as CSAbstruct's `other`, do not count.

`--speed` labels the same abstracts as texts on one core, and prints processor time;
with `--papers` also what the abstract of a paper costs beside the paper.
"""

import argparse
import time
from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from itertools import islice
from pathlib import Path

import numpy
from spacy.language import Language
from spacy.tokens import Doc
from thinc.api import require_gpu

from spacy_imrad.evaluation.metrics import Scored
from spacy_imrad.labels import LABELS
from spacy_imrad.models.context.abstracts import reads_abstracts
from spacy_imrad.pipeline.loading import find_classifier, load_pipeline
from spacy_imrad.readers.docs import make_doc
from spacy_imrad.readers.formats import get_format
from spacy_imrad.readers.reading import read_source
from spacy_imrad.readers.sources import Job, list_files, read_jobs
from spacy_imrad.segmenters.abstracts import make_sentence_segmenter_v1
from spacy_imrad.training.abstracts import (
    LabelledAbstract,
    make_abstracts_corpus_v1,
    read_abstracts,
)

MILLION = 1_000_000
CORES = 64


def load(name: str) -> Language:
    """RAISES: ValueError if the pipeline reads no abstracts."""
    nlp = load_pipeline(None if name == "bundled" else name)
    if not reads_abstracts(find_classifier(nlp).model):
        raise ValueError(f"'{name}' has not learned to read abstracts")
    return nlp


def measure(nlp: Language, corpus: str, printed: str, limit: int) -> Scored:
    """The gold labels and the scores of a corpus' sentences."""
    examples = make_abstracts_corpus_v1(
        corpus,
        printed=printed,  # type: ignore[arg-type]
        tokens="sentence",
        limit=limit,
    )
    pipe = find_classifier(nlp)
    gold: list[int] = []
    scores = []
    for example in examples(nlp):
        doc = pipe(example.predicted)
        group = doc.spans["imrad_abstract"]
        starts = [span.start_char for span in group]
        for span in example.reference.spans["imrad_abstract"]:
            if span.label_:
                row = max(0, bisect_right(starts, span.start_char) - 1)
                gold.append(LABELS.index(span.label_))
                scores.append(group.attrs["scores"][row])
    sources = numpy.full(len(gold), corpus)
    return Scored(numpy.array(gold), numpy.array(scores), sources)


def texts_of(corpora: Sequence[str], limit: int) -> list[str]:
    """The abstracts as texts, without their printed labels."""
    found: Iterator[LabelledAbstract] = read_abstracts(corpora)
    return [" ".join(one.sentences) for one in islice(found, limit or None)]


def seconds_of(nlp: Language, docs: Iterable[Doc | str]) -> float:
    """Processor time that a pipeline needs, in this process."""
    begun = time.process_time()
    for _ in nlp.pipe(docs, batch_size=64):
        pass
    return time.process_time() - begun


def print_speed(name: str, texts: Sequence[str]) -> float:
    """RETURNS: Abstracts a second."""
    nlp = load(name)
    find_classifier(nlp).segmenter = make_sentence_segmenter_v1()
    seconds_of(nlp, texts[:16])
    rate = len(texts) / seconds_of(nlp, texts)
    words = sum(len(text.split()) for text in texts) / len(texts)
    hours = MILLION / rate / 3_600
    print(
        f"| {name} | {len(texts)} | {words:.0f} | {rate:.1f} | {hours:.1f} "
        f"| {60 * hours / CORES:.1f} |"
    )
    return rate


def print_share(name: str, papers: str, limit: int) -> None:
    """What the abstracts of papers cost beside these."""
    nlp = load(name)
    pipe = find_classifier(nlp)
    docs = []
    for job in read_jobs(list_files([papers])):
        # A wheel has files of its own beside the papers.
        if isinstance(job, Job) and job.format in ("jats", "jsonl"):
            paper = read_source(job.source, get_format(job.format))
            if paper.abstract and paper.sections:
                docs.append(make_doc(nlp, paper))
        if len(docs) == limit:
            break
    outlined = pipe._outlined(docs)
    pipe.predict_outlined(outlined[:2])
    begun = time.process_time()
    pipe.predict_outlined(outlined)
    body = time.process_time() - begun
    begun = time.process_time()
    pipe.predict(docs)
    whole = time.process_time() - begun
    print(
        f"\n{name}: {len(docs)} papers, {body / len(docs):.3f} s each without their "
        f"abstracts, {whole / len(docs):.3f} s with them: {whole / body - 1:+.1%}"
    )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", action="append", required=True)
    parser.add_argument("--pipeline", action="append")
    parser.add_argument("--limit", type=int, default=0, help="abstracts of a corpus")
    parser.add_argument("--speed", action="store_true")
    parser.add_argument("--papers", help="JATS articles or JSON Lines, for --speed")
    parser.add_argument("--gpu-id", type=int, default=-1)
    args = parser.parse_args()
    if args.gpu_id >= 0:
        require_gpu(args.gpu_id)
    names = args.pipeline or ["bundled"]
    if args.speed:
        texts = texts_of(args.corpus, args.limit)
        print(
            "| | abstracts | words each | a second | a million: hours on one core "
            f"| minutes on {CORES} |\n|---|---|---|---|---|---|"
        )
        for name in names:
            print_speed(name, texts)
        for name in names if args.papers else ():
            print_share(name, args.papers, args.limit or 20)
        return
    columns = ("sentences", "accuracy", "macro F1", "weighted F1", "calibration error")
    kinds = ("accuracy", "macro_f1", "weighted_f1", "ece")
    print(f"| corpus | printed labels | pipeline | {' | '.join(columns)} |")
    print("|---|---|---" + "|---" * len(columns) + "|")
    for corpus in args.corpus:
        for printed in ("hide", "show"):
            for name in names:
                scored = measure(load(name), corpus, printed, args.limit)
                figures = scored.figures()
                cells = [
                    f"{len(scored.gold):,}",
                    *(f"{figures[kind]:.4f}" for kind in kinds),
                ]
                print(
                    f"| {Path(corpus).name} | {printed} | {name} "
                    f"| {' | '.join(cells)} |",
                    flush=True,
                )


if __name__ == "__main__":
    main()
