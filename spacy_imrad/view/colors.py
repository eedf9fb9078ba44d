"""Labels → colours: displaCy's, so that both pictures of a paper agree."""

from collections.abc import Sequence
from typing import Final

from spacy.util import registry

# What surrounds the colours in a strip, and is written on them.
INK: Final = "#14181d"
UNKNOWN: Final = "#dddddd"
# As page.css has them by day, for pictures.
PAPER: Final = "#fdfdfc"
TEXT: Final = "#1c2126"
MUTED: Final = "#565f69"
LINE: Final = "#d9dde1"


def colors_of(labels: Sequence[str]) -> list[str]:
    """The colour of each label, as the registry `displacy_colors` has it."""
    known: dict[str, str] = {}
    for colors in registry.displacy_colors.get_all().values():
        known.update(colors() if callable(colors) else colors)
    by_name = {label.upper(): color for label, color in known.items()}
    return [by_name.get(label.upper(), UNKNOWN) for label in labels]
