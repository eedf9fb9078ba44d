"""How time and memory grow with the length of a paper and the number of papers.

    python -m benchmarks.scaling --picture scaling.png

Papers of 10 to 10,000 paragraphs are made of real paragraphs, cut to the same number of
words so that their lengths alone differ; cost is proportional if each paragraph takes
equally long in all. Sizes take turns, and the fastest of the rounds counts. Memory is
the peak of a fresh process that labels so many papers of 50 paragraphs in a stream, or
one text of a million words: as installed without the extra `torch`, and with torch,
which spaCy imports wherever it finds it.
"""

import argparse
import json
import time
from collections.abc import Iterator
from importlib.util import find_spec
from itertools import cycle, islice
from pathlib import Path

from . import texts
from .fresh_process import run_fresh
from .machine import peak_megabytes
from .rivals import make_nlp

PAPER = 50


def make_paper(paragraphs: list[str], size: int) -> str:
    return "\n\n".join(islice(cycle(paragraphs), size))


def cut(paragraphs: list[str], words: int) -> list[str]:
    long_enough = [text.split() for text in paragraphs if len(text.split()) >= words]
    return [" ".join(text[:words]) for text in long_enough]


def time_lengths(
    paragraphs: list[str], sizes: list[int], rounds: int, args: argparse.Namespace
) -> dict[int, float]:
    """RETURNS: Milliseconds a paragraph, by the paper's number of paragraphs."""
    nlp = make_nlp(args.weights, args.runtime)
    nlp(make_paper(paragraphs, 2))
    seconds: dict[int, list[float]] = {size: [] for size in sizes}
    for _ in range(rounds):
        for size in sizes:
            # Short papers several times, for a time that can be measured.
            papers = [make_paper(paragraphs, size)] * max(1, 200 // size)
            start = time.perf_counter()
            for paper in papers:
                nlp(paper)
            seconds[size].append((time.perf_counter() - start) / len(papers) / size)
    return {size: 1000 * min(found) for size, found in seconds.items()}


def measure_memory(
    kind: str, amount: int, args: argparse.Namespace
) -> dict[str, float]:
    """In fresh processes: seconds and peak MB, without torch and with it."""
    options = [
        *(f"--{kind}", str(amount)),
        *("--weights", args.weights, "--runtime", args.runtime),
        *("--words", str(args.words), "--papers", str(args.papers)),
        *("--corpus", str(args.corpus)),
    ]
    figures = run_fresh("benchmarks.scaling", *options, torch=False)
    if find_spec("torch") is not None:
        with_torch = run_fresh("benchmarks.scaling", *options)
        figures["peak MB with torch"] = with_torch["peak MB"]
    return figures


def run_once(paragraphs: list[str], args: argparse.Namespace) -> None:
    nlp = make_nlp(args.weights, args.runtime)
    start = time.perf_counter()
    if args.stream:
        docs = nlp.pipe(stream(paragraphs, args.stream))
        with nlp.memory_zone():
            n_labelled = sum(doc._.imrad is not None for doc in docs)
    else:
        size = args.one_text // args.words
        n_labelled = int(nlp(make_paper(paragraphs, size))._.imrad is not None)
    figures = {
        "labelled": n_labelled,
        "seconds": time.perf_counter() - start,
        "peak MB": peak_megabytes(),
    }
    print(json.dumps(figures))


def stream(paragraphs: list[str], n_papers: int) -> Iterator[str]:
    for i in range(n_papers):
        turned = paragraphs[i % len(paragraphs) :] + paragraphs
        yield make_paper(turned, PAPER)


def draw(
    lengths: dict[int, float], memory: dict[str, dict[str, float]], path: Path
) -> None:
    from matplotlib import pyplot

    figure, (left, right) = pyplot.subplots(1, 2, figsize=(10, 4))
    left.plot(list(lengths), [1000 / ms for ms in lengths.values()], marker="o")
    left.set(xscale="log", xlabel="paragraphs of one paper", ylabel="paragraphs/s")
    streams = {
        int(name.partition(" ")[0]): figures
        for name, figures in memory.items()
        if name.endswith("papers")
    }
    rates = [n * PAPER / figures["seconds"] for n, figures in streams.items()]
    right.plot(list(streams), rates, marker="o", label="paragraphs/s")
    peaks = [figures["peak MB"] for figures in streams.values()]
    right.plot(list(streams), peaks, marker="s", label="peak memory, MB")
    right.set(xscale="log", xlabel=f"papers of {PAPER} paragraphs in one stream")
    right.legend(loc="lower right")
    for axes in (left, right):
        axes.set_ylim(0, 1.1 * axes.dataLim.ymax)
    figure.tight_layout()
    figure.savefig(path, dpi=150)


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    texts.add_arguments(parser)
    parser.add_argument("--weights", default="imrad_distilbert")
    parser.add_argument("--runtime", default="auto")
    parser.add_argument("--words", type=int, default=30, help="of each paragraph")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--longest", type=int, default=10_000, help="in paragraphs")
    parser.add_argument("--most-papers", type=int, default=1000)
    parser.add_argument("--long-text", type=int, default=1_000_000, help="in words")
    parser.add_argument("--stream", type=int, default=0, help="papers; only these")
    parser.add_argument("--one-text", type=int, default=0, help="words; only these")
    parser.add_argument("--picture", type=Path)
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    found = texts.labelled_paragraphs(texts.read(args))
    paragraphs = cut([text for text, _ in found], args.words)
    if args.stream or args.one_text:
        run_once(paragraphs, args)
        return
    sizes = [size for size in (10, 100, 1000, 10_000) if size <= args.longest]
    lengths = time_lengths(paragraphs, sizes, args.rounds, args)
    print(f"| paragraphs of {args.words} words in one paper | ms each | to the mean |")
    print("|---|---|---|")
    mean = sum(lengths.values()) / len(lengths)
    for size, milliseconds in lengths.items():
        print(f"| {size:,} | {milliseconds:.2f} | {milliseconds / mean - 1:+.1%} |")
    memory = {
        f"{n} papers": measure_memory("stream", n, args)
        for n in (args.most_papers // 10, args.most_papers)
    }
    if args.long_text:
        name = f"one text of {args.long_text:,} words"
        memory[name] = measure_memory("one-text", args.long_text, args)
    print("\n| | seconds | peak MB | peak MB with torch |\n|---|---|---|---|")
    for name, figures in memory.items():
        with_torch = figures.get("peak MB with torch")
        print(
            f"| {name} | {figures['seconds']:.1f} | {figures['peak MB']:.0f} "
            f"| {'–' if with_torch is None else f'{with_torch:.0f}'} |"
        )
    if args.picture:
        draw(lengths, memory, args.picture)
    if args.json:
        args.json.write_text(
            json.dumps({"lengths": lengths, "memory": memory}, indent=1)
        )


if __name__ == "__main__":
    main()
