"""The command line, ``python -m spacy_imrad``: one module a command.

spaCy and torch are imported inside the commands, so that ``--help`` answers at once.
"""

import typer

from .convert import convert
from .evaluate import evaluate
from .export import export
from .info import info
from .label import label
from .train import train
from .view import view

app = typer.Typer(
    no_args_is_help=True, add_completion=False, rich_markup_mode="markdown"
)
app.command()(convert)
app.command()(evaluate)
app.command()(export)
app.command()(info)
app.command()(label)
app.command(
    context_settings={"allow_extra_args": True, "ignore_unknown_options": True}
)(train)
app.command()(view)


@app.callback()
def main() -> None:
    """Label the sections of scientific papers: Introduction, Methods, Results,
    Related Work, Discussion."""


__all__ = ["app"]
