"""A labelled paper as a table on the terminal."""

from typing import Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spacy_imrad.labels import DISPLACY_COLORS

OPENING_WORDS = 8


class TableWriter:
    """Prints a table for each paper with sections."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def add(self, record: dict[str, Any]) -> None:
        """record: As `Labelled` has it, with the text of its sections."""
        if not record["sections"]:
            return
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("Label", no_wrap=True)
        table.add_column("Confidence", justify="right")
        table.add_column("Heading", overflow="fold")
        table.add_column("Words", justify="right")
        for section in record["sections"]:
            label = section["label"]
            color = DISPLACY_COLORS.get(label or "")
            table.add_row(
                Text(label or "–", style=f"black on {color}" if color else ""),
                f"{section['score']:.2f}",
                _heading(section),
                f"{section['length']:,}",
            )
        shares = sorted(record["scores"].items(), key=lambda item: -item[1])
        summary = ", ".join(f"{label} {share:.0%}" for label, share in shares)
        self._console.print(Text(_printable(record["file"]), style="bold"))
        self._console.print(table)
        self._console.print(f"{summary}\n")


def _heading(section: dict[str, Any]) -> Text:
    """The heading, or the opening words in quotation marks if there is none."""
    if section["heading"] is not None:
        return Text(_printable(section["heading"]))
    words = section["text"].split(maxsplit=OPENING_WORDS)
    opening = " ".join(words[:OPENING_WORDS])
    more = " …" if len(words) > OPENING_WORDS else ""
    return Text(f"“{_printable(opening)}{more}”", style="italic")


def _printable(text: str) -> str:
    """Without control characters, which could steer the reader's terminal."""
    return "".join(char if char.isprintable() else " " for char in text)
