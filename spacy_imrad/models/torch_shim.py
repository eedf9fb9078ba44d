"""A torch network inside a thinc model: what all such networks have in common."""

import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import TYPE_CHECKING, Any, TypeAlias, cast

from thinc.api import Optimizer, Shim, get_torch_default_device, torch2xp, xp2torch
from thinc.types import Floats1d, FloatsXd

if TYPE_CHECKING:
    import torch

# How thinc's optimizers know an array: the number of its owner, and its name.
Key: TypeAlias = tuple[int, str]

_PROCESS = os.getpid()


class TorchShim(Shim):
    """Holds a network that is made when it is first needed.

    A subclass calls `_set_network` when it has one, and `_set_trained` when training
    begins. Outside of training the network is in evaluation mode.

    rate_scale: Multiplies the learning rate.
    """

    def __init__(self, rate_scale: float = 1.0) -> None:
        super().__init__(None)
        self._rate_scale = rate_scale
        self._parameters: FlatParameters | None = None

    def _set_network(self, network: "torch.nn.Module") -> None:
        """Take over a network, on the device that thinc's current ops use."""
        self._model = network.to(get_torch_default_device()).eval()
        self._parameters = None

    def _drop_network(self) -> None:
        self._model = self._parameters = None

    @property
    def _key(self) -> Key:
        return (self.id, "weights")

    def finish_update(self, optimizer: Optimizer) -> None:
        # Nothing is there to update before training has begun.
        if self._parameters is not None:
            self._parameters.update(self._key, optimizer, self._rate_scale)

    @contextmanager
    def use_params(self, params: Mapping[Key, FloatsXd]) -> Iterator[None]:
        if self._parameters is None or self._key not in params:
            yield
            return
        with self._parameters.exchanged(params[self._key]):
            yield

    def to_device(self, device_type: str, device_id: int) -> None:
        if self._model is not None:
            device = f"cuda:{device_id}" if device_type == "gpu" else device_type
            self._model.to(device)
            self._parameters = None

    @contextmanager
    def _training(self) -> Iterator[None]:
        """Training mode, for a while: whoever predicts next would see dropout."""
        self._model.train()
        try:
            yield
        finally:
            self._model.eval()


class FlatParameters:
    """Moves a network's float32 weights and gradients into one buffer each.

    thinc's optimizers take parameters one by one, which costs a GPU more than the
    network itself if it has a hundred of them. As one, they are also clipped by their
    common norm.
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
    def exchanged(self, weights: FloatsXd) -> Iterator[None]:
        """Have other weights for a while, such as the averages that the optimizer
        keeps with `use_averages`."""
        import torch

        kept = self.weights.clone()
        with torch.no_grad():
            self.weights.copy_(xp2torch(weights, device=self.weights.device))
        try:
            yield
        finally:
            with torch.no_grad():
                self.weights.copy_(kept)


@contextmanager
def fork_safe() -> Iterator[Any]:
    """Let torch compute in a forked process, as `nlp.pipe(n_process=2)` makes them.

    A fork inherits torch's memory, but none of the threads that torch may have started
    in the parent, and would wait for them for ever. With one thread torch waits for
    none.
    """
    torch = sys.modules.get("torch")
    if torch is None or os.getpid() == _PROCESS:
        yield
        return
    n_threads = torch.get_num_threads()
    torch.set_num_threads(1)
    try:
        yield
    finally:
        torch.set_num_threads(n_threads)
