"""LaTeX files that are parts of others, which bring them in themselves."""

from collections.abc import Sequence
from pathlib import PurePath
from typing import Final

from spacy_imrad.readers.latex import is_whole
from spacy_imrad.readers.source import Source

_SUFFIX: Final = ".tex"


def without_chapters(sources: Sequence[Source]) -> list[Source]:
    """The sources but for LaTeX files that are no paper by themselves and have one
    beside or above them. What can't be read stays: it is to be reported."""
    heads = {s.name: _head(s) for s in sources if s.suffix == _SUFFIX}
    mains = {
        PurePath(name).parent for name, head in heads.items() if head and is_whole(head)
    }
    return [
        source
        for source in sources
        if not (head := heads.get(source.name))
        or is_whole(head)
        or mains.isdisjoint(PurePath(source.name).parents)
    ]


def _head(source: Source) -> bytes | None:
    """How a text begins; None if it is unreadable or no text."""
    try:
        head = source.head()
    except (OSError, ValueError):
        return None
    return None if b"\0" in head else head
