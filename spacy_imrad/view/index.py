"""What the list of all papers keeps of each."""

from dataclasses import dataclass

from spacy_imrad.view.paper import PaperView, Stretch


@dataclass(frozen=True, slots=True)
class IndexEntry:
    """A paper as the index shows it; without its parts' texts, so that many entries
    need little memory.

    href: Address of its page, relative to the index.
    name: The end of its path.
    confidence: As `PaperView.confidence`.
    n_low: How many sections have a low confidence.
    """

    href: str
    title: str
    name: str
    labels: tuple[str, ...]
    strip: tuple[Stretch, ...]
    shares: tuple[float, ...]
    n_words: int
    headings: tuple[str, ...]
    confidence: float | None
    n_low: int
    warnings: tuple[str, ...]

    @classmethod
    def of(cls, paper: PaperView, href: str) -> "IndexEntry":
        return cls(
            href,
            paper.title,
            paper.short_name,
            paper.labels,
            paper.strip,
            paper.shares,
            paper.n_words,
            tuple(part.title for part in paper.parts if part.headed),
            paper.confidence,
            paper.n_low_sections,
            paper.warnings,
        )
