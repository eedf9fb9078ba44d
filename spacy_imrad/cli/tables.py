"""A labelled paper as a table on the terminal."""

from typing import TYPE_CHECKING, Any

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table
from rich.text import Text

from spacy_imrad.labels import DISPLACY_COLORS
from spacy_imrad.printable import printable

if TYPE_CHECKING:
    from spacy_imrad.labelling.labeller import Labelled

OPENING_WORDS = 8


class TableWriter:
    """Prints a table for each paper with sections, or with an abstract."""

    def __init__(self, console: Console) -> None:
        self._console = console

    def add(self, paper: "Labelled") -> None:
        """paper: Its record has the text of its sections."""
        from spacy_imrad.labelling.labeller import parts_of

        record = paper.record
        parts = parts_of(record)
        if not parts:
            return
        table = Table(box=SIMPLE_HEAD, pad_edge=False)
        table.add_column("Label", no_wrap=True)
        table.add_column("Confidence", justify="right")
        table.add_column("Heading", overflow="fold")
        table.add_column("Words", justify="right")
        for section in parts:
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
        self._console.print(Text(printable(record["file"]), style="bold"))
        self._console.print(table)
        self._console.print("\n".join([summary, *map(_note, record["warnings"]), ""]))

    def close(self) -> None:
        pass


def _note(warning: str) -> str:
    return f"note: {printable(warning)}"


def _heading(section: dict[str, Any]) -> Text:
    """The heading, or the opening words in quotation marks if there is none."""
    if section["heading"] is not None:
        return Text(printable(section["heading"]))
    words = section["text"].split(maxsplit=OPENING_WORDS)
    opening = " ".join(words[:OPENING_WORDS])
    more = " …" if len(words) > OPENING_WORDS else ""
    return Text(f"“{printable(opening)}{more}”", style="italic")
