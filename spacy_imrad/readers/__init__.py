"""Readers: a file in any of the registered formats -> a paper, or a Doc of one."""

from spacy_imrad.readers.docs import make_doc, read_doc, read_docs
from spacy_imrad.readers.formats import (
    PaperFormat,
    find_format,
    format_names,
    get_format,
    readers,
)
from spacy_imrad.readers.reading import PathLike, read_paper, read_papers
from spacy_imrad.readers.source import Source

__all__ = [
    "PaperFormat",
    "PathLike",
    "Source",
    "find_format",
    "format_names",
    "get_format",
    "make_doc",
    "read_doc",
    "read_docs",
    "read_paper",
    "read_papers",
    "readers",
]
