"""Label the sections of scientific papers with spaCy."""

from importlib import import_module
from typing import TYPE_CHECKING, Any

from spacy_imrad.about import __version__
from spacy_imrad.labels import LABELS
from spacy_imrad.pipeline.attributes import register_default_attributes
from spacy_imrad.pipeline.doc_outline import outline
from spacy_imrad.pipeline.results import sections, to_dataframe, to_dict

if TYPE_CHECKING:
    from spacy_imrad.pipeline.chunks import Chunk, chunks
    from spacy_imrad.pipeline.explanation import explain
    from spacy_imrad.readers.docs import read_doc, read_docs
    from spacy_imrad.view.notebook import show

__all__ = [
    "LABELS",
    "Chunk",
    "__version__",
    "chunks",
    "explain",
    "outline",
    "read_doc",
    "read_docs",
    "sections",
    "show",
    "to_dataframe",
    "to_dict",
]

# What takes time to import is imported when it is first used.
_LAZY = {
    "Chunk": "spacy_imrad.pipeline.chunks",
    "chunks": "spacy_imrad.pipeline.chunks",
    "explain": "spacy_imrad.pipeline.explanation",
    "read_doc": "spacy_imrad.readers.docs",
    "read_docs": "spacy_imrad.readers.docs",
    "show": "spacy_imrad.view.notebook",
}

# A Doc that was labelled elsewhere has its attributes without a pipe.
register_default_attributes()


def __getattr__(name: str) -> Any:
    if name not in _LAZY:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_LAZY[name]), name)
