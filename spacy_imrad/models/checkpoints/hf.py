"""A Hugging Face sequence classifier on disk, in memory and as bytes.

Weights travel as safetensors and the tokenizer as JSON, so that loading a model
never runs code that came with it.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import numpy
import srsly

from spacy_imrad.extras import require
from spacy_imrad.models.checkpoints.files import check_files, write_files

if TYPE_CHECKING:
    import torch
    from tokenizers import Tokenizer
    from transformers import PreTrainedModel

    from spacy_imrad.models.checkpoints.int8 import Weights

CONFIG_FILE = "config.json"
TOKENIZER_FILE = "tokenizer.json"
WEIGHTS_FILE = "model.safetensors"


@dataclass(slots=True)
class Checkpoint:
    """A sequence-classification network with the tokenizer that it was trained on."""

    module: "PreTrainedModel"
    tokenizer: "Tokenizer"

    @property
    def labels(self) -> tuple[str, ...]:
        """The labels of the network's outputs, in their order."""
        id2label = cast(dict[int, str], self.module.config.id2label)
        return tuple(str(id2label[index]) for index in sorted(id2label))

    def to_bytes(self) -> bytes:
        return srsly.msgpack_dumps(self._files())

    def to_disk(self, path: Path) -> None:
        """Write a folder that `transformers` loads as it is."""
        write_files(path, self._files())

    def _files(self) -> dict[str, bytes]:
        return {
            CONFIG_FILE: self.module.config.to_json_string().encode(),
            TOKENIZER_FILE: self.tokenizer.to_str().encode(),
            WEIGHTS_FILE: weights_to_bytes(
                module_weights(self.module), {"format": "pt"}
            ),
        }


def weights_to_bytes(weights: "Weights", metadata: dict[str, str]) -> bytes:
    """A network's weights as safetensors."""
    from safetensors.numpy import save

    with numpy.errstate(over="ignore"):
        halves = {
            name: array.astype("e") if array.dtype.kind == "f" else array
            for name, array in weights.items()
        }
    # Weights that came as half precision go back as such: half the size, and nothing
    # is lost.
    if all((halves[name] == array).all() for name, array in weights.items()):
        weights = halves
    contiguous = {name: numpy.ascontiguousarray(x) for name, x in weights.items()}
    return save(contiguous, metadata=metadata)


def module_weights(module: "torch.nn.Module") -> "Weights":
    """A network's weights as numpy arrays, floating-point ones of single precision.

    On a CPU they share the network's memory.
    """
    return {
        name: (tensor.float() if tensor.is_floating_point() else tensor).cpu().numpy()
        for name, tensor in module.state_dict().items()
    }


def round_to_half(module: "torch.nn.Module") -> None:
    """Round a network's floating-point weights to half precision, where they are."""
    for tensor in module.state_dict().values():
        if tensor.is_floating_point():
            tensor.copy_(tensor.half())


def checkpoint_from_bytes(data: bytes) -> Checkpoint:
    """RAISES: ValueError if the bytes are no checkpoint."""
    from safetensors.numpy import load

    with damage_named():
        files = dict(srsly.msgpack_loads(data))
    return checkpoint_from_files(files, lambda: load(files[WEIGHTS_FILE]))


def checkpoint_from_files(
    files: Mapping[str, bytes], load_weights: "Callable[[], Weights]"
) -> Checkpoint:
    """Make a checkpoint from the contents of its files.

    load_weights: Reads the weights, named as the network's.
    RAISES: ValueError if they are damaged or do not belong together, ImportError
        without the extra `torch`.
    """
    require("transformers", "torch")
    import torch
    from tokenizers import Tokenizer
    from transformers import AutoConfig, AutoModelForSequenceClassification

    with damage_named():
        config = AutoConfig.for_model(**json.loads(files[CONFIG_FILE]))
        weights = {
            name: torch.from_numpy(array) for name, array in load_weights().items()
        }
        tokenizer = Tokenizer.from_str(files[TOKENIZER_FILE].decode())
        # The weights are replaced at once: nothing random may be drawn from the
        # user's seed.
        with _quiet(), _kept_random_state():
            module = AutoModelForSequenceClassification.from_config(
                config, trust_remote_code=False
            ).float()
        module.load_state_dict(weights)
    return Checkpoint(module, tokenizer)


@contextmanager
def damage_named() -> Iterator[None]:
    """Turn whatever damaged model data raise into a ValueError that says so."""
    try:
        yield
    # Damage shows anywhere, and tokenizers raises bare exceptions.
    except Exception as error:
        raise ValueError(
            f"These model data are damaged or of another kind ({error}). "
            "Get the model again, or save it again from its source."
        ) from error


def load_checkpoint(
    name: str | Path, new_head: Sequence[str] | None = None
) -> Checkpoint:
    """Load a sequence classifier from a folder or from the Hugging Face hub.

    name: A folder with `config.json`, a tokenizer and safetensors weights, or the
        name of such a repository on the hub.
    new_head: Labels of the untrained head to put on a checkpoint that has none,
        which is an encoder still to be trained. A checkpoint's own head is kept.
    RAISES: FileNotFoundError for a missing folder, OSError where the hub or a file
        in the folder cannot be read, ValueError for a checkpoint without a head if
        `new_head` is None, with damaged files, or with weights missing or of other
        shapes than its config says, ImportError without the extra `torch`.
    """
    require("transformers", "torch")
    from safetensors import SafetensorError
    from transformers import AutoConfig, AutoModelForSequenceClassification

    source = _resolve(name)
    with _quiet():
        try:
            config = AutoConfig.from_pretrained(source, trust_remote_code=False)
            has_head = any(
                architecture.endswith("ForSequenceClassification")
                for architecture in config.architectures or ()
            )
            if not has_head:
                if new_head is None:
                    raise ValueError(
                        f"The checkpoint '{name}' is an encoder without a "
                        "classification head. Train it first (nlp.initialize and "
                        "`spacy train`), or name a sequence-classification checkpoint."
                    )
                config.id2label = dict(enumerate(new_head))
                config.label2id = {label: i for i, label in enumerate(new_head)}
            module, info = AutoModelForSequenceClassification.from_pretrained(
                source,
                config=config,
                use_safetensors=True,
                output_loading_info=True,
                trust_remote_code=False,
            )
            tokenizer = _load_tokenizer(source)
        except OSError as error:
            raise OSError(
                f"Can't load the checkpoint '{name}': {error} A checkpoint is a folder "
                f"with {CONFIG_FILE}, a tokenizer and {WEIGHTS_FILE} (pickled weights "
                "are not read: convert them with `save_pretrained`)."
            ) from error
        except (SafetensorError, RuntimeError) as error:
            raise ValueError(
                f"The weights of the checkpoint '{name}' are damaged, or do not fit "
                f"its {CONFIG_FILE}: {error}"
            ) from error
    if has_head and info["missing_keys"]:
        missing = ", ".join(sorted(info["missing_keys"]))
        raise ValueError(f"The checkpoint '{name}' lacks weights: {missing}.")
    # Of an encoder it names the encoder, and what is saved has a head.
    module.config.architectures = [type(module).__name__]
    return Checkpoint(module.float(), tokenizer)


def _resolve(name: str | Path) -> str:
    path = Path(name)
    if path.is_dir():
        if not (path / CONFIG_FILE).is_file():
            raise FileNotFoundError(
                f"The folder '{name}' is no checkpoint: it has no {CONFIG_FILE}."
            )
        check_files(path)
        return str(path)
    # A hub name is at most `owner/name`; anything else can only be meant as a path.
    if (
        path.exists()
        or path.is_absolute()
        or len(path.parts) > 2
        or "\\" in str(name)
        or str(name).startswith((".", "~"))
    ):
        raise FileNotFoundError(f"There is no checkpoint folder '{name}'.")
    return str(name)


def _load_tokenizer(source: str) -> "Tokenizer":
    from tokenizers import Tokenizer
    from transformers import AutoTokenizer

    file = Path(source) / TOKENIZER_FILE
    if file.is_file():
        try:
            return Tokenizer.from_file(str(file))
        except Exception as error:
            raise ValueError(f"'{file}' is damaged: {error}.") from error
    try:
        tokenizer = AutoTokenizer.from_pretrained(
            source, use_fast=True, trust_remote_code=False
        )
    # Versions of transformers differ in how they miss a tokenizer's files.
    except (ValueError, TypeError, ImportError) as error:
        raise OSError(f"its tokenizer can't be read ({error}).") from error
    if not tokenizer.is_fast:
        raise OSError(
            f"its tokenizer ({type(tokenizer).__name__}) has no fast version."
        )
    # Without any file transformers makes a tokenizer that knows special tokens only.
    if len(tokenizer) <= len(tokenizer.all_special_tokens):
        raise OSError("it has no tokenizer.")
    return Tokenizer.from_str(tokenizer.backend_tokenizer.to_str())


@contextmanager
def _quiet() -> Iterator[None]:
    """Silence transformers' load report and progress bar; errors still raise."""
    from transformers.utils import logging

    verbosity = logging.get_verbosity()
    progress_bar = logging.is_progress_bar_enabled()
    logging.set_verbosity_error()
    logging.disable_progress_bar()
    try:
        yield
    finally:
        logging.set_verbosity(verbosity)
        if progress_bar:
            logging.enable_progress_bar()


@contextmanager
def _kept_random_state() -> Iterator[Any]:
    import torch

    state = torch.get_rng_state()
    try:
        yield
    finally:
        torch.set_rng_state(state)
