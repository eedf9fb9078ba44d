"""What the commands print on, and how they say what went wrong."""

import io
import os
import sys

from rich.console import Console

from spacy_imrad.printable import printable

# Wide enough for every heading: a pipe or a file has no edge to cut a line at.
UNLIMITED_WIDTH = 10_000
# Files that are named of those about which the same was said before.
N_NAMED = 3


def open_consoles() -> tuple[Console, Console]:
    """RETURNS: Standard output and standard error."""
    _open_closed()
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name or a heading that the terminal's encoding lacks is no reason to stop.
        sys.stdout.reconfigure(errors="backslashreplace")
    width = None if sys.stdout.isatty() else UNLIMITED_WIDTH
    out = _Console(width=width, markup=False, highlight=False, emoji=False)
    err = Console(
        stderr=True, soft_wrap=True, markup=False, highlight=False, emoji=False
    )
    return out, err


def stream_data() -> None:
    """Treat standard output as a file: data that is piped is UTF-8 on every system,
    with the line ends of its format."""
    if isinstance(sys.stdout, io.TextIOWrapper) and not sys.stdout.isatty():
        sys.stdout.reconfigure(encoding="utf8", newline="")


def _open_closed() -> None:
    """Put something in the place of a standard stream that is closed: the next file
    that is opened would have its number."""
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            os.open(os.devnull, os.O_RDWR)
    if sys.stderr is None:
        sys.stderr = io.TextIOWrapper(io.FileIO(2, "w", closefd=False))
    if sys.stdout is None:
        # Whoever writes to it ends as for a reader that has stopped.
        reading, writing = os.pipe()
        os.close(reading)
        os.dup2(writing, 1)
        os.close(writing)
        sys.stdout = io.TextIOWrapper(io.FileIO(1, "w", closefd=False))


class _Console(Console):
    def on_broken_pipe(self) -> None:
        """Leave it to the command what is done: rich itself would exit with 1."""
        raise BrokenPipeError


def close_broken_pipe() -> int:
    """What reads standard output has stopped: let nothing more be written to it.

    RETURNS: The exit code that a shell gives to a process that ended for this reason.
    """
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    return 128 + 13


def report(console: Console, kind: str, subject: str, reason: object) -> None:
    """Print `kind: subject: reason`, an exception in its shortest clear form."""
    # Readers name the file themselves.
    short = short_reason(reason).removeprefix(f"{subject}: ")
    console.print(printable(f"{kind}: {subject}: {short}"))


class Reporter:
    """Reports on files as they come; the same thing about many of them only once, with
    the number of the others at the end."""

    def __init__(self, console: Console) -> None:
        self._console = console
        self._others: dict[tuple[str, str], list[str]] = {}

    def __call__(self, kind: str, subject: str, reason: object) -> None:
        """kind, subject, reason: As for `report`."""
        # Readers name the file themselves.
        key = kind, short_reason(reason).removeprefix(f"{subject}: ")
        if key in self._others:
            self._others[key].append(subject)
        else:
            self._others[key] = []
            report(self._console, kind, subject, reason)

    def close(self) -> None:
        """Report on the others."""
        for (kind, reason), names in self._others.items():
            if names:
                shown, rest = names[:N_NAMED], len(names) - N_NAMED
                more = [f"{rest:,} more"] if rest > 0 else []
                report(self._console, kind, ", ".join(shown + more), reason)
        self._others.clear()


def short_reason(reason: object) -> str:
    """An exception in its shortest clear form; anything else as it is."""
    if isinstance(reason, OSError):
        return str(reason.strerror or reason)
    if isinstance(reason, Exception) and not isinstance(reason, ValueError):
        return f"{type(reason).__name__}: {reason}"
    return str(reason)
