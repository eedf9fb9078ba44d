"""``calibrate``: confidences that mean what they say."""

from pathlib import Path
from typing import Annotated

import typer

from spacy_imrad.cli.consoles import open_consoles
from spacy_imrad.cli.consoles import report as print_reason
from spacy_imrad.cli.options import GpuId, LabelConvention, Overwrite
from spacy_imrad.outputs import OutputError, claim
from spacy_imrad.pipeline.loading import load_pipeline


def calibrate(
    pipeline: Annotated[
        str,
        typer.Argument(
            metavar="PIPELINE",
            help="Trained pipeline with a document context, or the name of bundled "
            "weights.",
        ),
    ],
    papers: Annotated[
        str,
        typer.Argument(
            metavar="PAPERS",
            help="File or folder of papers (JSON Lines) that it was not trained on; "
            "with --abstracts, of abstracts with printed labels.",
        ),
    ],
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the pipeline.")
    ],
    convention: LabelConvention = None,
    limit: Annotated[
        int, typer.Option(min=0, help="At most so many papers of each kind; 0: all.")
    ] = 0,
    abstracts: Annotated[
        bool,
        typer.Option(
            "--abstracts", help="Fit the scores of the sentences of abstracts, alone."
        ),
    ] = False,
    gpu_id: GpuId = -1,
    overwrite: Overwrite = False,
) -> None:
    """Fit the calibrations of PIPELINE and write it again.

    There is one for single paragraphs, one for papers without headings and one for
    papers with them. A pipeline that knows several conventions has these for each;
    those of one are fitted. With --abstracts it is the one for their sentences.
    """
    out, err = open_consoles()
    from thinc.api import require_gpu

    from spacy_imrad.training.calibration import (
        calibrate_abstract_scores,
        calibrate_pipeline,
    )

    try:
        if gpu_id >= 0:
            require_gpu(gpu_id)
        inputs = (pipeline, papers)
        with claim(output, "calibrate", inputs=inputs, overwrite=overwrite) as claimed:
            nlp = load_pipeline(pipeline, convention)  # type: ignore[arg-type]
            if abstracts:
                out.print(calibrate_abstract_scores(nlp, papers, limit))
            else:
                for fitted in calibrate_pipeline(nlp, papers, limit):
                    out.print(fitted)
            claimed.begin()
            nlp.to_disk(claimed.part)
            claimed.put()
            claimed.finish()
    except (ImportError, OSError, ValueError) as error:
        subject = str(output) if isinstance(error, OutputError) else pipeline
        print_reason(err, "error", subject, error)
        raise typer.Exit(2 if isinstance(error, OutputError) else 1) from None
