"""What the commands print on, and how they say what went wrong."""

import io
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
    out = Console(width=width, markup=False, highlight=False, emoji=False)
    err = Console(
        stderr=True, soft_wrap=True, markup=False, highlight=False, emoji=False
    )
    return out, err


def report(console: Console, kind: str, subject: str, reason: object) -> None:
    """Print `kind: subject: reason`, an exception in its shortest clear form."""
    if isinstance(reason, OSError):
        reason = reason.strerror or reason
    elif isinstance(reason, Exception) and not isinstance(reason, ValueError):
        reason = f"{type(reason).__name__}: {reason}"
    # Readers name the file themselves.
    console.print(f"{kind}: {subject}: {str(reason).removeprefix(f'{subject}: ')}")
