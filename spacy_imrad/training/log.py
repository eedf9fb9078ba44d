"""The log of a training, and checkpoints that a killed one goes on from."""

import shutil
import sys
from collections.abc import Callable
from pathlib import Path
from typing import IO, Any, Final, TypeAlias

import srsly
from spacy.language import Language

LOG_FILE: Final = "log.jsonl"
CHECKPOINTS: Final = "checkpoints"
PIPELINE: Final = "pipeline"

LogStep: TypeAlias = Callable[[dict[str, Any] | None], None]
Logger: TypeAlias = Callable[
    [Language, IO[str], IO[str]], tuple[LogStep, Callable[[], None]]
]


def make_training_log_v1(
    folder: str, logger: Logger, first_step: int = 0, first_epoch: int = 0
) -> Logger:
    """A logger that also keeps the evaluations and the last and the best pipeline on
    disk (`spacy-imrad.TrainingLog.v1`).

    folder: Gets `log.jsonl`, one object an evaluation, and `checkpoints`. A checkpoint
        is there whole or not at all, unlike spaCy's `model-last`, which a kill may
        leave half written.
    logger: What else is told of each step.
    first_step, first_epoch: Where a training that goes on began.
    """

    def setup(
        nlp: Language, stdout: IO[str] = sys.stdout, stderr: IO[str] = sys.stderr
    ) -> tuple[LogStep, Callable[[], None]]:
        log_inner, finalize = logger(nlp, stdout, stderr)
        weights = nlp.config["training"]["score_weights"]
        names = [name for name, weight in weights.items() if weight]

        def log_step(info: dict[str, Any] | None) -> None:
            if info is not None:
                step, epoch = info["step"] + first_step, info["epoch"] + first_epoch
                info = {**info, "step": step, "epoch": epoch}
                _save(Path(folder), info, names)
            log_inner(info)

        return log_step, finalize

    return setup


def read_log(folder: Path) -> list[dict[str, Any]]:
    """RETURNS: The evaluations that `folder/log.jsonl` has, in order: `epoch`, `step`,
    `score`, and by name the `scores` that count for it and the `losses`, which are sums
    since the one before. None if there is no log.
    """
    path = folder / LOG_FILE
    return list(srsly.read_jsonl(path)) if path.exists() else []


def checkpoints(folder: Path) -> list[Path]:
    """RETURNS: The checkpoints of a training in the order of their steps, folders with
    the `pipeline` and the log up to it.
    """
    return sorted((folder / CHECKPOINTS).glob("step-*[0-9]"))


def best_step(log: list[dict[str, Any]]) -> int:
    """The step with the highest score, the first of several."""
    return int(max(log, key=lambda entry: entry["score"])["step"])


def _save(folder: Path, info: dict[str, Any], names: list[str]) -> None:
    entry = {
        "epoch": info["epoch"],
        "step": info["step"],
        "score": float(info["score"]),
        "scores": {name: float(info["other_scores"].get(name) or 0) for name in names},
        "losses": {name: float(loss) for name, loss in info["losses"].items()},
    }
    log = [*read_log(folder), entry]
    target = folder / CHECKPOINTS / _name(info["step"])
    part = target.with_name(target.name + ".part")
    shutil.rmtree(part, ignore_errors=True)
    shutil.copytree(info["output_path"], part / PIPELINE)
    srsly.write_jsonl(part / LOG_FILE, log)
    if not target.exists():
        part.rename(target)
    srsly.write_jsonl(folder / LOG_FILE, log)
    kept = {target.name, _name(best_step(log))}
    for path in (folder / CHECKPOINTS).iterdir():
        if path.name not in kept:
            shutil.rmtree(path)


def _name(step: int) -> str:
    return f"step-{step:07}"
