"""How well the text segmenter finds headings and paragraphs, and how fast.

    python -m benchmarks.outline --corpus ../shared/corpus/dev.jsonl.xz --papers 200

Papers whose headings and paragraphs are known are written out as plain text in four
styles, a blank line between blocks, and the outline of that text is compared with what
was written, by exact characters:

- `markdown`: `## Heading`, with the printed number if there is one
- `numbered`: `2.1 Heading`
- `capitals`: `HEADING`
- `title-case`: `The Heading of a Section`, on a line of its own

A fifth, `as printed`, has the headings on lines of their own as the source gives them,
mostly in sentence case; it has no target.

Numbers follow from the headings' levels. In a paper that was printed with numbers, a
heading that had none gets none; in one printed without, all get one but back matter
(acknowledgements, funding ...), as journals do. The title, and a heading `Abstract`
without number, are written too and count like any other heading.
"""

import argparse
import json
import lzma
import re
import sys
import textwrap
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, TypeAlias

from spacy_imrad.document.matter import matter_of
from spacy_imrad.segmenters.text import outline_text

Paper: TypeAlias = dict[str, Any]
Span: TypeAlias = tuple[int, int]

SOURCES = ("acl-cvf-mineru", "pmc-jats")
TARGETS = {"markdown": 0.99, "numbered": 0.97, "capitals": 0.97, "title-case": 0.90}
PARAGRAPH_TARGET = 0.98
SECONDS_TARGET = 10.0
_PRINTED_NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*|[A-Z]\.\d+(?:\.\d+)*)[.):]?\s+")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_SMALL_WORDS = _words(
    "a an and as at but by for from in into of on or over per the to under up upon "
    "via vs with within without"
)


@dataclass
class Written:
    """A paper as text, and where its headings and paragraphs are in it."""

    text: str
    headings: set[Span]
    paragraphs: set[Span]


@dataclass
class Counts:
    hits: int = 0
    found: int = 0
    expected: int = 0

    def add(self, found: set[Span], expected: set[Span]) -> None:
        self.hits += len(found & expected)
        self.found += len(found)
        self.expected += len(expected)

    @property
    def precision(self) -> float:
        return self.hits / self.found if self.found else 1.0

    @property
    def recall(self) -> float:
        return self.hits / self.expected if self.expected else 1.0

    @property
    def f1(self) -> float:
        total = self.found + self.expected
        return 2 * self.hits / total if total else 1.0


@dataclass
class Score:
    headings: Counts = field(default_factory=Counts)
    paragraphs: Counts = field(default_factory=Counts)


def read_papers(path: Path, per_source: int) -> list[Paper]:
    """The first `per_source` papers of each clean source."""
    papers: dict[str, list[Paper]] = {source: [] for source in SOURCES}
    with lzma.open(path, "rt", encoding="utf8") as file:
        for line in file:
            paper = json.loads(line)
            found = papers.get(paper["source"])
            if found is not None and len(found) < per_source:
                found.append(paper)
            if all(len(found) == per_source for found in papers.values()):
                break
    return [paper for found in papers.values() for paper in found]


def write_paper(paper: Paper, style: str) -> Written:
    """Set a paper as text in one of the `STYLES`."""
    render = STYLES[style]
    pieces: list[str] = []
    spans: tuple[set[Span], set[Span]] = (set(), set())
    position = 0

    def put(content: str, is_heading: bool) -> None:
        nonlocal position
        pieces.append(content)
        spans[not is_heading].add((position, position + len(content)))
        position += len(content) + 2

    title = " ".join(paper["title"].split())
    if title:
        put(f"# {title}" if style == "markdown" else title, True)
    if paper["abstract"].strip():
        put(render("Abstract", 1, ""), True)
        put(" ".join(paper["abstract"].split()), False)
    numbers = _numbers(paper["sections"])
    for section, number in zip(paper["sections"], numbers, strict=True):
        heading = _PRINTED_NUMBER.sub("", " ".join(section["heading"].split()))
        if heading:
            put(render(heading, section["level"], number), True)
        for paragraph in section["paragraphs"]:
            if paragraph.strip():
                put(" ".join(paragraph.split()), False)
    return Written("\n\n".join(pieces), *spans)


def _numbers(sections: Iterable[dict[str, Any]]) -> Iterator[str]:
    sections = list(sections)
    printed = any(section.get("number") for section in sections)
    counters: list[int] = []
    for section in sections:
        if printed:
            is_numbered = bool(section.get("number"))
        else:
            is_numbered = matter_of(section["heading"]) is None
        if not section["heading"].strip() or not is_numbered:
            yield ""
            continue
        level = section["level"]
        counters = [*counters[:level], *[0] * (level - len(counters))]
        counters[-1] += 1
        yield ".".join(str(count or 1) for count in counters)


def _numbered(heading: str, level: int, number: str) -> str:
    return f"{number} {heading}" if number else heading


def _title_case(heading: str) -> str:
    words = heading.split()
    return " ".join(
        word[:1].upper() + word[1:]
        if word.islower() and (i == 0 or word not in _SMALL_WORDS)
        else word
        for i, word in enumerate(words)
    )


STYLES: dict[str, Callable[[str, int, str], str]] = {
    "markdown": lambda h, level, n: f"{'#' * (level + 1)} {_numbered(h, level, n)}",
    "numbered": _numbered,
    "capitals": lambda h, level, n: h.upper(),
    "title-case": lambda h, level, n: _title_case(h),
    "as printed": lambda h, level, n: h,
}


def measure(papers: Iterable[Paper]) -> dict[tuple[str, str], Score]:
    """Scores by (style, source); the source `all` holds every paper."""
    scores: dict[tuple[str, str], Score] = {}
    for paper in papers:
        for style in STYLES:
            written = write_paper(paper, style)
            outline = outline_text(written.text)
            headings = {
                (section.heading.start, section.heading.end)
                for section in outline.sections
                if section.heading
            }
            paragraphs = {
                (paragraph.start, paragraph.end)
                for section in outline.sections
                for paragraph in section.paragraphs
            }
            for source in (paper["source"], "all"):
                score = scores.setdefault((style, source), Score())
                score.headings.add(headings, written.headings)
                score.paragraphs.add(paragraphs, written.paragraphs)
    return scores


def time_outline(papers: list[Paper], characters: int) -> dict[str, float]:
    """Seconds for a text of that many characters, as Markdown and as hard-wrapped
    plain text."""
    texts = [write_paper(paper, "markdown").text for paper in papers]
    markdown = "\n\n".join(texts)
    markdown = (markdown * (characters // len(markdown) + 1))[:characters]
    wrapped = "\n".join(
        textwrap.fill(write_paper(paper, "numbered").text, 80, break_on_hyphens=False)
        for paper in papers[: len(papers) // 4 + 1]
    )
    wrapped = (wrapped * (characters // len(wrapped) + 1))[:characters]
    seconds = {}
    for name, text in (("Markdown", markdown), ("hard-wrapped", wrapped)):
        start = time.perf_counter()
        outline_text(text)
        seconds[name] = time.perf_counter() - start
    return seconds


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--corpus", type=Path, required=True, metavar="JSONL_XZ")
    parser.add_argument("--papers", type=int, default=200)
    parser.add_argument("--megabytes", type=int, default=10)
    args = parser.parse_args()
    if not args.corpus.is_file():
        print(
            f"No corpus at {args.corpus}: pass a file of papers as .jsonl.xz, such as "
            "../shared/corpus/dev.jsonl.xz.",
            file=sys.stderr,
        )
        return 1
    papers = read_papers(args.corpus, args.papers // len(SOURCES))
    if not papers:
        print(f"{args.corpus} has no paper of {', '.join(SOURCES)}.", file=sys.stderr)
        return 1

    print(f"{len(papers)} papers of {args.corpus}")
    print(f"{'style':<12}{'source':<16}{'P':>8}{'R':>8}{'F1':>8}{'par. F1':>9}  target")
    scores = measure(papers)
    met = True
    for (style, source), score in sorted(
        scores.items(), key=lambda item: (list(STYLES).index(item[0][0]), item[0][1])
    ):
        heading, paragraph = score.headings, score.paragraphs
        verdict = ""
        if source == "all" and style in TARGETS:
            reached = heading.f1 >= TARGETS[style] and paragraph.f1 >= PARAGRAPH_TARGET
            met = met and reached
            verdict = f"{TARGETS[style]:.2f} / {PARAGRAPH_TARGET:.2f} "
            verdict += "met" if reached else "MISSED"
        print(
            f"{style:<12}{source:<16}{heading.precision:>8.4f}{heading.recall:>8.4f}"
            f"{heading.f1:>8.4f}{paragraph.f1:>9.4f}  {verdict}"
        )
    for name, seconds in time_outline(papers, args.megabytes * 1_000_000).items():
        reached = seconds < SECONDS_TARGET
        met = met and reached
        print(
            f"{args.megabytes} MB {name}: {seconds:.1f} s "
            f"({'met' if reached else 'MISSED'}: under {SECONDS_TARGET:.0f} s)"
        )
    return 0 if met else 1


if __name__ == "__main__":
    sys.exit(main())
