"""How reading time grows with the size of hostile input.

    python -m benchmarks.hostile [--format latex] [--every 10]

Short units that parsers stumble over (`hostile_units`) are repeated in one line, line
by line, as blocks and nested, for every reader and for the segmenter of Docs. Each
input is doubled until it takes a quarter of the allowed seconds or has 8 MB. The
exponent is the slope of log(time) over log(bytes), by least squares over the last four
doublings whose time is above the noise: 1 is linear, 2 quadratic. An input that takes
more than the allowed seconds of processor time is ended, and said to be so. What seems
not to be linear is measured again with inputs of four and eight times the size.
"""

import argparse
import gc
import json
import math
import os
import resource
import signal
import statistics
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from functools import _lru_cache_wrapper, partial
from pathlib import Path
from typing import Final, NamedTuple, TypeAlias

import spacy

from benchmarks import hostile_units as units
from spacy_imrad.readers import Source, get_format
from spacy_imrad.readers.docs import doc_of_source
from spacy_imrad.readers.pdf import paper_from_pages
from spacy_imrad.readers.pdf.lines import Line, Page
from spacy_imrad.readers.reading import read_source, split_source
from spacy_imrad.segmenters.text import segment_text

LIMIT: Final = 1.2
"""The exponent above which a pattern is not linear."""
CLEAR: Final = 1.6
"""The exponent above which noise is no explanation."""
SMALLEST, LARGEST = 1 << 10, 1 << 23
NOISE: Final = 0.01
FITTED: Final = 5
MEMORY: Final = 8 << 30

Make: TypeAlias = Callable[[int], str]
"""Number of repetitions -> content."""


class Pattern(NamedTuple):
    """An input that can be made as large as one likes."""

    format: str
    name: str
    make: Make


class Growth(NamedTuple):
    """Seconds by bytes of one pattern; `ended` are the bytes that took too long."""

    pattern: Pattern
    times: dict[int, float]
    ended: int = 0
    error: str = ""

    @property
    def exponent(self) -> float:
        """0 if no time is above the noise; infinite if an input was ended."""
        if self.ended or self.error:
            return math.inf
        above = [(s, t) for s, t in self.times.items() if t > NOISE][-FITTED:]
        if len(above) < 3:
            return 0.0
        sizes, times = (
            list(map(math.log, values)) for values in zip(*above, strict=True)
        )
        return statistics.linear_regression(sizes, times).slope


# --- Patterns -------------------------------------------------------------------------


def run(unit: str, n: int) -> str:
    """What follows the last unit makes a search try all that it could have been."""
    return unit * n + " x"


def spaced(unit: str, n: int) -> str:
    return f"{unit} word " * n


def lines(unit: str, n: int) -> str:
    return f"{unit}\n" * n


def blocks(unit: str, n: int) -> str:
    return f"{unit}\n\n" * n


def between(unit: str, n: int) -> str:
    """Among paragraphs of prose."""
    return f"{unit}\n\nWe walked to the lake and counted the herons.\n\n" * n


def nested(opening: str, closing: str, n: int) -> str:
    return opening * n + "x" + closing * n


def stairs(unit: str, n: int) -> str:
    """Each line further in than the line before."""
    return "".join(f"{' ' * i}{unit}\n" for i in range(math.isqrt(n)))


def distinct(unit: str, n: int) -> str:
    """No two lines are alike."""
    return "".join(f"{unit}{i:06}\n\n" for i in range(n))


def numbered(unit: str, n: int) -> str:
    """Lines one below the other, with their number in the place of each N."""
    return "".join(unit.replace("N", f"{i:06}") + "\n" for i in range(n))


Layout: TypeAlias = Callable[[str, int], str]
_FLAT: Final[tuple[Layout, ...]] = (run, lines, blocks)
_TEXT: Final[tuple[Layout, ...]] = (*_FLAT, spaced, between)
_TAGS: Final[tuple[Layout, ...]] = (run, spaced, lines)

_BEFORE: Final = {
    "jats": "<article><front><article-meta><title-group><article-title>a"
    "</article-title></title-group></article-meta></front><body>",
    "tei": '<TEI xmlns="http://www.tei-c.org/ns/1.0"><text><body>',
    "html": "<!DOCTYPE html><html><body><h1>a</h1>",
}
_AFTER: Final = {
    "jats": "</body></article>",
    "tei": "</body></text></TEI>",
    "html": "</body></html>",
}
_NAMES: Final = {"text": "x.txt", "doc": "x.txt", "markdown": "x.md", "latex": "x.tex"}
_NESTED: Final = {
    "text": (
        ("(", ")"),
        ("[", "]"),
        ("{", "}"),
        ("**", "**"),
        ("\\begin{a}", "\\end{a}"),
    ),
    "markdown": (
        *(
            ("[", "](a)"),
            ("![", "](a)"),
            ("*", "*"),
            ("**", "**"),
            ("*_", "_*"),
            ("> ", ""),
        ),
        *(
            ("- ", ""),
            ("1. ", ""),
            ("<div>", "</div>"),
            ("(", ")"),
            ("^[", "]"),
            ("`", "`"),
        ),
    ),
    "latex": (
        *(
            ("{", "}"),
            ("\\begin{a}", "\\end{a}"),
            ("$", "$"),
            ("\\(", "\\)"),
            ("[", "]"),
        ),
        *(
            ("\\textbf{", "}"),
            ("\\section{", "}"),
            ("\\footnote{", "}"),
            ("\\frac{", "}{}"),
        ),
        ("\\begin{itemize}\\item ", "\\end{itemize}"),
        ("\\newcommand{\\a}{", "}"),
    ),
    "rst": (("*", "*"), ("`", "`"), ("(", ")"), ("|", "|"), ("- ", "")),
    "html": (
        *(
            (f"<{tag}>", f"</{tag}>")
            for tag in ("div", "b", "p", "section", "blockquote")
        ),
        *(("<ul><li>", "</li></ul>"), ("<table><tr><td>", "</td></tr></table>")),
        ("<section><h2>a</h2>", "</section>"),
    ),
    "jats": (
        *(
            (f"<{tag}>", f"</{tag}>")
            for tag in ("sec", "p", "bold", "boxed-text", "fig")
        ),
        ("<sec><title>a</title><p>b</p>", "</sec>"),
        ("<list><list-item>", "</list-item></list>"),
    ),
    "tei": (
        *((f"<{tag}>", f"</{tag}>") for tag in ("div", "p", "hi", "figure", "note")),
        ("<div><head>a</head><p>b</p>", "</div>"),
    ),
}
_STAIRS: Final = {
    "text": ("a", "- a", "> a", "1. a", "x = 1"),
    "markdown": ("a", "- a", "> a", "1. a", "| a |", "```"),
    "latex": ("a", "\\item a"),
    "rst": ("a", "- a", "1. a", ".. a::", "::", ":a: b", "| a"),
}
_DISTINCT: Final = {
    "text": ("# ", "", "Methods ", "1.", "[", "Figure ", "- ", "Page ", "A B "),
    "markdown": ("# ", "[^a]: b", "[a]: b", "[^", "# a {#", "Table: ", "@a"),
    "latex": (
        "\\label{a",
        "\\cite{a",
        "\\section{",
        "\\newcommand{\\a}{",
        "\\footnote{",
    ),
    "rst": (
        ".. _a",
        ".. [#a] b",
        "`a`_",
        "a\n=\n\n",
        "_`a",
        ".. |a| replace:: ",
        "[a]_ ",
    ),
}
_NUMBERED: Final = {
    "text": ("[N] A. Smith, Herons.", "Figure N. a", "N", "a N\n\n"),
    "markdown": (
        # Definitions of links, whole and broken off at each place.
        *("[aN]: b", "[aN]:", "[aN]", "[aN", "[a\\]N", "[aN]: <b", "[aN]: (b (c"),
        *("[aN]: b 'c", '[aN]: b\n"c', "[aN]: b\n'c' d", "[aN]: b (c\nd", "[N]: b\n\n"),
        # Of notes and abbreviations, and such lines within other blocks.
        *("[^aN]: b", "[^aN]: b\n    c\n", "[^aN]\n\n[^aN]: b\n", "*[aN]: b"),
        *("> [aN]: b", "- [aN]: b", "[aN]: b\n===", "[b][aN]\n\n[aN]: c\n"),
    ),
    "rst": (".. [N] a", ".. _aN: b", ".. |aN| replace:: b", "__ aN", "|a|N", "a |N|b|"),
}
_OF_FORMATS: Final = (
    (stairs, _STAIRS),
    (distinct, _DISTINCT),
    (numbered, _NUMBERED),
)


def patterns() -> Iterator[Pattern]:
    """Every pattern, format by format."""
    yield from _flat("text", units.TEXT, _TEXT)
    yield from _flat("doc", units.TEXT, (run, between))
    yield from _flat("markdown", units.MARKDOWN, (*_FLAT, spaced))
    yield from _flat("latex", units.LATEX, (run, spaced, blocks))
    yield from _flat("rst", units.RST, (*_FLAT, spaced))
    yield from _flat("html", units.HTML, _TAGS)
    yield from _flat("jats", units.JATS, _TAGS)
    yield from _flat("tei", units.TEI, _TAGS)
    for name, record in _RECORDS.items():
        for unit in units.JSON:
            yield Pattern(name, f"run {unit!r}", partial(run, unit))
        for unit in units.MARKERS:
            for place in ("text", "texts", "headings"):
                make = partial(_record, record, place, unit)
                yield Pattern(name, f"{place} {unit!r}", make)
    for name in _PAGES:
        yield Pattern("pdf", name, str)


def _flat(
    format: str, pieces: Sequence[str], layouts: Sequence[Layout]
) -> Iterator[Pattern]:
    def pattern(name: str, make: Make) -> Pattern:
        before, after = _BEFORE.get(format, ""), _AFTER.get(format, "")
        return Pattern(format, name, lambda n: f"{before}{make(n)}{after}")

    for layout in layouts:
        for unit in dict.fromkeys(pieces):
            yield pattern(f"{layout.__name__} {unit!r}", partial(layout, unit))
    for opening, closing in _NESTED.get(format, ()):
        make = partial(nested, opening, closing)
        yield pattern(f"nested {opening!r} {closing!r}", make)
    for layout, chosen in _OF_FORMATS:
        for unit in chosen.get(format, ()):
            yield pattern(f"{layout.__name__} {unit!r}", partial(layout, unit))


def _jsonl(texts: Sequence[str], headings: Sequence[str]) -> object:
    sections = [{"heading": h, "paragraphs": list(texts)} for h in headings]
    return {"id": "a", "sections": sections}


def _body(texts: Sequence[str], headings: Sequence[str]) -> list[dict[str, object]]:
    return [{"section": h, "text": t} for h in headings for t in texts]


def _s2orc(texts: Sequence[str], headings: Sequence[str]) -> object:
    return {"paper_id": "a", "body_text": _body(texts, headings)}


def _unarxive(texts: Sequence[str], headings: Sequence[str]) -> object:
    return {
        "paper_id": "a",
        "_source_hash": "b",
        "body_text": _body(texts, headings),
        "ref_entries": {"f": {"latex": "x^2", "type": "formula"}},
    }


Record: TypeAlias = Callable[[Sequence[str], Sequence[str]], object]
_RECORDS: Final[dict[str, Record]] = {
    "jsonl": _jsonl,
    "s2orc": _s2orc,
    "unarxive": _unarxive,
}


def _record(make: Record, place: str, unit: str, n: int) -> str:
    texts = [unit * n] if place == "text" else [unit] * (n if place == "texts" else 1)
    headings = [unit] * n if place == "headings" else ["Methods"]
    return json.dumps(make(texts, headings)) + "\n"


# --- Pages of a PDF -------------------------------------------------------------------

_SENTENCE: Final = "We walked to the lake and counted the herons that stood there."


def _line(text: str, row: int, *, left: float = 50, size: float = 10) -> Line:
    right = left + min(500, 5 * len(text))
    baseline = 780.0 - 12 * (row % 60)
    return Line(text, row // 60, left, right, baseline, size, 0, 0, font="T")


def _pages(found: Sequence[Line]) -> list[Page]:
    pages = [Page(600, 800, []) for _ in range(max(line.page for line in found) + 1)]
    for line in found:
        pages[line.page].lines.append(line)
    return pages


def _of_units(*pieces: str) -> Callable[[int], list[Line]]:
    return lambda n: [_line(pieces[i % len(pieces)], i) for i in range(n)]


def _on_one_page(
    *pieces: str, step: float = 12, gap: float = 0
) -> Callable[[int], list[Line]]:
    def make(n: int) -> list[Line]:
        found = [_line(_SENTENCE, 0)]
        for i in range(n):
            line = _line(pieces[i % len(pieces)], 0)
            line.baseline = 760 - step * i - gap * (i // 2)
            found.append(line)
        return found

    return make


def _scattered(n: int) -> list[Line]:
    """Each line elsewhere across the page, as columns that are none."""
    return [_line("a b c", i, left=50 + 37 * i % 500) for i in range(n)]


def _sizes(n: int) -> list[Line]:
    return [_line(_SENTENCE, i, size=6 + i % 17) for i in range(n)]


def _fonts(n: int) -> list[Line]:
    found = _of_units(_SENTENCE, "Methods and materials")(n)
    for i, line in enumerate(found):
        line.font = f"F{i % 7}"
        line.bold = float(i % 3 == 0)
        line.italic = float(i % 5 == 0)
        line.lead = "Methods." if i % 4 == 0 else ""
    return found


def _columns(n: int) -> list[Line]:
    return [_line(_SENTENCE[:40], i // 2, left=50 if i % 2 else 320) for i in range(n)]


_PAGES: Final[dict[str, Callable[[int], list[Line]]]] = {
    **{
        f"lines {text!r}": _of_units(text)
        for text in (
            *(_SENTENCE, "a", "(", "-", "1", "1.", "[1] a", "[1] a 2010", "•", "• a"),
            *("Methods", "METHODS", "1 Methods", "1.1 Methods of a", "A. Methods", "="),
            *(
                "Figure 1. a",
                "Table 1",
                "Abstract",
                "Abstract—we",
                "References",
                "x = 1",
            ),
            *(
                "a-",
                "long-",
                "we walked,",
                "Page 3",
                "{",
                "|",
                "方法",
                "∑",
                "a b c d e f g",
            ),
        )
    },
    **{
        f"one page {pieces!r}": _on_one_page(*pieces)
        for pieces in (
            ("a",),
            (_SENTENCE,),
            ("1",),
            ("Methods",),
            ("x = 1",),
            ("a", "B"),
        )
    },
    "short blocks": _on_one_page("first words here", "second words here", gap=18),
    "short blocks of one line": _on_one_page("first words here", gap=60),
    "captions among blocks": _on_one_page("Figure 1. words", "more words", gap=18),
    "labels among blocks": _on_one_page("Table 1", "1 2 3", gap=18),
    "lines on one base line": _on_one_page("a b", step=0),
    "lines that go up": _on_one_page("a b c", step=-1),
    "scattered": _scattered,
    "sizes": _sizes,
    "fonts": _fonts,
    "columns": _columns,
    "one long line": lambda n: [_line("a " * n, 0)],
    "one long word": lambda n: [_line("a" * n, 0)],
    "one long rule": lambda n: [_line("-" * n, 0)],
    "hyphens at ends": _of_units(
        "and then we counted hero-", "ns that stood in the ree-"
    ),
    "headings and text": _of_units("1 Methods", _SENTENCE, "1.1 Sites", _SENTENCE),
    "references": _of_units("[1] A. Smith, Herons, 2010.", "[2] B. Jones, 2011."),
    "running heads": lambda n: [
        _line("Herons" if i % 60 == 0 else _SENTENCE, i) for i in range(n)
    ],
}

# --- Measuring ------------------------------------------------------------------------


def work_of(pattern: Pattern, n: int) -> tuple[int, Callable[[], object]]:
    """RETURNS: The bytes of the input with `n` repetitions, and what is timed."""
    if pattern.format == "pdf":
        found = _PAGES[pattern.name](n)
        pages = _pages(found)
        return sum(len(line.text) + 20 for line in found), lambda: paper_from_pages(
            pages
        )
    content = pattern.make(n).encode()
    name = _NAMES.get(pattern.format, f"x.{pattern.format}")
    source = Source(name, content=content)
    if pattern.format == "doc":
        return len(content), lambda: _segment(source)
    return len(content), lambda: read_all(source, pattern.format)


def read_all(source: Source, format: str) -> None:
    """Read what papers there are; what is refused is no error."""
    try:
        for part, found in split_source(source, format=format):
            try:
                read_source(part, found)
            except ValueError:
                continue
    except ValueError:
        return


_NLP: Final = spacy.blank("en")


def _segment(source: Source) -> None:
    try:
        segment_text(doc_of_source(_NLP, source, get_format("text")))
    except ValueError:
        return


def grow(pattern: Pattern, seconds: float, largest: int = LARGEST) -> Growth:
    """Measure in a child process, which the kernel ends when an input takes longer than
    `seconds` of processor time."""
    reader, writer = os.pipe()
    child = os.fork()
    if not child:
        os.close(reader)
        with os.fdopen(writer, "w") as pipe:
            _measure(
                pattern,
                seconds,
                largest,
                lambda *said: print(*said, file=pipe, flush=True),
            )
        os._exit(0)
    os.close(writer)
    times: dict[int, float] = {}
    begun = 0
    with os.fdopen(reader) as pipe:
        for said in pipe:
            size, _, time_taken = said.strip().partition(" ")
            begun = int(size)
            if time_taken:
                times[begun] = float(time_taken)
    _, status = os.waitpid(child, 0)
    if status == 0:
        return Growth(pattern, times)
    if os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGPROF:
        return Growth(pattern, times, ended=begun)
    return Growth(pattern, times, error=f"status {status} at {begun:,} bytes")


def _measure(
    pattern: Pattern, seconds: float, largest: int, say: Callable[..., None]
) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    work_of(pattern, 1)[1]()  # imports, and what is made but once
    caches = bounded_caches()
    n, last = 1, 0
    while True:
        size, work = work_of(pattern, n)
        n *= 2
        if size < max(SMALLEST, 1.9 * last):
            continue
        if size > largest:
            return
        last = size
        gc.collect()
        say(size)
        best = math.inf
        # Other processes only add to the time.
        for _ in range(3):
            for cache in caches:
                cache.cache_clear()
            signal.setitimer(signal.ITIMER_PROF, seconds)
            start = time.process_time()
            work()
            best = min(best, time.process_time() - start)
            signal.setitimer(signal.ITIMER_PROF, 0)
            if best > seconds / 20:
                break
        say(size, best)
        if best > seconds / 4:
            return


def bounded_caches() -> "list[_lru_cache_wrapper[object]]":
    """Caches that hold so many lines: what they still know of the input before makes
    small inputs fast and large ones slow."""
    modules = [m for name, m in sys.modules.items() if name.startswith("spacy_imrad.")]
    values = (value for module in modules for value in vars(module).values())
    return [
        value
        for value in values
        if isinstance(value, _lru_cache_wrapper) and value.cache_parameters()["maxsize"]
    ]


def measure(pattern: Pattern, seconds: float) -> Growth:
    """Measure again, and with larger inputs, what seems not to be linear.

    Noise never makes an input faster, and a step, such as the end of a cache, is soon
    left behind.
    """
    found = grow(pattern, seconds)
    for further in (4, 8):
        if not LIMIT < found.exponent < CLEAR:
            break
        again = grow(pattern, seconds * further, LARGEST * further)
        if again.ended or again.error:
            return again
        times = {
            size: min(seconds, found.times.get(size, math.inf))
            for size, seconds in again.times.items()
        }
        found = Growth(pattern, times)
    return found


def _row(found: Growth) -> str:
    times = ", ".join(
        f"{size / 1000:.0f}: {1000 * seconds:.0f}"
        for size, seconds in list(found.times.items())[-FITTED:]
    )
    exponent = f"{found.exponent:.2f}"
    if found.ended:
        exponent, times = "ended", f"{times}, {found.ended / 1000:.1f}: ended"
    if found.error:
        exponent, times = "failed", f"{times} ({found.error})"
    name = found.pattern.name.replace("|", "\\|")
    return f"| {exponent} | {found.pattern.format} | `{name}` | {times} |"


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    known = sorted({pattern.format for pattern in patterns()})
    parser.add_argument("--format", action="append", choices=known, help="only this")
    parser.add_argument(
        "--only", default="", help="patterns that have this in their name"
    )
    parser.add_argument("--seconds", type=float, default=1.0, help="that one may take")
    parser.add_argument("--every", type=int, default=1, help="one pattern of so many")
    parser.add_argument("--most", type=int, default=40, help="rows to print")
    parser.add_argument("--output", type=Path, help="the whole table")
    args = parser.parse_args()
    chosen = [
        pattern
        for pattern in patterns()
        if (not args.format or pattern.format in args.format)
        and args.only in pattern.name
    ][:: args.every]
    gc.collect()
    gc.freeze()  # or children copy all that a collection looks at
    gc.disable()  # it sets in at sizes of its own, which looks like growth
    found = [measure(pattern, args.seconds) for pattern in chosen]
    found.sort(key=lambda growth: -growth.exponent)
    head = "| exponent | format | pattern | kB: ms |\n|---|---|---|---|"
    rows = [_row(growth) for growth in found]
    print("\n".join([head, *rows[: args.most]]))
    above = sum(growth.exponent > LIMIT for growth in found)
    summary = (
        f"{len(found)} patterns, highest exponent {found[0].exponent:.2f}, "
        f"{above} above {LIMIT}"
    )
    print(f"\n{summary}")
    if args.output:
        args.output.write_text("\n".join([head, *rows, "", summary, ""]), "utf8")
    raise SystemExit(above > 0)


if __name__ == "__main__":
    main()
