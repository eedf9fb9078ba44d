"""``export``: a trained pipeline for ONNX Runtime, which needs no torch."""

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spacy_imrad.cli.consoles import open_consoles, report
from spacy_imrad.cli.options import Overwrite
from spacy_imrad.extras import require
from spacy_imrad.outputs import OutputError, claim

if TYPE_CHECKING:
    from spacy.language import Language

    from spacy_imrad.models.encoder.export import Agreement

# What an export is checked on if nothing else is given.
SAMPLE = """# Dark glasses after night work

## Introduction

Most people who work at night sleep less than their colleagues. What they can do about
it is not well known, and the advice that is commonly given contradicts itself.

Earlier trials of light at the workplace were small, and none of them followed nurses
for longer than two weeks, although sleep changes slowly.

## Methods

Nurses were recruited through notices on the wards and randomised to dark glasses or to
a walk after each night shift. Sleep was recorded with a wrist actigraph for six weeks.

The groups were compared with a linear mixed model, in which the hospital was a random
effect. We assumed that records were missing at random, and checked that assumption.

## Results

Of 124 nurses, 115 completed the trial. Mean sleep time was 5 h 52 min with dark glasses
and 5 h 21 min with walking, a difference of 31 minutes (95% CI 17 to 45, p < 0.001).

## Discussion

Dark glasses are cheap and seem to help. That our nurses knew which group they were in
is the main weakness of this trial, and larger ones should find out whether it lasts.
"""


def export(
    pipeline: Annotated[
        str,
        typer.Argument(
            metavar="PIPELINE", help="Trained pipeline: a folder or a package's name."
        ),
    ],
    output: Annotated[
        Path,
        typer.Option(
            "--output", "-o", help="Folder for the new pipeline.", show_default=False
        ),
    ],
    check: Annotated[
        list[Path] | None,
        typer.Option(
            "--check",
            metavar="FILE",
            help="UTF-8 text to compare the scores on, beside a short one of ours; may "
            "be given several times.",
            show_default=False,
        ),
    ] = None,
    overwrite: Overwrite = False,
) -> None:
    """Write PIPELINE again with 8-bit weights that ONNX Runtime runs.

    `spacy.load` loads the result like any pipeline; it is several times smaller and
    faster on a CPU, and labels without torch. Before anything is written, its scores
    are compared with those of torch; the exit code is 1 if they differ too much.
    """
    out, err = open_consoles()
    try:
        require("onnx", "export")
        inputs: list[str | Path] = [pipeline, *(check or [])]
        with claim(output, "export", inputs=inputs, overwrite=overwrite) as claimed:
            import spacy

            nlp = spacy.load(pipeline)
            read = [path.read_text("utf8") for path in check or []]
            found = export_pipeline(nlp, read)
            is_close = all(agreement.is_close for agreement in found.values())
            if is_close:
                claimed.begin()
                nlp.to_disk(claimed.part)
                claimed.put()
                claimed.finish()
    # A folder named by a user can fail to load in as many ways as there are pipes.
    except Exception as error:
        subject = str(output) if isinstance(error, OutputError) else pipeline
        report(err, "error", subject, error)
        raise typer.Exit(2) from None
    for name, agreement in found.items():
        out.print(
            f"{name}: {agreement.same_label} of {agreement.paragraphs} paragraphs have "
            f"the same label; scores differ by at most {agreement.difference:.3f}"
        )
    if not is_close:
        report(err, "error", pipeline, "the scores differ too much; nothing is written")
        raise typer.Exit(1)


def export_pipeline(nlp: "Language", texts: list[str]) -> "dict[str, Agreement]":
    """Export each imrad_classifier of a pipeline, in place.

    RAISES: ValueError if there is none, or if one cannot be exported; ImportError
        without the extra `export`.
    """
    from spacy_imrad.models.encoder.export import export_classifier
    from spacy_imrad.models.types import OutlinedDoc
    from spacy_imrad.pipeline.imrad_classifier import ImradClassifier

    pipes = {
        name: pipe for name, pipe in nlp.pipeline if isinstance(pipe, ImradClassifier)
    }
    if not pipes:
        raise ValueError("it has no imrad_classifier")
    docs = [nlp.make_doc(text) for text in (SAMPLE, *texts)]
    return {
        name: export_classifier(
            pipe.model, [OutlinedDoc(doc, pipe.segmenter(doc)) for doc in docs]
        )
        for name, pipe in pipes.items()
    }
