"""Many papers → a folder of pages with an index."""

from pathlib import Path

from spacy_imrad.printable import PlainNames
from spacy_imrad.view.index import IndexEntry
from spacy_imrad.view.page import render_index, render_paper
from spacy_imrad.view.paper import PaperView

INDEX = "index.html"


class OnePage:
    """Writes one paper to a file, as `Site` does many to a folder."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def add(self, paper: PaperView) -> Path:
        self._path.write_text(render_paper(paper), encoding="utf8", errors="replace")
        return self._path

    def finish(self) -> Path | None:
        """RETURNS: The page, None without a paper."""
        return self._path if self._path.exists() else None


class Site:
    """Writes papers to a folder, a page each, and keeps of them what the index shows.

    folder: Is made.
    """

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.entries: list[IndexEntry] = []
        self._names = PlainNames(INDEX)
        folder.mkdir(parents=True)

    def add(self, paper: PaperView) -> Path:
        """RETURNS: The paper's page."""
        page = self.folder / self._names.give(Path(paper.name).stem, ".html")
        page.write_text(render_paper(paper, index=INDEX), encoding="utf8")
        self.entries.append(IndexEntry.of(paper, page.name))
        return page

    def finish(self) -> Path:
        """RETURNS: The index."""
        index = self.folder / INDEX
        index.write_text(render_index(self.entries), encoding="utf8")
        return index
