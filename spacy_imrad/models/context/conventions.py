"""How one context network labels by several rules.

It learns one rule first. A further one has some layers of its own and shares the
others, the recurrent ones above all. Its weights are stored with its name before theirs
(`strict.output.weight`), those of the first rule without one.
"""

from typing import Final

from spacy_imrad.labels import RULES, Rule
from spacy_imrad.models.checkpoints.int8 import Weights

_OWN: Final = ("calibration", "output.", "project.")


def is_own(name: str) -> bool:
    """Whether each rule has its own weight of that name in the network."""
    return name.startswith(_OWN)


def further_rules(stored: Weights) -> list[Rule]:
    """The rules that were learned after the first one."""
    return [rule for rule in RULES if f"{rule}.output.weight" in stored]


def for_first_rule(stored: Weights) -> Weights:
    """The weights of the network that labels by the first rule."""
    starts = tuple(f"{rule}." for rule in RULES)
    return {name: x for name, x in stored.items() if not name.startswith(starts)}


def for_further_rule(stored: Weights, rule: Rule) -> Weights:
    """The weights of the network that labels by a further rule."""
    return {
        name: stored[f"{rule}.{name}"] if is_own(name) else x
        for name, x in for_first_rule(stored).items()
    }


def as_stored(weights: Weights, rule: Rule) -> Weights:
    """A further rule's network, its weights named as they are stored."""
    return {
        f"{rule}.{name}" if is_own(name) else name: x for name, x in weights.items()
    }
