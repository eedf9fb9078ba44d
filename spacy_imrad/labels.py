"""The five labels, in the order that every score array and checkpoint follows."""

from typing import Final

LABELS: Final[tuple[str, ...]] = (
    "Introduction",
    "Methods",
    "Results",
    "Related Work",
    "Discussion",
)

# One-letter codes of the unarXive IMRaD data set.
UNARXIVE_CODES: Final[dict[str, str]] = {
    "i": "Introduction",
    "m": "Methods",
    "r": "Results",
    "w": "Related Work",
    "d": "Discussion",
}

# Registered as displaCy colours; Okabe-Ito hues, lightened so that black text on
# them keeps a contrast of at least 7:1 and colour-blind readers tell them apart.
DISPLACY_COLORS: Final[dict[str, str]] = {
    "Introduction": "#8fd0f5",
    "Methods": "#f5c26b",
    "Results": "#7fd6b5",
    "Related Work": "#e8b3d0",
    "Discussion": "#f2e67a",
}
