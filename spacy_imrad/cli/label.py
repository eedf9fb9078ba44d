"""``label``: the sections of text files, as tables or as JSON Lines."""

import json
import sys
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import Progress
from rich.table import Table
from rich.text import Text

from ..labels import DISPLACY_COLORS
from .consoles import open_consoles, report
from .pipelines import find_keys, load_pipeline

if TYPE_CHECKING:
    from spacy.tokens import Doc

    from ..pipeline.attributes import Keys

STDIN = "-"


@dataclass(frozen=True, slots=True)
class LabelledSection:
    """One span of the group; `start` and `end` count characters, `length` words."""

    label: str | None
    score: float
    scores: dict[str, float]
    heading: str | None
    start: int
    end: int
    length: int


@dataclass(frozen=True, slots=True)
class LabelledFile:
    """One file; its field names are those of the JSON output."""

    file: str
    label: str | None
    scores: dict[str, float]
    sections: list[LabelledSection]


def label(
    files: Annotated[
        list[str],
        typer.Argument(
            metavar="FILE",
            help="UTF-8 text or Markdown; '-' reads standard input.",
            show_default=False,
        ),
    ],
    pipeline: Annotated[
        str | None,
        typer.Option(
            "--pipeline",
            "-p",
            metavar="PATH_OR_NAME",
            help="Pipeline with an imrad_classifier; the bundled one if left out.",
            show_default=False,
        ),
    ] = None,
    spans_key: Annotated[
        str, typer.Option("--spans-key", help="Span group that holds the sections.")
    ] = "imrad",
    as_json: Annotated[
        bool,
        typer.Option("--json", help="Print one JSON object a file, on a line each."),
    ] = False,
) -> None:
    """Label the sections of each FILE.

    Positions in the JSON output count characters, without a byte order mark. The exit
    code is 1 if a file could not be read or labelled; the others are done.
    """
    out, err = open_consoles()
    try:
        nlp = load_pipeline(pipeline)
        keys = find_keys(nlp, spans_key)
    # A folder named by a user can fail to load in as many ways as there are pipes.
    except Exception as error:
        report(err, "error", pipeline or "the default pipeline", error)
        raise typer.Exit(2) from None
    failed = False
    hidden = as_json and sys.stdout.isatty()
    with _progress(files, err, hidden=hidden) as names:
        for name in names:
            try:
                text = read_text(name)
                # In a memory zone, a file's words do not stay in the vocabulary.
                with nlp.memory_zone():
                    result = describe(nlp(text), name, keys)
            # Files fail to open and pipes fail in many ways; the other files go on.
            except Exception as error:
                report(err, "error", name, error)
                failed = True
                continue
            if not result.sections:
                report(err, "note", name, "nothing to label")
            if as_json:
                print(json.dumps(asdict(result)))
            elif result.sections:
                _print_table(out, result, text)
    if failed:
        raise typer.Exit(1)


def read_text(name: str) -> str:
    """The text of a file, or of standard input if its name is '-'.

    RAISES (OSError): The file cannot be read.
    RAISES (ValueError): It holds something other than UTF-8 text.
    """
    content = sys.stdin.buffer.read() if name == STDIN else Path(name).read_bytes()
    if content.startswith(b"%PDF-"):
        raise ValueError("a PDF, not text; extract its text first")
    if b"\0" in content:
        raise ValueError("binary data, not text (it has NUL bytes)")
    try:
        # Without newline translation, so that offsets fit the file.
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"not UTF-8 text (byte {error.start} is 0x{content[error.start]:02x}); "
            "convert it, for example with iconv"
        ) from None


def describe(doc: "Doc", name: str, keys: "Keys") -> LabelledFile:
    """What the pipe wrote on a Doc, as plain data."""
    from ..pipeline.attributes import doc_label, doc_scores

    group = doc.spans[keys.spans_key]
    headings = group.attrs.get("headings", [None] * len(group))
    sections = []
    for span, row, heading in zip(group, group.attrs["scores"], headings, strict=True):
        scores = dict(zip(group.attrs["labels"], map(float, row), strict=True))
        sections.append(
            LabelledSection(
                label=span.label_ or None,
                score=round(max(scores.values()), 6),
                scores=_rounded(scores),
                heading=heading,
                start=span.start_char,
                end=span.end_char,
                length=len(span.text.split()),
            )
        )
    return LabelledFile(
        file=name,
        label=doc_label(doc, (keys,)),
        scores=_rounded(doc_scores(doc, (keys,))),
        sections=sections,
    )


@contextmanager
def _progress(
    files: list[str], console: Console, *, hidden: bool
) -> Iterator[Iterable[str]]:
    """The files, behind a progress bar if there are many and someone is watching."""
    if hidden or len(files) == 1 or not console.is_terminal:
        yield files
        return
    # Tables for a terminal are printed above the bar; those for a file pass by it.
    redirect = sys.stdout.isatty()
    with Progress(console=console, transient=True, redirect_stdout=redirect) as bar:
        yield bar.track(files, description="Labelling")


def _print_table(console: Console, result: LabelledFile, text: str) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    table.add_column("Label", no_wrap=True)
    table.add_column("Confidence", justify="right")
    table.add_column("Heading", overflow="fold")
    table.add_column("Words", justify="right")
    for section in result.sections:
        color = DISPLACY_COLORS.get(section.label or "")
        table.add_row(
            Text(section.label or "–", style=f"black on {color}" if color else ""),
            f"{section.score:.2f}",
            _heading(section, text),
            f"{section.length:,}",
        )
    shares = sorted(result.scores.items(), key=lambda item: -item[1])
    summary = ", ".join(f"{label} {share:.0%}" for label, share in shares)
    console.print(Text(result.file, style="bold"))
    console.print(table)
    console.print(f"{summary}\n")


def _heading(section: LabelledSection, text: str, n_words: int = 8) -> Text:
    """The heading, or the opening words in quotation marks if there is none."""
    if section.heading is not None:
        return Text(_printable(section.heading))
    words = text[section.start : section.end].split(maxsplit=n_words)
    opening = " ".join(words[:n_words]) + (" …" if len(words) > n_words else "")
    return Text(f"“{_printable(opening)}”", style="italic")


def _printable(text: str) -> str:
    """Without control characters, which could steer the reader's terminal."""
    return "".join(char if char.isprintable() else " " for char in text)


def _rounded(scores: dict[str, float]) -> dict[str, float]:
    return {label: round(float(score), 6) for label, score in scores.items()}
