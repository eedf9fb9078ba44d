"""What stands in a text for what is no text, in the style of the IMRaD data set."""

from collections.abc import Iterable
from typing import Final

FIGURE: Final = "<FIGURE>"
TABLE: Final = "<TABLE>"
FORMULA: Final = "[formula]"
"""For a formula whose LaTeX is not known."""


def formula(latex: str | None) -> str:
    """A formula, by its LaTeX where that is known."""
    latex = " ".join((latex or "").split())
    return rf"\({latex}\)" if latex else FORMULA


class Citations:
    """Numbers the works that a paragraph cites in the order that they are met."""

    def __init__(self) -> None:
        self._numbers: dict[str, int] = {}

    def cite(self, keys: Iterable[str]) -> str:
        """The marks of the works with these keys, such as `[1], [2]`."""
        numbers = (
            self._numbers.setdefault(key, len(self._numbers) + 1) for key in keys
        )
        return ", ".join(f"[{number}]" for number in numbers)
