"""What a run has done so far, so that another can go on after any interruption.

The journal is a file beside the output: a line with the settings, then one for each
paper. A line counts once its end is written. The output is made of it at the end, under
another name first, so that there is never a half of it.
"""

import base64
import json
import os
import shutil
from collections import Counter
from collections.abc import Callable, Iterator
from pathlib import Path
from types import TracebackType
from typing import IO, Any

from spacy_imrad.labelling.labeller import Labelled
from spacy_imrad.labelling.outputs import Writer

SUFFIX = ".journal"


class Journal:
    """The journal of one output, for `with`. If an error leaves it without a paper, it
    is removed.

    settings: What a later run has to have in common with this one.
    RAISES: FileExistsError if there is a journal already and this is no resumption;
        ValueError if it is of another run, with other settings, or no journal.
    """

    def __init__(
        self, output: Path, settings: dict[str, Any], *, resume: bool = False
    ) -> None:
        self.path = output.with_name(output.name + SUFFIX)
        self._output = output
        self.done: Counter[str] = Counter()
        """How many papers of each name an earlier run has noted."""
        if self.path.exists():
            if not resume:
                raise FileExistsError(
                    f"'{self.path}' is left from a run that was interrupted: go on "
                    "with --resume, or delete it"
                )
            self._take_up(settings)
        else:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            self.path.write_text(json.dumps(settings) + "\n", encoding="utf8")
        self._file: IO[bytes] = self.path.open("ab")
        self._is_empty = not self.done

    def __enter__(self) -> "Journal":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._file.close()
        if self._is_empty and error is not None:
            self.path.unlink(missing_ok=True)

    def add(self, paper: Labelled) -> None:
        """Note that a paper is done."""
        entry: dict[str, Any] = {"record": paper.record}
        if paper.payload:
            entry["payload"] = base64.b64encode(paper.payload).decode()
        self._file.write(json.dumps(entry).encode() + b"\n")
        self._file.flush()
        self._is_empty = False

    def finish(self, open_writer: Callable[[Path], Writer]) -> None:
        """Write the output, and remove the journal."""
        self._file.close()
        partial = self._output.with_name(f".partial-{self._output.name}")
        _remove(partial)
        writer = open_writer(partial)
        for paper in self._papers():
            writer.add(paper)
        writer.close()
        if self._output.is_dir():
            _remove(self._output)
        os.replace(partial, self._output)
        self.path.unlink()

    def _take_up(self, settings: dict[str, Any]) -> None:
        with self.path.open("rb+") as file:
            first = file.readline()
            try:
                written = json.loads(first)
            except ValueError:
                written = None
            if first.endswith(b"\n") and not isinstance(written, dict):
                raise ValueError(f"'{self.path}' is no journal of this command")
            if not first.endswith(b"\n"):
                file.seek(0)
                file.truncate()
                file.write(json.dumps(settings).encode() + b"\n")
                return
            if written != settings:
                other = [k for k in settings if written.get(k) != settings[k]]
                raise ValueError(
                    f"'{self.path}' is of a run with other settings "
                    f"({', '.join(other)}); use the same, or delete it"
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


def _remove(path: Path) -> None:
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)
