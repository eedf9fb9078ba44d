"""Whatever holds papers, opened in one place: files, folders, patterns,
archives, tables and standard input."""

from spacy_imrad.readers.sources.listing import STDIN, is_stream, list_files, size_of
from spacy_imrad.readers.sources.opening import is_unpacked, leave_out, read_jobs
from spacy_imrad.readers.sources.types import Done, Failure, Job

__all__ = [
    "STDIN",
    "Done",
    "Failure",
    "Job",
    "is_stream",
    "is_unpacked",
    "leave_out",
    "list_files",
    "read_jobs",
    "size_of",
]
