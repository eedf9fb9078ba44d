"""`spacy train` that goes on from its last checkpoint when it was killed."""

import json
import shutil
import tempfile
from collections.abc import Iterable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any, Final

import srsly
from spacy.cli.train import train as spacy_train
from spacy.util import load_config
from thinc.api import Config

from .log import CHECKPOINTS, LOG_FILE, PIPELINE, best_step, checkpoints, read_log

STATE_FILE: Final = "run.json"


def make_skip_v1(schedule: Iterable[float], steps: int) -> Iterator[float]:
    """A schedule without its first steps (`spacy-imrad.Skip.v1`)."""
    return islice(iter(schedule), steps, None)


def train(
    config_path: Path,
    output: Path,
    *,
    gpu_id: int = -1,
    overrides: dict[str, Any] | None = None,
    restart: bool = False,
) -> int:
    """Train a pipeline, or go on with a training that did not reach its end.

    It is gone on with if config, overrides and the files under `[paths]` are the same:
    from the weights of the last evaluation, with what is left of the steps and of the
    schedule of the learning rate. The optimizer's momentum begins anew.

    output: Gets what `spacy train` writes, and `log.jsonl`.
    overrides: Settings of the config by dotted name.
    restart: Begin anew in any case.
    RETURNS: The step that was gone on from, 0 for a new training.
    RAISES: What `spacy train` raises.
    """
    config = load_config(config_path, overrides=overrides or {}, interpolate=False)
    state = {"finished": False, "fingerprint": _fingerprint(config)}
    found = checkpoints(output)
    last = found[-1] if found and not restart and _state(output) == state else None
    if last is None:
        shutil.rmtree(output / CHECKPOINTS, ignore_errors=True)
        (output / LOG_FILE).unlink(missing_ok=True)
    else:
        shutil.copy(last / LOG_FILE, output / LOG_FILE)
    output.mkdir(parents=True, exist_ok=True)
    srsly.write_json(output / STATE_FILE, state)
    log = read_log(output)
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "config.cfg"
        _with_log(config, output, last, log).to_disk(path)
        spacy_train(path, output, use_gpu=gpu_id)
    first_step = log[-1]["step"] if log else 0
    best = best_step(read_log(output))
    if best <= first_step:
        _replace_best(output, best)
    for name in ("model-best", "model-last"):
        _restore_settings(output / name / "config.cfg", config)
    shutil.rmtree(output / CHECKPOINTS)
    srsly.write_json(output / STATE_FILE, {**state, "finished": True})
    return int(first_step)


def _state(output: Path) -> Any:
    path = output / STATE_FILE
    return srsly.read_json(path) if path.exists() else None


def _fingerprint(config: Config) -> dict[str, Any]:
    paths = config.interpolate().get("paths", {})
    files = [
        file
        for value in paths.values()
        if isinstance(value, str)
        for file in [Path(value), *sorted(Path(value).rglob("*"))]
        if file.is_file()
    ]
    return {
        "config": json.loads(json.dumps(config)),
        "files": [[str(p), p.stat().st_size, p.stat().st_mtime_ns] for p in files],
    }


def _with_log(
    config: Config, output: Path, last: Path | None, log: list[dict[str, Any]]
) -> Config:
    """The config of a training that keeps checkpoints, and begins from the last one."""
    changed = config.copy()
    training = changed["training"]
    training["logger"] = {
        "@loggers": "spacy-imrad.TrainingLog.v1",
        "folder": str(output),
        "logger": training["logger"],
    }
    if last is None:
        return changed
    step, epoch = log[-1]["step"], log[-1]["epoch"]
    training["logger"] |= {"first_step": step, "first_epoch": epoch}
    for name in changed["nlp"]["pipeline"]:
        changed["components"][name] = {"source": str(last / PIPELINE)}
    changed.get("initialize", {}).pop("components", None)
    if training["max_steps"]:
        training["max_steps"] = max(1, training["max_steps"] - step)
    if training["max_epochs"] > 0:
        training["max_epochs"] = max(1, training["max_epochs"] - epoch)
    rate = training["optimizer"]["learn_rate"]
    if isinstance(rate, dict):
        training["optimizer"]["learn_rate"] = {
            "@schedules": "spacy-imrad.Skip.v1",
            "schedule": rate,
            "steps": step,
        }
    # Otherwise the papers would come in the order in which they came before.
    changed["system"]["seed"] = config["system"]["seed"] + step
    return changed


def _replace_best(output: Path, step: int) -> None:
    best = output / CHECKPOINTS / f"step-{step:07}" / PIPELINE
    shutil.rmtree(output / "model-best", ignore_errors=True)
    shutil.copytree(best, output / "model-best")


def _restore_settings(path: Path, config: Config) -> None:
    """The saved pipeline says how it was trained, not what it was gone on from."""
    saved = Config().from_disk(path, interpolate=False)
    saved["training"]["logger"] = config["training"]["logger"]
    saved.to_disk(path)
