"""``view``: papers as pages for a browser."""

import tempfile
import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from spacy_imrad.cli.consoles import close_broken_pipe, open_consoles, report
from spacy_imrad.cli.listening import ConsoleListener
from spacy_imrad.cli.options import (
    TIMEOUT,
    Files,
    GpuId,
    LabelConvention,
    Overwrite,
    Pipeline,
    SpansKey,
    Timeout,
)
from spacy_imrad.labels import LOW_CONFIDENCE

PAGE_SUFFIXES = (".html", ".htm")


def view(
    files: Files,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="An .html file for one paper; a folder for an index and a page each. "
            "If left out, a browser opens them from a temporary folder.",
            show_default=False,
        ),
    ] = None,
    pipeline: Pipeline = None,
    convention: LabelConvention = None,
    spans_key: SpansKey = "imrad",
    gpu_id: GpuId = -1,
    low_confidence: Annotated[
        float,
        typer.Option(
            "--low-confidence",
            min=0.0,
            max=1.0,
            help="Mark paragraphs whose best score is below this.",
        ),
    ] = LOW_CONFIDENCE,
    explain: Annotated[
        bool,
        typer.Option(
            "--explain", help="Mark the sentences that moved their paragraph's label."
        ),
    ] = False,
    overwrite: Overwrite = False,
    timeout: Timeout = TIMEOUT,
) -> None:
    """Show papers in a browser: sections in colour, outline, and each paragraph's
    scores.

    A page is one file that loads nothing else. The path of the page, or of the index of
    several, is printed. The exit code is 1 if a file could not
    be read or labelled; the others are done.
    """
    out, err = open_consoles()
    from spacy_imrad.labelling.labeller import Settings
    from spacy_imrad.labelling.run import Run, UnusablePipeline
    from spacy_imrad.outputs import claim
    from spacy_imrad.view.site import OnePage, Site

    settings = Settings(
        pipeline=pipeline,
        convention=convention,
        spans_key=spans_key,
        gpu_id=gpu_id,
        output="view",
        low_confidence=low_confidence,
        explained=explain,
        timeout=timeout,
    )
    opens = output is None
    if output is None:
        output = Path(tempfile.mkdtemp(prefix="spacy-imrad-")) / "pages"
    single = output.suffix.lower() in PAGE_SUFFIXES and not output.is_dir()
    try:
        with ConsoleListener(err, many=True) as listener:
            run = Run(files, settings, listener)
            taken = claim(output, "view", inputs=run.inputs, overwrite=overwrite)
            with taken, run.start(single=single):
                taken.begin()
                pages = OnePage(taken.part) if single else Site(taken.part)
                for paper in run.papers({}, single=single):
                    assert paper.view is not None
                    pages.add(paper.view)
                page = pages.finish()
                if page is not None:
                    taken.put()
                    taken.finish()
        if page is not None:
            shown = output if single else output / page.name
            out.print(str(shown))
            if opens:
                # Where there is no browser, the path has to do.
                webbrowser.open(shown.resolve().as_uri())
    except BrokenPipeError:
        close_broken_pipe()
    except UnusablePipeline as error:
        report(err, "error", pipeline or "the default pipeline", error.reason)
        raise typer.Exit(2) from None
    except (OSError, ValueError, RuntimeError) as error:
        report(err, "error", str(getattr(error, "filename", None) or output), error)
        raise typer.Exit(2) from None
    if run.n_failed:
        raise typer.Exit(1)
