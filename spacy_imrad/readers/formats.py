"""The catalogue of formats: how a file's reader is found.

A package adds a format with an entry point in the group `spacy_imrad_readers`, or a
script with `readers.register("name", func=PaperFormat(...))`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Final, TypeAlias, cast

import catalogue

from spacy_imrad.papers import Paper
from spacy_imrad.readers.source import Source, decode

# Two headings, one of which could be a comment.
_MARKDOWN: Final = re.compile(r"^#{1,4} \S.*\n(?:.*\n)*?#{1,4} \S", re.MULTILINE)

Reader: TypeAlias = Callable[[Source], Paper]


@dataclass(frozen=True, slots=True)
class PaperFormat:
    """A format of papers.

    name: As messages call it.
    read: Source -> Paper. Raises ValueError with the reason if the content is bad, and
        ImportError if a package that it needs is missing.
    suffixes: Of its files' names, in small letters and with the dot.
    recognises: Whether a file that begins with these bytes is surely of this format;
        None where the content can't tell.
    split: For formats with many papers in a file: the sources of its papers, one at a
        time; `read` takes one of these.
    structured: Whether the format says what is a heading. Otherwise a Doc has the text
        as it is, and the pipe's segmenter finds the outline.
    """

    name: str
    read: Reader
    suffixes: tuple[str, ...]
    recognises: Callable[[bytes], bool] | None = None
    split: Callable[[Source], Iterator[Source]] | None = None
    structured: bool = True


readers = catalogue.create("spacy_imrad", "readers", entry_points=True)


def format_names() -> list[str]:
    """The names under which formats are registered."""
    return sorted(readers.get_all())


def get_format(name: str) -> PaperFormat:
    """RAISES: ValueError if there is no format of that name."""
    found = readers.get_all().get(name)
    if found is None:
        raise ValueError(
            f"Unknown format '{name}'. There are: {', '.join(format_names())}."
        )
    return cast(PaperFormat, found)


def find_format(source: Source) -> PaperFormat:
    """The format of a source. What the content says counts more than the suffix, so
    that a file with the wrong name is read as what it is.

    RAISES: ValueError if no format reads it; OSError if it can't be read.
    """
    head = source.head()
    formats = [get_format(name) for name in format_names()]
    named = [format for format in formats if source.suffix in format.suffixes]
    others = [format for format in formats if format not in named]
    for format in (*named, *others):
        if format.recognises is not None and format.recognises(head):
            return format
    if named:
        return named[0]
    text = decode(_whole_characters(head))
    return get_format("markdown" if _MARKDOWN.search(text) else "text")


def _whole_characters(head: bytes) -> bytes:
    """Without a character that the end of the head cut in two."""
    for length in range(1, min(4, len(head)) + 1):
        byte = head[-length]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            return head[:-length]
    return head
