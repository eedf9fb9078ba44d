"""How one context network labels by several conventions.

It learns one convention first. A further one has some layers of its own and shares the
others, the recurrent ones above all. Its weights are stored with its name before theirs
(`unarxive.output.weight`), those of the first convention without one.
"""

from typing import Final

from spacy_imrad.labels import CONVENTIONS, Convention, check_convention
from spacy_imrad.models.checkpoints.int8 import Weights

_OWN: Final = ("calibration", "output.", "project.")
# In weights of version 0.1 and in those that come with the package.
_FORMER_NAMES: Final[dict[str, Convention]] = {"strict": "unarxive"}


def current_name(name: str) -> Convention:
    """The convention that weights name, by today's name or by an earlier one.

    RAISES: ValueError if there is none.
    """
    return check_convention(_FORMER_NAMES.get(name, name))


def with_current_names(stored: Weights) -> Weights:
    """Stored weights whose further conventions have today's names."""
    renamed = {}
    for name, x in stored.items():
        convention, dot, rest = name.partition(".")
        renamed[_FORMER_NAMES.get(convention, convention) + dot + rest] = x
    return renamed


def is_own(name: str) -> bool:
    """Whether each convention has its own weight of that name in the network."""
    return name.startswith(_OWN)


def further_conventions(stored: Weights) -> list[Convention]:
    """The conventions that were learned after the first one."""
    return [
        convention
        for convention in CONVENTIONS
        if f"{convention}.output.weight" in stored
    ]


def for_first_convention(stored: Weights) -> Weights:
    """The weights of the network that labels by the first convention."""
    starts = tuple(f"{convention}." for convention in CONVENTIONS)
    return {name: x for name, x in stored.items() if not name.startswith(starts)}


def for_further_convention(stored: Weights, convention: Convention) -> Weights:
    """The weights of the network that labels by a further convention."""
    return {
        name: stored[f"{convention}.{name}"] if is_own(name) else x
        for name, x in for_first_convention(stored).items()
    }


def as_stored(weights: Weights, convention: Convention) -> Weights:
    """A further convention's network, its weights named as they are stored."""
    return {
        f"{convention}.{name}" if is_own(name) else name: x
        for name, x in weights.items()
    }
