"""How the context network lives inside a thinc model."""

import json
from collections.abc import Callable, Sequence
from dataclasses import asdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, NamedTuple, cast

import numpy
from numpy.typing import NDArray
from thinc.api import NumpyOps, Ops, Optimizer, torch2xp, xp2torch
from thinc.types import Floats2d

from spacy_imrad.extras import require
from spacy_imrad.labels import Convention
from spacy_imrad.models.checkpoints.files import read_files
from spacy_imrad.models.checkpoints.hf import (
    module_weights,
    round_to_half,
    weights_to_bytes,
)
from spacy_imrad.models.checkpoints.int8 import Weights
from spacy_imrad.models.context.calibration import Calibration
from spacy_imrad.models.context.conventions import (
    as_stored,
    for_first_convention,
    for_further_convention,
    further_conventions,
    is_own,
    with_current_names,
)
from spacy_imrad.models.context.features import ContextFeatures
from spacy_imrad.models.context.numpy_network import read_context
from spacy_imrad.models.context.settings import ContextSettings
from spacy_imrad.models.torch_shim import FlatParameters, TorchShim

if TYPE_CHECKING:
    import torch

    from spacy_imrad.models.context.torch_network import ContextNetwork


class ContextInput(NamedTuple):
    """vectors, logits: The paragraphs of all papers x width and x labels.
    features: Features of each paper's paragraphs.
    """

    vectors: Floats2d
    logits: Floats2d
    features: Sequence[ContextFeatures]

    def numbers(self) -> NDArray[numpy.float32]:
        return numpy.concatenate([paper.numbers for paper in self.features])

    def words(self) -> tuple[list[list[int]], list[list[int]]]:
        """Word hashes of each paragraph, of own headings and of upper ones."""
        return (
            [words for paper in self.features for words in paper.own_words],
            [words for paper in self.features for words in paper.upper_words],
        )

    def lengths(self) -> list[int]:
        return [len(paper.numbers) for paper in self.features]


class ContextShim(TorchShim):
    """The network, which gets its sizes with its weights or when training begins.

    On a CPU numpy reads with it; torch does on a GPU, and in training. Where it has
    learned several conventions (`models/context/conventions.py`), it labels by
    `convention`.

    weights: Safetensors file to load it from when first needed; None if `create` or
        `from_bytes` brings it.
    rate_scale: Multiplies the learning rate.
    guess_weight: Weight of the loss for words of hidden headings.
    """

    def __init__(
        self, weights: Path | None, rate_scale: float, guess_weight: float
    ) -> None:
        super().__init__(rate_scale)
        self._file = weights
        self._guess_weight = guess_weight
        self._settings: ContextSettings | None = None
        self._convention: Convention = "ancestor"
        # As they are stored; a network for torch has newer ones of its own.
        self._weights: Weights = {}
        self._calibrations: list[Calibration] | None = None
        self._guess: Any = None
        self._guess_weights: Weights | None = None
        self._has_gradient = False

    def __getstate__(self) -> dict[str, Any]:
        # A copied network's weights and gradients are no views of these buffers.
        return {**self.__dict__, "_parameters": None, "_guess": None}

    @property
    def convention(self) -> Convention:
        """The convention to label by, and to be trained for."""
        return self._convention

    @convention.setter
    def convention(self, convention: Convention) -> None:
        if convention != self._convention:
            self._drop_network()
            self._convention = convention

    @property
    def conventions(self) -> list[Convention]:
        """Those that it has learned, the first one first.

        RAISES: ValueError if there are no weights.
        """
        return [self.settings.convention, *further_conventions(self._stored())]

    @property
    def is_further(self) -> bool:
        """Whether the network had learned another convention first.

        RAISES: ValueError if there are no weights.
        """
        return self._convention != self.settings.convention

    def begin_convention(self) -> None:
        """Let the convention begin as the first one, if it was not learned yet.

        RAISES: ValueError if there are no weights.
        """
        if self._convention not in self.conventions:
            self._drop_network()
            first = for_first_convention(self._weights)
            self._weights = {**as_stored(first, self._convention), **self._weights}

    @property
    def settings(self) -> ContextSettings:
        """RAISES: ValueError if there are no weights."""
        if self._settings is None:
            if self._file is None:
                raise ValueError(
                    "The document context has no weights yet: train it, "
                    "`nlp.initialize` and `spacy train` create them."
                )
            folder, name = self._file.parent, self._file.name
            self.from_bytes(read_files(folder, [name])[name])
            assert self._settings is not None
        return self._settings

    @property
    def network(self) -> "ContextNetwork":
        """The network for torch.

        RAISES: ValueError if there are no weights, ImportError without the extra
            `torch`.
        """
        settings = self.settings
        if self._model is None:
            require("torch", "torch")
            import torch

            from spacy_imrad.models.context.torch_network import ContextNetwork

            # Its weights are replaced at once: that draws nothing from the user's seed.
            with torch.random.fork_rng(devices=()):
                network = ContextNetwork(settings)
            network.load_state_dict(
                {name: torch.tensor(x) for name, x in self.weights.items()}
            )
            self._set_network(network.float())
        return cast(Any, self._model)

    @property
    def weights(self) -> Weights:
        """By name, in single precision.

        RAISES: ValueError if there are no weights, or none for the convention.
        """
        if self.settings and self._model is not None:
            return module_weights(self._model)
        if not self.is_further:
            return for_first_convention(self._weights)
        if self._convention not in self.conventions:
            raise ValueError(
                "The document context has not learned the convention "
                f"'{self._convention}'; it knows {self.conventions}. Set the pipe's "
                "`convention` to one of these, or train it (docs/TRAINING.md)."
            )
        return for_further_convention(self._weights, self._convention)

    def _stored(self) -> Weights:
        """The weights for all conventions, as they are stored."""
        if self._model is None:
            return self._weights
        return {**self._weights, **self._as_stored(module_weights(self._model))}

    def _as_stored(self, weights: Weights) -> Weights:
        """The network's weights, named as they are stored."""
        return as_stored(weights, self._convention) if self.is_further else weights

    @property
    def calibrations(self) -> list[Calibration]:
        """RAISES: ValueError if there are no weights."""
        # Kept, because whoever asks a GPU waits for all that it has to do.
        if self._calibrations is None:
            rows = self.weights["calibration"].tolist()
            self._calibrations = [Calibration.from_rows(x) for x in rows]
        return self._calibrations

    def calibrate(self, kind: int, calibration: Calibration) -> None:
        """Replace one of the calibrations."""
        rows = self.network.calibration[kind]
        rows.copy_(rows.new_tensor(calibration.rows()))
        self._calibrations = None

    def round_to_half(self) -> None:
        """Round all weights to half precision, those of other conventions too."""
        round_to_half(self.network)
        self._weights = {
            name: x.astype("e").astype("f") for name, x in self._weights.items()
        }
        self._calibrations = None

    def create(self, settings: ContextSettings) -> None:
        """Make an untrained network.

        RAISES: ImportError without the extra `torch`.
        """
        require("torch", "torch")
        from spacy_imrad.models.context.torch_network import ContextNetwork

        self._settings, self._weights, self._calibrations = settings, {}, None
        self._set_network(ContextNetwork(settings))

    def read(self, inputs: ContextInput, ops: Ops) -> Floats2d:
        """RETURNS: Logits, the paragraphs of all papers x labels, as array of `ops`."""
        if isinstance(ops, NumpyOps):
            logits = read_context(
                self.weights,
                cast(Any, inputs.vectors),
                cast(Any, inputs.logits),
                inputs.numbers(),
                inputs.words(),
                inputs.lengths(),
            )
            return cast(Floats2d, logits)
        import torch

        with torch.inference_mode():
            output, _ = self._forward(inputs, xp2torch(inputs.vectors))
        return cast(Floats2d, torch2xp(output, ops=ops))

    def begin_read(
        self,
        inputs: ContextInput,
        ops: Ops,
        hidden_words: list[list[int]] | None = None,
    ) -> tuple[Floats2d, Callable[[Floats2d], Floats2d]]:
        """hidden_words: Of each paragraph the words of a heading that `inputs` do not
            tell, for the network to guess; None to leave that out.
        RETURNS: What `read` does, and a callback that takes its gradient and gives that
            of the vectors.
        """
        import torch

        if self._parameters is None:
            self._prepare_training()
        vectors = xp2torch(inputs.vectors, requires_grad=True)
        losses = []
        with self._training():
            output, states = self._forward(inputs, vectors)
            if hidden_words is not None:
                guess = self._guess(states, self.network.words.weight, hidden_words)
                losses.append(self._guess_weight * guess)

        def backprop(gradient: Floats2d) -> Floats2d:
            # cuDNN's recurrent layers refuse to go back in evaluation mode.
            with self._training():
                torch.autograd.backward(
                    [output, *losses],
                    [xp2torch(gradient, device=output.device), *[None] * len(losses)],
                )
            self._has_gradient = True
            assert vectors.grad is not None
            return cast(Floats2d, torch2xp(vectors.grad, ops=ops))

        return cast(Floats2d, torch2xp(output.detach(), ops=ops)), backprop

    def finish_update(self, optimizer: Optimizer) -> None:
        """Change the weights, unless nothing has taught them since the last time: an
        optimizer's momentum would go on."""
        if self._has_gradient:
            super().finish_update(optimizer)
            self._has_gradient = False

    def _prepare_training(self) -> None:
        import torch

        from spacy_imrad.models.context.heading_guess import HeadingGuess

        parts: list[Any] = [self.network]
        if self.is_further:
            for name, parameter in self.network.named_parameters():
                parameter.requires_grad_(is_own(name))
        else:
            # Further conventions rest on layers that change now.
            self._weights = {}
        if self._guess_weight:
            device = next(self.network.parameters()).device
            kept = self._guess_weights
            # Random weights that are replaced draw nothing from the user's seed.
            with torch.random.fork_rng(devices=(), enabled=kept is not None):
                self._guess = HeadingGuess(self.settings).to(device)
            if kept is not None:
                self._guess.load_state_dict(
                    {name: torch.tensor(x) for name, x in kept.items()}
                )
            parts.append(self._guess)
        self._parameters = FlatParameters(torch.nn.ModuleList(parts))

    def training_state(self) -> Weights:
        """What training goes on from and labelling does without, by name."""
        return {} if self._guess is None else module_weights(self._guess)

    def set_training_state(self, state: Weights) -> None:
        """For a network that gets its weights by `from_bytes`."""
        self._guess_weights = state or None

    def _forward(
        self, inputs: ContextInput, vectors: "torch.Tensor"
    ) -> "tuple[torch.Tensor, torch.Tensor]":
        import torch

        device = next(self.network.parameters()).device
        return self.network(
            vectors.to(device),
            xp2torch(inputs.logits).to(device),
            torch.from_numpy(inputs.numbers()).to(device, non_blocking=True),
            [_bag(words, device) for words in inputs.words()],
            inputs.lengths(),
        )

    def to_bytes(self) -> bytes:
        """Safetensors with the settings in their header; empty without weights."""
        if self._settings is None and self._file is None:
            return b""
        metadata = {"settings": json.dumps(asdict(self.settings))}
        return weights_to_bytes(self._stored(), metadata)

    def from_bytes(self, bytes_data: bytes) -> "ContextShim":
        """RAISES: ValueError if the bytes are no context network."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        if not bytes_data:
            return self
        try:
            size = int.from_bytes(bytes_data[:8], "little")
            header = json.loads(bytes_data[8 : 8 + size])
            settings = ContextSettings.from_stored(
                json.loads(header["__metadata__"]["settings"])
            )
            weights = {
                # Recurrent layers are read by their transposes, which are then no copy.
                name: x.astype("f", order="F" if name.startswith("sequence") else "C")
                for name, x in with_current_names(load(bytes_data)).items()
            }
            found = [for_first_convention(weights)]
            found += [
                for_further_convention(weights, x) for x in further_conventions(weights)
            ]
            if any(
                settings.shapes() != {name: x.shape for name, x in network.items()}
                for network in found
            ):
                raise ValueError("weights of other shapes than its settings say")
        except (ValueError, KeyError, TypeError, SafetensorError) as e:
            raise ValueError(
                f"These data are no document context, or damaged ({e})."
            ) from e
        self._drop_network()
        self._settings, self._weights = settings, weights
        return self

    def _drop_network(self) -> None:
        """Drop the network for torch; what it has learned is kept."""
        self._weights = self._stored()
        self._calibrations = None
        super()._drop_network()


def _bag(
    words: list[list[int]], device: "torch.device"
) -> "tuple[torch.Tensor, torch.Tensor]":
    import torch

    lengths = torch.tensor([0, *map(len, words[:-1])])
    hashes = torch.tensor([word for bag in words for word in bag])
    return (
        hashes.to(device, non_blocking=True),
        lengths.cumsum(0).to(device, non_blocking=True),
    )
