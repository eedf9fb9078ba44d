"""Label the sections of scientific papers with spaCy."""

from spacy_imrad.about import __version__
from spacy_imrad.labels import LABELS
from spacy_imrad.pipeline.results import sections, to_dataframe, to_dict

__all__ = ["LABELS", "__version__", "sections", "to_dataframe", "to_dict"]
