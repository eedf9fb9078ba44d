"""Fit the calibrations of a trained pipeline on papers that it was not trained on.

python scripts/calibrate.py training/model-best ../shared/corpus/dev.jsonl.xz OUT

A pipeline can be the name of bundled weights, such as `imrad_distilbert`. If it knows
several conventions, the calibrations of one are fitted: the pipe's own, or that of
`--convention`.
"""

import argparse
from pathlib import Path

import spacy
from spacy.language import Language

from spacy_imrad.labels import CONVENTIONS
from spacy_imrad.models.encoder.cache import EncodingCache
from spacy_imrad.outputs import claim
from spacy_imrad.pipeline.loading import load_pipeline
from spacy_imrad.training.calibration import calibrate, calibration_sets
from spacy_imrad.training.corpus import make_papers_corpus_v2


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("pipeline")
    parser.add_argument("papers", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--convention", choices=CONVENTIONS)
    parser.add_argument("--limit", type=int, default=0, help="papers of each kind")
    parser.add_argument("--gpu-id", type=int, default=-1)
    args = parser.parse_args()
    inputs = [args.pipeline, args.papers]
    with claim(args.output, "calibrate", inputs=inputs, overwrite=True) as output:
        nlp = calibrated(args)
        output.begin()
        nlp.to_disk(output.part)
        output.put()
        output.finish()


def calibrated(args: argparse.Namespace) -> Language:
    if args.gpu_id >= 0:
        spacy.require_gpu(args.gpu_id)
    nlp = load_pipeline(args.pipeline, args.convention)
    pipe = nlp.get_pipe("imrad_classifier")
    cache = EncodingCache()
    for kind, options in calibration_sets(pipe.convention).items():
        # A paper has about ten labelled paragraphs.
        limit = args.limit * (10 if options["unit"] == "paragraph" else 1)
        reader = make_papers_corpus_v2(
            str(args.papers), tokens="paragraph", limit=limit, **options
        )
        fitted = calibrate(pipe.model, kind, reader(nlp), pipe.labels, cache=cache)
        print(options, fitted, flush=True)
    return nlp


if __name__ == "__main__":
    main()
