"""An exported checkpoint: files that ONNX Runtime runs, and that torch unpacks."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import srsly

from spacy_imrad.models.checkpoints.files import read_files, write_files
from spacy_imrad.models.checkpoints.hf import (
    CONFIG_FILE,
    TOKENIZER_FILE,
    Checkpoint,
    checkpoint_from_files,
    damage_named,
    load_checkpoint,
    module_weights,
)
from spacy_imrad.models.checkpoints.int8 import Weights, dequantize, quantize
from spacy_imrad.models.checkpoints.onnx_graph import Shape, build_graph
from spacy_imrad.models.checkpoints.onnx_session import OnnxNetwork

if TYPE_CHECKING:
    from tokenizers import Tokenizer

GRAPH_FILE: Final = "model.onnx"
INT8_FILE: Final = "model.int8.safetensors"
FILES: Final = (CONFIG_FILE, TOKENIZER_FILE, GRAPH_FILE, INT8_FILE)


@dataclass(frozen=True, slots=True)
class ExportedCheckpoint:
    """A sequence classifier with 8-bit weights, its graph and its tokenizer.

    files: Contents by name, those of `FILES`.
    RAISES: ValueError if one is missing, or if the config is damaged.
    """

    files: Mapping[str, bytes]

    def __post_init__(self) -> None:
        missing = sorted(set(FILES) - set(self.files))
        if missing:
            raise ValueError(f"These model data lack {missing}.")
        if not self.labels or not self.width:
            raise ValueError(f"The {CONFIG_FILE} of these model data is damaged.")

    @property
    def config(self) -> dict[str, Any]:
        config: dict[str, Any] = json.loads(self.files[CONFIG_FILE])
        return config

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the network's outputs, in their order."""
        id2label = self.config["id2label"]
        return tuple(id2label[index] for index in sorted(id2label, key=int))

    @property
    def width(self) -> int:
        """Width of the paragraph vectors."""
        config = self.config
        return int(config.get("dim") or config["hidden_size"])

    @property
    def positions(self) -> int:
        """How many wordpieces the network reads at a time."""
        shape, config = Shape.of(self.config), self.config
        longest = int(config["max_position_embeddings"])
        if shape.architecture.position_of_first is None:
            return longest - shape.padding_id - 1
        return longest

    def tokenizer(self) -> "Tokenizer":
        """RAISES: ValueError if its file is damaged."""
        from tokenizers import Tokenizer

        with damage_named():
            return Tokenizer.from_str(self.files[TOKENIZER_FILE].decode())

    def weights(self) -> Weights:
        from safetensors.numpy import load

        return load(self.files[INT8_FILE])

    def network(self) -> OnnxNetwork:
        """RAISES: ValueError if the files are damaged."""
        with damage_named():
            return OnnxNetwork(self.files[GRAPH_FILE], self.weights())

    def for_torch(self) -> Checkpoint:
        """The same network for torch, its weights those that the integers stand for.

        RAISES: ValueError if the files are damaged.
        """
        return checkpoint_from_files(self.files, lambda: dequantize(self.weights()))

    def to_bytes(self) -> bytes:
        return srsly.msgpack_dumps(dict(self.files))

    def to_disk(self, folder: Path) -> None:
        write_files(folder, self.files)


def export_checkpoint(checkpoint: Checkpoint) -> ExportedCheckpoint:
    """Export a checkpoint; the module itself stays as it is.

    RAISES: ValueError if there is no graph for such a network, ImportError without the
        package onnx.
    """
    from safetensors.numpy import save

    config = checkpoint.module.config.to_json_string()
    shape = Shape.of(json.loads(config))
    weights = quantize(
        module_weights(checkpoint.module), shape.factors(), shape.tables()
    )
    return ExportedCheckpoint(
        {
            CONFIG_FILE: config.encode(),
            TOKENIZER_FILE: checkpoint.tokenizer.to_str().encode(),
            GRAPH_FILE: build_graph(shape, weights),
            INT8_FILE: save(weights),
        }
    )


def is_exported(folder: Path) -> bool:
    """Whether the folder holds an exported checkpoint."""
    return (folder / GRAPH_FILE).is_file()


def load_exported(folder: Path) -> ExportedCheckpoint:
    """RAISES: ValueError if a file is missing or damaged, OSError if one can't be
    read."""
    files = read_files(folder, FILES)
    try:
        return ExportedCheckpoint(files)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"The exported model in '{folder}': {error}") from error


def exported_from_bytes(data: bytes) -> ExportedCheckpoint | None:
    """RETURNS: None if the bytes are no exported checkpoint, but maybe another.
    RAISES: ValueError if they are a damaged one.
    """
    try:
        files = srsly.msgpack_loads(data)
    # Whoever reads other kinds of checkpoints says what is wrong.
    except Exception:
        return None
    if not isinstance(files, dict) or GRAPH_FILE not in files:
        return None
    try:
        return ExportedCheckpoint(files)
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"These model data are damaged ({error}).") from error


def open_checkpoint(
    name: str | Path, new_head: Sequence[str] | None = None
) -> Checkpoint:
    """Load a checkpoint for torch, be it exported or as transformers saves it.

    name, new_head: As in `load_checkpoint`; an exported one keeps its head.
    RAISES: What `load_checkpoint` raises, for an exported one ValueError or OSError.
    """
    folder = Path(name)
    if is_exported(folder):
        return load_exported(folder).for_torch()
    return load_checkpoint(name, new_head)
