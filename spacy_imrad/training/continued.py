"""`spacy train` that goes on from its last checkpoint when it was killed."""

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from spacy.cli._util import setup_gpu
from spacy.training.initialize import init_nlp
from spacy.training.loop import DIR_MODEL_BEST, DIR_MODEL_LAST
from spacy.util import load_config, load_model_from_config
from thinc.api import Config
from wasabi import msg

from spacy_imrad.atomic import part_of, replacing
from spacy_imrad.extras import require
from spacy_imrad.outputs import Output, claim_in
from spacy_imrad.training.checkpoints import FOLDER, last_checkpoint
from spacy_imrad.training.log import LOG_FILE
from spacy_imrad.training.loop import train_pipeline

STATE_FILE: Final = "run.json"
_FOLDERS: Final = (DIR_MODEL_BEST, DIR_MODEL_LAST, FOLDER)
_FILES: Final = (LOG_FILE, STATE_FILE)
_PARTS: Final = tuple(
    part_of(Path(name)).name for name in (DIR_MODEL_BEST, DIR_MODEL_LAST, *_FILES)
)


def train(
    config_path: Path,
    output: Path,
    *,
    gpu_id: int = -1,
    overrides: dict[str, Any] | None = None,
    restart: bool = False,
    overwrite: bool = False,
    keep: bool = False,
) -> int:
    """Train a pipeline, or go on with a training that did not reach its end.

    It is gone on with if config, overrides and the files under `[paths]` are the same.
    On a CPU it then ends with the weights that it would have had undisturbed.

    output: Gets what `spacy train` writes, and `log.jsonl`.
    overrides: Settings of the config by dotted name.
    restart: Begin anew in any case.
    overwrite: Replace a training that reached its end.
    keep: Leave it as it is if config, overrides and files are the same.
    RETURNS: The step that was gone on from, 0 for a new training.
    RAISES: OutputError if the folder has something else under these names, or a
        training that reached its end; what `spacy train` raises.
    """
    config = load_config(config_path, overrides=overrides or {}, interpolate=False)
    for pipe in config["components"].values():
        if pipe.get("factory") == "imrad_classifier":
            require("torch", "torch")
    inputs = map(str, _paths(config))
    overwrite = overwrite or restart or keep
    with claim_training(output, inputs=inputs, overwrite=overwrite) as claimed:
        finished = {"finished": True, "fingerprint": _fingerprint(config)}
        is_kept = keep and not restart and _state(output) == finished
        step = 0 if is_kept else _train(config, claimed, gpu_id, restart)
        claimed.finish()
    return step


def claim_training(
    folder: Path, *, inputs: Iterable[str] = (), overwrite: bool = False
) -> Output:
    """Claim what `train` writes in a folder; see `claim`."""
    names = (*_FOLDERS, *_FILES, *_PARTS)
    return claim_in(folder, names, "train", inputs=inputs, overwrite=overwrite)


def _train(config: Config, claimed: Output, gpu_id: int, restart: bool) -> int:
    output = claimed.folder
    state = {"finished": False, "fingerprint": _fingerprint(config)}
    checkpoint = last_checkpoint(output)
    if restart or _state(output) != state:
        checkpoint = None
    setup_gpu(gpu_id)
    if checkpoint is None:
        msg.divider("Initializing pipeline")
        nlp = init_nlp(config, use_gpu=gpu_id)
        claimed.clear()
        # What is in the folders is noted file by file.
        claimed.writes(*(output / name for name in (*_FILES, *_PARTS)))
        msg.good("Initialized pipeline")
        _write_state(output, state)
    else:
        nlp = load_model_from_config(config, auto_fill=True)
        checkpoint.restore_pipeline(nlp)
        msg.info(f"Going on from step {checkpoint.step:,}")
    msg.divider("Training pipeline")
    train_pipeline(nlp, claimed, checkpoint, use_gpu=gpu_id)
    claimed.discard(output / FOLDER)
    _write_state(output, {**state, "finished": True})
    msg.good("Saved pipeline to output directory", str(output))
    return 0 if checkpoint is None else checkpoint.step


def _state(output: Path) -> Any:
    path = output / STATE_FILE
    return json.loads(path.read_text(encoding="utf8")) if path.exists() else None


def _write_state(output: Path, state: dict[str, Any]) -> None:
    with replacing(output / STATE_FILE) as part:
        # Not srsly, which rounds: 0.3 would be another setting when it is read again.
        part.write_text(json.dumps(state, indent=2), encoding="utf8")


def _paths(config: Config) -> list[Path]:
    """What is named under `[paths]` and is there."""
    values = config.interpolate().get("paths", {}).values()
    paths = [Path(value) for value in values if isinstance(value, str)]
    return [path for path in paths if path.exists()]


def _fingerprint(config: Config) -> dict[str, Any]:
    files = [
        file
        for path in _paths(config)
        for file in [path, *sorted(path.rglob("*"))]
        if file.is_file()
    ]
    return {
        "config": json.loads(json.dumps(config)),
        "files": [[str(p), p.stat().st_size, p.stat().st_mtime_ns] for p in files],
    }
