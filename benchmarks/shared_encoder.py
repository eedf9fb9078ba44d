"""What one encoder for NER and IMRaD costs beside two, of the same size, on a CPU.

    python -m benchmarks.shared_encoder --papers 6

Needs the extra [trf]. Both pipelines find entities with spacy-transformers, in windows
of a paragraph. In the first, IMRaD listens to the same encoder; in the second it has
one of its own (`spacy-imrad.HFSequenceClassifier.v1`). Each run is a fresh process that
loads the saved pipeline and labels whole papers, the two by turns; the table has the
medians.
"""

import argparse
import json
import statistics
import subprocess
import sys
import tempfile
import time
from collections import deque
from pathlib import Path
from typing import Any

import spacy
from spacy.language import Language
from spacy.tokens import Span
from spacy.training import Example

from spacy_imrad.models.checkpoints.exported import open_checkpoint
from spacy_imrad.models.checkpoints.loaders import bundled_folder

from .machine import peak_megabytes
from .texts import add_arguments, as_markdown, read

SEGMENTER = {"@misc": "spacy-imrad.TextSegmenter.v1"}
LISTENER = {
    "@architectures": "spacy-transformers.TransformerListener.v1",
    "pooling": {"@layers": "reduce_mean.v1"},
}
WINDOWS = {"@span_getters": "spacy-imrad.ParagraphSpans.v1", "segmenter": SEGMENTER}


def make_pipeline(encoder: Path, *, shared: bool) -> Language:
    nlp = spacy.blank("en")
    transformer = {
        "@architectures": "spacy-transformers.TransformerModel.v3",
        "name": str(encoder),
        "get_spans": WINDOWS,
        "tokenizer_config": {"model_input_names": ["input_ids", "attention_mask"]},
    }
    nlp.add_pipe("transformer", config={"model": transformer})
    nlp.add_pipe("ner", config={"model": {"tok2vec": LISTENER}})
    model: dict[str, Any] = {
        "@architectures": "spacy-imrad.SharedEncoder.v1",
        "tok2vec": LISTENER,
    }
    if not shared:
        model = {
            "@architectures": "spacy-imrad.HFSequenceClassifier.v1",
            "name": str(encoder),
        }
    nlp.add_pipe("imrad_classifier", config={"model": model})
    reference = nlp.make_doc("Alma")
    reference.set_ents([Span(reference, 0, 1, label="PLACE")])
    nlp.initialize(lambda: [Example(nlp.make_doc("Alma"), reference)])
    return nlp


def measure(folder: Path, texts: list[str]) -> dict[str, float]:
    nlp = spacy.load(folder)
    nlp(texts[0])
    start = time.perf_counter()
    deque(nlp.pipe(texts), maxlen=0)
    seconds = (time.perf_counter() - start) / len(texts)
    peak = peak_megabytes()
    return {"seconds a paper": seconds, "peak MB": peak}


def megabytes(folder: Path) -> float:
    return sum(path.stat().st_size for path in folder.rglob("*")) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    add_arguments(parser)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--measure", type=Path, help=argparse.SUPPRESS)
    args = parser.parse_args()
    if args.measure:
        texts = [as_markdown(paper) for paper in read(args)]
        print(json.dumps(measure(args.measure, texts)))
        return
    with tempfile.TemporaryDirectory() as place:
        encoder = Path(place) / "encoder"
        open_checkpoint(bundled_folder("imrad_distilbert")).to_disk(encoder)
        folders = {"one": Path(place) / "one", "two": Path(place) / "two"}
        for name, folder in folders.items():
            make_pipeline(encoder, shared=name == "one").to_disk(folder)
        script = [sys.executable, "-m", "benchmarks.shared_encoder", *sys.argv[1:]]
        runs: dict[str, list[dict[str, float]]] = {name: [] for name in folders}
        for _ in range(args.rounds):
            for name, folder in folders.items():
                done = subprocess.run(
                    [*script, "--measure", str(folder)],
                    stdout=subprocess.PIPE,
                    text=True,
                    check=True,
                )
                runs[name].append(json.loads(done.stdout))
        print("| encoders | seconds a paper | peak MB | MB on disk |")
        print("|---|---|---|---|")
        for name, folder in folders.items():
            seconds, peak = (
                statistics.median(run[key] for run in runs[name])
                for key in ("seconds a paper", "peak MB")
            )
            print(f"| {name} | {seconds:.2f} | {peak:.0f} | {megabytes(folder):.0f} |")


if __name__ == "__main__":
    main()
