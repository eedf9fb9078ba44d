"""What an optimizer remembers of each parameter, and what shims have for training
alone, in a form that another process reads.

An optimizer's keys are the numbers that layers and shims have in one process. Here a
parameter is named by its pipe, and by its layer's place in the pipe's model.
"""

from collections.abc import Iterator, Mapping
from typing import Any, Final, TypeAlias

import numpy
from numpy.typing import NDArray
from spacy.language import Language
from thinc.api import Model, Optimizer, get_current_ops
from thinc.util import to_numpy

from spacy_imrad.models.context.shim import ContextShim

Key: TypeAlias = tuple[int, str]

_ARRAYS: Final = ("mom1", "mom2", "averages")
_COUNTS: Final = ("nr_update", "last_seen")
_SHIM: Final = "shim"


def optimizer_state(nlp: Language, optimizer: Optimizer) -> dict[str, NDArray[Any]]:
    """nlp: The pipeline that the optimizer updates."""
    layers = {key: name for name, key in _layers(nlp)}
    shims = {shim.id: name for name, shim in _shims(nlp)}
    state = {}
    for kind in (*_ARRAYS, *_COUNTS):
        for (number, parameter), value in (getattr(optimizer, kind) or {}).items():
            # Layers and shims are counted apart, so a number may be one of each.
            owner = layers.get((number, parameter)) or shims.get(number)
            if owner is not None:
                array = to_numpy(value) if kind in _ARRAYS else numpy.array(value)
                state[f"{kind} {owner} {parameter}"] = array
    for name, shim in _shims(nlp):
        if isinstance(shim, ContextShim):
            for parameter, array in shim.training_state().items():
                state[f"{_SHIM} {name} {parameter}"] = array
    return state


def restore_optimizer(
    nlp: Language, optimizer: Optimizer, state: Mapping[str, NDArray[Any]]
) -> None:
    """Make the optimizer remember what another one did.

    nlp: A pipeline of the same kind, which this one updates.
    """
    ops: Any = get_current_ops()
    shims = dict(_shims(nlp))
    numbers = {name: key[0] for name, key in _layers(nlp)}
    numbers |= {name: shim.id for name, shim in shims.items()}
    of_shims: dict[str, dict[str, NDArray[Any]]] = {}
    for place, array in state.items():
        kind, _, name = place.partition(" ")
        owner, _, parameter = name.rpartition(" ")
        if kind == _SHIM:
            of_shims.setdefault(owner, {})[parameter] = array
            continue
        value = ops.asarray(array) if kind in _ARRAYS else int(array)
        getattr(optimizer, kind)[numbers[owner], parameter] = value
    for owner, arrays in of_shims.items():
        shims[owner].set_training_state(arrays)


def _layers(nlp: Language) -> Iterator[tuple[str, Key]]:
    for name, layer in _walk(nlp):
        for parameter in layer.param_names:
            yield name, (layer.id, parameter)


def _shims(nlp: Language) -> Iterator[tuple[str, Any]]:
    for name, layer in _walk(nlp):
        for place, shim in enumerate(layer.shims):
            yield f"{name}/{place}", shim


def _walk(nlp: Language) -> Iterator[tuple[str, Model]]:
    for name, pipe in nlp.pipeline:
        model = getattr(pipe, "model", None)
        if isinstance(model, Model):
            for place, layer in enumerate(model.walk()):
                yield f"{name}/{place}", layer
