"""What a killed training goes on from: its pipeline, its log, and all that settles how
the next update turns out.
"""

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import numpy
from spacy.language import Language
from thinc.api import Optimizer

from spacy_imrad.outputs import Output
from spacy_imrad.training.log import Entry, read_log, write_log
from spacy_imrad.training.optimizer_state import optimizer_state, restore_optimizer
from spacy_imrad.training.random_state import random_state, restore_random

FOLDER: Final = "checkpoints"
_PIPELINE: Final = "pipeline"
_OPTIMIZER: Final = "optimizer.npz"
_RANDOM: Final = "random.json"


def save_checkpoint(
    output: Output, nlp: Language, optimizer: Optimizer, log: Sequence[Entry]
) -> None:
    """Save a checkpoint of the step that was logged last, in place of those before.

    It is there whole or not at all, unlike `model-last`, which a kill may leave half
    written.
    """
    path = output.folder / FOLDER / f"step-{log[-1]['step']:07}"
    with output.placing(path) as part:
        part.mkdir(parents=True)
        nlp.to_disk(part / _PIPELINE)
        arrays: dict[str, Any] = optimizer_state(nlp, optimizer)
        numpy.savez(part / _OPTIMIZER, **arrays)
        (part / _RANDOM).write_text(json.dumps(random_state()), encoding="utf8")
        write_log(part, log)
    output.discard(*(other for other in path.parent.iterdir() if other != path))


def last_checkpoint(output: Path) -> "Checkpoint | None":
    """RETURNS: The training's last checkpoint, None if it has none."""
    found = sorted((output / FOLDER).glob("step-*[0-9]"))
    return Checkpoint(found[-1]) if found else None


class Checkpoint:
    """A checkpoint in a folder.

    log: The evaluations up to it.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.log = read_log(folder)

    @property
    def step(self) -> int:
        return int(self.log[-1]["step"])

    def restore_pipeline(self, nlp: Language) -> None:
        nlp.from_disk(self.folder / _PIPELINE)

    def restore_optimizer(self, nlp: Language, optimizer: Optimizer) -> None:
        """nlp: The restored pipeline, which the optimizer is to update."""
        with numpy.load(self.folder / _OPTIMIZER, allow_pickle=False) as arrays:
            restore_optimizer(nlp, optimizer, dict(arrays))

    def restore_random(self) -> None:
        restore_random(json.loads((self.folder / _RANDOM).read_text(encoding="utf8")))
