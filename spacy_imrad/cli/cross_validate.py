"""``cross-validate``: what a training brings, on papers too few for one split."""

from pathlib import Path
from typing import Annotated, Literal, TypeAlias

import typer

from spacy_imrad.cli.consoles import open_consoles
from spacy_imrad.cli.consoles import report as print_reason
from spacy_imrad.cli.options import GpuId, Overwrite
from spacy_imrad.extras import require
from spacy_imrad.labels import Convention
from spacy_imrad.outputs import OutputError
from spacy_imrad.pipeline.loading import BUNDLED

Model: TypeAlias = Literal["model-best", "model-last"]


def cross_validate(
    ctx: typer.Context,
    config: Annotated[Path, typer.Argument(help="Training config.", exists=True)],
    papers: Annotated[
        Path,
        typer.Argument(
            help="File or folder of papers with gold labels, as JSON Lines."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder for what is made.", show_default=False
        ),
    ],
    folds: Annotated[
        int, typer.Option("--folds", min=2, help="Parts that take turns as the test.")
    ] = 5,
    compare: Annotated[
        str,
        typer.Option(
            "--compare", metavar="PATH_OR_NAME", help="Pipeline to compare with."
        ),
    ] = BUNDLED,
    model: Annotated[
        Model,
        typer.Option(
            help="Pipeline of each training to test: the one that was best on its dev "
            "papers, or the last."
        ),
    ] = "model-best",
    convention: Annotated[
        Convention, typer.Option(help="Convention for gold labels.")
    ] = "ancestor",
    limit: Annotated[
        int, typer.Option(min=0, help="Most papers that a fold trains on; 0 for all.")
    ] = 0,
    seed: Annotated[int, typer.Option(help="Seed that deals the papers out.")] = 0,
    overwrite: Overwrite = False,
    gpu_id: GpuId = -1,
) -> None:
    """Train on all papers but a fifth, test on that fifth, and so on in turn, so that
    each paper is tested once by a pipeline that was not trained on it.

    Settings of the config are overridden as in `train`. The folder gets FOLDS.md,
    folds.json, and the papers and the training of each fold.
    """
    out, err = open_consoles()
    try:
        require("sklearn", "report")
        from spacy.cli._util import parse_config_overrides

        from spacy_imrad.evaluation.cross_validation import cross_validate as run
        from spacy_imrad.evaluation.cross_validation import write_folds

        found = run(
            config,
            papers,
            output,
            compare=compare,
            model=model,
            folds=folds,
            limit=limit,
            convention=convention,
            seed=seed,
            gpu_id=gpu_id,
            overwrite=overwrite,
            overrides=parse_config_overrides(ctx.args),
            on_fold=lambda fold: err.print(f"fold {fold} of {folds}"),
        )
    except (ImportError, OSError, ValueError) as error:
        print_reason(err, "error", str(config), error)
        raise typer.Exit(2 if isinstance(error, OutputError) else 1) from None
    out.print(write_folds(found))
