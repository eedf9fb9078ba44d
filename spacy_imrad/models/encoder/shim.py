"""How a Hugging Face sequence classifier lives inside a thinc model."""

from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Lock
from typing import TYPE_CHECKING, Any, Literal, NamedTuple, TypeAlias, cast, get_args

import numpy
import srsly
from thinc.api import NumpyOps, Ops, torch2xp
from thinc.types import Floats2d

from spacy_imrad.models.checkpoints.exported import (
    ExportedCheckpoint,
    exported_from_bytes,
    is_exported,
    load_exported,
)
from spacy_imrad.models.checkpoints.hf import Checkpoint, checkpoint_from_bytes
from spacy_imrad.models.checkpoints.loaders import CheckpointLoader
from spacy_imrad.models.checkpoints.pooling import pool_wordpieces
from spacy_imrad.models.encoder.windows import (
    WindowMaker,
    Windows,
    batch_by_padded_tokens,
    pad,
    split_by_characters,
)
from spacy_imrad.models.torch_shim import FlatParameters, TorchShim, fork_safe
from spacy_imrad.models.types import EncodedParagraphs

if TYPE_CHECKING:
    import torch

    from spacy_imrad.models.checkpoints.onnx_session import OnnxNetwork

# Measured: on a CPU padding costs more than small batches do; a GPU wants to be full.
PREDICT_TOKENS = {"cpu": 1024, "cuda": 65536, "mps": 8192}
# Attention on a GPU copies masks whose rows are of other lengths.
ROUND_LENGTH = {"cuda": 8}
# Texts are read so many characters at a time: the wordpieces of a whole book, with all
# that the tokenizer knows of them, would fill the memory.
CPU_CHARACTERS = 2**17
GPU_CHARACTERS = 2**20
# Module attributes in which attention keeps its dropout outside a Dropout module.
DROPOUT_ATTRIBUTES = ("dropout_prob", "attention_dropout")

# Torch's choice of attention is that of all threads.
_ATTENTION = Lock()

Runtime: TypeAlias = Literal["auto", "onnx", "torch"]


class EncodedTensors(NamedTuple):
    """float32 tensors: texts x width, and texts x labels."""

    vectors: "torch.Tensor"
    logits: "torch.Tensor"

    def to_ops(self, ops: Ops) -> EncodedParagraphs:
        """The same as arrays of `ops`."""
        vectors, logits = (cast(Floats2d, torch2xp(part, ops=ops)) for part in self)
        return EncodedParagraphs(vectors, logits)


@dataclass(frozen=True, slots=True)
class EncoderConfig:
    """How texts go through the network. `build_hf_sequence_classifier_v1` explains the
    settings.

    RAISES: ValueError for a number or a runtime out of its range.
    """

    max_length: int = 512
    stride: int = 64
    batch_tokens: int | None = None
    train_tokens: int = 65536
    train_windows: int | None = None
    frozen_layers: int = 0
    cache_size: int = 0
    mixed_precision: bool | None = None
    runtime: Runtime = "auto"

    def __post_init__(self) -> None:
        for name in ("max_length", "batch_tokens", "train_tokens", "train_windows"):
            least = 8 if name == "max_length" else 1
            value = getattr(self, name)
            if value is not None and value < least:
                raise ValueError(f"`{name}` is {value}; it has to be at least {least}.")
        if self.runtime not in get_args(Runtime):
            raise ValueError(
                f"`runtime` is '{self.runtime}'; it has to be one of "
                f"{list(get_args(Runtime))}."
            )
        if not 0 <= self.stride <= self.max_length // 2:
            raise ValueError(
                f"`stride` is {self.stride}: it is the overlap of windows of "
                f"{self.max_length} wordpieces and has to be from 0 to "
                f"{self.max_length // 2}."
            )


class SequenceClassifierShim(TorchShim):
    """The network and its tokenizer, loaded when first needed.

    An exported network stays as it was exported until it is trained: ONNX Runtime runs
    it, or torch after unpacking it.

    loader: Where to load the network from for torch; None if `set_checkpoint` or
        `from_bytes` brings it.
    folder: Where an exported one may be.
    """

    def __init__(
        self,
        loader: CheckpointLoader | None,
        config: EncoderConfig,
        folder: Path | None = None,
    ) -> None:
        super().__init__()
        self._loader = loader
        self._config = config
        self._folder = folder
        self._exported: ExportedCheckpoint | None = None
        self._drop_network()

    def _drop_network(self) -> None:
        """Drop all that can be made again from the checkpoint."""
        super()._drop_network()
        self._network: OnnxNetwork | None = None
        self._tokenizer: Any = None
        self._make_windows: WindowMaker | None = None

    def __getstate__(self) -> dict[str, Any]:
        # Neither ONNX Runtime's sessions can be pickled, nor what transformers hangs on
        # a network in use; worker processes that spawn get the shim as a pickle.
        made = ("_model", "_network", "_tokenizer", "_make_windows", "_parameters")
        state = {k: v for k, v in self.__dict__.items() if k not in made}
        if self.is_loaded and self._exported is None:
            state["checkpoint"] = self.checkpoint.to_bytes()
        return state

    def __setstate__(self, state: dict[str, Any]) -> None:
        data = state.pop("checkpoint", None)
        self.__dict__.update(state)
        self._drop_network()
        if data is not None:
            self.set_checkpoint(checkpoint_from_bytes(data))

    @property
    def config(self) -> EncoderConfig:
        return self._config

    @property
    def is_loaded(self) -> bool:
        return self._model is not None or self._exported is not None

    @property
    def exported(self) -> ExportedCheckpoint | None:
        """The exported checkpoint, if this is one that was not trained since."""
        folder = self._folder
        if self._exported is None and folder is not None and is_exported(folder):
            self._exported = load_exported(folder)
        return self._exported

    @property
    def checkpoint(self) -> Checkpoint:
        """The network for torch, and its tokenizer; loads them if that has not happened
        yet.

        RAISES: ValueError if there is nothing to load them from.
        """
        if self._model is None:
            if self.exported is not None:
                self._take(self.exported.for_torch())
            elif self._loader is not None:
                self.set_checkpoint(self._loader(None))
            else:
                raise ValueError(
                    "The classifier has no weights yet. Name a checkpoint in its "
                    "`model` config, or train it: `nlp.initialize` takes the weights "
                    "to start from out of [initialize.components]."
                )
        return Checkpoint(cast(Any, self._model), self._tokenizer)

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the network's outputs, in their order."""
        return self.exported.labels if self.exported else self.checkpoint.labels

    @property
    def width(self) -> int:
        """Width of the vectors."""
        if self.exported:
            return self.exported.width
        return int(self.checkpoint.module.config.hidden_size)

    def load(self, loader: CheckpointLoader | None, labels: list[str]) -> None:
        """Load afresh, from `loader` or else from the shim's own; where both are
        None, or the shim's own is exported and was not trained since, keep what there
        is.

        labels: Those of a head to be trained, for a checkpoint that has none.
        """
        if loader is None and self.exported is not None:
            return
        loader = loader or self._loader
        if loader is not None:
            self.set_checkpoint(loader(labels))

    def set_checkpoint(self, checkpoint: Checkpoint) -> None:
        """Take over a network, on the device that thinc's current ops use.

        RAISES: ValueError if the network cannot read windows of `max_length`, or pool
            as its config says.
        """
        self._exported = self._folder = self._network = None
        self._take(checkpoint)

    def set_exported(self, exported: ExportedCheckpoint) -> None:
        """Take over an exported network."""
        self._drop_network()
        self._exported = exported

    def _take(self, checkpoint: Checkpoint) -> None:
        self._check_length(_positions(checkpoint.module))
        pool_wordpieces(checkpoint.module)
        self._set_network(checkpoint.module)
        self._set_tokenizer(checkpoint.tokenizer)

    def _set_tokenizer(self, tokenizer: Any) -> None:
        config = self._config
        tokenizer.no_padding()
        tokenizer.enable_truncation(config.max_length, stride=config.stride)
        self._tokenizer = tokenizer
        self._make_windows = WindowMaker(tokenizer, config.cache_size)

    def _check_length(self, positions: int | None) -> None:
        if positions is not None and self._config.max_length > positions:
            raise ValueError(
                f"`max_length` is {self._config.max_length}, but the checkpoint reads "
                f"at most {positions} wordpieces at a time. Set `max_length` to "
                f"{positions} or less; longer text is read in overlapping windows."
            )

    def encode(self, texts: list[str], ops: Ops) -> EncodedParagraphs:
        """RETURNS: What the network says of each text, in the texts' order, as arrays
        of `ops`.
        RAISES: ValueError if ONNX Runtime is asked for and cannot be had.
        """
        encode = self._encode_onnx if self._runs_on_onnx(ops) else self._encode_torch
        size = CPU_CHARACTERS if isinstance(ops, NumpyOps) else GPU_CHARACTERS
        parts = [encode(part, ops) for part in split_by_characters(texts, size)]
        vectors, logits = (
            ops.xp.concatenate(arrays) for arrays in zip(*parts, strict=True)
        )
        return EncodedParagraphs(vectors, logits)

    def _encode_torch(self, texts: list[str], ops: Ops) -> EncodedParagraphs:
        # Before torch, because it says what to install where that is missing.
        self.checkpoint  # noqa: B018  Loads it.
        import torch

        assert self._make_windows is not None
        with torch.inference_mode(), self._computing():
            encoding = self._forward(self._make_windows(texts), train=False)
        return encoding.to_ops(ops)

    def _runs_on_onnx(self, ops: Ops) -> bool:
        runtime = self._config.runtime
        if runtime == "torch":
            return False
        on_cpu = isinstance(ops, NumpyOps)
        if runtime == "onnx" and not on_cpu:
            raise ValueError(
                '`runtime` is "onnx", which is for the CPU. On a GPU set it to "torch" '
                'or "auto".'
            )
        if runtime == "onnx" and self.exported is None:
            raise ValueError(
                '`runtime` is "onnx", but these weights are not exported, or were '
                "trained since. Export the trained pipeline: "
                "`python -m spacy_imrad export PIPELINE -o FOLDER`."
            )
        return on_cpu and self.exported is not None

    def _encode_onnx(self, texts: list[str], ops: Ops) -> EncodedParagraphs:
        assert self.exported is not None
        if self._network is None:
            self._check_length(self.exported.positions)
            self._network = self.exported.network()
        if self._make_windows is None:
            self._set_tokenizer(self.exported.tokenizer())
        assert self._make_windows is not None
        windows = self._make_windows(texts)
        starts = numpy.flatnonzero(numpy.diff(windows.owner, prepend=-1))
        vectors, logits = (
            cast(Floats2d, numpy.add.reduceat(part * windows.share[:, None], starts))
            for part in self._network.read(windows.ids)
        )
        return EncodedParagraphs(vectors, logits)

    def begin_encode(
        self, texts: list[str]
    ) -> tuple[EncodedTensors, Callable[[EncodedTensors], None]]:
        """RETURNS: What `encode` does, and a callback that takes its gradient."""
        if self._exported is not None or self._model is None:
            self.set_checkpoint(self.checkpoint)
        import torch

        assert self._make_windows is not None
        if self._parameters is None:
            _freeze(self._model, self._config.frozen_layers)
            self._parameters = FlatParameters(self._model)
        windows = self._make_windows(texts, self._config.train_windows)
        with self._training(), self._computing():
            output = self._forward(windows, train=True)

        def backprop(gradient: EncodedTensors) -> None:
            # What is computed again has to take the same way as before.
            with self._training(), self._attending():
                torch.autograd.backward(list(output), list(gradient))

        return EncodedTensors(*(tensor.detach() for tensor in output)), backprop

    def set_dropout(self, rate: float) -> None:
        """Set the rate of every dropout in the network."""
        set_dropout(self.checkpoint.module, rate)

    def _forward(self, windows: Windows, *, train: bool) -> EncodedTensors:
        import torch
        from torch.utils.checkpoint import checkpoint

        device = self._model.device
        budget = self._config.batch_tokens or PREDICT_TOKENS.get(device.type, 8192)
        order: list[Any] = []
        outputs: list[EncodedTensors] = []
        kept = 0
        for indices in batch_by_padded_tokens(windows.lengths, budget):
            ids, mask = (
                torch.from_numpy(array).to(device, non_blocking=True)
                for array in pad(
                    [windows.ids[i] for i in indices],
                    self._model.config.pad_token_id or 0,
                    ROUND_LENGTH.get(device.type, 1),
                )
            )
            kept += ids.numel()
            if train and kept > self._config.train_tokens:
                output = checkpoint(self._encode, ids, mask, use_reentrant=False)
            else:
                output = self._encode(ids, mask)
            order.append(torch.from_numpy(indices))
            outputs.append(output)
        rows = torch.cat(order)
        owner, share = (
            torch.from_numpy(array)[rows].to(device, non_blocking=True)
            for array in (windows.owner, windows.share)
        )
        n_texts = int(windows.owner[-1]) + 1
        return EncodedTensors(
            *(
                torch.zeros(n_texts, part[0].shape[1], device=device).index_add(
                    0, owner, torch.cat(part) * share.unsqueeze(1)
                )
                for part in zip(*outputs, strict=True)
            )
        )

    def _encode(self, ids: "torch.Tensor", mask: "torch.Tensor") -> EncodedTensors:
        output = self._model(
            input_ids=ids, attention_mask=mask, output_hidden_states=True
        )
        return EncodedTensors(
            output.hidden_states[-1][:, 0].float(),
            output.logits.float(),
        )

    @contextmanager
    def _computing(self) -> Iterator[None]:
        import torch

        device = cast(Any, self._model).device.type
        wanted = self._config.mixed_precision
        with ExitStack() as stack:
            stack.enter_context(fork_safe())
            if (wanted or (wanted is None and device == "cuda")) and _has_bfloat16(
                device
            ):
                stack.enter_context(torch.autocast(device, dtype=torch.bfloat16))
            stack.enter_context(self._attending())
            yield

    @contextmanager
    def _attending(self) -> Iterator[None]:
        from torch.nn.attention import SDPBackend, sdpa_kernel

        if cast(Any, self._model).device.type != "cuda":
            yield
            return
        # cuDNN plans its attention anew for each shape of a batch, which takes it ten
        # times longer than to compute it.
        backends = [
            SDPBackend.FLASH_ATTENTION,
            SDPBackend.EFFICIENT_ATTENTION,
            SDPBackend.MATH,
        ]
        with _ATTENTION, sdpa_kernel(backends):
            yield

    def to_bytes(self) -> bytes:
        """The checkpoint, loaded first if need be: what is saved stands on its own."""
        if self.exported is not None:
            return srsly.msgpack_dumps(self.exported.to_bytes())
        loadable = self.is_loaded or self._loader is not None
        return srsly.msgpack_dumps(self.checkpoint.to_bytes() if loadable else None)

    def from_bytes(self, bytes_data: bytes) -> "SequenceClassifierShim":
        """RAISES: ValueError if the bytes are no checkpoint."""
        data = srsly.msgpack_loads(bytes_data)
        if data is not None:
            exported = exported_from_bytes(data)
            if exported is not None:
                self.set_exported(exported)
            else:
                self.set_checkpoint(checkpoint_from_bytes(data))
        return self


def set_dropout(network: "torch.nn.Module", rate: float) -> None:
    """Set the rate of every dropout in a network."""
    import torch

    for module in network.modules():
        if isinstance(module, torch.nn.Dropout):
            module.p = rate
        for name in DROPOUT_ATTRIBUTES:
            if isinstance(getattr(module, name, None), float):
                setattr(module, name, rate)


def _freeze(module: Any, n_layers: int) -> None:
    """Keep the embeddings and the lower layers as they are.

    RAISES: ValueError if the network has fewer layers.
    """
    import torch

    if not n_layers:
        return
    encoder = module.base_model
    layers = next(m for m in encoder.modules() if isinstance(m, torch.nn.ModuleList))
    if n_layers > len(layers):
        raise ValueError(
            f"`frozen_layers` is {n_layers}; the network has {len(layers)} layers."
        )
    for part in (encoder.embeddings, *layers[:n_layers]):
        part.requires_grad_(False)


def _positions(module: Any) -> int | None:
    """How many wordpieces the network reads at a time, as far as it says so."""
    positions = getattr(module.config, "max_position_embeddings", None)
    if positions is None:
        return None
    # RoBERTa and its kin count positions from behind the padding's.
    for name, table in module.named_modules():
        if name.endswith(".position_embeddings"):
            padding = getattr(table, "padding_idx", None)
            return positions if padding is None else positions - padding - 1
    return positions


def _has_bfloat16(device: str) -> bool:
    import torch

    if device == "cuda":
        return torch.cuda.is_bf16_supported(including_emulation=False)
    # Emulated bfloat16 is slower than float32, so ask for the instructions.
    # Older versions of torch, such as 2.4, cannot say.
    supported = getattr(torch.cpu, "_is_avx512_bf16_supported", lambda: False)
    return device == "cpu" and supported()
