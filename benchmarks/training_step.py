"""Where the time of a training step goes.

    python -m benchmarks.training_step --papers ../shared/corpus/dev.jsonl.xz --gpu-id 0

Trains `configs/imrad_distilbert.cfg` for some steps as `spacy train` does, then some
more under torch's profiler: seconds a step, and what the operators cost.
"""

import argparse
import sys
import time
from itertools import islice
from pathlib import Path

from spacy import util
from spacy.schemas import ConfigSchemaTraining
from spacy.training.initialize import init_nlp
from spacy.training.loop import create_train_batches
from thinc.api import require_gpu


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--papers", type=Path, required=True)
    parser.add_argument("--config", default="configs/imrad_distilbert.cfg")
    parser.add_argument("--base", default="minilm")
    parser.add_argument("--steps", type=int, default=60, help="before the profiler")
    parser.add_argument("--profiled", type=int, default=5, help="steps under it")
    parser.add_argument("--batch-tokens", type=int, help="in place of the config's")
    parser.add_argument("--words", type=int, help="of a batch, likewise")
    parser.add_argument("--gpu-id", type=int, default=-1)
    args = parser.parse_args()
    if not args.papers.exists():
        sys.exit(f"There is no corpus '{args.papers}'.")
    if args.gpu_id >= 0:
        require_gpu(args.gpu_id)
    paths = {"train": str(args.papers), "dev": str(args.papers), "base": args.base}
    overrides = {f"paths.{name}": path for name, path in paths.items()}
    if args.batch_tokens:
        model = "components.imrad_classifier.model.paragraphs"
        overrides[f"{model}.batch_tokens"] = args.batch_tokens
    if args.words:
        overrides["training.batcher.size"] = args.words
    nlp = init_nlp(util.load_config(args.config, overrides=overrides))
    config = nlp.config.interpolate()
    training = util.registry.resolve(config["training"], schema=ConfigSchemaTraining)
    (corpus,) = util.resolve_dot_names(config, [training["train_corpus"]])
    batches = create_train_batches(nlp, corpus, training["batcher"], max_epochs=0)
    optimizer = training["optimizer"]

    def run(n_steps: int) -> float:
        start = time.perf_counter()
        for _, batch in islice(batches, n_steps):
            nlp.update(batch, drop=training["dropout"], sgd=optimizer)
            optimizer.step_schedules()
        _wait(args.gpu_id)
        return (time.perf_counter() - start) / n_steps

    half = args.steps // 2
    print(f"first {half} steps: {run(half):.3f} s each", flush=True)
    print(f"next {half} steps: {run(half):.3f} s each", flush=True)
    from torch.profiler import ProfilerActivity, profile

    kinds = [ProfilerActivity.CPU]
    if args.gpu_id >= 0:
        kinds.append(ProfilerActivity.CUDA)
    with profile(activities=kinds) as profiler:
        run(args.profiled)
    by = "self_cuda_time_total" if args.gpu_id >= 0 else "self_cpu_time_total"
    table = profiler.key_averages().table(sort_by=by, row_limit=30)
    print(table, flush=True)


def _wait(gpu_id: int) -> None:
    if gpu_id >= 0:
        import torch

        torch.cuda.synchronize()


if __name__ == "__main__":
    main()
