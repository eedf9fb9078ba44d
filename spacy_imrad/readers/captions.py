"""Captions that a format has as headings."""

import re
from typing import Final

_CAPTION: Final = re.compile(
    r"(?:(?:supplementary|supplemental|extended data|appendix)\s+)?"
    r"(?:figures?|fig|tables?|schemes?|box|chart|plate|video)\.?\s*[A-Z]?\d+\w?\b.*",
    re.IGNORECASE | re.DOTALL,
)


def is_caption(text: str) -> bool:
    """Whether a heading is the caption of a figure or a table."""
    return _CAPTION.fullmatch(text.strip()) is not None
