"""``convert``: a data set to papers as JSON Lines and to ``.spacy`` files."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Literal, TypeAlias

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.progress import (
    BarColumn,
    MofNCompleteColumn,
    Progress,
    TextColumn,
    TimeElapsedColumn,
)
from rich.table import Table

from spacy_imrad.cli.consoles import open_consoles
from spacy_imrad.cli.consoles import report as print_reason
from spacy_imrad.cli.options import Overwrite
from spacy_imrad.labels import LABELS, Convention
from spacy_imrad.outputs import OutputError

if TYPE_CHECKING:
    from spacy_imrad.data.convert.converting import Progress as ProgressT

# As `data.sets` and `training.corpus` have them, which import spaCy.
DatasetName: TypeAlias = Literal["plos", "unarxive-imrad", "unarxive", "folder"]
Unit: TypeAlias = Literal["paragraph", "paper"]


def convert(
    dataset: Annotated[
        DatasetName, typer.Argument(help="The data set.", show_default=False)
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder for what is made.", show_default=False
        ),
    ],
    input: Annotated[
        str | None,
        typer.Option(
            "--input",
            "-i",
            help="File, folder or hub name to read; plos and unarxive-imrad know one.",
            show_default=False,
        ),
    ] = None,
    unit: Annotated[
        Unit | None,
        typer.Option(
            help="What a Doc is; by default what the data set has.",
            show_default=False,
        ),
    ] = None,
    convention: Annotated[
        Convention | None,
        typer.Option(
            help="Convention for gold labels; by default the data set's.",
            show_default=False,
        ),
    ] = None,
    min_length: Annotated[
        int, typer.Option(help="Shortest labelled paragraph, in characters.")
    ] = 200,
    dev_share: Annotated[float, typer.Option(help="Share of papers for dev.")] = 0.1,
    test_share: Annotated[float, typer.Option(help="Share of papers for test.")] = 0.1,
    seed: Annotated[int, typer.Option(help="Settles the splits.")] = 0,
    shard_size: Annotated[
        int, typer.Option(help="Characters of text in a shard.")
    ] = 8_000_000,
    overwrite: Overwrite = False,
) -> None:
    """Convert DATASET for training, to JSON Lines and `.spacy` files: `papers/SPLIT/`
    and `docs/SPLIT/`.

    Papers are split whole, every source with its share of every label; near-duplicates
    are dropped. A conversion that was stopped goes on where it was when the same
    command is given again.
    """
    from spacy_imrad.data.convert.converting import convert as convert_dataset
    from spacy_imrad.data.convert.settings import Settings
    from spacy_imrad.data.sets import get_dataset

    out, err = open_consoles()
    try:
        data = get_dataset(dataset)
        if input is None and data.default_input is None:
            raise ValueError(f"The data set '{dataset}' needs an `--input`.")
        settings = Settings(
            dataset=dataset,
            input=input or data.default_input or "",
            unit=unit or data.unit,
            convention=convention or data.convention,
            min_length=min_length,
            dev_share=dev_share,
            test_share=test_share,
            seed=seed,
            shard_size=shard_size,
        )
        report = convert_dataset(settings, output, _progress(err), overwrite=overwrite)
    except (ImportError, OSError, ValueError) as error:
        print_reason(err, "error", dataset, error)
        raise typer.Exit(2 if isinstance(error, OutputError) else 1) from None
    _print_report(out, report)


def _progress(console: Console) -> "ProgressT":
    @contextmanager
    def show(title: str, total: int | None) -> Iterator[Callable[[], None]]:
        columns = (
            TextColumn("{task.description}"),
            BarColumn(),
            MofNCompleteColumn(),
            TimeElapsedColumn(),
        )
        hidden = not console.is_terminal
        with Progress(*columns, console=console, transient=True, disable=hidden) as bar:
            task = bar.add_task(title, total=total)
            yield lambda: bar.advance(task)

    return show


def _print_report(out: Console, report: dict[str, Any]) -> None:
    table = Table(box=SIMPLE_HEAD, pad_edge=False)
    for column in ("Split", "Source"):
        table.add_column(column)
    for column in ("Records", *LABELS):
        table.add_column(column, justify="right")
    for split, counts in report["splits"].items():
        rows = {"all": counts, **counts["sources"]}
        for source, row in rows.items():
            figures = [row["records"], *(row["labels"][label] for label in LABELS)]
            table.add_row(split, source or "–", *(f"{figure:,}" for figure in figures))
    out.print(table)
    for reason, count in report["skipped"].items():
        out.print(f"skipped, {reason}: {count:,}")
        for what in report["skipped_examples"][reason][:3]:
            out.print(f"    {what}")
