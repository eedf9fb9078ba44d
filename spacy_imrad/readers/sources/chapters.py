"""LaTeX files that are parts of others, which bring them in themselves, or stand beside
the paper of a project."""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import groupby
from pathlib import PurePath
from typing import Final

from spacy_imrad.readers.latex import LATEX, is_whole
from spacy_imrad.readers.source import Source

_SUFFIX: Final = ".tex"
# What a folder has that is a project, not a collection of papers.
_OF_PROJECTS: Final = frozenset({".bib", ".bbl", ".cls", ".sty", ".bst"})


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


def main_documents(sources: Sequence[Source]) -> Iterator[Source]:
    """The papers of an archive: of the LaTeX documents of a project, as Overleaf packs
    one (the paper, a supplement, a letter to the editor ...), the one that has the most
    text, which notes the others."""
    ordered = sorted(sources, key=_project)
    for project, members in groupby(ordered, key=_project):
        documents = list(members)
        if project and len(documents) > 1:
            main = max(documents, key=_text_length)
            names = [PurePath(d.name).name for d in documents if d is not main]
            note = f"other documents of its project were left out: {', '.join(names)}"
            yield replace(main, notes=(*main.notes, note))
        else:
            yield from documents


def _project(source: Source) -> str:
    """The folder of a project's document; empty if it is another source."""
    head = _head(source) if source.suffix == _SUFFIX else None
    if source.path is None or not head or not is_whole(head):
        return ""
    folder = source.path.parent
    is_project = any(path.suffix in _OF_PROJECTS for path in folder.iterdir())
    return str(folder) if is_project else ""


def _text_length(source: Source) -> int:
    try:
        paper = LATEX.read(source)
    except (OSError, ValueError, RecursionError):
        return 0
    return sum(len(text) for section in paper.sections for text in section.paragraphs)


def _head(source: Source) -> bytes | None:
    """How a text begins; None if it is unreadable or no text."""
    try:
        head = source.head()
    except (OSError, ValueError):
        return None
    return None if b"\0" in head else head
