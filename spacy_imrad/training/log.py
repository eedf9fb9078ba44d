"""The log of a training: its evaluations, one JSON object a line."""

import json
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any, Final, TypeAlias

from spacy_imrad.atomic import replacing

LOG_FILE: Final = "log.jsonl"

# `epoch`, `step`, `score`, and by name the `scores` that count for it and the `losses`,
# which are sums since the evaluation before.
Entry: TypeAlias = dict[str, Any]


def read_log(folder: Path) -> list[Entry]:
    """RETURNS: The evaluations that `folder/log.jsonl` has, in order; none if there is
    no log.
    """
    path = folder / LOG_FILE
    lines = path.read_text(encoding="utf8").splitlines() if path.exists() else []
    return [json.loads(line) for line in lines]


def write_log(folder: Path, log: Iterable[Entry]) -> None:
    # Not srsly, which rounds: of two scores the better one has to stay the better one.
    lines = [json.dumps(entry) + "\n" for entry in log]
    with replacing(folder / LOG_FILE) as part:
        part.write_text("".join(lines), encoding="utf8")


def log_entry(info: dict[str, Any], names: Sequence[str]) -> Entry:
    """An entry from what spaCy tells a logger of an evaluated step.

    names: Names of the scores to keep.
    """
    return {
        "epoch": info["epoch"],
        "step": info["step"],
        "score": float(info["score"]),
        "scores": {name: float(info["other_scores"].get(name) or 0) for name in names},
        "losses": {name: float(loss) for name, loss in info["losses"].items()},
    }


def best_step(log: Sequence[Entry]) -> int:
    """The step with the highest score, the first of several."""
    return int(max(log, key=lambda entry: entry["score"])["step"])
