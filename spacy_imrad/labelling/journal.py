"""What a run has done so far, so that another can go on after any interruption.

The journal is a file beside the output: a line with the settings, then one for each
paper. A line counts once its end is written. The output is made of it at the end, under
another name first.
"""

import base64
import json
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from spacy_imrad.labelling.labeller import Labelled
from spacy_imrad.labelling.writers import Writer
from spacy_imrad.outputs import Output, journal_of, remove


class Journal:
    """The journal of one output, for `with`. If an error leaves it without a paper, it
    is removed.

    settings: What a later run has to have in common with this one.
    resume: Go on with the journal of an earlier run.
    overwrite: Or else begin anew.
    RAISES: FileExistsError if there is a journal, and neither is true; ValueError if it
        is of a run with other settings.
    """

    def __init__(
        self,
        output: Output,
        settings: dict[str, Any],
        *,
        resume: bool = False,
        overwrite: bool = False,
    ) -> None:
        self.path = journal_of(output.path)
        self._output = output
        self._settings = settings
        self.done: Counter[str] = Counter()
        """How many papers of each name an earlier run has noted."""
        if self.path.exists() and resume:
            self._take_up()
        elif self.path.exists() and not overwrite:
            raise FileExistsError(
                f"'{output.path}' is left from a run that was interrupted: go on with "
                "--resume, or begin anew with --overwrite"
            )
        else:
            output.begin()
            self.path.write_text(json.dumps(settings) + "\n", encoding="utf8")
        self._file: IO[bytes] = self.path.open("ab")
        self.n_papers = self.done.total()

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        if not self.n_papers and error is not None:
            self.path.unlink(missing_ok=True)

    def add(self, paper: Labelled) -> None:
        """Note that a paper is done."""
        entry: dict[str, Any] = {"record": paper.record}
        if paper.payload:
            entry["payload"] = base64.b64encode(paper.payload).decode()
        self._file.write(json.dumps(entry).encode() + b"\n")
        self._file.flush()
        self.n_papers += 1

    def finish(self, open_writer: Callable[[Path], Writer]) -> None:
        """Write the output, and remove the journal."""
        self._file.close()
        output = self._output
        remove(output.part)
        writer = open_writer(output.part)
        for paper in self._papers():
            writer.add(paper)
        writer.close()
        output.put()
        output.finish(self._settings)
        self.path.unlink()

    def _take_up(self) -> None:
        settings = self._settings
        with self.path.open("rb+") as file:
            first = file.readline()
            try:
                written = json.loads(first)
            except ValueError:
                written = None
            if first.endswith(b"\n") and not isinstance(written, dict):
                raise ValueError(f"'{self.path}' is damaged; begin anew (--overwrite)")
            if not first.endswith(b"\n"):
                file.seek(0)
                file.truncate()
                file.write(json.dumps(settings).encode() + b"\n")
                return
            if written != settings:
                other = [k for k in settings if written.get(k) != settings[k]]
                raise ValueError(
                    f"'{self._output.path}' is left from a run with other settings "
                    f"({', '.join(other)}): use the same, or begin anew with "
                    "--overwrite"
                )
            end = file.tell()
            for line in file:
                if not line.endswith(b"\n"):
                    break
                self.done[json.loads(line)["record"]["file"]] += 1
                end += len(line)
            file.truncate(end)

    def _papers(self) -> Iterator[Labelled]:
        with self.path.open("rb") as file:
            next(file)
            for line in file:
                entry = json.loads(line)
                payload = base64.b64decode(entry.get("payload", ""))
                yield Labelled(entry["record"], payload)
