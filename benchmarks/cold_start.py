"""One rival in a fresh process; `benchmarks.throughput` starts it.

    echo '["We met."]' | python -m benchmarks.cold_start "spacy-imrad, onnx"

Reads paragraphs as a JSON list from standard input, so that the peak of memory is the
rival's.
"""

import argparse
import json
import sys
import time

START = time.perf_counter()

import spacy  # noqa: E402, F401

IMPORTED = time.perf_counter()

import spacy_imrad  # noqa: E402, F401

OURS = time.perf_counter()

from thinc.api import require_gpu  # noqa: E402

from .machine import peak_megabytes  # noqa: E402
from .rivals import make_rival  # noqa: E402


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("rival")
    parser.add_argument("--weights", default="imrad_distilbert")
    parser.add_argument("--gpu-id", type=int, default=-1)
    args = parser.parse_args()
    if args.gpu_id >= 0:
        require_gpu(args.gpu_id)
    paragraphs = json.load(sys.stdin)
    begin = time.perf_counter()
    label = make_rival(args.rival, args.weights, gpu=args.gpu_id >= 0)
    label(paragraphs[:1])
    ready = time.perf_counter() - begin
    label(paragraphs)
    figures = {
        "import spacy, s": IMPORTED - START,
        "import spacy_imrad, ms": (OURS - IMPORTED) * 1000,
        "first label, s": ready,
        "peak MB": peak_megabytes(),
    }
    print(json.dumps(figures))


if __name__ == "__main__":
    main()
