"""Labelled papers as tables on the terminal."""

import shlex
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from rich.box import SIMPLE_HEAD
from rich.console import Console, RenderableType
from rich.padding import Padding
from rich.table import Table
from rich.text import Text

from spacy_imrad.labels import DISPLACY_COLORS, LOW_CONFIDENCE
from spacy_imrad.printable import printable

if TYPE_CHECKING:
    from spacy_imrad.labelling.labeller import Labelled, Record

OPENING_WORDS: Final = 8
_BAR: Final = 8
"""Characters of a full bar."""
# From which width on a table has a bar, and the columns that are good to have.
_WITH_BAR: Final = 76
_WITH_ALL: Final = 56
_EIGHTHS: Final = " ▏▎▍▌▋▊▉█"

EXPLANATION: Final = (
    "Confidence is the probability that the label is right (?: below "
    f"{LOW_CONFIDENCE:.0%}); the share of the text is its average by length. Why: the "
    "heading, a heading above (parent), the text, both against each other, or the "
    "sections inside (children) say it."
)
NEXT: Final = "Next: spacy-imrad view {file} shows it in a browser."


class TableWriter:
    """Prints a table for each paper or abstract, and on a terminal after the last one
    what the columns mean and what can be done next."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._first: str | None = None

    def add(self, paper: "Labelled") -> None:
        """paper: Its record has the text of its sections."""
        from spacy_imrad.labelling.labeller import parts_of

        record = paper.record
        parts = parts_of(record)
        if not parts:
            return
        self._first = self._first or record["file"]
        if record["title"]:
            self._console.print(Text(printable(record["title"]), style="bold"))
        self._console.print(Text(printable(record["file"]), style="italic"))
        self._console.print(self._table(parts, record["title"]))
        lines = [_summary(record)] if record["scores"] else []
        lines += [f"Note: {printable(warning)}" for warning in record["warnings"]]
        self._console.print("\n".join([*lines, ""]))

    def close(self) -> None:
        if self._first is None or not self._console.is_terminal:
            return
        self._console.print(EXPLANATION)
        # What came from a stream or out of an archive has no path.
        name = printable(self._first) if Path(self._first).is_file() else "FILE"
        self._console.print(NEXT.format(file=shlex.quote(name)), soft_wrap=True)

    def _table(self, parts: "list[Record]", title: str | None) -> Table:
        # A pipe is as wide as it has to be, and a bar there is noise.
        width = self._console.width
        has_bar = self._console.is_terminal and width >= _WITH_BAR
        has_all = width >= _WITH_ALL
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("Section", overflow="fold")
        table.add_column("Label", no_wrap=True)
        table.add_column("Confidence" if has_all else "", no_wrap=True)
        if has_all:
            table.add_column("Why", no_wrap=True)
            table.add_column("Words", justify="right", no_wrap=True)
        depths: list[int] = []
        for index, section in enumerate(parts):
            parent = section["parent"]
            depths.append(0 if parent is None else depths[parent] + 1)
            if index == 0 and section["heading"] == title is not None:
                continue  # It stands above the table.
            name = Padding(_name(section), (0, 0, 0, 2 * depths[-1]))
            cells: list[RenderableType] = [
                name,
                _label(section),
                self._confidence(section, has_bar),
            ]
            if has_all:
                cells += [section["why"] or "", f"{section['length']:,}"]
            table.add_row(*cells)
        return table

    def _confidence(self, section: dict[str, Any], has_bar: bool) -> Text:
        score = section["score"]
        if score is None:
            return Text()
        low = score < LOW_CONFIDENCE
        said = Text(f"{score:4.0%}{'?' if low else ' '}", style="bold" if low else "")
        if not has_bar:
            return said
        return Text(_bar(score, plain=self._console.options.ascii_only)) + said


def _summary(record: "Record") -> str:
    shares = sorted(record["scores"].items(), key=lambda item: -item[1])
    said = ", ".join(f"{label} {share:.0%}" for label, share in shares)
    return f"Share of the text: {said}"


def _bar(score: float, *, plain: bool) -> str:
    if plain:
        return "#" * round(_BAR * score) + "." * (_BAR - round(_BAR * score)) + " "
    full, rest = divmod(round(8 * _BAR * score), 8)
    bar = "█" * full + (_EIGHTHS[rest] if rest else "")
    return f"{bar:{_BAR}} "


def _label(section: dict[str, Any]) -> Text:
    if section["label"] is None and section["matter"] != "body":
        return Text(f"{section['matter']} matter", style="italic")
    if section["label"] is None:
        return Text("" if section["score"] is None else "–")
    color = DISPLACY_COLORS.get(section["label"])
    return Text(section["label"], style=f"black on {color}" if color else "")


def _name(section: dict[str, Any]) -> Text:
    """Number and heading, or the opening words in quotation marks if there is none."""
    if section["heading"] is not None:
        return Text(printable(f"{section['number']} {section['heading']}".lstrip()))
    words = section["text"].split(maxsplit=OPENING_WORDS)
    opening = " ".join(words[:OPENING_WORDS])
    more = " …" if len(words) > OPENING_WORDS else ""
    return Text(f"“{printable(opening)}{more}”", style="italic")
