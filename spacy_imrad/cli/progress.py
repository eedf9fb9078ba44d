"""How far a long run is: its share of the input, papers a second, time that remains."""

from collections.abc import Iterator
from contextlib import contextmanager

from rich.console import Console
from rich.progress import (
    BarColumn,
    Progress,
    ProgressColumn,
    Task,
    TaskProgressColumn,
    TextColumn,
    TimeRemainingColumn,
)
from rich.text import Text

from spacy_imrad.printable import count


class PapersBar:
    """Advances by shares of the input, and counts papers."""

    def __init__(self, progress: Progress | None, total: float) -> None:
        self._progress = progress
        if progress is not None:
            self._task = progress.add_task("Labelling", total=total, papers=0)
        self._papers = 0

    def advance(self, share: float) -> None:
        """A paper is done that is `share` of the total."""
        if self._progress is not None:
            self._papers += 1
            self._progress.update(self._task, advance=share, papers=self._papers)


class _PapersColumn(ProgressColumn):
    def render(self, task: Task) -> Text:
        papers, elapsed = task.fields["papers"], task.elapsed or 0.0
        rate = f" ({papers / elapsed:.1f}/s)" if elapsed else ""
        return Text(f"{count(papers, 'paper')}{rate}")


@contextmanager
def papers_bar(console: Console, total: float, *, hidden: bool) -> Iterator[PapersBar]:
    """A bar on a terminal; nothing elsewhere, or if `hidden`.

    hidden: Has to be true if anything but the console prints on the terminal, since
        only the console knows where the bar is.
    """
    if hidden or not console.is_terminal:
        yield PapersBar(None, total)
        return
    with Progress(
        TextColumn("{task.description}"),
        BarColumn(),
        TaskProgressColumn(),
        _PapersColumn(),
        TimeRemainingColumn(),
        console=console,
        transient=True,
        redirect_stdout=False,
    ) as progress:
        yield PapersBar(progress, total)
