"""The five labels, in the order that every score array and checkpoint follows, and the
rules by which a text gets one."""

from typing import Final, Literal, TypeAlias, get_args

LABELS: Final[tuple[str, ...]] = (
    "Introduction",
    "Methods",
    "Results",
    "Related Work",
    "Discussion",
)

# "ancestor" is what readers mean: the nearest heading that names a section. "strict" is
# the rule of the unarXive IMRaD data set: the innermost heading, or no label.
Rule: TypeAlias = Literal["strict", "ancestor"]
RULES: Final[tuple[Rule, ...]] = get_args(Rule)

# One-letter codes of the unarXive IMRaD data set.
UNARXIVE_CODES: Final[dict[str, str]] = {
    "i": "Introduction",
    "m": "Methods",
    "r": "Results",
    "w": "Related Work",
    "d": "Discussion",
}

# Registered as displaCy colours. Black text on them keeps a contrast of at least 7:1,
# and they differ in lightness, so that colour-blind readers tell them apart
# (tests/view/test_colors.py).
DISPLACY_COLORS: Final[dict[str, str]] = {
    "Introduction": "#72b1f2",
    "Methods": "#e08e45",
    "Results": "#a5ecc9",
    "Related Work": "#bb8cb0",
    "Discussion": "#fbe98b",
}
