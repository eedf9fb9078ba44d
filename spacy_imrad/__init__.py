"""Label the sections of scientific papers with spaCy."""

from .about import __version__
from .labels import LABELS

__all__ = ["LABELS", "__version__"]
