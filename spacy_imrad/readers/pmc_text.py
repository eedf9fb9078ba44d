"""Papers from the plain text files of PubMed Central's open access subset."""

import re
from dataclasses import replace
from typing import Final

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.text import paper_from_text

_PART: Final = re.compile(r"^==== (Front|Body|Refs|Back)[ \t]*\r?$", re.MULTILINE)


def _read(source: Source) -> Paper:
    pieces = _PART.split(source.text())
    parts = dict(zip(pieces[1::2], pieces[2::2], strict=True))
    if "Body" not in parts:
        raise ValueError("no text of PubMed Central: it has no line '==== Body'")
    paper = paper_from_text(parts["Body"])
    front = tuple(line for line in parts.get("Front", "").splitlines() if line.strip())
    opening = (PaperSection("", front, matter="front"),) if front else ()
    sections = tuple(replace(section, places=()) for section in paper.sections)
    return replace(paper, sections=(*opening, *sections), source="pmc")


def _recognises(head: bytes) -> bool:
    return head.lstrip(b"\xef\xbb\xbf\r\n\t ").startswith(b"==== Front")


# Known by its content: the suffix is that of plain text.
PMC_TEXT: Final = PaperFormat("text of PubMed Central", _read, (), _recognises)
