"""``label``: the sections of papers, as tables, data, Docs or pages."""

import json
import sys
from collections.abc import Callable, Iterator, Mapping
from dataclasses import replace
from enum import Enum
from pathlib import Path
from typing import IO, TYPE_CHECKING, Annotated, Any, Final, TypeAlias

import typer

from spacy_imrad.cli.consoles import (
    Reporter,
    close_broken_pipe,
    count,
    open_consoles,
    report,
    short_reason,
)
from spacy_imrad.cli.options import Files, GpuId, LabelConvention, Pipeline, SpansKey
from spacy_imrad.cli.progress import PapersBar, papers_bar
from spacy_imrad.cli.tables import TableWriter

if TYPE_CHECKING:
    from spacy_imrad.labelling.labeller import Labelled, Labeller, Settings
    from spacy_imrad.labelling.workers import Step
    from spacy_imrad.readers.sources.inputs import Failure

Engine: TypeAlias = "Callable[[Mapping[str, int]], Iterator[Step]]"
"""Labels all papers but those that are done, by name."""


class Output(str, Enum):
    """What `--format` may be."""

    table = "table"
    jsonl = "jsonl"
    csv = "csv"
    parquet = "parquet"
    spacy = "spacy"
    markdown = "markdown"
    html = "html"


STREAMED: Final = (Output.table, Output.jsonl, Output.csv, Output.markdown)
"""What standard output can take."""
INTERRUPTED: Final = 130


def label(
    files: Files,
    pipeline: Pipeline = None,
    convention: LabelConvention = None,
    spans_key: SpansKey = "imrad",
    output_format: Annotated[
        Output, typer.Option("--format", "-f", help="What to write.")
    ] = Output.table,
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
        output_format = Output.jsonl
    out, err = open_consoles()
    problem = _usage_problem(output_format, output, resume, input_format)
    if gpus and not on_ray:
        problem = problem or "--gpus-per-worker needs --ray"
    if problem:
        report(err, "error", str(output or "--output"), problem)
        raise typer.Exit(2)
    from spacy_imrad.labelling.labeller import Labeller, Settings
    from spacy_imrad.readers.sources.inputs import list_files, size_of

    wants_text = with_text or output_format is Output.table
    settings = Settings(
        pipeline=pipeline,
        convention=convention,
        spans_key=spans_key,
        with_text=wants_text,
        output=output_format.value,
        gpu_id=gpu_id,
    )
    try:
        # With workers, too: a bad pipeline is to be known before they start.
        labeller = Labeller(settings)
    # A folder named by a user can fail to load in as many ways as there are pipes.
    except Exception as error:
        report(err, "error", pipeline or "the default pipeline", error)
        raise typer.Exit(2) from None
    found = list_files(files)
    engine = (
        _ray_engine(found, replace(settings, gpus=gpus), workers, input_format)
        if on_ray
        else _local_engine(found, labeller, workers or 1, input_format)
    )
    # On a terminal, the papers that are printed show how far it is.
    hidden = output is None and (len(found) == 1 or sys.stdout.isatty())
    run = _Run(labeller, engine, _Failures(err, errors))
    try:
        with papers_bar(err, sum(map(size_of, found)), hidden=hidden) as bar:
            if output is None:
                run.to_stdout(output_format, TableWriter(out), bar)
            else:
                run.to_path(output, bar, resume=resume)
    except KeyboardInterrupt:
        hint = "; --resume goes on" if output is not None else ""
        report(err, "error", "interrupted after", f"{count(run.n_done, 'paper')}{hint}")
        raise typer.Exit(INTERRUPTED) from None
    except BrokenPipeError:
        raise typer.Exit(close_broken_pipe()) from None
    except (OSError, ValueError, ImportError) as error:
        named = getattr(error, "filename", None) or output or "output"
        report(err, "error", str(named), error)
        raise typer.Exit(2) from None
    finally:
        run.failures.close()
    if run.failures.count:
        raise typer.Exit(1)


def _usage_problem(
    output_format: Output, output: Path | None, resume: bool, input_format: str | None
) -> str | None:
    if output is None and output_format not in STREAMED:
        return f"--format {output_format.value} needs --output"
    if output is not None and output_format is Output.table:
        return "a table is for the terminal; give another --format"
    if output is None and resume:
        return "--resume needs --output"
    if input_format is not None:
        from spacy_imrad.readers import get_format

        try:
            get_format(input_format)
        except ValueError as error:
            return f"--from: {error}"
    return None


def _local_engine(
    files: "list[str | Failure]",
    labeller: "Labeller",
    n_workers: int,
    format: str | None,
) -> Engine:
    """Labels in this process, or in `n_workers` processes of this machine."""
    from spacy_imrad.labelling.workers import label_here, label_with_workers
    from spacy_imrad.readers.sources.inputs import leave_out, read_jobs

    def label(done: Mapping[str, int]) -> "Iterator[Step]":
        jobs = leave_out(read_jobs(files, format=format), done)
        if n_workers == 1:
            return label_here(jobs, labeller)
        return label_with_workers(jobs, labeller.settings, n_workers)

    return label


def _ray_engine(
    files: "list[str | Failure]",
    settings: "Settings",
    n_workers: int | None,
    format: str | None,
) -> Engine:
    """Labels on the machines of a cluster."""
    from spacy_imrad.labelling.cluster import label_with_ray

    def label(done: Mapping[str, int]) -> "Iterator[Step]":
        return label_with_ray(
            files, settings, format=format, n_workers=n_workers, done=done
        )

    return label


class _Failures:
    """Reports what failed, and writes it down if asked to."""

    def __init__(self, console: Any, path: Path | None) -> None:
        self._report = Reporter(console)
        self._path = path
        self._file: IO[str] | None = None
        self.count = 0

    def open(self) -> None:
        """Begin the report anew: what failed before is tried again.

        RAISES: OSError if it can't be written.
        """
        if self._path is not None:
            self._file = self._path.open("w", encoding="utf8")

    def add(self, failure: "Failure") -> None:
        self.count += 1
        self._report("error", failure.name, failure.reason)
        if self._file is not None:
            reason = short_reason(failure.reason)
            entry = {"file": failure.name, "error": reason}
            self._file.write(json.dumps(entry) + "\n")
            self._file.flush()

    def note(self, name: str, text: str) -> None:
        self._report("note", name, text)

    def close(self) -> None:
        self._report.close()
        if self._file is not None:
            self._file.close()


class _Run:
    """Takes labelled papers from an engine to an output."""

    def __init__(
        self, labeller: "Labeller", engine: Engine, failures: _Failures
    ) -> None:
        self._labels = labeller.labels
        self._settings = labeller.settings
        self._engine = engine
        self.failures = failures
        self.n_done = 0

    def to_stdout(
        self, output_format: Output, tables: TableWriter, bar: PapersBar
    ) -> None:
        """Write each paper as it comes."""
        from spacy_imrad.labelling.outputs import CsvWriter, JsonLinesWriter

        self.failures.open()
        labels, with_text = self._labels, self._settings.with_text
        writer: JsonLinesWriter | CsvWriter | None = None
        if output_format is Output.jsonl:
            writer = JsonLinesWriter(sys.stdout)
        elif output_format is Output.csv:
            writer = CsvWriter(sys.stdout, labels, with_text=with_text)
        for paper in self._label({}, bar):
            if writer is not None:
                writer.add(paper)
            elif output_format is Output.markdown:
                print(paper.payload.decode())
            else:
                tables.add(paper.record)
        if writer is not None:
            writer.close()

    def to_path(self, output: Path, bar: PapersBar, *, resume: bool) -> None:
        """Note each paper in a journal, and write the output at the end."""
        from spacy_imrad.labelling.journal import Journal
        from spacy_imrad.labelling.outputs import open_writer

        kind, with_text = self._settings.output, self._settings.with_text
        same = {
            "format": kind,
            "pipeline": self._settings.pipeline,
            "spans_key": self._settings.spans_key,
            "text": with_text,
            "convention": self._settings.convention,
        }
        with Journal(output, same, resume=resume) as journal:
            self.failures.open()
            for paper in self._label(journal.done, bar):
                journal.add(paper)
            journal.finish(
                lambda path: open_writer(kind, path, self._labels, with_text=with_text)
            )

    def _label(self, done: Mapping[str, int], bar: PapersBar) -> "Iterator[Labelled]":
        from spacy_imrad.readers.sources.inputs import Done, Failure

        for share, outcome in self._engine(done):
            if isinstance(outcome, Failure):
                self.failures.add(outcome)
            elif not isinstance(outcome, Done):
                if not outcome.record["sections"]:
                    self.failures.note(outcome.record["file"], "nothing to label")
                yield outcome
                self.n_done += 1
            bar.advance(share)
