"""The five labels, in the order that every score array and checkpoint follows, and the
conventions by which a text gets one."""

from typing import Final, Literal, TypeAlias, get_args

LABELS: Final[tuple[str, ...]] = (
    "Introduction",
    "Methods",
    "Results",
    "Related Work",
    "Discussion",
)

LOW_CONFIDENCE: Final = 0.6
"""Calibrated scores below this are wrong about as often as right."""

# "ancestor" is what readers mean: the nearest heading that names a section. "unarxive"
# is what the unarXive IMRaD data set does: the innermost heading, or no label.
Convention: TypeAlias = Literal["ancestor", "unarxive"]
CONVENTIONS: Final[tuple[Convention, ...]] = get_args(Convention)


def check_convention(name: str) -> Convention:
    """The convention of that name.

    RAISES: ValueError if there is none.
    """
    if name not in CONVENTIONS:
        now = ", and the one called 'strict' before is 'unarxive'"
        raise ValueError(
            f"Unknown convention {name!r}: the conventions are {list(CONVENTIONS)}"
            f"{now if name == 'strict' else ''}."
        )
    return name


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
