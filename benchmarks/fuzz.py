"""Bad input by chance: nothing but documented errors, nothing slow, nothing large.

    python -m benchmarks.fuzz --inputs 100000
    python -m benchmarks.fuzz --replay 0:4711 [--save bad.tex]

An input follows from a seed and its number. It is a mutated example, a record with
values of the wrong types, or units of `hostile_units` in a random order, and it goes to
a reader (by its content, or as a format that it need not have), to the segmenter, to
the whole pipe (text, or a Doc whose span groups and attributes were tampered with), or
through folders, archives and tables as the command line takes them.

Inputs are read in a child process, which the kernel ends when one takes more than the
allowed seconds of processor time; the next child goes on behind it. Each failure is
printed with what replays it.
"""

import argparse
import bz2
import gc
import gzip
import io
import json
import logging
import lzma
import os
import random
import re
import resource
import signal
import tarfile
import tempfile
import time
import traceback
import warnings
import zipfile
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from functools import cache, partial
from pathlib import Path
from typing import IO, Any, Final, NamedTuple, TypeAlias

import numpy
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span, SpanGroup

from benchmarks import hostile_units as units
from benchmarks.fuzz_pdf import mutated_pdf
from benchmarks.machine import peak_megabytes
from spacy_imrad.pipeline.results import to_dict
from spacy_imrad.readers import Source, find_format, format_names, get_format, make_doc
from spacy_imrad.readers.docs import doc_of_source
from spacy_imrad.readers.pdf import paper_from_pages
from spacy_imrad.readers.pdf.lines import Line, Page
from spacy_imrad.readers.reading import read_source, split_source
from spacy_imrad.readers.sources import Failure, list_files, read_jobs
from spacy_imrad.segmenters.text import outline_text

DOCUMENTED: Final = (ValueError, OSError, ImportError)
"""What readers and the pipe may raise, as `read_papers` says."""
SECONDS: Final = 2.0
MEMORY: Final = 8 << 30
EXAMPLES: Final = Path("examples")

_SUFFIXES: Final = {
    "text": ".txt",
    "markdown": ".md",
    "latex": ".tex",
    "rst": ".rst",
    "html": ".html",
    "jats": ".xml",
    "tei": ".xml",
    "jsonl": ".jsonl",
    "s2orc": ".json",
    "unarxive": ".jsonl",
    "docx": ".docx",
    "pdf": ".pdf",
}
_UNITS: Final = {
    "text": units.TEXT,
    "markdown": units.MARKDOWN,
    "latex": units.LATEX,
    "rst": units.RST,
    "html": units.HTML,
    "jats": units.JATS,
    "tei": units.TEI,
}
# Of 100 inputs, how many are of each kind. PDF is slow to read, the pipe slower.
# fmt: off
_KINDS: Final = {
    "text": 9, "markdown": 13, "latex": 13, "rst": 9, "html": 11, "jats": 9, "tei": 6,
    "jsonl": 4, "s2orc": 5, "unarxive": 5, "docx": 3, "pdf": 2, "pages": 3,
    "segmenter": 5, "pipe": 1, "tampered": 1, "folder": 1,
}
_WORDS: Final = (
    "we", "of", "the", "Methods", "Results", "herons", "were", "counted", "Table 1",
    "Introduction", "Fig. 2", "[1]", "(Smith, 2010)", "1.", "2.1", "References", "and",
    "Discussion", "x = 1", "p < 0.05", "Abstract", "A", "THE LAKE", "lake-", "5 m.",
)
# fmt: on


class Case(NamedTuple):
    """One input.

    kind: What it is and where it goes.
    content: Its bytes, as far as it has any.
    work: Takes it where it goes.
    """

    kind: str
    content: bytes
    work: Callable[[], object]


Chance: TypeAlias = random.Random


def make_case(seed: int, number: int) -> Case:
    """The input with a number."""
    chance = random.Random(f"{seed}:{number}")
    kind = chance.choices(tuple(_KINDS), tuple(_KINDS.values()))[0]
    match kind:
        case "pages":
            pages = _pages(chance)
            text = "\n".join(line.text for page in pages for line in page.lines)
            return Case(kind, text.encode(), partial(paper_from_pages, pages))
        case "segmenter":
            content = _content(chance, chance.choice(("text", "markdown", "latex")))
            return Case(kind, content, partial(outline_text, _decoded(content)))
        case "pipe":
            content = _content(chance, chance.choice(("text", "markdown", "latex")))
            return Case(kind, content, partial(_label, _decoded(content)))
        case "tampered":
            return Case(kind, b"", partial(_label_tampered, chance))
        case "folder":
            return Case(kind, b"", partial(_read_folder, chance))
        case format:
            return _reader_case(chance, format)


def _reader_case(chance: Chance, format: str) -> Case:
    content = _content(chance, format)
    suffix = _SUFFIXES[format]
    forced: str | None = format
    if chance.random() < 0.4:
        forced = None
    elif chance.random() < 0.05:
        forced = chance.choice([f for f in format_names() if f in _SUFFIXES])
    if chance.random() < 0.1:
        suffix = chance.choice(("", ".gz", *_SUFFIXES.values()))
    if chance.random() < 0.03:
        content = _compressed(chance, content)
    source = Source(f"x{suffix}", content=content)
    return Case(f"{format} as {forced}", content, partial(read_all, source, forced))


def read_all(source: Source, format: str | None) -> None:
    """Read all papers of a source; a bad one does not end it, as on the command line.

    RAISES: As `read_papers`.
    """
    for part, found in split_source(source, format=format):
        if found.split is None:
            read_source(part, found)
            return
        try:
            read_source(part, found)
        except DOCUMENTED:
            continue


# --- Content --------------------------------------------------------------------------


@cache
def examples(format: str) -> tuple[bytes, ...]:
    """What examples there are of a format; for those without, records."""
    found = [
        path.read_bytes()
        for path in sorted((*EXAMPLES.glob("*.*"), *EXAMPLES.glob("formats/*.*")))
        if path.suffix != ".json"
        and path.stat().st_size < 100_000
        and _format_name(path) == format
    ]
    chance = random.Random(0)
    if format in _RECORDS:
        found += [_json_lines(_RECORDS[format](chance)) for _ in range(5)]
    return tuple(found)


def _format_name(path: Path) -> str:
    found = find_format(Source.of(path))
    return next(name for name in format_names() if get_format(name) is found)


def _content(chance: Chance, format: str) -> bytes:
    if format == "docx":
        return _docx(chance)
    if format == "pdf" and chance.random() < 0.7:
        return mutated_pdf(chance, chance.choice(examples(format)))
    if format in _RECORDS and chance.random() < 0.6:
        record = _RECORDS[format](chance)
        for _ in range(chance.randrange(4)):
            record = _retyped(chance, record)
        return _json_lines(record)
    if format in _UNITS and chance.random() < 0.5:
        return _grown(chance, format).encode("utf8", "surrogatepass")
    content = chance.choice(examples(format))
    if format in _UNITS and chance.random() < 0.7:
        start = chance.randrange(len(content))
        content = content[start : start + chance.randrange(1, 3000)]
        if format in ("jats", "tei", "html") and chance.random() < 0.7:
            content = b"<article><body>" + content
    return _mutated(chance, content, format)


def _grown(chance: Chance, format: str) -> str:
    """Units and words, one behind the other and in each other."""
    pieces = _UNITS[format]
    few = chance.choices(pieces, k=chance.randrange(1, 8))
    parts: list[str] = []
    for _ in range(chance.choice((3, 10, 30, 100))):
        dice = chance.random()
        if dice < 0.55:
            parts.append(chance.choice(few))
        elif dice < 0.65:
            parts.append(chance.choice(pieces))
        elif dice < 0.7:
            parts.append(chance.choice(few) * chance.choice((2, 10, 40, 200)))
        elif dice < 0.72:
            parts.append(chance.choice(parts or [""]) * chance.randrange(1, 4))
        else:
            parts.append(" ".join(chance.choices(_WORDS, k=chance.randrange(1, 12))))
        parts.append(chance.choice(("", "", " ", "\n", "\n", "\n\n", "\n    ")))
        if len(parts) > 4 and chance.random() < 0.05:
            parts.append("".join(reversed(parts[-4:])))
    text = "".join(parts)[:20_000]
    return text[::-1] if chance.random() < 0.02 else text


def _mutated(chance: Chance, content: bytes, format: str) -> bytes:
    for _ in range(chance.choice((1, 1, 2, 4, 10, 30))):
        content = chance.choice(_MUTATIONS)(chance, content, format)
    return content[:400_000]


Mutation: TypeAlias = Callable[[Chance, bytes, str], bytes]


def _part(chance: Chance, content: bytes, longest: int = 300) -> tuple[int, int]:
    start = chance.randrange(len(content) + 1)
    return start, min(len(content), start + chance.randrange(1, longest))


def _flip(chance: Chance, content: bytes, _: str) -> bytes:
    if not content:
        return content
    at = chance.randrange(len(content))
    return (
        content[:at]
        + bytes([content[at] ^ 1 << chance.randrange(8)])
        + content[at + 1 :]
    )


def _delete(chance: Chance, content: bytes, _: str) -> bytes:
    start, end = _part(chance, content)
    return content[:start] + content[end:]


def _repeat(chance: Chance, content: bytes, _: str) -> bytes:
    start, end = _part(chance, content, 60)
    times = chance.choice((1, 1, 3, 20, 100))
    return content[:end] + content[start:end] * times + content[end:]


def _splice(chance: Chance, content: bytes, format: str) -> bytes:
    other = chance.choice(examples(format)) if format else content
    start, end = _part(chance, other, 800)
    at = chance.randrange(len(content) + 1)
    return content[:at] + other[start:end] + content[at:]


def _insert(chance: Chance, content: bytes, format: str) -> bytes:
    unit = chance.choice(_UNITS.get(format, units.JSON)) * chance.choice(
        (1, 1, 1, 5, 50)
    )
    at = chance.randrange(len(content) + 1)
    return content[:at] + unit.encode() + content[at:]


def _insert_bytes(chance: Chance, content: bytes, _: str) -> bytes:
    at = chance.randrange(len(content) + 1)
    strange = (
        b"\0",
        b"\xff",
        b"\xed\xa0\x80",
        b"\xef\xbb\xbf",
        b"\xe2\x80\xae",
        b"\x1b[2J",
    )
    return content[:at] + chance.choice(strange) + content[at:]


def _truncate(chance: Chance, content: bytes, _: str) -> bytes:
    return content[: chance.randrange(len(content) + 1)]


def _swap(chance: Chance, content: bytes, _: str) -> bytes:
    """Two words change places."""
    tokens = re.split(rb"(\W)", content)
    if len(tokens) > 2:
        i, j = (chance.randrange(len(tokens)) for _ in range(2))
        tokens[i], tokens[j] = tokens[j], tokens[i]
    return b"".join(tokens)


def _number(chance: Chance, content: bytes, _: str) -> bytes:
    """A number becomes another."""
    found = list(re.finditer(rb"\d+", content))
    if not found:
        return content
    at = chance.choice(found)
    new = chance.choice(
        (b"0", b"-1", b"1", b"99999999999", b"65536", b"1e400", b"9" * 50)
    )
    return content[: at.start()] + new + content[at.end() :]


_MUTATIONS: Final[tuple[Mutation, ...]] = (
    *(_flip, _delete, _repeat, _splice, _insert, _insert, _insert_bytes, _truncate),
    *(_swap, _swap, _number),
)


def _compressed(chance: Chance, content: bytes) -> bytes:
    packed: bytes = chance.choice((_gzipped, lzma.compress, bz2.compress))(content)
    return _mutated(chance, packed, "") if chance.random() < 0.7 else packed


def _gzipped(content: bytes) -> bytes:
    return gzip.compress(content, mtime=0)


def _docx(chance: Chance) -> bytes:
    content = chance.choice(examples("docx"))
    if chance.random() < 0.4:
        return _mutated(chance, content, "")
    packed = io.BytesIO()
    with (
        zipfile.ZipFile(io.BytesIO(content)) as old,
        zipfile.ZipFile(packed, "w") as new,
    ):
        names = old.namelist()
        bad = chance.choice(
            ("word/document.xml", "word/document.xml", "word/styles.xml", *names)
        )
        for name in names:
            part = old.read(name)
            if name == bad:
                part = _mutated(chance, part, "jats")
                if chance.random() < 0.05:
                    continue
            new.writestr(zipfile.ZipInfo(name), part)
    return packed.getvalue()


def _decoded(content: bytes) -> str:
    return content.decode("utf8", "replace")


# --- Records of JSON ------------------------------------------------------------------


def _text(chance: Chance) -> str:
    dice = chance.random()
    if dice < 0.5:
        return " ".join(chance.choices(_WORDS, k=chance.randrange(40)))
    if dice < 0.9:
        return " ".join(
            chance.choices((*units.MARKERS, *_WORDS), k=chance.randrange(30))
        )
    return chance.choice(units.TEXT) * chance.choice((0, 1, 30))


def _jsonl(chance: Chance) -> Any:
    sections = [
        {
            "heading": _text(chance)[:60],
            "level": chance.randrange(1, 5),
            "number": chance.choice((None, "1", "2.1", 3, 1.5)),
            "sec_type": chance.choice((None, "methods", "intro|results")),
            "paragraphs": [_text(chance) for _ in range(chance.randrange(4))],
        }
        for _ in range(chance.randrange(6))
    ]
    return {
        "id": "a",
        "title": _text(chance),
        "abstract": _text(chance),
        "sections": sections,
    }


def _body(chance: Chance) -> list[dict[str, Any]]:
    return [
        {
            "section": _text(chance)[:60],
            "sec_number": chance.choice(("-1", "1", "2.1", None)),
            "sec_num": chance.choice((None, "1", "2.1")),
            "sec_type": chance.choice(("section", "subsection", None)),
            "text": _text(chance),
            "cite_spans": [{"start": 0, "end": 3, "text": "[1]", "ref_id": "b1"}],
            "ref_spans": [{"start": 2, "end": 6, "ref_id": "f1"}],
        }
        for _ in range(chance.randrange(6))
    ]


def _s2orc(chance: Chance) -> Any:
    body = {"body_text": _body(chance), "abstract": [{"text": _text(chance)}]}
    if chance.random() < 0.6:
        name = chance.choice(("pdf_parse", "latex_parse"))
        return {"paper_id": "a", "title": _text(chance), name: body}
    return {"paper_id": "a", "metadata": {"title": _text(chance)}, **body}


def _unarxive(chance: Chance) -> Any:
    return {
        "paper_id": "0000.00001",
        "_source_hash": "a",
        "discipline": "Biology",
        "metadata": {"title": _text(chance), "license": "http://a.b"},
        "abstract": {"section": "Abstract", "text": _text(chance)},
        "body_text": _body(chance),
        "ref_entries": {
            "f1": {"latex": "x^2", "type": "formula"},
            "f": {"type": "figure"},
        },
        "bib_entries": {},
    }


_RECORDS: Final[dict[str, Callable[[Chance], Any]]] = {
    "jsonl": _jsonl,
    "s2orc": _s2orc,
    "unarxive": _unarxive,
}


def _json_lines(record: Any) -> bytes:
    return json.dumps(record).encode() + b"\n"


def _retyped(chance: Chance, value: Any) -> Any:
    """The value with one part, somewhere in it, of another type, gone or huge."""
    if isinstance(value, dict) and value and chance.random() < 0.9:
        key = chance.choice(list(value))
        if chance.random() < 0.1:
            return {k: v for k, v in value.items() if k != key}
        return {**value, key: _retyped(chance, value[key])}
    if isinstance(value, list) and value and chance.random() < 0.8:
        at = chance.randrange(len(value))
        return [*value[:at], _retyped(chance, value[at]), *value[at + 1 :]]
    new: Any = chance.choice(
        (
            *(
                None,
                True,
                0,
                -1,
                3,
                1e308,
                float("nan"),
                "",
                "a",
                "\ud800",
                "\0",
                "1.1.1",
            ),
            *([], {}, [None], [[]], ["a"], [{}], {"a": 1}, {"text": 3}, 10**30),
            *("a" * 10_000, ["a"] * 1_000, [value], {"text": value}),
        )
    )
    return new


# --- Pages of a PDF -------------------------------------------------------------------


def _pages(chance: Chance) -> list[Page]:
    fonts = [f"F{i}" for i in range(chance.randrange(1, 4))]
    sizes = chance.choices((6.0, 8.0, 9.0, 10.0, 10.0, 10.0, 12.0, 17.0, 0.0), k=3)
    lefts = chance.choices((50.0, 50.0, 62.0, 300.0, 320.0, -10.0), k=3)
    pages = []
    for number in range(chance.randrange(1, 4)):
        baseline, lines = 780.0, []
        for _ in range(chance.choice((0, 5, 30, 60))):
            text = _pdf_text(chance)
            left = chance.choice(lefts)
            right = left + chance.choice((0, 4, 5)) * len(text)
            baseline -= chance.choice((12, 12, 12, 12, 24, 0, -300, 0.1))
            bold, maths, italic, code = (float(chance.random() < 0.2) for _ in range(4))
            line = Line(
                text, number, left, right, baseline, chance.choice(sizes), bold, maths,
                italic, chance.choice(fonts), code=code,
                lead=text[:5] if chance.random() < 0.1 else "",
                is_marked=chance.random() < 0.05,
            )  # fmt: skip
            lines.append(line)
        pages.append(Page(chance.choice((600.0, 600.0, 1.0)), 800.0, lines))
    return pages


def _pdf_text(chance: Chance) -> str:
    if chance.random() < 0.7:
        return " ".join(chance.choices(_WORDS, k=chance.randrange(1, 14)))
    unit = " ".join((chance.choice(units.TEXT) * chance.choice((1, 1, 4))).split())
    return unit or "a"


# --- The pipe -------------------------------------------------------------------------


@cache
def _nlp() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    return nlp


def _label(text: str) -> None:
    doc = _nlp()(text[:3000])
    _look(doc)
    _look(Doc(doc.vocab).from_bytes(doc.to_bytes()))


def _look(doc: Doc) -> None:
    """Ask for all that the pipe has to say."""
    to_dict(doc)
    for part in (doc, doc[:], *doc[:2]):
        part._.imrad, part._.imrad_scores  # noqa: B018


def _label_tampered(chance: Chance) -> None:
    """Label a Doc whose span groups and their attributes were tampered with."""
    nlp = _nlp()
    source = Source("x.md", content=_content(chance, "markdown")[:2000])
    doc = doc_of_source(nlp, source, get_format("markdown"))
    if chance.random() < 0.4:
        doc = nlp(doc)
        _tamper(chance, doc)
        _look(doc)
    else:
        _tamper(chance, doc)
        _look(nlp(doc))


_KEYS: Final = ("imrad_outline", "imrad", "imrad_paragraphs", "imrad_abstract")


def _tamper(chance: Chance, doc: Doc) -> None:
    for _ in range(chance.randrange(1, 4)):
        key = chance.choice(_KEYS)
        attrs: dict[str, Any] = {}
        spans: Sequence[Span] = ()
        if key in doc.spans:
            attrs, spans = dict(doc.spans[key].attrs), list(doc.spans[key])
        for _ in range(chance.randrange(3)):
            name = chance.choice([*attrs, "scores", "labels", "section", "levels", "a"])
            if chance.random() < 0.3:
                attrs.pop(name, None)
            else:
                old = attrs.get(name)
                old = old.tolist() if isinstance(old, numpy.ndarray) else old
                attrs[name] = _retyped(chance, old)
        if chance.random() < 0.5:
            spans = _random_spans(chance, doc, spans)
        doc.spans[key] = SpanGroup(doc, name=key, attrs=attrs, spans=list(spans))


def _random_spans(chance: Chance, doc: Doc, spans: Sequence[Span]) -> list[Span]:
    kept = [span for span in spans if chance.random() < 0.7]
    for _ in range(chance.randrange(4)):
        start = chance.randrange(len(doc) + 1)
        end = min(len(doc), start + chance.choice((0, 1, 5, 50)))
        label = chance.choice(("heading", "text", "Methods", "", "table", "nonsense"))
        kept.insert(chance.randrange(len(kept) + 1), Span(doc, start, end, label=label))
    return kept


# --- Folders, archives, tables --------------------------------------------------------


def _read_folder(chance: Chance) -> None:
    with tempfile.TemporaryDirectory(prefix="fuzz-") as name:
        root = Path(name) / "in"
        root.mkdir()
        for _ in range(chance.randrange(1, 5)):
            _write_file(chance, root)
        names = [str(root)]
        if chance.random() < 0.3:
            names = [str(path) for path in root.rglob("*")] + [
                f"{name}/gone",
                f"{name}/in/*",
            ]
        forced = chance.choice((None, None, None, "markdown", "latex"))
        for job in read_jobs(list_files(names), format=forced):
            if isinstance(job, Failure):
                continue
            try:
                make_doc(_nlp(), read_source(job.source, get_format(job.format)))
            except DOCUMENTED:
                continue


_NAMES: Final = (
    *(b"a", b"b", b"c d", b"caf\xe9", "é".encode(), b"a\nb", b"\x1b[31m", b"-a", b".a"),
    *(b"a*", b"[a]", b"CON", b"x" * 200, b"in/a", b"in/b/c"),
)


def _write_file(chance: Chance, root: Path) -> None:
    format = chance.choice([name for name in _SUFFIXES if name != "pdf"])
    content = _content(chance, format)
    suffix = _SUFFIXES[format].encode()
    dice = chance.random()
    if dice < 0.25:
        content, suffix = _archive(chance)
    elif dice < 0.4:
        content = _compressed(chance, content)
        suffix = chance.choice((suffix, b"")) + chance.choice((b".gz", b".xz", b".bz2"))
    elif dice < 0.5:
        content, suffix = _table(chance), b".parquet"
    elif dice < 0.55:
        suffix = chance.choice((b"", b".zip", b".tar", b".parquet", b".gz", b".pdf"))
    path = os.path.join(os.fsencode(root), chance.choice(_NAMES) + suffix)
    os.makedirs(os.path.dirname(path), exist_ok=True)
    if os.path.lexists(path):
        return
    if chance.random() < 0.03:
        os.symlink(chance.choice((b"gone", b".", b"/dev/null", path)), path)
        return
    with open(path, "wb") as file:
        file.write(content)


def _archive(chance: Chance) -> tuple[bytes, bytes]:
    packed = io.BytesIO()
    members = [
        (
            chance.choice(
                ("a", "b/c", "../d", "/e", "é", "C:/a", "", ".", "a/", "f\0g")
            )
            + _SUFFIXES[format],
            _content(chance, format),
        )
        for format in chance.choices(("text", "markdown", "latex", "jats", "html"), k=3)
    ]
    suffix = chance.choice((b".zip", b".zip", b".tar", b".tar.gz", b".gz"))
    if suffix == b".zip":
        with zipfile.ZipFile(packed, "w") as archive, warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of two members with one name
            method = chance.choice((0, 8, 12, 14))
            for name, content in members:
                archive.writestr(zipfile.ZipInfo(name), content, method)
    else:
        with tarfile.open(fileobj=packed, mode="w") as tar:
            for name, content in members:
                member = tarfile.TarInfo(name)
                member.size = len(content)
                member.type = chance.choice((*[tarfile.REGTYPE] * 9, tarfile.SYMTYPE))
                tar.addfile(member, io.BytesIO(content))
    found = packed.getvalue()
    found = _gzipped(found) if suffix.endswith(b".gz") else found
    return (_mutated(chance, found, "") if chance.random() < 0.6 else found), suffix


def _table(chance: Chance) -> bytes:
    import pyarrow
    from pyarrow import parquet

    rows = chance.randrange(4)
    columns: dict[str, Any] = {}
    if chance.random() < 0.6:
        columns["text"] = chance.choices(
            ("# Methods\n\nWe dug.", None, "", "a"), k=rows
        )
    if chance.random() < 0.4:
        columns["id"] = chance.choices((1, 2, None), k=rows)
    if chance.random() < 0.4:
        section = {"heading": "Methods", "paragraphs": ["We dug."]}
        columns["sections"] = chance.choices(([section], [], None), k=rows)
    if chance.random() < 0.2:
        columns["title"] = chance.choices((b"\xff", b"a", None), k=rows)
    packed = io.BytesIO()
    parquet.write_table(pyarrow.table(columns or {"a": list(range(rows))}), packed)
    found = packed.getvalue()
    return _mutated(chance, found, "") if chance.random() < 0.5 else found


# --- Running --------------------------------------------------------------------------


class Failed(NamedTuple):
    """An input that ended otherwise than documented, and how."""

    number: int
    kind: str
    error: str


class Result(NamedTuple):
    """What a run of inputs came to."""

    inputs: int
    refused: int
    failed: list[Failed]
    slowest: tuple[float, int]
    megabytes: float
    kinds: Counter[str]


def run_case(case: Case) -> str:
    """RETURNS: The type of a documented error; empty if there was none.

    RAISES: Whatever else the input raises.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            case.work()
    except DOCUMENTED as error:
        return type(error).__name__
    return ""


def fuzz(
    seed: int,
    numbers: range,
    *,
    seconds: float = SECONDS,
    say: Callable[[str], None] = print,
) -> Result:
    """Run inputs, and go on whatever happens.

    say: Told of each failure as it comes.
    """
    failed: list[Failed] = []
    kinds: Counter[str] = Counter()
    refused, slowest, megabytes = 0, (0.0, 0), 0.0
    _nlp()(_WORDS[0])  # once, not in each child
    gc.collect()
    gc.freeze()
    left = numbers
    while left:
        number, case_kind = left[0], ""
        for said in (child := _Child(seed, left, seconds)):
            number, case_kind = said["number"], said["kind"]
            if "seconds" not in said:
                continue
            left = left[left.index(number) + 1 :]
            kinds[case_kind.partition(" ")[0]] += 1
            refused += bool(said["refused"])
            slowest = max(slowest, (said["seconds"], number))
            megabytes = max(megabytes, said["megabytes"])
            if said["error"]:
                failed.append(Failed(number, case_kind, said["error"]))
                say(f"{seed}:{number} {case_kind}: {said['error']}")
        if child.ended_by:
            error = f"ended by {child.ended_by.name}"
            if child.ended_by is signal.SIGPROF:
                error = f"more than {seconds} s of processor time"
            failed.append(Failed(number, case_kind, error))
            say(f"{seed}:{number} {case_kind}: {error}")
            left = left[left.index(number) + 1 :]
    done = len(numbers)
    return Result(done, refused, failed, slowest, megabytes, kinds)


class _Child:
    """A process that runs inputs; iterating gives what it says of them."""

    def __init__(self, seed: int, numbers: range, seconds: float) -> None:
        self.ended_by: signal.Signals | None = None
        reader, writer = os.pipe()
        self._process = os.fork()
        if not self._process:
            status = 1
            try:
                os.close(reader)
                with os.fdopen(writer, "w") as pipe:
                    _run_in_child(seed, numbers, seconds, pipe)
                status = 0
            except BaseException:
                traceback.print_exc()
            finally:
                os._exit(status)
        os.close(writer)
        self._reader = reader

    def __iter__(self) -> Iterator[dict[str, Any]]:
        with os.fdopen(self._reader) as pipe:
            yield from map(json.loads, pipe)
        _, status = os.waitpid(self._process, 0)
        if os.WIFSIGNALED(status):
            self.ended_by = signal.Signals(os.WTERMSIG(status))
        elif status:
            raise RuntimeError("an input could not be made; see above")


def _run_in_child(seed: int, numbers: range, seconds: float, pipe: IO[str]) -> None:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    logging.disable()
    for number in numbers:
        case = make_case(seed, number)
        said: dict[str, Any] = {"number": number, "kind": case.kind}
        print(json.dumps(said), file=pipe, flush=True)
        signal.setitimer(signal.ITIMER_PROF, seconds)
        start = time.process_time()
        error = refused = ""
        try:
            refused = run_case(case)
        except Exception as raised:
            error = _short(raised)
        taken = time.process_time() - start
        signal.setitimer(signal.ITIMER_PROF, 0)
        said |= {"seconds": taken, "refused": refused, "error": error}
        said["megabytes"] = peak_megabytes()
        print(json.dumps(said), file=pipe, flush=True)


def _short(error: Exception) -> str:
    """What it is, and the last line of ours that it came through."""
    frames = traceback.extract_tb(error.__traceback__)
    ours = [frame for frame in frames if "spacy_imrad" in frame.filename] or frames
    place = f"{Path(ours[-1].filename).name}:{ours[-1].lineno}"
    return f"{type(error).__name__} at {place}: {str(error)[:150]!r}"


def replay(seed: int, number: int, save: Path | None) -> None:
    """Run one input here, with whatever it raises."""
    case = make_case(seed, number)
    print(f"{seed}:{number} {case.kind}, {len(case.content):,} bytes")
    print(repr(case.content[:500]))
    if save is not None:
        save.write_bytes(case.content)
    start = time.process_time()
    try:
        print(run_case(case) or "no error")
    finally:
        print(f"{time.process_time() - start:.2f} s of processor time")


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--inputs", type=int, default=10_000)
    parser.add_argument(
        "--first", type=int, default=0, help="number of the first input"
    )
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--seconds", type=float, default=SECONDS, help="one may take")
    parser.add_argument("--replay", metavar="SEED:NUMBER", help="run this input only")
    parser.add_argument("--save", type=Path, help="write the replayed input here")
    args = parser.parse_args()
    if args.replay:
        seed, number = map(int, args.replay.split(":"))
        replay(seed, number, args.save)
        return
    numbers = range(args.first, args.first + args.inputs)
    found = fuzz(args.seed, numbers, seconds=args.seconds)
    kinds = ", ".join(f"{kind} {count:,}" for kind, count in found.kinds.most_common())
    print(f"inputs: {found.inputs:,} ({kinds})")
    print(f"refused with a documented error: {found.refused:,}")
    print(f"failures: {len(found.failed)}")
    print(f"slowest: {found.slowest[0]:.2f} s ({args.seed}:{found.slowest[1]})")
    print(f"peak memory: {found.megabytes:.0f} MB")
    raise SystemExit(bool(found.failed))


if __name__ == "__main__":
    main()
