"""All weights of a torch network as one array, so that an update is one call."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, TypeAlias, cast

from thinc.api import Optimizer, torch2xp, xp2torch
from thinc.types import Floats1d, FloatsXd

if TYPE_CHECKING:
    import torch

# How thinc's optimizers know an array: the number of its owner, and its name.
Key: TypeAlias = tuple[int, str]


class FlatParameters:
    """Moves a network's float32 weights and gradients into one buffer each.

    thinc's optimizers take parameters one by one, which costs a GPU more than the
    network itself where it has a hundred of them. As one, they are also clipped by
    their common norm.
    """

    def __init__(self, module: "torch.nn.Module") -> None:
        import torch

        parameters = [p for p in module.parameters() if p.requires_grad]
        self.weights = torch.cat([p.detach().reshape(-1) for p in parameters])
        self.gradient = torch.zeros_like(self.weights)
        start = 0
        for parameter in parameters:
            end = start + parameter.numel()
            parameter.data = self.weights[start:end].view_as(parameter)
            parameter.grad = self.gradient[start:end].view_as(parameter)
            start = end

    def update(self, key: Key, optimizer: Optimizer, rate_scale: float = 1.0) -> None:
        """Let the optimizer change the weights by their gradient, and zero that."""
        weights, _ = optimizer(
            key,
            cast(Floats1d, torch2xp(self.weights)),
            cast(Floats1d, torch2xp(self.gradient)),
            lr_scale=rate_scale,
        )
        updated = xp2torch(weights, device=self.weights.device)
        if updated.data_ptr() != self.weights.data_ptr():
            self.weights.copy_(updated)
        self.gradient.zero_()

    @contextmanager
    def exchanged(self, key: Key, params: Mapping[Key, FloatsXd]) -> Iterator[None]:
        """Have other weights for a while, if there are such under the key: the
        averages that the optimizer keeps with `use_averages`."""
        import torch

        if key not in params:
            yield
            return
        kept = self.weights.clone()
        averages = xp2torch(params[key], device=self.weights.device)
        with torch.no_grad():
            self.weights.copy_(averages)
        try:
            yield
        finally:
            with torch.no_grad():
                self.weights.copy_(kept)
