"""Upper layers that read several neighbouring wordpieces as one.

A paragraph's label needs no vector for each wordpiece: after some layers, the mean of
neighbours carries what the layers above need, at a fraction of their cost (Dai et al.
2020, Funnel-Transformer). A checkpoint's `config.json` says how many wordpieces a
vector of each layer stands for, in `wordpiece_pooling`; the weights are those of a
network without.
"""

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    import torch

CONFIG_KEY: Final = "wordpiece_pooling"


def check_pooling(pooling: Sequence[int], n_layers: int | None = None) -> None:
    """RAISES: ValueError unless each number is a power of two and no smaller than the
    last, and they are as many as layers, if `n_layers` is known."""
    powers = all(rate > 0 and rate & (rate - 1) == 0 for rate in pooling)
    if not pooling or not powers or list(pooling) != sorted(pooling):
        raise ValueError(
            f"`pooling` is {list(pooling)}; it has to be a power of two for each "
            "layer, none smaller than the one before: [1, 2, 4]."
        )
    if n_layers is not None and len(pooling) != n_layers:
        raise ValueError(
            f"`pooling` is {list(pooling)}, for {len(pooling)} layers; the network has "
            f"{n_layers}."
        )


def halvings(pooling: Sequence[int]) -> list[int]:
    """How many times each layer halves what the one below handed over."""
    below = [1, *pooling]
    return [
        (rate // before).bit_length() - 1
        for before, rate in zip(below, pooling, strict=False)
    ]


def pooling_of(module: Any) -> list[int] | None:
    """What a network's config says, None if it does not pool."""
    pooling: list[int] | None = getattr(module.config, CONFIG_KEY, None)
    return pooling


def layers_of(module: Any) -> Any:
    """The list of a network's layers, or None if it has no such list."""
    import torch

    n_layers = getattr(module.config, "num_hidden_layers", None)
    for part in module.base_model.modules():
        if isinstance(part, torch.nn.ModuleList) and len(part) == n_layers:
            return part
    return None


def pool_wordpieces(module: Any) -> None:
    """Let a network's layers pool as its config says; where they do so already, or
    the config says nothing, nothing happens.

    RAISES: ValueError if the config does not fit the network.
    """
    pooling = pooling_of(module)
    if pooling is None or getattr(module, "pools", False):
        return
    layers = layers_of(module)
    if layers is None:
        raise ValueError(
            "The network keeps its layers in no list, so that nothing can be pooled "
            "between them. Take a DistilBERT, BERT or RoBERTa."
        )
    check_pooling(pooling, len(layers))
    done = 0
    for layer, times in zip(layers, halvings(pooling), strict=True):
        layer.register_forward_pre_hook(_Pool(done, times), with_kwargs=True)
        done += times
    module.pools = True


class _Pool:
    """What a layer does with its input.

    before: How often the layers below have halved the wordpieces.
    times: How often this one does.
    """

    def __init__(self, before: int, times: int) -> None:
        self._before = before
        self._times = times

    def __call__(self, layer: Any, args: Any, kwargs: Any) -> Any:
        # All versions of transformers hand over these two first, and the mask as if
        # nothing were pooled.
        hidden, mask, *others = args
        for turn in range(self._before + self._times):
            if turn >= self._before:
                hidden = _halve(hidden, _is_text(mask))
            mask = _halve_mask(mask)
        return (hidden, mask, *others), kwargs


def _halve(hidden: "torch.Tensor", is_text: "torch.Tensor | None") -> "torch.Tensor":
    """The mean of each two wordpieces behind the first; padding does not count.

    hidden: Windows x wordpieces x width.
    is_text: bool, windows x wordpieces; None if there is no padding.
    """
    import torch

    first, rest = hidden[:, :1], hidden[:, 1:]
    n_windows, length, width = rest.shape
    if is_text is None:
        # An odd one out is its own mean.
        if length % 2:
            rest = torch.cat([rest, rest[:, -1:]], dim=1)
        pairs = rest.reshape(n_windows, -1, 2, width).mean(dim=2)
    else:
        weights = is_text[:, 1:].to(hidden.dtype)
        if length % 2:
            rest = torch.nn.functional.pad(rest, (0, 0, 0, 1))
            weights = torch.nn.functional.pad(weights, (0, 1))
        weights = weights.reshape(n_windows, -1, 2, 1)
        sums = (rest.reshape(n_windows, -1, 2, width) * weights).sum(dim=2)
        pairs = sums / weights.sum(dim=2).clamp(min=1)
    return torch.cat([first, pairs.to(first.dtype)], dim=1)


def _is_text(mask: "torch.Tensor | None") -> "torch.Tensor | None":
    """What is no padding, windows x wordpieces, of any mask that layers are given."""
    import torch

    if mask is None:
        return None
    if mask.dim() == 4:
        mask = mask[:, 0, 0]
        # Either says where to look, or is added to the scores.
        return mask if mask.dtype is torch.bool else mask == 0
    return mask != 0


def _halve_mask(mask: "torch.Tensor | None") -> "torch.Tensor | None":
    """Padding stands behind the text: the first of two says whether there is any."""
    if mask is None:
        return None
    import torch

    if mask.dim() == 4:
        # All wordpieces look at the same ones.
        mask = mask[:, :, :1]
    return torch.cat([mask[..., :1], mask[..., 1::2]], dim=-1)
