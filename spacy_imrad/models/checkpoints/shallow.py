"""A network with some of its layers only: where a small student starts."""

from collections.abc import Sequence
from pathlib import Path

from spacy_imrad.models.checkpoints.exported import open_checkpoint
from spacy_imrad.models.checkpoints.hf import Checkpoint
from spacy_imrad.models.checkpoints.pooling import CONFIG_KEY, layers_of, pooling_of


def load_shallow_checkpoint(
    name: str | Path, layers: Sequence[int], new_head: Sequence[str] | None = None
) -> Checkpoint:
    """Load a checkpoint and keep the layers with the numbers `layers`, as they are;
    the embeddings, the head, the labels and the tokenizer stay.

    name, new_head: As in `open_checkpoint`.
    layers: Numbers of layers, the lowest being 0, in ascending order.
    RAISES: ValueError if the network has no layers with these numbers, or shares one
        layer's weights among all, as ALBERT does; and what `open_checkpoint` raises.
    """
    check_layers(layers)
    checkpoint = open_checkpoint(name, new_head)
    stack = layers_of(checkpoint.module)
    if stack is None:
        raise ValueError(
            f"The network in '{name}' keeps its layers in no list, so there is no "
            "choosing among them. Take a DistilBERT, BERT or RoBERTa."
        )
    if layers[-1] >= len(stack):
        raise ValueError(
            f"`layers` is {list(layers)}; the network in '{name}' has {len(stack)} "
            f"layers, numbered from 0 to {len(stack) - 1}."
        )
    for index in reversed(range(len(stack))):
        if index not in layers:
            del stack[index]
    config = checkpoint.module.config
    config.num_hidden_layers = len(stack)
    pooling = pooling_of(checkpoint.module)
    if pooling is not None:
        setattr(config, CONFIG_KEY, [pooling[index] for index in layers])
    return checkpoint


def check_layers(layers: Sequence[int]) -> None:
    """RAISES: ValueError unless they are numbers from 0, each greater than the last."""
    if not layers or layers[0] < 0 or list(layers) != sorted(set(layers)):
        raise ValueError(
            f"`layers` is {list(layers)}; it has to name at least one layer, each once "
            "and in ascending order, the lowest being 0."
        )
