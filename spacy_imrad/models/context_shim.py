"""How the context network lives inside a thinc model."""

import json
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple

from thinc.api import Optimizer, PyTorchShim, get_torch_default_device

from .checkpoint import weights_to_bytes
from .context_features import ContextFeatures
from .flat_parameters import FlatParameters

if TYPE_CHECKING:
    import torch

    from .context_network import ContextNetwork, ContextSettings


class ContextInput(NamedTuple):
    """vectors, logits: float32 tensors, the paragraphs of all papers x width and x
        labels.
    features: Of each paper's paragraphs.
    """

    vectors: "torch.Tensor"
    logits: "torch.Tensor"
    features: list[ContextFeatures]


class ContextShim(PyTorchShim):
    """The network, which gets its sizes with its weights or when training begins.

    weights: Safetensors file to load it from when first needed; None if `create` or
        `from_bytes` brings it.
    rate_scale: Multiplies the learning rate.
    """

    def __init__(self, weights: Path | None, rate_scale: float) -> None:
        super().__init__(None)
        self._weights = weights
        self._rate_scale = rate_scale
        self._parameters: FlatParameters | None = None

    def __getstate__(self) -> dict[str, Any]:
        # A copied network's weights and gradients are no views of these buffers.
        return {**self.__dict__, "_parameters": None}

    @property
    def network(self) -> "ContextNetwork":
        """RAISES: ValueError if there are no weights."""
        if self._model is None:
            if self._weights is None:
                raise ValueError(
                    "The document context has no weights yet: train it, "
                    "`nlp.initialize` and `spacy train` create them."
                )
            self.from_bytes(self._weights.read_bytes())
        return self._model

    def create(self, settings: "ContextSettings") -> None:
        """Make an untrained network."""
        from .context_network import ContextNetwork

        self._set_network(ContextNetwork(settings))

    def read(self, inputs: ContextInput) -> "torch.Tensor":
        """RETURNS: float32 logits, the paragraphs of all papers x labels."""
        import torch

        with torch.inference_mode():
            return self._forward(inputs)

    def begin_read(
        self, inputs: ContextInput
    ) -> "tuple[torch.Tensor, Callable[[torch.Tensor], torch.Tensor]]":
        """RETURNS: What `read` does, and a callback that takes its gradient and
        gives that of the vectors."""
        self._parameters = self._parameters or FlatParameters(self.network)
        inputs = inputs._replace(vectors=inputs.vectors.detach().requires_grad_())
        self.network.train()
        output = self._forward(inputs)
        self.network.eval()

        def backprop(gradient: "torch.Tensor") -> "torch.Tensor":
            # cuDNN's recurrent layers refuse to go back in evaluation mode.
            self.network.train()
            output.backward(gradient)
            self.network.eval()
            assert inputs.vectors.grad is not None
            return inputs.vectors.grad

        return output.detach(), backprop

    def _forward(self, inputs: ContextInput) -> "torch.Tensor":
        import numpy
        import torch

        device = next(self.network.parameters()).device
        numbers = numpy.concatenate([paper.numbers for paper in inputs.features])
        return self.network(
            inputs.vectors.to(device),
            inputs.logits.to(device),
            torch.from_numpy(numbers).to(device),
            [
                _bag([words for paper in papers for words in paper], device)
                for papers in (
                    [paper.own_words for paper in inputs.features],
                    [paper.upper_words for paper in inputs.features],
                )
            ],
            [len(paper.numbers) for paper in inputs.features],
        )

    def finish_update(self, optimizer: Optimizer) -> None:
        # Nothing is there to update before the first call of `begin_read`.
        if self._parameters is not None:
            self._parameters.update((self.id, "weights"), optimizer, self._rate_scale)

    @contextmanager
    def use_params(self, params: dict[Any, Any]) -> Iterator[None]:
        # thinc keeps no averages of a shim's weights, so there is nothing to swap in.
        yield

    def to_device(self, device_type: str, device_id: int) -> None:
        if self._model is not None:
            super().to_device(device_type, device_id)
            self._parameters = None

    def to_bytes(self) -> bytes:
        """Safetensors with the settings in their header; empty without a network."""
        if self._model is None and self._weights is None:
            return b""
        settings = json.dumps(asdict(self.network.settings))
        return weights_to_bytes(self.network, {"settings": settings})

    def from_bytes(self, bytes_data: bytes) -> "ContextShim":
        """RAISES: ValueError if the bytes are no context network."""
        from safetensors import SafetensorError
        from safetensors.torch import load

        from .context_network import ContextNetwork, ContextSettings

        if not bytes_data:
            return self
        try:
            size = int.from_bytes(bytes_data[:8], "little")
            header = json.loads(bytes_data[8 : 8 + size])
            settings = json.loads(header["__metadata__"]["settings"])
            network = ContextNetwork(ContextSettings(**settings))
            network.load_state_dict(load(bytes_data))
        except (ValueError, KeyError, TypeError, RuntimeError, SafetensorError) as e:
            raise ValueError(
                f"These data are no document context, or damaged ({e})."
            ) from e
        self._set_network(network.float())
        return self

    def _set_network(self, network: "ContextNetwork") -> None:
        self._model = network.to(get_torch_default_device()).eval()
        self._parameters = None


def _bag(
    words: list[list[int]], device: "torch.device"
) -> "tuple[torch.Tensor, torch.Tensor]":
    import torch

    lengths = torch.tensor([0, *map(len, words[:-1])])
    hashes = torch.tensor([word for bag in words for word in bag])
    return hashes.to(device), lengths.cumsum(0).to(device)
