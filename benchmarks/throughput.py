"""How fast paragraphs and papers are labelled, beside what else one could use.

    python -m benchmarks.throughput
    python -m benchmarks.throughput --gpu-id 0
    python -m benchmarks.throughput --corpus papers.jsonl

All rivals label the same real paragraphs in this process, taking turns on one part of
them after the other, so that what else the machine does hits all alike. The plain ones
are the six layers as Hugging Face runs them, whatever `--weights` ours has. Rates are
medians over the parts; ratios are medians of the parts' ratios to the better Hugging
Face setting. A second rate counts processor time, of all
threads together. Compare on a quiet machine: torch's threads wait for one another, and
suffer more than others where they have to share the processors. Start-up and peak
memory are those of a fresh process for each rival, first label included.
"""

import argparse
import json
import math
import statistics
import time
from dataclasses import asdict, dataclass, field
from pathlib import Path
from typing import Any

from thinc.api import require_gpu

from spacy_imrad.models.checkpoints.hf import CONFIG_FILE
from spacy_imrad.models.checkpoints.loaders import bundled_folder
from spacy_imrad.models.checkpoints.pooling import CONFIG_KEY

from . import texts
from .fresh_process import run_fresh
from .rivals import HUGGING_FACE, PLAIN, Label, is_plain, make_nlp, make_rival, rivals


@dataclass
class Timing:
    """Of one rival: wordpieces a second in each part, and the labels it gave."""

    rates: list[float] = field(default_factory=list)
    processor_rates: list[float] = field(default_factory=list)
    labels: list[str] = field(default_factory=list)


def measure(
    rivals: dict[str, Label], paragraphs: list[str], sizes: list[int], n_parts: int
) -> dict[str, Timing]:
    """sizes: Wordpieces of each paragraph."""
    timings = {name: Timing() for name in rivals}
    for label in rivals.values():
        label(paragraphs[:4])
    length = math.ceil(len(paragraphs) / n_parts)
    for start in range(0, len(paragraphs), length):
        part = slice(start, start + length)
        for name, label in rivals.items():
            wall, processor = time.perf_counter(), time.process_time()
            found = label(paragraphs[part])
            wall = time.perf_counter() - wall
            processor = time.process_time() - processor
            timings[name].rates.append(sum(sizes[part]) / wall)
            timings[name].processor_rates.append(sum(sizes[part]) / processor)
            timings[name].labels += found
    return timings


def median_ratio(rates: list[float], others: list[list[float]]) -> float:
    """To the better of the others, part by part."""
    return statistics.median(
        rate / max(beside) for rate, *beside in zip(rates, *others, strict=True)
    )


def cold_start(
    name: str, paragraphs: list[str], args: argparse.Namespace, *, torch: bool = True
) -> dict[str, float]:
    """Of a fresh process: seconds to import, seconds from then to the first label, and
    peak memory in MB after all paragraphs."""
    options = ("--weights", args.weights, "--gpu-id", str(args.gpu_id))
    text = json.dumps(paragraphs)
    return run_fresh("benchmarks.cold_start", name, *options, torch=torch, text=text)


def choose(args: argparse.Namespace) -> list[tuple[str, str]]:
    """Some paragraphs of many papers, with their labels."""
    found = texts.labelled_paragraphs(texts.read(args))
    step = max(1, len(found) // args.paragraphs)
    return found[::step][: args.paragraphs]


def count_wordpieces(weights: str, paragraphs: list[str]) -> list[int]:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(bundled_folder(weights) / "tokenizer.json"))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return [len(encoding.ids) for encoding in tokenizer.encode_batch_fast(paragraphs)]


def operations_of(weights: str, mean_length: float, *, pooled: bool) -> float:
    """For each wordpiece of a text of that length, by the weights' own sizes."""
    from .machine import operations_per_wordpiece

    config = json.loads((bundled_folder(weights) / CONFIG_FILE).read_text())
    if not pooled:
        config.pop(CONFIG_KEY, None)
    return operations_per_wordpiece(config, mean_length)


def measure_papers(args: argparse.Namespace) -> dict[str, dict[str, float]]:
    """Whole papers as Markdown through `nlp.pipe`, headings and context and all; as
    texts, and as Docs that were tokenized before."""
    papers = texts.read(args)[: args.whole_papers]
    markdown = [texts.as_markdown(paper) for paper in papers]
    rows: dict[str, dict[str, float]] = {}
    for runtime in ("torch",) if args.gpu_id >= 0 else ("torch", "onnx"):
        nlp = make_nlp(args.weights, runtime)
        # What the first text pays for is no matter of rates.
        list(nlp.pipe(markdown[:1]))
        for given, inputs in (
            ("texts", markdown),
            ("Docs", [nlp.make_doc(text) for text in markdown]),
        ):
            start = time.perf_counter()
            docs = list(nlp.pipe(inputs))
            seconds = time.perf_counter() - start
            n_paragraphs = sum(len(doc.spans["imrad_paragraphs"]) for doc in docs)
            rows[f"{runtime}, {given}"] = {
                "papers/s": len(docs) / seconds,
                "paragraphs/s": n_paragraphs / seconds,
            }
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    texts.add_arguments(parser)
    parser.add_argument("--weights", default="imrad_distilbert")
    parser.add_argument("--paragraphs", type=int, default=320)
    parser.add_argument("--gpu-id", type=int, default=-1)
    parser.add_argument("--parts", type=int, default=8)
    parser.add_argument("--whole-papers", type=int, default=5)
    parser.add_argument("--no-cold-start", action="store_true")
    parser.add_argument("--json", type=Path)
    args = parser.parse_args()
    gpu = args.gpu_id >= 0
    if gpu:
        require_gpu(args.gpu_id)
    from .machine import cpu_peaks, gpu_peak

    chosen = choose(args)
    paragraphs = [text for text, _ in chosen]
    sizes = count_wordpieces(args.weights, paragraphs)
    mean = sum(sizes) / len(sizes)
    of_ours = operations_of(args.weights, mean, pooled=True)
    of_plain = operations_of(PLAIN, mean, pooled=False)
    peaks = {"bf16": gpu_peak()} if gpu else cpu_peaks()
    print(
        f"{len(paragraphs)} paragraphs, {sum(sizes):,} wordpieces, {mean:.0f} on "
        f"average; weights {args.weights}, {of_ours / 1e6:.1f} million operations "
        f"a wordpiece; of the plain rivals {of_plain / 1e6:.1f}"
    )
    print(
        "matrix products, 10^9 operations/s: "
        + ", ".join(f"{kind} {rate:,.0f}" for kind, rate in peaks.items())
    )
    made = {name: make_rival(name, args.weights, gpu=gpu) for name in rivals(gpu=gpu)}
    timings = measure(made, paragraphs, sizes, args.parts)
    reference = [timings[name] for name in HUGGING_FACE]
    rows: dict[str, dict[str, Any]] = {}
    for name, timing in timings.items():
        rate = statistics.median(timing.rates)
        kind = "bf16" if gpu else "int8" if name.endswith("onnx") else "fp32"
        operations = of_plain if is_plain(name) else of_ours
        rows[name] = {
            "wordpieces/s": rate,
            "paragraphs/s": rate / mean,
            "ratio": median_ratio(timing.rates, [r.rates for r in reference]),
            "wordpieces/processor s": statistics.median(timing.processor_rates),
            "ratio, processor": median_ratio(
                timing.processor_rates, [r.processor_rates for r in reference]
            ),
            f"share of {kind} peak": rate * operations / 1e9 / peaks[kind],
        }
        if not is_plain(name):
            rows[name]["accuracy"] = statistics.mean(
                found == gold
                for found, (_, gold) in zip(timing.labels, chosen, strict=True)
            )
        if not args.no_cold_start:
            rows[name] |= cold_start(name, paragraphs, args)
    if not (args.no_cold_start or gpu):
        onnx = "spacy-imrad, onnx"
        rows[f"{onnx}, no torch installed"] = cold_start(
            onnx, paragraphs, args, torch=False
        )
    print_table(rows)
    print("\nwhole papers")
    papers = measure_papers(args)
    print_table(papers)
    if args.json:
        figures = {"rivals": rows, "papers": papers, "peaks": peaks}
        timed = {name: asdict(timing) for name, timing in timings.items()}
        args.json.write_text(json.dumps({**figures, "parts": timed}, indent=1))


def print_table(rows: dict[str, dict[str, Any]]) -> None:
    columns = list(dict.fromkeys(column for row in rows.values() for column in row))
    print("\n| | " + " | ".join(columns) + " |")
    print("|---" * (len(columns) + 1) + "|")
    for name, row in rows.items():
        cells = [_cell(row.get(column)) for column in columns]
        print(f"| {name} | " + " | ".join(cells) + " |", flush=True)


def _cell(value: float | None) -> str:
    if value is None:
        return "–"
    return f"{value:,.0f}" if value >= 100 else f"{value:.3g}"


if __name__ == "__main__":
    main()
