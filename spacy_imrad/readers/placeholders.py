"""What stands in a text for what is no text, in the style of the IMRaD data set."""

from typing import Final

FIGURE: Final = "<FIGURE>"
TABLE: Final = "<TABLE>"
FORMULA: Final = "[formula]"
"""For a formula whose LaTeX is not known."""


def formula(latex: str | None) -> str:
    """A formula, by its LaTeX where that is known."""
    latex = " ".join((latex or "").split())
    return rf"\({latex}\)" if latex else FORMULA
