"""How a run is shown on the terminal."""

from contextlib import ExitStack
from types import TracebackType
from typing import TYPE_CHECKING

from rich.console import Console

from spacy_imrad.cli.consoles import Reporter, short_reason
from spacy_imrad.cli.progress import PapersBar, papers_bar

if TYPE_CHECKING:
    from spacy_imrad.readers.sources import Failure


class ConsoleListener:
    """Reports on a console what fails, and has a bar there; for `with`.

    hidden: Without the bar.
    many: Without it for a single file, too.
    """

    def __init__(
        self, console: Console, *, hidden: bool = False, many: bool = False
    ) -> None:
        self._console = console
        self._report = Reporter(console)
        self._hidden = hidden
        self._many = many
        self._stack = ExitStack()
        self._bar: PapersBar | None = None

    def __enter__(self) -> "ConsoleListener":
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._stack.close()
        self._report.close()

    def begin(self, n_files: int, total: float) -> None:
        hidden = self._hidden or (self._many and n_files == 1)
        bar = papers_bar(self._console, total, hidden=hidden)
        self._bar = self._stack.enter_context(bar)

    def advance(self, share: float) -> None:
        if self._bar is not None:
            self._bar.advance(share)

    def fail(self, failure: "Failure") -> str:
        self._report("error", failure.name, failure.reason)
        return short_reason(failure.reason)

    def note(self, name: str, text: str) -> None:
        self._report("note", name, text)
