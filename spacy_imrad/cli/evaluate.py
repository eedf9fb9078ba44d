"""``evaluate``: how well pipelines label papers, as figures, pictures and pages."""

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spacy_imrad.cli.consoles import open_consoles
from spacy_imrad.cli.consoles import report as print_reason
from spacy_imrad.cli.options import GpuId, Overwrite
from spacy_imrad.extras import require
from spacy_imrad.labels import Convention
from spacy_imrad.outputs import OutputError
from spacy_imrad.pipeline.loading import BUNDLED, load_to_measure

if TYPE_CHECKING:
    from spacy.language import Language


def evaluate(
    pipeline: Annotated[
        str,
        typer.Argument(
            help="Pipeline by path or name, name of bundled weights, or 'bundled'."
        ),
    ],
    papers: Annotated[
        str,
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
    compare: Annotated[
        list[str] | None,
        typer.Option(
            "--compare",
            metavar="PATH_OR_NAME",
            help="Pipeline to compare with, the bundled one if left out; may be given "
            "several times.",
            show_default=False,
        ),
    ] = None,
    convention: Annotated[
        Convention,
        typer.Option(
            help="Convention for gold labels, and for a pipeline's labels if it knows "
            "it."
        ),
    ] = "ancestor",
    limit: Annotated[
        int, typer.Option(min=0, help="Most papers to measure on; 0 for all.")
    ] = 0,
    log: Annotated[
        Path | None,
        typer.Option(
            help="Folder of the training, for its learning curves.", show_default=False
        ),
    ] = None,
    gpu_id: GpuId = -1,
    overwrite: Overwrite = False,
) -> None:
    """Measure PIPELINE on whole papers, with their headings hidden and shown.

    The folder gets metrics.json, REPORT.md, errors.html and pictures. Gold labels come
    from the papers' own headings.
    """
    out, err = open_consoles()
    try:
        for module in ("matplotlib", "sklearn"):
            require(module, "report")
    except ImportError as error:
        print_reason(err, "error", "evaluate", str(error))
        raise typer.Exit(1) from None
    from thinc.api import require_gpu

    from spacy_imrad.evaluation.evaluating import evaluate as evaluate_pipelines
    from spacy_imrad.training.log import read_log

    if gpu_id >= 0:
        require_gpu(gpu_id)
    try:
        names = dict.fromkeys((pipeline, *(compare or [BUNDLED])))
        evaluate_pipelines(
            _Pipelines(names, convention),
            papers,
            output,
            convention=convention,
            limit=limit,
            log=read_log(log) if log else [],
            overwrite=overwrite,
            on_view=lambda name, view: err.print(f"{name}, headings: {view}"),
        )
    except (ImportError, OSError, ValueError) as error:
        print_reason(err, "error", pipeline, error)
        raise typer.Exit(2 if isinstance(error, OutputError) else 1) from None
    out.print((output / "REPORT.md").read_text(encoding="utf8"))


class _Pipelines(Mapping[str, "Language"]):
    """Pipelines by name, which are loaded once the output is claimed."""

    def __init__(self, names: Iterable[str], convention: Convention) -> None:
        self._names = list(names)
        self._convention = convention
        self._loaded: dict[str, Language] = {}

    def __iter__(self) -> Iterator[str]:
        return iter(self._names)

    def __len__(self) -> int:
        return len(self._names)

    def __getitem__(self, name: str) -> "Language":
        if name not in self._loaded:
            self._loaded[name] = load_to_measure(name, self._convention)
        return self._loaded[name]
