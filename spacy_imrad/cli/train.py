"""``train``: `spacy train` that goes on where it was killed."""

from pathlib import Path
from typing import Annotated

import typer

from spacy_imrad.cli.consoles import open_consoles
from spacy_imrad.cli.consoles import report as print_reason
from spacy_imrad.cli.options import GpuId, Overwrite
from spacy_imrad.outputs import OutputError


def train(
    ctx: typer.Context,
    config: Annotated[Path, typer.Argument(help="Training config.", exists=True)],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the pipelines.")
    ] = Path("training"),
    code: Annotated[
        Path | None,
        typer.Option(
            "--code",
            "-c",
            help="Python file with functions that the config names.",
            show_default=False,
        ),
    ] = None,
    gpu_id: GpuId = -1,
    restart: Annotated[
        bool, typer.Option("--restart", help="Begin anew in any case.")
    ] = False,
    overwrite: Overwrite = False,
) -> None:
    """Train a pipeline as `spacy train` does, with the same overrides of the config
    (`--paths.train corpus`), or go on with a training that was killed.

    The folder gets `model-best`, `model-last` and `log.jsonl`. To go on, give the same
    command again; one that reached its end is replaced only with `--overwrite`.
    """
    from spacy.cli._util import (
        import_code,
        parse_config_overrides,
        show_validation_error,
    )

    from spacy_imrad.training.continued import train as train_or_go_on

    _, err = open_consoles()
    import_code(code)
    overrides = parse_config_overrides(ctx.args)
    try:
        with show_validation_error(config):
            train_or_go_on(
                config,
                output,
                gpu_id=gpu_id,
                overrides=overrides,
                restart=restart,
                overwrite=overwrite,
            )
    except (ImportError, OSError, ValueError) as error:
        print_reason(err, "error", str(config), error)
        raise typer.Exit(2 if isinstance(error, OutputError) else 1) from None
