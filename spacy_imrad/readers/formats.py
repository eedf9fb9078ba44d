"""The catalogue of formats: how a file's reader is found.

A package adds a format with an entry point in the group `spacy_imrad_readers`, or a
script with `readers.register("name", func=PaperFormat(...))`.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any, Final, TypeAlias, cast

import catalogue

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.source import Source, decode

# Two headings, one of which could be a comment.
_MARKDOWN: Final = re.compile(r"^#{1,4} \S.*\n(?:.*\n)*?#{1,4} \S", re.MULTILINE)

Reader: TypeAlias = Callable[[Source], Paper]


@dataclass(frozen=True, slots=True)
class PaperFormat:
    """A format of papers.

    name: Name in messages.
    read: Function that reads a paper from a `Source`. It raises ValueError with the
        reason if the content is bad, and ImportError if a package is missing.
    suffixes: Suffixes of file names, in lower case and with the dot.
    recognises: Function that says whether a file that begins with these bytes is
        certainly of this format; None if the content can't tell.
    split: Function that yields the sources of the papers in a file, each of which
        `read` takes; None for formats with one paper a file.
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
_of_scripts: Final = catalogue.Registry(("spacy_imrad", "readers"))


@cache
def _of_packages() -> dict[str, Any]:
    """Looking for entry points takes milliseconds; they stay the same."""
    return dict(readers.get_entry_points())


def _formats() -> dict[str, PaperFormat]:
    """By name, in the order of their names."""
    found = {**_of_packages(), **_of_scripts.get_all()}
    return {name: cast(PaperFormat, found[name]) for name in sorted(found)}


def format_names() -> list[str]:
    """The names under which formats are registered."""
    return list(_formats())


def get_format(name: str) -> PaperFormat:
    """The format of a registered name, or of a suffix that no other format has, with
    the dot or without: `markdown`, `md` and `.md` are the same.

    RAISES: ValueError if there is no such format, or more than one.
    """
    formats = _formats()
    if name in formats:
        return formats[name]
    suffix = f".{name.lower().removeprefix('.')}"
    named = [other for other, found in formats.items() if suffix in found.suffixes]
    if len(named) == 1:
        return formats[named[0]]
    if named:
        raise ValueError(f"Several formats have '{suffix}': {', '.join(named)}.")
    raise ValueError(f"Unknown format '{name}'. There are: {', '.join(formats)}.")


def find_format(source: Source) -> PaperFormat:
    """The format of a source. What the content says counts more than the suffix, so
    that a file with the wrong name is read as what it is.

    RAISES: ValueError if no format reads it; OSError if it can't be read.
    """
    return get_format(find_format_name(source))


def find_format_name(source: Source) -> str:
    """The name under which a source's format is registered; see `find_format`."""
    head = source.head()
    formats = _formats()
    named = [name for name in formats if source.suffix in formats[name].suffixes]
    others = [name for name in formats if name not in named]
    for name in (*named, *others):
        recognises = formats[name].recognises
        if recognises is not None and recognises(head):
            return name
    if named:
        return named[0]
    text = decode(_whole_characters(head))
    return "markdown" if _MARKDOWN.search(text) else "text"


def _whole_characters(head: bytes) -> bytes:
    """Without a character that the end of the head cut in two."""
    for length in range(1, min(4, len(head)) + 1):
        byte = head[-length]
        if byte < 0x80:
            break
        if byte >= 0xC0:
            return head[:-length]
    return head
