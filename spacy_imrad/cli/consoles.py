"""What the commands print on, and how they say what went wrong."""

import io
import os
import sys

from rich.console import Console

# Wide enough for every heading: a pipe or a file has no edge to cut a line at.
UNLIMITED_WIDTH = 10_000


def open_consoles() -> tuple[Console, Console]:
    """RETURNS: Standard output and standard error."""
    if isinstance(sys.stdout, io.TextIOWrapper):
        # A name or a heading that the terminal's encoding lacks is no reason to stop.
        sys.stdout.reconfigure(errors="backslashreplace")
    width = None if sys.stdout.isatty() else UNLIMITED_WIDTH
    out = _Console(width=width, markup=False, highlight=False, emoji=False)
    err = Console(
        stderr=True, soft_wrap=True, markup=False, highlight=False, emoji=False
    )
    return out, err


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
    console.print(f"{kind}: {subject}: {short}")


def short_reason(reason: object) -> str:
    """An exception in its shortest clear form; anything else as it is."""
    if isinstance(reason, OSError):
        return str(reason.strerror or reason)
    if isinstance(reason, Exception) and not isinstance(reason, ValueError):
        return f"{type(reason).__name__}: {reason}"
    return str(reason)
