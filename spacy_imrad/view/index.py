"""What the list of all papers keeps of each."""

from dataclasses import dataclass

from spacy_imrad.view.paper import PaperView, Stretch


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A paper as the index shows it; without its parts' texts, so that many entries
    need little memory.

    href: Address of its page, relative to the index.
    """

    href: str
    title: str
    name: str
    labels: tuple[str, ...]
    strip: tuple[Stretch, ...]
    shares: tuple[float, ...]
    n_words: int
    headings: tuple[str, ...]

    @classmethod
    def of(cls, paper: PaperView, href: str) -> "IndexEntry":
        return cls(
            href,
            paper.title,
            paper.name,
            paper.labels,
            paper.strip,
            paper.shares,
            paper.n_words,
            tuple(part.title for part in paper.parts if part.headed),
        )
