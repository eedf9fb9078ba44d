"""Many papers → a folder of pages with an index."""

import re
from pathlib import Path

from spacy_imrad.view.index import IndexEntry
from spacy_imrad.view.page import render_index, render_paper
from spacy_imrad.view.paper import PaperView

INDEX = "index.html"
_NOT_PLAIN = re.compile(r"[^\w.-]+")
LONGEST_NAME = 80


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
        self._taken = {INDEX}
        folder.mkdir(parents=True)

    def add(self, paper: PaperView) -> Path:
        """RETURNS: The paper's page."""
        page = self.folder / self._page_name(paper.name)
        page.write_text(render_paper(paper, index=INDEX), encoding="utf8")
        self.entries.append(IndexEntry.of(paper, page.name))
        return page

    def finish(self) -> Path:
        """RETURNS: The index."""
        index = self.folder / INDEX
        index.write_text(render_index(self.entries), encoding="utf8")
        return index

    def _page_name(self, name: str) -> str:
        """A name that is safe in addresses and that no other paper's page has, also
        where small and capital letters are one."""
        plain = _NOT_PLAIN.sub("-", Path(name).stem)
        stem = plain[:LONGEST_NAME].strip("-.") or "paper"
        page, copy = f"{stem}.html", 1
        while page.lower() in self._taken:
            copy += 1
            page = f"{stem}-{copy}.html"
        self._taken.add(page.lower())
        return page
