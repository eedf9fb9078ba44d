"""Where every millisecond goes when ONNX Runtime labels, on one thread.

    python -m benchmarks.profile_onnx

First the stages from text to span groups, for whole papers; then the operators of the
network, by the sizes of the matrices that they multiply with.
"""

import argparse
import json
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from itertools import pairwise
from pathlib import Path
from typing import Any

import numpy

from spacy_imrad.models.checkpoints.exported import load_exported
from spacy_imrad.models.checkpoints.loaders import bundled_folder
from spacy_imrad.models.checkpoints.onnx_graph import IDS, LOGITS
from spacy_imrad.models.checkpoints.onnx_session import open_session
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.models.encoder.windows import Ids, WindowMaker
from spacy_imrad.models.types import OutlinedDoc
from spacy_imrad.pipeline.loading import find_classifier

from . import texts
from .rivals import make_nlp

STAGES = (
    "Doc: spaCy's tokenizer",
    "outline",
    "wordpieces",
    "network",
    "document context",
    "span groups",
)


def time_stages(papers: list[str], weights: str) -> dict[str, float]:
    """RETURNS: Seconds by stage, the network's with the wordpieces' taken off."""
    nlp = make_nlp(weights, "onnx")
    pipe = find_classifier(nlp)
    model = pipe.model
    nlp(papers[0][:2000])
    make_windows = window_maker(weights)
    encoding = time_calls(encoder_shim(model), "encode")
    annotating = time_calls(pipe, "set_annotations")
    seconds = dict.fromkeys(STAGES, 0.0)
    for text in papers:
        marks = [time.perf_counter()]
        doc = nlp.make_doc(text)
        marks.append(time.perf_counter())
        outlined = OutlinedDoc(doc, pipe.segmenter(doc))
        marks.append(time.perf_counter())
        make_windows(outlined.texts())
        marks.append(time.perf_counter())
        encoding.clear()
        model.predict([outlined])
        marks.append(time.perf_counter())
        tokenized, outline, wordpieces, predicted = (
            after - before for before, after in pairwise(marks)
        )
        encoded = sum(encoding)
        pipe(doc)
        network, context = encoded - wordpieces, predicted - encoded
        spent = (tokenized, outline, wordpieces, network, context, annotating[-1])
        for stage, more in zip(STAGES, spent, strict=True):
            seconds[stage] += more
    return seconds


def time_calls(owner: Any, name: str) -> list[float]:
    """RETURNS: A list that gets the seconds of each call of the owner's method."""
    call = getattr(owner, name)
    seconds: list[float] = []

    def timed(*args: Any) -> Any:
        start = time.perf_counter()
        result = call(*args)
        seconds.append(time.perf_counter() - start)
        return result

    setattr(owner, name, timed)
    return seconds


def window_maker(weights: str) -> WindowMaker:
    model = make_nlp(weights, "onnx").get_pipe("imrad_classifier").model  # type: ignore[attr-defined]
    tokenizer = encoder_shim(model).exported.tokenizer()  # type: ignore[union-attr]
    tokenizer.no_padding()
    tokenizer.enable_truncation(512, stride=64)
    return WindowMaker(tokenizer)


@contextmanager
def profile_file() -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        yield Path(folder) / "profile"


def time_operators(windows: list[Ids], weights: str) -> Counter[str]:
    """RETURNS: Microseconds by operator."""
    packed = load_exported(bundled_folder(weights))
    with profile_file() as prefix:
        session = open_session(packed.files["model.onnx"], packed.weights(), prefix)
        for ids in windows:
            session.run([LOGITS], {IDS: ids[None].astype(numpy.int64)})
        events = json.loads(Path(session.end_profiling()).read_text())
    spent: Counter[str] = Counter()
    for event in events:
        if event.get("cat") == "Node" and event["name"].endswith("_kernel_time"):
            spent[_name(event["args"])] += event["dur"]
    return spent


def _name(arguments: dict[str, Any]) -> str:
    name = str(arguments["op_name"])
    if name != "MatMulIntegerToFloat":
        return name
    sizes = [
        _last_size(arguments[f"{side}_type_shape"]) for side in ("input", "output")
    ]
    return f"{name}, {sizes[0]} x {sizes[1]}"


def _last_size(shapes: Any) -> int:
    """Of the first array: how wide its rows are."""
    (shape,) = shapes[0].values()
    return int(shape[-1])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    texts.add_arguments(parser)
    parser.add_argument("--weights", default="imrad_distilbert")
    args = parser.parse_args()
    papers = [texts.as_markdown(paper) for paper in texts.read(args)]
    stages = time_stages(papers, args.weights)
    total = sum(stages.values())
    print(f"{len(papers)} papers, {sum(map(len, papers)):,} characters\n")
    print("| stage | ms a paper | share |\n|---|---|---|")
    for stage, seconds in stages.items():
        print(
            f"| {stage} | {1000 * seconds / len(papers):.1f} | {seconds / total:.1%} |"
        )
    make_windows = window_maker(args.weights)
    paragraphs = [text for text, _ in texts.labelled_paragraphs(texts.read(args))]
    windows = make_windows(paragraphs).ids
    spent = time_operators(windows, args.weights)
    n_wordpieces = sum(map(len, windows))
    print("\n| operator | µs a wordpiece | share |\n|---|---|---|")
    for name, microseconds in spent.most_common():
        share = microseconds / spent.total()
        if share >= 0.001:
            print(f"| {name} | {microseconds / n_wordpieces:.2f} | {share:.1%} |")
    print(f"| all | {spent.total() / n_wordpieces:.2f} | 100 % |")


if __name__ == "__main__":
    main()
