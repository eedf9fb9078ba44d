"""`spacy train` on several GPUs of a machine at once, for a given time.

    python -m torch.distributed.run --nproc_per_node 4 scripts/train_on_gpus.py \\
        configs/imrad_distilbert.cfg training/large --papers PARTS --seconds 600

Each GPU learns from papers of its own, those in PARTS/0, PARTS/1, and so on, and all
take the mean of their gradients. The learning rate rises for the first twentieth of the
time, to the config's `initial_rate`, and falls to 0 at the end. What follows the
options overrides the config, as with `spacy train`. The trained pipeline is
training/large/model-last. Without a GPU the processes share the CPU.
"""

import argparse
import gc
import os
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import spacy
import torch
from spacy.cli._util import parse_config_overrides
from spacy.cli.train import train
from spacy.language import Language
from spacy.training import Example
from spacy.util import load_config, registry
from torch import distributed

from spacy_imrad.models.torch_shim import FlatParameters
from spacy_imrad.models.types import OutlinedDoc
from spacy_imrad.pipeline.imrad_classifier import ImradClassifier
from spacy_imrad.training.corpus import PapersCorpus

WARMUP = 0.05
NEVER = 10**9


class TimeIsUp(Exception):
    """Ends a training, which then saves its weights."""


class Clock:
    """The share of the time that is over, the same for all processes.

    Each update of each network asks for it; it goes on with those of the first.
    """

    def __init__(self, seconds: float, device: torch.device) -> None:
        self._seconds = seconds
        self._share = torch.zeros(1, device=device)
        self._start = 0.0
        self._first: FlatParameters | None = None
        self._over = 0.0
        self.steps = 0

    def factor(self, asker: FlatParameters) -> float:
        """RETURNS: What the learning rate is multiplied by.
        RAISES: TimeIsUp.
        """
        if self._first is None:
            self._first, self._start = asker, time.monotonic()
        if asker is self._first:
            self.steps += 1
            self._share.fill_((time.monotonic() - self._start) / self._seconds)
            distributed.broadcast(self._share, 0)
            self._over = float(self._share)
            if self._over >= 1:
                raise TimeIsUp
        return min(1.0, self._over / WARMUP) * (1 - self._over)


def learn_together(clock: Clock) -> None:
    """Have all processes start from the first one's weights, and update them by the
    mean of all gradients."""
    update = FlatParameters.update
    create = FlatParameters.__init__

    def create_equal(self: FlatParameters, module: Any) -> None:
        create(self, module)
        distributed.broadcast(self.weights, 0)

    def update_by_mean(
        self: FlatParameters, key: Any, optimizer: Any, rate_scale: float = 1.0
    ) -> None:
        factor = clock.factor(self)
        distributed.all_reduce(self.gradient)
        self.gradient /= distributed.get_world_size()
        update(self, key, optimizer, rate_scale * factor)

    FlatParameters.__init__ = create_equal  # type: ignore[method-assign]
    FlatParameters.update = update_by_mean  # type: ignore[method-assign]


def read_ahead(config: Path, settings: dict[str, Any]) -> None:
    """Read the training papers now, and let `spacy train` have these."""
    corpora = load_config(config, settings, interpolate=True)["corpora"]
    corpus = registry.resolve({"train": corpora["train"]})["train"]
    examples = list(corpus(spacy.blank("en")))
    # Nothing of them is ever garbage, and to look for it takes a second each time.
    gc.collect()
    gc.freeze()
    read = PapersCorpus.__call__

    def read_again(self: PapersCorpus, nlp: Language) -> Iterator[Example]:
        return iter(examples) if self.path == corpus.path else read(self, nlp)

    PapersCorpus.__call__ = read_again  # type: ignore[method-assign]
    remember_outlines()


def remember_outlines() -> None:
    """Prepare each Example once, not in each pass: on a GPU the processor is what a
    training waits for. No component may annotate the Docs."""
    prepare = ImradClassifier._gold
    texts = OutlinedDoc.texts
    prepared: dict[int, Any] = {}
    known: dict[int, list[str]] = {}

    def prepare_once(self: ImradClassifier, examples: list[Example]) -> Any:
        for example in examples:
            if id(example) not in prepared:
                prepared[id(example)] = (example, *prepare(self, [example]))
        rows = [prepared[id(example)] for example in examples]
        return [row[1][0] for row in rows], [row[2][0] for row in rows]

    def texts_once(self: OutlinedDoc) -> list[str]:
        key = id(self.outline)
        if key not in known:
            known[key] = texts(self)
            kept.append(self.outline)
        return known[key]

    kept: list[Any] = []
    ImradClassifier._gold = prepare_once  # type: ignore[method-assign]
    OutlinedDoc.texts = texts_once  # type: ignore[method-assign]
    spacy.language._copy_examples = list  # type: ignore[assignment]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("config", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--papers", type=Path, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--evaluate-every", type=int, default=500, help="steps")
    parser.add_argument(
        "--await",
        dest="awaited",
        type=Path,
        help="read the papers, and begin when this file is there",
    )
    args, overrides = parser.parse_known_args()
    rank = int(os.environ["RANK"])
    gpu = rank if torch.cuda.is_available() else -1
    if gpu >= 0:
        torch.cuda.set_device(gpu)
    distributed.init_process_group("nccl" if gpu >= 0 else "gloo")
    clock = Clock(args.seconds, torch.device("cpu" if gpu < 0 else f"cuda:{gpu}"))
    learn_together(clock)
    settings = {
        "paths.train": str(args.papers / str(rank)),
        # What is drawn by chance differs, the weights do not.
        "system.seed": 42 + rank,
        "training.max_steps": NEVER,
        "training.eval_frequency": args.evaluate_every if rank == 0 else NEVER,
        "training.logger.progress_bar": None,
        # A constant rate, for the clock to multiply.
        "training.optimizer.learn_rate.warmup_steps": 1,
        "training.optimizer.learn_rate.total_steps": NEVER,
        **parse_config_overrides(overrides),
    }
    read_ahead(args.config, settings)
    while args.awaited is not None and not args.awaited.exists():
        time.sleep(1)
    output = args.output if rank == 0 else None
    start = time.monotonic()
    try:
        train(args.config, output, use_gpu=gpu, overrides=settings)
    except TimeIsUp:
        print(f"process {rank}: {clock.steps} steps, {time.monotonic() - start:.0f} s")
    distributed.barrier()
    distributed.destroy_process_group()


if __name__ == "__main__":
    main()
