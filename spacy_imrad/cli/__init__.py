"""The command line, ``python -m spacy_imrad``: one module a command.

What a command works with is imported inside it, so that ``--help`` answers soon.
"""

from typing import Annotated

import typer

from spacy_imrad.about import __version__
from spacy_imrad.cli.calibrate import calibrate
from spacy_imrad.cli.convert import convert
from spacy_imrad.cli.cross_validate import cross_validate
from spacy_imrad.cli.evaluate import evaluate
from spacy_imrad.cli.export import export
from spacy_imrad.cli.info import info
from spacy_imrad.cli.label import label
from spacy_imrad.cli.pretrain import pretrain
from spacy_imrad.cli.train import train
from spacy_imrad.cli.view import view
from spacy_imrad.cli.weights import weights

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="markdown"
)
# What follows is an override of a training config, for spaCy to read.
_with_overrides = {"allow_extra_args": True, "ignore_unknown_options": True}
app.command()(calibrate)
app.command()(convert)
app.command(context_settings=_with_overrides)(cross_validate)
app.command()(evaluate)
app.command()(export)
app.command()(info)
app.command()(label)
app.command()(pretrain)
app.command(context_settings=_with_overrides)(train)
app.command()(view)
app.command()(weights)


def _print_version(wanted: bool) -> None:
    if wanted:
        typer.echo(__version__)
        raise typer.Exit


@app.callback()
def main(
    version: Annotated[
        bool,
        typer.Option(
            "--version",
            callback=_print_version,
            is_eager=True,
            help="Print the version.",
        ),
    ] = False,
) -> None:
    """Label the sections of scientific papers: Introduction, Methods, Results,
    Related Work, Discussion."""


__all__ = ["app"]
