"""Papers in Jupyter notebooks: the Markdown of their cells, with code beside it."""

import re
from collections.abc import Iterator
from dataclasses import replace
from typing import Final

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.jsonl import parse_json
from spacy_imrad.readers.markdown import paper_from_markdown
from spacy_imrad.readers.parsing import Record
from spacy_imrad.readers.source import Source

_SHOWN: Final = ("text/markdown", "text/html", "text/latex")
_TICKS: Final = re.compile(r"`{3,}")


def _read(source: Source) -> Paper:
    record = Record(parse_json(source))
    if not record.has_list("cells"):
        raise ValueError("no notebook of version 4: it has no list 'cells'")
    paper = paper_from_markdown("\n\n".join(_cells(record)))
    # Places would be those in the cells' text, not in the file.
    sections = tuple(replace(section, places=()) for section in paper.sections)
    warnings = (*paper.warnings, *_warnings(record))
    return replace(paper, sections=sections, source="notebook", warnings=warnings)


def _warnings(record: Record) -> Iterator[str]:
    """Of the text in outputs, which a code cell may have as Markdown or HTML."""
    shown = sum(
        not output.mapping("data").keys().isdisjoint(_SHOWN)
        for cell in record.records("cells")
        for output in cell.records("outputs")
    )
    if shown:
        yield f"outputs of cells with text or tables that were left out: {shown}"


def _cells(record: Record) -> Iterator[str]:
    for cell in record.records("cells"):
        text = cell.lines("source")
        match cell.text("cell_type"):
            case "code":
                longest = max((len(t) for t in _TICKS.findall(text)), default=2)
                fence = "`" * (longest + 1)
                yield f"{fence}\n{text}\n{fence}"
            case "markdown":
                yield text
            case "raw" if text.startswith("---"):
                yield text


def _recognises(head: bytes) -> bool:
    return head.lstrip().startswith(b"{") and b'"cell_type"' in head


NOTEBOOK: Final = PaperFormat("Jupyter notebook", _read, (".ipynb",), _recognises)
