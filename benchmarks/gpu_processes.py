"""How many papers one GPU labels, asked by one process and by several.

    python -m benchmarks.gpu_processes --gpu-id 0 --processes 1 2 4 8

Each process labels the same papers through `nlp.pipe`, texts as Markdown and Docs that
were tokenized before; all begin at once, and the rate is that of all together, until
the last is done. The share is that of the GPU's peak in bf16, measured in this run,
which the encoder's matrix products reach.
"""

import argparse
import multiprocessing
import time
from collections.abc import Sequence
from itertools import islice
from multiprocessing.synchronize import Barrier
from typing import Any

from spacy.tokens import Doc
from thinc.api import require_gpu

from spacy_imrad.models.types import OutlinedDoc
from spacy_imrad.pipeline.loading import find_classifier

from . import texts
from .rivals import make_nlp
from .throughput import count_wordpieces, operations_of, print_table

GIVEN = ("texts", "Docs")


def work(
    markdown: list[str], weights: str, gpu_id: int, together: Barrier, results: Any
) -> None:
    """One process: seconds on the clock at the beginning and the end of each pass."""
    require_gpu(gpu_id)
    nlp = make_nlp(weights, "torch")
    list(nlp.pipe(markdown[:32]))
    docs = [nlp.make_doc(text) for text in markdown]
    passes: dict[str, Sequence[str | Doc]] = {"texts": markdown, "Docs": docs}
    for given, inputs in passes.items():
        together.wait()
        begin = time.monotonic()
        for _ in nlp.pipe(inputs):
            pass
        results.put((given, begin, time.monotonic()))


def measure(
    markdown: list[str], weights: str, gpu_id: int, n_processes: int
) -> dict[str, float]:
    """RETURNS: Seconds from the first beginning to the last end, by what is given."""
    context = multiprocessing.get_context("spawn")
    together, results = context.Barrier(n_processes), context.Queue()
    arguments = (markdown, weights, gpu_id, together, results)
    workers = [
        context.Process(target=work, args=arguments, daemon=True)
        for _ in range(n_processes)
    ]
    for worker in workers:
        worker.start()
    found = [results.get() for _ in range(len(GIVEN) * n_processes)]
    for worker in workers:
        worker.join()
    return {
        given: max(end for kind, _, end in found if kind == given)
        - min(begin for kind, begin, _ in found if kind == given)
        for given in GIVEN
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    texts.add_arguments(parser)
    parser.add_argument("--weights", default="imrad_distilbert")
    parser.add_argument("--gpu-id", type=int, default=0)
    parser.add_argument("--processes", type=int, nargs="+", default=[1, 2, 4, 8])
    args = parser.parse_args()
    from .machine import gpu_peak

    markdown = [texts.as_markdown(p) for p in islice(texts.read_all(args), args.papers)]
    nlp = make_nlp(args.weights, "onnx")
    segmenter = find_classifier(nlp).segmenter
    paragraphs = [
        text
        for doc in map(nlp.make_doc, markdown)
        for text in OutlinedDoc(doc, segmenter(doc)).texts()
    ]
    sizes = count_wordpieces(args.weights, paragraphs)
    mean = sum(sizes) / len(sizes)
    operations = operations_of(args.weights, mean, pooled=True)
    require_gpu(args.gpu_id)
    peak = gpu_peak()
    print(
        f"{len(markdown)} papers, {len(paragraphs):,} paragraphs, {sum(sizes):,} "
        f"wordpieces; weights {args.weights}; bf16 peak {peak:,.0f} 10^9 operations/s"
    )
    rows: dict[str, dict[str, Any]] = {}
    for n in args.processes:
        seconds = measure(markdown, args.weights, args.gpu_id, n)
        for given in GIVEN:
            rate = n / seconds[given]
            rows[f"{n} x {given}"] = {
                "papers/s": rate * len(markdown),
                "paragraphs/s": rate * len(paragraphs),
                "wordpieces/s": rate * sum(sizes),
                "share of bf16 peak": rate * sum(sizes) * operations / 1e9 / peak,
            }
    print_table(rows)


if __name__ == "__main__":
    main()
