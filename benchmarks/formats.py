"""Whether readers find the sections that papers have, and labels that don't depend on
the format.

    pip download --no-deps allofplos==0.11.1 -d assets
    python -m benchmarks.formats --wheel assets/allofplos-0.11.1-py3-none-any.whl \
        --unarxive ../shared/unarxive/sample.jsonl

The first table compares headings (their text, number and order) with those that a plain
walk over the source finds, in the paper and in the outline of the Doc made of it. The
second has one paper in all formats (`examples/formats`), its labels next to those of
the LaTeX source.

    python -m benchmarks.formats --folder papers

compares what the readers make of one's own files, below a folder, with what pandoc
makes of them, or with a file of the same name that ends in `.gold.md` (see
`references.py`):

- found: the share of the reference's headings that we have in the same order
- false: the share of our headings that the reference has not, front and back
  matter left out
- words: the share of the words of the reference's paragraphs that we have
- debris: pieces of markup in 10,000 words of our paragraphs

`--details` prints what differs. LaTeX is that of files with `\\documentclass` in them,
but slides.
"""

import argparse
import json
import re
import sys
import tempfile
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from itertools import groupby
from pathlib import Path
from typing import NamedTuple

import spacy
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table
from spacy.language import Language

from spacy_imrad.document.outline import Outline
from spacy_imrad.document.paper import Paper
from spacy_imrad.document.stored_outline import stored_outline
from spacy_imrad.pipeline.results import sections
from spacy_imrad.readers import Source, make_doc, read_doc, read_paper
from spacy_imrad.readers.formats import find_format
from spacy_imrad.readers.jsonl import split_lines

from .references import Found, find_reference

EXAMPLES = Path(__file__).parents[1] / "examples" / "formats"
REFERENCE = EXAMPLES / "paper.tex"
# LaTeX's reader has no list of references, no section for the authors, and no keywords.
LEFT_IN = ("references", "keywords", "")
# Arabic, Roman, lettered.
NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*|[IVX]+|[A-Z])\.? (?=\S)")
ENTITY = re.compile(rb"&(?!amp;|lt;|gt;|quot;|apos;|#)(\w+);")


class Compared(NamedTuple):
    """How many of a format's papers, and of their sections, are found as they are."""

    name: str
    papers: int
    sections: int
    exact: int
    exact_in_docs: int


def bare(text: str) -> str:
    """Letters and digits alone: blanks and punctuation vary with the format."""
    return re.sub(r"[\W_]+", "", text).lower()


def jats_headings(content: bytes) -> list[str]:
    """The titles of the body's `sec` and of theirs, in order: boxes are no part of the
    text that runs through the paper."""
    body = ET.fromstring(ENTITY.sub(rb"", content)).find("body")
    return [] if body is None else list(_titles_below(body))


def _titles_below(element: ET.Element) -> Iterator[str]:
    for section in element.findall("sec"):
        title = section.find("title")
        if title is not None:
            for formula in title.iter("inline-formula"):
                formula[:] = []
                formula.text = "formula"
            yield "".join(title.itertext())
        yield from _titles_below(section)


def unarxive_headings(content: bytes) -> list[str]:
    """The headings of neighbouring paragraphs, each once."""
    keys = ("section", "sec_number", "sec_type")
    body = json.loads(content)["body_text"]
    found = groupby(body, key=lambda paragraph: [paragraph[key] for key in keys])
    return [re.sub(r"\{\{.*?\}\}", "", heading or "") for (heading, *_), _ in found]


def latex_headings(path: Path) -> list[str]:
    """What stands in `\\section{…}` and the like, chapters brought in."""
    latex = re.sub(
        r"\\input\{(\w+)\}",
        lambda found: (path.parent / f"{found[1]}.tex").read_text(encoding="utf8"),
        path.read_text(encoding="utf8"),
    )
    return re.findall(r"\\(?:sub)*section\*?\{([^{}]*)\}", latex)


def found_headings(paper: Paper) -> list[str]:
    return [re.sub(r"\[\d+\]", "", section.heading) for section in paper.sections]


def is_exact(paper: Paper, expected: list[str]) -> bool:
    """Whether the headings are those expected, but for sections that only go on."""
    found = [bare(heading) for heading in found_headings(paper) if heading]
    return found == [bare(heading) for heading in expected if bare(heading)]


def is_exact_in_doc(nlp: Language, paper: Paper) -> bool:
    """Whether the Doc's outline has the paper's headings at their levels' nesting."""
    outline = stored_outline(make_doc(nlp, paper))
    assert outline is not None
    headed = [
        s for s in outline.sections if s.heading and not _is_added(s.title, paper)
    ]
    expected = [s for s in paper.sections if s.heading]
    return [bare(s.title) for s in headed] == [
        bare(s.heading) for s in expected
    ] or _same_but_numbers(outline, paper)


def _is_added(title: str, paper: Paper) -> bool:
    return title == paper.title or (title == "Abstract" and bool(paper.abstract))


def _same_but_numbers(outline: Outline, paper: Paper) -> bool:
    """An outline's titles are without their number."""
    titles = [s.title for s in outline.sections if s.heading]
    titles = [title for title in titles if not _is_added(title, paper)]
    expected = [s.heading for s in paper.sections if s.heading]
    return len(titles) == len(expected) and all(
        bare(heading).endswith(bare(title))
        for title, heading in zip(titles, expected, strict=True)
    )


def compare(
    nlp: Language, name: str, papers: list[tuple[Source, str, list[str]]]
) -> Compared:
    """papers: Sources, their formats' names, the headings in them."""
    exact = in_docs = total = 0
    for source, format, expected in papers:
        paper = read_paper(source, format=format)
        good = is_exact(paper, expected)
        exact += good
        in_docs += good and is_exact_in_doc(nlp, paper)
        total += sum(1 for heading in expected if bare(heading))
        if not good:
            print(f"{source.name}: {found_headings(paper)}", file=sys.stderr)
    return Compared(name, len(papers), total, exact, in_docs)


def plos_papers(wheel: Path) -> Iterator[tuple[Source, str, list[str]]]:
    """The articles of the wheel."""
    with zipfile.ZipFile(wheel) as archive:
        for name in sorted(archive.namelist()):
            if name.endswith(".xml"):
                content = archive.read(name)
                yield Source(name, content=content), "jats", jats_headings(content)


def unarxive_papers(path: Path) -> Iterator[tuple[Source, str, list[str]]]:
    """The papers of a JSON Lines file."""
    with tempfile.TemporaryDirectory():
        for part in split_lines(Source.of(path)):
            yield part, "unarxive", unarxive_headings(part.content or b"")


def compare_folder(folder: Path, *, details: bool) -> Table:
    """A row for each format: what the readers and their references have in common."""
    rows: dict[str, Found] = {}
    for path in sorted(folder.rglob("*")):
        if not path.is_file() or (path.suffix == ".tex" and not is_latex_paper(path)):
            continue
        reference = find_reference(path)
        if reference is None:
            continue
        row = rows.setdefault(get_source_format(path), Found())
        try:
            paper = read_paper(path)
        except ValueError as error:
            paper = Paper("", ())
            print(error, file=sys.stderr)
        differences = row.add(paper, reference)
        if details and differences:
            print(path, *differences, sep="\n    ")
    table = Table("format", "papers", "found", "false", "words", "debris")
    for name, row in sorted(rows.items()):
        table.add_row(
            name,
            str(row.papers),
            f"{row.found / max(row.expected, 1):.3f}",
            f"{row.false / max(row.found + row.false, 1):.3f}",
            f"{row.kept / max(row.words, 1):.3f}",
            f"{1e4 * row.debris / max(row.own_words, 1):.1f}",
        )
    return table


def is_latex_paper(path: Path) -> bool:
    """Whether a file is no chapter of another one, and no slides."""
    found = re.search(
        rb"^[^%\n]*\\documentclass[^{]*\{(\w+)", path.read_bytes(), re.MULTILINE
    )
    return found is not None and found[1] != b"beamer"


def get_source_format(path: Path) -> str:
    return find_format(Source.of(path)).name


def labels_of(nlp: Language, path: Path) -> list[tuple[str, str]]:
    """Heading and label of each labelled section, the heading without number."""
    doc = nlp(read_doc(nlp, path))
    headings = doc.spans["imrad"].attrs["headings"]
    return [
        (bare(heading or ""), section.label_)
        for heading, section in zip(headings, sections(doc), strict=True)
    ]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--wheel", type=Path)
    parser.add_argument("--unarxive", type=Path)
    parser.add_argument("--folder", type=Path, help="one's own files, and nothing else")
    parser.add_argument("--details", action="store_true", help="print what differs")
    args = parser.parse_args()
    console = Console(width=100)
    if args.folder:
        table = compare_folder(args.folder, details=args.details)
        table.box = MARKDOWN
        console.print(table)
        return
    blank = spacy.blank("en")
    blank.max_length = sys.maxsize
    expected = latex_headings(REFERENCE)
    rows = []
    if args.wheel:
        rows.append(compare(blank, "JATS: PLOS", list(plos_papers(args.wheel))))
    if args.unarxive:
        papers = list(unarxive_papers(args.unarxive))
        rows.append(compare(blank, "unarXive", papers))
    table = Table("papers", "papers read", "sections", "exact", "exact in Docs")
    for row in rows:
        counts = (row.papers, row.sections, row.exact, row.exact_in_docs)
        table.add_row(row.name, *(f"{count:,}" for count in counts))
    table.box = MARKDOWN
    if rows:
        console.print(table)
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    reference = labels_of(nlp, REFERENCE)
    second = Table("the same paper as", "sections", "exact", "labels as LaTeX's")
    second.box = MARKDOWN
    for path in sorted(EXAMPLES.glob("paper*")):
        found = labels_of(nlp, path)
        paper = read_paper(path)
        headings = [h for h in found_headings(paper) if bare(h) not in LEFT_IN]
        without_numbers = [NUMBER.sub("", heading) for heading in headings]
        exact = list(map(bare, without_numbers)) == list(map(bare, expected))
        same = sum(a == b for a, b in zip(found, reference, strict=False))
        second.add_row(
            path.name,
            str(len(headings)),
            "yes" if exact else "no",
            f"{same} of {len(reference)}",
        )
    console.print(second)


if __name__ == "__main__":
    main()
