"""Label the sections of scientific papers with spaCy."""

from .about import __version__
from .labels import LABELS
from .results import sections, to_dataframe, to_dict

__all__ = ["LABELS", "__version__", "sections", "to_dataframe", "to_dict"]
