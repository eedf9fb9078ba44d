"""Where commands write: the one rule by which nothing of the user's is replaced.

A command takes a path that is free, or one that a marker shows to be its own earlier
output, unchanged since. The marker is a hidden file beside what was written,
`.NAME.spacy-imrad`, in JSON Lines: `writing` names what the command is about to write,
`files` what it left when it finished, with size, time and checksum. It is locked for
as long as the command runs, so that no two processes write to the same output.
"""

import errno
import hashlib
import json
import os
import shutil
import sys
import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from pathlib import Path
from types import TracebackType
from typing import IO, Any, Final, TypeAlias

from spacy_imrad.atomic import part_of

SUFFIX: Final = ".spacy-imrad"
NO_PAPERS: Final = ("label", "view")
"""The commands whose outputs nobody names as papers; those of others may be."""
_NO_LOCKS: Final = (errno.ENOLCK, errno.ENOSYS, errno.ENOTSUP, errno.EOPNOTSUPP)


class OutputError(FileExistsError):
    """The rule does not allow that an output is written."""


Stamp: TypeAlias = list[Any]
"""Size, time of the last change in nanoseconds, and SHA-256 of a file."""


class Marker:
    """What a marker file says is an output of ours.

    command: The command that wrote it, empty if there is no marker.
    settings: Those that the command finished with last, None if it never has.
    is_strange: Whether the file is no marker at all.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.command = ""
        self.settings: Any = None
        self._files: dict[str, Stamp] = {}
        self._writing: set[str] = set()
        self.is_strange = False
        with suppress(FileNotFoundError, NotADirectoryError):
            content = path.read_bytes()
            # Each line of ours begins with the end of the one before.
            self.is_strange = content[:1] not in (b"", b"\n")
            for line in content.splitlines():
                # A line that a kill has cut in two says nothing.
                with suppress(ValueError, TypeError, KeyError):
                    self.fold(json.loads(line))

    def fold(self, entry: Mapping[str, Any]) -> None:
        """Take up one line of the file."""
        self.command = entry["command"]
        if "files" in entry:
            self._files, self._writing = dict(entry["files"]), set()
            self.settings = entry["settings"]
        self._writing |= set(entry["writing"])

    def name(self, path: Path) -> str:
        return path.relative_to(self.path.parent).as_posix()

    def is_writing(self, path: Path) -> bool:
        """Whether the command was writing this when it ended, or what it is in."""
        name = Path(self.name(path))
        parts = {name.as_posix(), *(part.as_posix() for part in name.parents)}
        return not parts.isdisjoint(self._writing)

    def is_begun(self, path: Path) -> bool:
        """Whether the command was writing this, or something in it."""
        below = f"{self.name(path)}/"
        return self.is_writing(path) or any(n.startswith(below) for n in self._writing)

    def owns(self, path: Path) -> bool:
        """Whether a file is as the command left it, or was being written; whether a
        folder was made for such files."""
        if self.is_writing(path):
            return True
        name = self.name(path)
        if path.is_symlink():
            return False
        if path.is_dir():
            names = (*self._files, *self._writing)
            return any(file.startswith(f"{name}/") for file in names)
        known = self._files.get(name)
        if known is None or not path.is_file() or path.stat().st_size != known[0]:
            return False
        return self.stamp(path)[2] == known[2]

    def stamp(self, path: Path) -> Stamp:
        """A file as it is now; its checksum is not taken again if its time is known."""
        status = path.stat()
        state = [status.st_size, status.st_mtime_ns]
        known = self._files.get(self.name(path))
        if known is not None and known[:2] == state:
            return known
        return [*state, _checksum(path)]


class Output:
    """What a command has claimed, locked until the end of the `with` block.

    paths: What the command may write.
    scratch: Hidden files that it may need besides.
    marker: Says what was there before.
    """

    def __init__(
        self, command: str, marker: Path, paths: Sequence[Path], *scratch: Path
    ) -> None:
        self.command = command
        self.paths = paths
        self.scratch = scratch
        self.marker = Marker(marker)
        self._lock: IO[bytes] | None = None
        # Folders that were made for the marker, the innermost first.
        self._made: list[Path] = []

    def __enter__(self) -> "Output":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def close(self) -> None:
        """Give up the claim, and remove what was begun for it."""
        if self.scratch and self.marker.is_writing(self.part):
            remove(self.part)
        if self._lock is not None and sys.platform == "win32":
            # What is open can't be removed there.
            self._lock.close()
        written = any(map(os.path.lexists, (*self.paths, *self.scratch)))
        if not (written and self.marker.command):
            # Nor what another process has opened in the meantime.
            with suppress(PermissionError):
                self.marker.path.unlink(missing_ok=True)
            with suppress(OSError):
                for folder in self._made:
                    folder.rmdir()
        if self._lock is not None:
            self._lock.close()

    @property
    def folder(self) -> Path:
        return self.marker.path.parent

    @property
    def path(self) -> Path:
        return self.paths[0]

    @property
    def part(self) -> Path:
        """Where to make the output that `put` then puts in its place."""
        return part_of(self.path)

    @property
    def is_finished(self) -> bool:
        """Whether the command has finished its output, and has begun no other."""
        begun = any(map(os.path.lexists, self.scratch))
        writing = any(map(self.marker.is_begun, self.paths))
        return self.marker.settings is not None and not begun and not writing

    def take(self, *, overwrite: bool, resume: bool) -> None:
        """Lock the output, if the rule allows that it is written.

        RAISES: OutputError if it does not, or if another process has the lock.
        """
        self._check()
        folders = (self.folder, *self.folder.parents)
        self._made = [folder for folder in folders if not folder.exists()]
        self.folder.mkdir(parents=True, exist_ok=True)
        self._lock = _lock(self.marker.path)
        try:
            self.marker = Marker(self.marker.path)
            self._check()
            for path in self.paths:
                done = not _is_free(path) and not self.marker.is_begun(path)
                if done and not overwrite and not resume:
                    raise OutputError(
                        f"'{path}' is there from an earlier run: name another path, or "
                        "replace it with --overwrite"
                    )
        except BaseException:
            self._lock.close()
            raise

    def writes(self, *paths: Path) -> None:
        """Say what is about to be written; a folder stands for all that is in it."""
        self._note({"writing": self._names(paths)})

    def begin(self) -> None:
        """Make room for `part`."""
        self.writes(*self.scratch)
        remove(self.part)

    def clear(self) -> None:
        """Remove what the command has written.

        RAISES: OutputError, before anything is removed, if something else is there.
        """
        self._check()
        self.discard(*self.paths, *self.scratch)

    def discard(self, *paths: Path) -> None:
        """Remove what the command has written at some paths; the rest stays."""
        for path in paths:
            if path.is_dir() and not path.is_symlink():
                self.discard(*path.iterdir())
                if self.marker.owns(path):
                    with suppress(OSError):
                        path.rmdir()
            elif self.marker.owns(path):
                path.unlink(missing_ok=True)

    def put(self) -> None:
        """Put `part` in the place of `path`.

        RAISES: OutputError if something else has come there.
        """
        self._check()
        if not self.part.is_dir():
            self.writes(self.path)
            os.replace(self.part, self.path)
            return
        # The folder itself may be the user's.
        if self.path.is_dir():
            self.discard(*self.path.iterdir())
        else:
            self.discard(self.path)
        self._move(self.part, self.path)

    @contextmanager
    def placing(self, path: Path) -> Iterator[Path]:
        """Where to make a folder whose files then replace those of the same names in
        `path`. What else is there stays, and a folder that is new comes whole.

        RAISES: OutputError if a file is in the way that the command did not write.
        """
        part = part_of(path)
        self.writes(part)
        remove(part)
        yield part
        for file in _files(part):
            target = path / file.relative_to(part)
            if os.path.lexists(target) and not self.marker.owns(target):
                raise self._refusal(target)
        self._move(part, path)

    def _move(self, part: Path, path: Path) -> None:
        files = [file.relative_to(part) for file in _files(part)]
        self.writes(*(path / file for file in files))
        if not path.exists():
            os.replace(part, path)
            return
        for file in files:
            (path / file).parent.mkdir(parents=True, exist_ok=True)
            os.replace(part / file, path / file)
        remove(part)

    def finish(self, settings: Any = None) -> None:
        """Note what there is now as an output of the command."""
        files = {
            self.marker.name(file): self.marker.stamp(file)
            for path in self.paths
            for file in _files(path)
            if self.marker.owns(file)
        }
        writing = self._names(self.scratch)
        self._note({"files": files, "settings": settings, "writing": writing})

    def _names(self, paths: Iterable[Path]) -> list[str]:
        return [self.marker.name(path) for path in paths]

    def _note(self, entry: Mapping[str, Any]) -> None:
        entry = {"command": self.command, **entry}
        with self.marker.path.open("ab") as file:
            # A line that was cut in two ends here.
            file.write(b"\n" + json.dumps(entry).encode() + b"\n")
        self.marker.fold(entry)

    def _check(self) -> None:
        for path in (*self.paths, *self.scratch):
            if (strange := self._strange(path)) is not None:
                raise self._refusal(strange)

    def _refusal(self, strange: Path) -> OutputError:
        return OutputError(
            f"'{strange}' is nothing that `{self.command}` wrote, or was changed "
            "since, and is left alone: name another path, or move it"
        )

    def _strange(self, path: Path) -> Path | None:
        """The first thing there that the command did not write."""
        if self.marker.is_strange:
            return self.marker.path
        if _is_free(path):
            return None
        if self.marker.command != self.command or not self.marker.owns(path):
            return path
        for where, folders, files in os.walk(path):
            for name in (*files, *folders):
                if not self.marker.owns(found := Path(where, name)):
                    return found
        return None


def claim(
    path: str | Path,
    command: str,
    *,
    inputs: Iterable[str | Path] = (),
    overwrite: bool = False,
    resume: bool = False,
) -> Output:
    """Claim a path, for a file or a folder.

    inputs: What the command reads: the output is none of these, nor around one.
    overwrite: Take it also if the command has finished an output there.
    resume: The same, but to go on.
    RAISES: OutputError if what is there is not an earlier output of the command, if
        another process writes to it, or if it is an input.
    """
    path = Path(os.path.abspath(path))
    marker = path.with_name(f".{path.name}{SUFFIX}")
    output = Output(command, marker, [path], part_of(path), journal_of(path))
    return _claim(output, inputs, overwrite, resume)


def claim_in(
    folder: str | Path,
    names: Iterable[str],
    command: str,
    *,
    inputs: Iterable[str | Path] = (),
    overwrite: bool = False,
    resume: bool = False,
) -> Output:
    """Claim some names in a folder, which may have anything else in it; see `claim`."""
    folder = Path(os.path.abspath(folder))
    paths = [folder / name for name in names]
    output = Output(command, folder / f".{command}{SUFFIX}", paths)
    return _claim(output, inputs, overwrite, resume)


def journal_of(path: Path) -> Path:
    """Where a run notes what it has done before it writes the output."""
    return path.with_name(f".{path.name}.journal")


def _claim(
    output: Output, inputs: Iterable[str | Path], overwrite: bool, resume: bool
) -> Output:
    for name in inputs:
        real = Path(os.path.realpath(name))
        for path in output.paths:
            if Path(os.path.realpath(path)) in (real, *real.parents):
                raise OutputError(f"'{path}' is an input, or has one in it: '{name}'")
    output.take(overwrite=overwrite, resume=resume)
    return output


class Outputs:
    """What is an output of ours among the files below a folder.

    The outputs of commands but for `NO_PAPERS`, such as `convert`, may be papers, and
    count only if the folder that they were made in is below this one.

    folder: None for files that a user names one by one.
    """

    def __init__(self, folder: str | Path | None = None) -> None:
        self._folder = None if folder is None else Path(os.path.abspath(folder))
        self._markers: dict[Path, list[Marker]] = {}

    def __contains__(self, path: str | Path) -> bool:
        path = Path(os.path.abspath(path))
        return any(
            marker.owns(path)
            for folder in path.parents
            for marker in self._markers_in(folder)
        )

    def _markers_in(self, folder: Path) -> list[Marker]:
        if folder not in self._markers:
            with suppress(OSError):
                names = [n for n in sorted(os.listdir(folder)) if n.endswith(SUFFIX)]
                inside = self._folder and folder.is_relative_to(self._folder)
                found = (Marker(folder / name) for name in names)
                self._markers[folder] = [
                    m for m in found if inside or m.command in NO_PAPERS
                ]
        return self._markers.setdefault(folder, [])


def _is_free(path: Path) -> bool:
    if path.is_symlink() or not path.is_dir():
        return not os.path.lexists(path)
    return next(path.iterdir(), None) is None


def remove(path: Path) -> None:
    """Remove a file or a folder that is ours."""
    if path.is_dir():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


def _files(path: Path) -> Iterator[Path]:
    if path.is_file():
        yield path
    for where, _, files in os.walk(path):
        yield from (Path(where, name) for name in sorted(files))


def _checksum(path: Path) -> str:
    found = hashlib.sha256()
    with path.open("rb") as file:
        while block := file.read(1 << 20):
            found.update(block)
    return found.hexdigest()


def _lock(path: Path) -> IO[bytes]:
    """Lock a file until it is closed or the process ends, however it does.

    Where a file system has no locks, the lock holds on this machine alone.

    RAISES: OutputError if another process has it.
    """
    while True:
        file = path.open("ab")
        try:
            _lock_open(file)
        except OSError as error:
            file.close()
            if error.errno in _NO_LOCKS:
                digest = hashlib.sha256(os.fsencode(path)).hexdigest()[:32]
                return _lock(Path(tempfile.gettempdir(), f"spacy-imrad-{digest}.lock"))
            raise OutputError(
                f"another process is writing there (it holds '{path}')"
            ) from None
        # Whoever had it may have removed it in between.
        with suppress(FileNotFoundError):
            if os.path.samestat(os.fstat(file.fileno()), path.stat()):
                return file
        file.close()


def _lock_open(file: IO[bytes]) -> None:
    if sys.platform == "win32":
        import msvcrt

        file.seek(1 << 30)
        msvcrt.locking(file.fileno(), msvcrt.LK_NBLCK, 1)
    else:
        import fcntl

        fcntl.flock(file, fcntl.LOCK_EX | fcntl.LOCK_NB)
