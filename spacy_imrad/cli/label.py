"""``label``: the sections of papers, as tables, data, Docs or pages."""

import sys
from enum import Enum
from pathlib import Path
from typing import Annotated, Final

import typer

from spacy_imrad.cli.consoles import (
    close_broken_pipe,
    open_consoles,
    report,
    stream_data,
)
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
from spacy_imrad.cli.tables import TableWriter
from spacy_imrad.printable import count


class Format(str, Enum):
    """What `--format` may be."""

    table = "table"
    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"
    spacy = "spacy"
    markdown = "markdown"
    html = "html"
    chunks = "chunks"


class ChunkUnit(str, Enum):
    """What `--chunk-unit` may be."""

    words = "words"
    tokens = "tokens"


STREAMED: Final = (
    Format.table,
    Format.jsonl,
    Format.csv,
    Format.markdown,
    Format.chunks,
)
"""What standard output can take."""
INTERRUPTED: Final = 130


def label(
    files: Files,
    pipeline: Pipeline = None,
    convention: LabelConvention = None,
    spans_key: SpansKey = "imrad",
    output_format: Annotated[
        Format, typer.Option("--format", "-f", help="What to write.")
    ] = Format.table,
    as_json: Annotated[bool, typer.Option("--json", help="As --format jsonl.")] = False,
    output: Annotated[
        Path | None,
        typer.Option(
            "--output",
            "-o",
            help="Write here instead of to standard output. For spacy, markdown and "
            "html also a folder.",
            show_default=False,
        ),
    ] = None,
    input_format: Annotated[
        str | None,
        typer.Option(
            "--from",
            metavar="FORMAT",
            help="Format of all FILEs by name or suffix, as `info` lists them; by "
            "content and suffix if left out.",
            show_default=False,
        ),
    ] = None,
    gpu_id: GpuId = -1,
    with_text: Annotated[
        bool, typer.Option("--text", help="Write the text of the sections as well.")
    ] = False,
    abstracts: Annotated[
        bool,
        typer.Option(
            "--abstracts",
            help="Label abstracts by the sentence: rows of tables are their sentences, "
            "and plain text has one abstract a line.",
        ),
    ] = False,
    workers: Annotated[
        int | None,
        typer.Option(
            "--workers",
            "-j",
            min=1,
            help="Processes that label: 1 if left out, with --ray as many as fit.",
            show_default=False,
        ),
    ] = None,
    on_ray: Annotated[
        bool,
        typer.Option(
            "--ray",
            help="Label on the Ray cluster that RAY_ADDRESS names, or else on one of "
            "this machine.",
        ),
    ] = False,
    gpus: Annotated[
        float,
        typer.Option(
            "--gpus-per-worker",
            min=0,
            max=1,
            help="With --ray: below 1, workers share a GPU; 0 is for the CPU.",
        ),
    ] = 0.0,
    resume: Annotated[
        bool,
        typer.Option("--resume", help="Go on where an interrupted run stopped."),
    ] = False,
    errors: Annotated[
        Path | None,
        typer.Option(
            "--errors",
            help="Write what failed and why here, as JSON Lines.",
            show_default=False,
        ),
    ] = None,
    chunk_size: Annotated[
        int, typer.Option("--chunk-size", min=1, help="Most that a chunk has.")
    ] = 200,
    chunk_overlap: Annotated[
        int,
        typer.Option(
            "--chunk-overlap",
            min=0,
            help="Most of a chunk's last sentences that the next one begins with.",
        ),
    ] = 0,
    chunk_unit: Annotated[
        ChunkUnit,
        typer.Option("--chunk-unit", help="What these two count."),
    ] = ChunkUnit.words,
    overwrite: Overwrite = False,
    timeout: Timeout = TIMEOUT,
    raw_csv: Annotated[
        bool,
        typer.Option(
            "--raw-csv",
            help="In CSV, write what a spreadsheet takes for a formula as it is, "
            "instead of after an apostrophe.",
        ),
    ] = False,
) -> None:
    """Label the sections of each FILE: PDF, LaTeX, JATS, TEI, HTML, Word, Markdown,
    reStructuredText, plain text, unarXive, S2ORC, JSON Lines or Parquet of papers.

    Positions in the output count characters of the file's text, without a byte order
    mark; they are empty for formats whose text has no place in the file.

    The exit code is 0 if all went well, 1 if a file could not be read or labelled (the
    others are done), 2 if nothing could be done, 130 after an interruption, 141 if what
    reads the output has stopped.
    """
    if as_json:
        output_format = Format.jsonl
    out, err = open_consoles()
    problem = _usage_problem(output_format, output, resume, input_format)
    if gpus and not on_ray:
        problem = problem or "--gpus-per-worker needs --ray"
    if chunk_overlap >= chunk_size:
        problem = problem or "--chunk-overlap has to be less than --chunk-size"
    if errors is not None and errors == output:
        problem = problem or "--errors needs a file of its own"
    if problem:
        report(err, "error", str(output or "--output"), problem)
        raise typer.Exit(2)
    if output_format is not Format.table:
        stream_data()
    from spacy_imrad.labelling.labeller import Settings
    from spacy_imrad.labelling.run import Run, UnusablePipeline, label_to

    settings = Settings(
        pipeline=pipeline,
        convention=convention,
        spans_key=spans_key,
        with_text=with_text or output_format is Format.table,
        abstracts=abstracts,
        output=output_format.value,
        gpu_id=gpu_id,
        gpus=gpus,
        timeout=timeout,
        chunk_size=chunk_size,
        chunk_overlap=chunk_overlap,
        chunk_unit=chunk_unit.value,
    )
    # On a terminal, the papers that are printed show how far it is.
    hidden = output is None and sys.stdout.isatty()
    with ConsoleListener(err, hidden=hidden, many=output is None) as listener:
        run = Run(files, settings, listener, input_format, workers, on_ray)
        try:
            label_to(
                run,
                output,
                errors,
                tables=TableWriter(out),
                overwrite=overwrite,
                resume=resume,
                raw=raw_csv,
            )
        except KeyboardInterrupt:
            hint = "; --resume goes on" if output is not None else ""
            done = f"{count(run.n_done, 'paper')}{hint}"
            report(err, "error", "interrupted after", done)
            raise typer.Exit(INTERRUPTED) from None
        except BrokenPipeError:
            raise typer.Exit(close_broken_pipe()) from None
        except UnusablePipeline as error:
            report(err, "error", pipeline or "the default pipeline", error.reason)
            raise typer.Exit(2) from None
        except (OSError, ValueError, ImportError, RuntimeError) as error:
            named = getattr(error, "filename", None) or output or "output"
            report(err, "error", str(named), error)
            raise typer.Exit(2) from None
    if run.n_failed:
        raise typer.Exit(1)


def _usage_problem(
    output_format: Format, output: Path | None, resume: bool, input_format: str | None
) -> str | None:
    if output is None and output_format not in STREAMED:
        return f"--format {output_format.value} needs --output"
    if output is not None and output_format is Format.table:
        return "a table is for the terminal; give another --format"
    if output is None and resume:
        return "--resume needs --output"
    if output is not None and output.is_dir():
        from spacy_imrad.labelling.writers import writes_folder

        if not writes_folder(output_format.value, output):
            return f"a folder, and --format {output_format.value} writes a file"
    elif _is_device(output) and (resume or output_format not in STREAMED):
        return "a device takes text, as with --format jsonl, without --resume"
    if input_format is not None:
        from spacy_imrad.readers import get_format

        try:
            get_format(input_format)
        except ValueError as error:
            return f"--from: {error}"
    return None


def _is_device(output: Path | None) -> bool:
    return output is not None and output.exists() and not output.is_file()
