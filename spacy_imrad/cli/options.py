"""Arguments that several commands have."""

from typing import Annotated, TypeAlias

import typer

from spacy_imrad.labels import Convention

Files: TypeAlias = Annotated[
    list[str],
    typer.Argument(
        metavar="FILE",
        help="Papers, folders, patterns or archives; '-' reads standard input.",
        show_default=False,
    ),
]
Pipeline: TypeAlias = Annotated[
    str | None,
    typer.Option(
        "--pipeline",
        "-p",
        metavar="PATH_OR_NAME",
        help="Pipeline with an imrad_classifier, or the name of bundled weights; those "
        "of the package's default model if left out.",
        show_default=False,
    ),
]
LabelConvention: TypeAlias = Annotated[
    Convention | None,
    typer.Option(
        "--convention",
        help="What labels mean: ancestor, as readers mean them, or unarxive, as the "
        "unarXive data set does; the pipeline's own if left out.",
        show_default=False,
    ),
]
GpuId: TypeAlias = Annotated[
    int, typer.Option("--gpu-id", "-g", min=-1, help="GPU, or -1 for the CPU.")
]
SpansKey: TypeAlias = Annotated[
    str, typer.Option("--spans-key", help="Span group that holds the sections.")
]
Overwrite: TypeAlias = Annotated[
    bool,
    typer.Option(
        "--overwrite",
        help="Replace what this command wrote there before; nothing else is ever "
        "replaced.",
    ),
]
Timeout: TypeAlias = Annotated[
    float,
    typer.Option(
        "--timeout",
        metavar="SECONDS",
        min=0,
        envvar="SPACY_IMRAD_TIMEOUT",
        help="Report a paper that takes longer, and go on; 0 for no limit.",
    ),
]
TIMEOUT = 300.0
"""Seconds."""
