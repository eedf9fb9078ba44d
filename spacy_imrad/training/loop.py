"""spaCy's training loop, of which a part may have been done before.

Up to its checkpoint a training is replayed: the batches are drawn but nothing is
learned from them, and the scores are those of the log. So the order of the papers, the
schedules, patience and the number of steps are those of a training not disturbed.
"""

import shutil
import sys
from collections.abc import Callable, Iterable, Iterator
from typing import Any, Final

from spacy.language import Language
from spacy.schemas import ConfigSchemaTraining
from spacy.training import Example
from spacy.training.loop import (
    DIR_MODEL_BEST,
    DIR_MODEL_LAST,
    create_before_to_disk_callback,
    create_evaluation_callback,
    create_train_batches,
    train_while_improving,
    update_meta,
)
from spacy.util import registry, resolve_dot_names
from thinc.api import Optimizer, fix_random_seed, set_gpu_allocator

from spacy_imrad.outputs import Output
from spacy_imrad.training.checkpoints import Checkpoint, save_checkpoint
from spacy_imrad.training.log import best_step, log_entry, write_log

PASSED_ON: Final = (
    "dropout",
    "accumulate_gradient",
    "patience",
    "max_steps",
    "eval_frequency",
    "annotating_components",
    "before_update",
)


def train_pipeline(
    nlp: Language, output: Output, checkpoint: Checkpoint | None, *, use_gpu: int = -1
) -> None:
    """Train a pipeline as `spacy.training.loop.train` does, with a log and checkpoints,
    and evaluate its last step in any case.

    nlp: Initialized, or restored from the checkpoint.
    output: Its folder gets `model-best`, `model-last`, `log.jsonl`, and after each
        evaluation a checkpoint.
    RAISES: What spaCy's loop raises.
    """
    config = nlp.config.interpolate()
    seed, allocator = config["training"]["seed"], config["training"]["gpu_allocator"]
    if seed is not None:
        fix_random_seed(seed)
    if use_gpu >= 0 and allocator:
        set_gpu_allocator(allocator)
    settings = registry.resolve(config["training"], schema=ConfigSchemaTraining)
    train_corpus, dev_corpus = resolve_dot_names(
        config, [settings["train_corpus"], settings["dev_corpus"]]
    )
    optimizer = settings["optimizer"]
    names = [name for name, weight in settings["score_weights"].items() if weight]
    frozen = settings["frozen_components"]
    save = _Saving(nlp, output, optimizer, settings["before_to_disk"])
    batches = create_train_batches(
        nlp, train_corpus, settings["batcher"], settings["max_epochs"]
    )
    evaluate = create_evaluation_callback(nlp, dev_corpus, settings["score_weights"])
    log = []
    if checkpoint is not None:
        log = list(checkpoint.log)
        checkpoint.restore_optimizer(nlp, optimizer)
        batches = _replay(batches, checkpoint.step + 1, checkpoint.restore_random)
        evaluate = _recall([entry["score"] for entry in log], evaluate)
        if best_step(log) == checkpoint.step:
            # It may have been killed before it was saved as the best.
            save(best=True)
    write_log(output.folder, log)
    steps = train_while_improving(
        nlp,
        optimizer,
        batches,
        evaluate,
        exclude=frozen,
        **{name: settings[name] for name in PASSED_ON},
    )
    with nlp.select_pipes(disable=frozen):
        tell, finish = settings["logger"](nlp, sys.stdout, sys.stderr)

    def record(info: dict[str, Any], is_best: bool) -> None:
        with nlp.select_pipes(disable=frozen):
            update_meta(settings, nlp, info)
        log.append(log_entry(info, names))
        # First, so that whoever goes on from it finds the best of those before.
        save_checkpoint(output, nlp, optimizer, log)
        write_log(output.folder, log)
        save(best=is_best)
        info["output_path"] = str(output.folder / DIR_MODEL_LAST)
        tell(info)

    info: dict[str, Any] = {}
    try:
        for _, info, is_best in steps:
            if checkpoint is not None and info["step"] <= checkpoint.step:
                continue
            if is_best is None:
                tell(None)
            else:
                record(info, is_best)
        if info and info["step"] != log[-1]["step"]:
            # A short training ends between two evaluations of spaCy's loop.
            with nlp.use_params(optimizer.averages):
                score, info["other_scores"] = evaluate()
            info["score"] = score
            record(info, score > max(entry["score"] for entry in log))
    finally:
        finish()
        save(best=False)


class _Saving:
    """Saves the pipeline for use: averaged weights, and what `before_to_disk` makes."""

    def __init__(
        self,
        nlp: Language,
        output: Output,
        optimizer: Optimizer,
        before_to_disk: Callable[[Language], Language] | None,
    ) -> None:
        self.nlp = nlp
        self.output = output
        self.optimizer = optimizer
        self.before_to_disk = create_before_to_disk_callback(before_to_disk)

    def __call__(self, *, best: bool) -> None:
        with self.output.placing(self.output.folder / DIR_MODEL_LAST) as last:
            with self.nlp.use_params(self.optimizer.averages):
                self.before_to_disk(self.nlp).to_disk(last)
            if best:
                path = self.output.folder / DIR_MODEL_BEST
                with self.output.placing(path) as part:
                    shutil.copytree(last, part)


def _replay(
    batches: Iterable[tuple[int, list[Example]]],
    n_done: int,
    restore_random: Callable[[], None],
) -> Iterator[tuple[int, list[Example]]]:
    """The batches, the first of them without Examples.

    restore_random: Called before the first that has Examples is drawn.
    """
    for number, (epoch, batch) in enumerate(batches, start=1):
        yield epoch, batch if number > n_done else []
        if number == n_done:
            restore_random()


def _recall(
    scores: Iterable[float], evaluate: Callable[[], tuple[float, dict[str, float]]]
) -> Callable[[], tuple[float, dict[str, Any]]]:
    """An evaluation that knows its first results."""
    known = iter(scores)

    def recalled() -> tuple[float, dict[str, Any]]:
        score = next(known, None)
        return evaluate() if score is None else (score, {})

    return recalled
