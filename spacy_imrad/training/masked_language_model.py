"""The network that guesses masked wordpieces (Devlin et al. 2019).

An encoder whose upper layers pool wordpieces is read by a few layers more, which are
dropped afterwards: each of its vectors is repeated for the wordpieces that it stands
for, and added to what the last layer before the first pooling said (Dai et al. 2020,
Funnel-Transformer).
"""

from collections.abc import Sequence
from copy import deepcopy
from typing import TYPE_CHECKING, Any

from spacy_imrad.extras import require
from spacy_imrad.labels import LABELS
from spacy_imrad.models.checkpoints.base_encoder import make_base_encoder_v1
from spacy_imrad.models.checkpoints.hf import Checkpoint
from spacy_imrad.models.checkpoints.pooling import (
    CONFIG_KEY,
    check_pooling,
    layers_of,
    pool_wordpieces,
    pooling_of,
)

if TYPE_CHECKING:
    import torch


def load_base(name: str, pooling: Sequence[int]) -> Checkpoint:
    """The encoder to go on from: see `spacy-imrad.BaseEncoder.v1`.

    RAISES: What the loader raises; ValueError if it can't pool so.
    """
    checkpoint = make_base_encoder_v1(name)(LABELS)
    if pooling:
        layers = layers_of(checkpoint.module)
        check_pooling(pooling, None if layers is None else len(layers))
        setattr(checkpoint.module.config, CONFIG_KEY, list(pooling))
    pool_wordpieces(checkpoint.module)
    return checkpoint


def make_network(checkpoint: Checkpoint, decoder_layers: int) -> "torch.nn.Module":
    """A module that gives the loss of guessing masked wordpieces.

    It takes the ids (sequences x length, int64) as they are shown, the flat indices of
    the wordpieces to be guessed, and what these were.

    decoder_layers: Layers above an encoder that pools; another one needs none.
    RETURNS: A module whose `encoder` is the checkpoint's own.
    """
    require("torch", "torch")
    import torch
    from torch import nn

    encoder: Any = checkpoint.module.base_model
    layers = layers_of(checkpoint.module)
    pooling = pooling_of(checkpoint.module) or [1] * len(layers)
    n_detailed = pooling.count(1)
    width = encoder.config.hidden_size

    class MaskedLanguageModel(nn.Module):
        def __init__(self) -> None:
            super().__init__()
            self.encoder = encoder
            n_copied = decoder_layers if pooling[-1] > 1 else 0
            # Trained layers are a better beginning than random ones.
            copied = layers[len(layers) - n_copied :]
            self.decoder = nn.ModuleList(_without_hooks(layer) for layer in copied)
            self.transform = nn.Sequential(
                nn.Linear(width, width), nn.GELU(), nn.LayerNorm(width)
            )
            self.bias = nn.Parameter(torch.zeros(encoder.config.vocab_size))

        def forward(
            self, ids: "torch.Tensor", where: "torch.Tensor", wanted: "torch.Tensor"
        ) -> "torch.Tensor":
            hidden = detailed = encoder.embeddings(ids)
            for index, layer in enumerate(layers):
                hidden = _first(layer(hidden, None))
                if index < n_detailed:
                    detailed = hidden
            if pooling[-1] > 1:
                hidden = detailed + _spread(hidden, pooling[-1], ids.shape[1])
                for layer in self.decoder:
                    hidden = _first(layer(hidden, None))
            guessed = self.transform(hidden.reshape(-1, width)[where])
            table = encoder.get_input_embeddings().weight
            logits = nn.functional.linear(guessed, table, self.bias)
            loss: torch.Tensor = nn.functional.cross_entropy(logits.float(), wanted)
            return loss

    return MaskedLanguageModel()


def _spread(pooled: "torch.Tensor", rate: int, length: int) -> "torch.Tensor":
    """Repeat each vector, but the first, for the wordpieces that it stands for.

    pooled: Sequences x vectors x width.
    RETURNS: Sequences x `length` x width.
    """
    import torch

    rest = pooled[:, 1:].repeat_interleave(rate, dim=1)[:, : length - 1]
    return torch.cat([pooled[:, :1], rest], dim=1)


def _first(output: Any) -> Any:
    """Versions of transformers differ in whether a layer returns a tuple."""
    return output[0] if isinstance(output, tuple) else output


def _without_hooks(layer: Any) -> Any:
    copied = deepcopy(layer)
    copied._forward_pre_hooks.clear()
    copied._forward_pre_hooks_with_kwargs.clear()
    return copied
