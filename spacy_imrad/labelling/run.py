"""A run: the papers of files to an output, and word of those that fail."""

import json
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import IO, Any, Protocol

from spacy_imrad.labelling.engines import Engine, open_engine
from spacy_imrad.labelling.journal import Journal
from spacy_imrad.labelling.labeller import (
    Labelled,
    Settings,
    is_classified,
    parts_of,
)
from spacy_imrad.labelling.writers import (
    Writer,
    open_writer,
    stream_writer,
)
from spacy_imrad.outputs import claim
from spacy_imrad.printable import decodable
from spacy_imrad.readers.sources import (
    STDIN,
    Done,
    Failure,
    is_stream,
    list_files,
    size_of,
)


class Listener(Protocol):
    """Is told how a run goes."""

    def begin(self, n_files: int, total: float) -> None:
        """The input is so many files, of a total size."""

    def advance(self, share: float) -> None:
        """A paper is done that is `share` of the total."""

    def fail(self, failure: Failure) -> str:
        """RETURNS: The reason in short."""

    def note(self, name: str, text: str) -> None: ...


class UnusablePipeline(Exception):
    """The pipeline can't be loaded, or has no fitting pipe."""

    def __init__(self, reason: Exception) -> None:
        super().__init__(str(reason))
        self.reason = reason


@dataclass(slots=True)
class Run:
    """What is labelled, and how.

    files: What the user names.
    format: The registered name of the format of all papers, None to find out.
    n_workers: None for 1, or on a cluster for as many as fit.
    errors: Gets what failed, as JSON Lines.
    n_done, n_failed: Papers, up to now.
    """

    files: Sequence[str]
    settings: Settings
    listener: Listener
    format: str | None = None
    n_workers: int | None = None
    on_ray: bool = False
    errors: IO[str] | None = None
    n_done: int = 0
    n_failed: int = 0
    _engine: Engine | None = None
    _found: Sequence[str | Failure] = field(default_factory=list)

    @property
    def inputs(self) -> list[str]:
        return [name for name in self.files if name != STDIN]

    @contextmanager
    def start(self, *, single: bool = False) -> Iterator[tuple[str, ...]]:
        """Load the pipeline, and list the files.

        single: The output has room for one paper.
        YIELDS: The pipeline's labels.
        RAISES: UnusablePipeline; ValueError if there is more than there is room for.
        """
        with ExitStack() as stack:
            try:
                opened = open_engine(self.settings, self.n_workers, on_ray=self.on_ray)
                self._engine = stack.enter_context(opened)
                self._found = list_files(self.files)
                labels = self._engine.labels
            # A folder named by a user can fail to load in as many ways as there are
            # pipes.
            except Exception as error:
                raise UnusablePipeline(error) from error
            if single and len(self._found) > 1:
                raise _no_room(len(self._found))
            self.listener.begin(len(self._found), sum(map(size_of, self._found)))
            yield labels

    def papers(
        self, done: Mapping[str, int], *, single: bool = False
    ) -> Iterator[Labelled]:
        """The labelled papers; the listener is told of the others.

        done: How many papers of each name are left out.
        """
        assert self._engine is not None
        for share, outcome in self._engine.label(self._found, self.format, done):
            if isinstance(outcome, Failure):
                self._fail(outcome)
            elif not isinstance(outcome, Done):
                if single and (self.n_done or done):
                    raise _no_room(2)
                record = outcome.record
                if not is_classified(parts_of(record)):
                    text = ". ".join(["nothing to label", *record["warnings"]])
                    self.listener.note(record["file"], text)
                yield outcome
                self.n_done += 1
            self.listener.advance(share)

    def _fail(self, failure: Failure) -> None:
        self.n_failed += 1
        reason = self.listener.fail(failure)
        if self.errors is not None:
            entry = {"file": decodable(failure.name), "error": reason}
            self.errors.write(json.dumps(entry) + "\n")
            self.errors.flush()


def label_to(
    run: Run,
    output: Path | None,
    errors: Path | None,
    *,
    tables: Writer,
    overwrite: bool = False,
    resume: bool = False,
    raw: bool = False,
) -> None:
    """Write what a run labels.

    output: None for standard output; a pipe or a device is written to.
    errors: Gets what failed.
    tables: Where the output is "table".
    overwrite, resume: Replace an earlier output, or go on with an interrupted run.
    raw: As for `CsvWriter`.
    RAISES: FileExistsError and ValueError as `claim` and `Journal`; UnusablePipeline;
        ConnectionError, ImportError or OSError where the run ends.
    """
    kind, with_text = run.settings.output, run.settings.with_text
    taken: dict[str, Any] = {
        "inputs": run.inputs,
        "overwrite": overwrite,
        "resume": resume,
    }
    with ExitStack() as stack:
        journal = None
        stream = sys.stdout if output is None else None
        if output is not None and is_stream(str(output)):
            stream = stack.enter_context(_open(output))
        elif output is not None:
            claimed = stack.enter_context(claim(output, "label", **taken))
            if resume and claimed.is_finished:
                run.listener.note(str(output), "is finished; --overwrite begins anew")
                return
            journal = stack.enter_context(
                Journal(
                    claimed,
                    {
                        "format": kind,
                        "pipeline": run.settings.pipeline,
                        "spans_key": run.settings.spans_key,
                        "text": with_text,
                        **({"abstracts": True} if run.settings.abstracts else {}),
                        "convention": run.settings.convention,
                        "raw_csv": raw,
                        **_chunking(run.settings),
                    },
                    resume=resume,
                    overwrite=overwrite,
                )
            )
        if errors is not None:
            run.errors = stack.enter_context(_open_claimed(errors, taken))
        single = output is not None and kind == "html" and bool(output.suffix)
        labels = stack.enter_context(run.start(single=single))
        if journal is not None:
            for paper in run.papers(journal.done, single=single):
                journal.add(paper)
            journal.finish(
                lambda path: open_writer(
                    kind, path, labels, with_text=with_text, raw=raw
                )
            )
            return
        writer = tables
        if kind != "table":
            assert stream is not None
            writer = stream_writer(kind, stream, labels, with_text=with_text, raw=raw)
        for paper in run.papers({}):
            writer.add(paper)
        writer.close()


def _chunking(settings: Settings) -> dict[str, Any]:
    if settings.output != "chunks":
        return {}
    names = ("chunk_size", "chunk_overlap", "chunk_unit")
    return {name: getattr(settings, name) for name in names}


def _no_room(count: int) -> ValueError:
    return ValueError(f"one page for {count:,} papers or more; name a folder instead")


def _open(path: Path) -> IO[str]:
    return path.open("w", encoding="utf8", newline="")


@contextmanager
def _open_claimed(path: Path, taken: Mapping[str, Any]) -> Iterator[IO[str]]:
    if is_stream(str(path)):
        with _open(path) as file:
            yield file
        return
    with claim(path, "label", **taken) as output:
        output.writes(output.path)
        with _open(output.path) as file:
            yield file
        output.finish()
