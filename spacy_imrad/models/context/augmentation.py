"""What training does to papers so that the document context learns to do without."""

from dataclasses import dataclass

import numpy

from spacy_imrad.document.outline import Outline

# A heading whose words are unknown has so many.
UNKNOWN_WORDS = range(1, 5)


@dataclass(frozen=True, slots=True)
class ContextTraining:
    """How the document context is trained; `build_document_context_v1` explains.

    RAISES: ValueError for a number out of its range.
    """

    alone_rate: float = 0.3
    hidden_rate: float = 0.5
    renamed_rate: float = 0.0
    guess_weight: float = 0.0
    dropout: float | None = None
    rate_scale: float = 10.0
    freeze_paragraphs: bool = False

    def __post_init__(self) -> None:
        for name in ("alone_rate", "hidden_rate", "renamed_rate", "dropout"):
            rate = getattr(self, name)
            if rate is not None and not 0 <= rate <= 1:
                raise ValueError(f"`{name}` is {rate}; it has to be from 0 to 1.")
        for name in ("guess_weight", "rate_scale"):
            factor = getattr(self, name)
            if not 0 <= factor < float("inf"):
                raise ValueError(f"`{name}` is {factor}; it has to be 0 or more.")

    def hide_headings(self, outline: Outline) -> set[int]:
        """Choose sections whose heading is left out: all, some or none."""
        n_sections = len(outline.sections)
        if numpy.random.uniform() < self.hidden_rate:
            return set(range(n_sections))
        return _some(n_sections) if numpy.random.uniform() < 0.5 else set()

    def rename_headings(self, outline: Outline, n_hashes: int) -> dict[int, list[int]]:
        """Choose sections whose heading has unknown words: none, some or all.

        RETURNS: Those words, hashed, by the section's index.
        """
        if numpy.random.uniform() >= self.renamed_rate:
            return {}
        return {
            index: numpy.random.randint(
                1, n_hashes + 1, size=numpy.random.choice(UNKNOWN_WORDS)
            ).tolist()
            for index in _some(len(outline.sections))
        }


def _some(n_sections: int) -> set[int]:
    share = numpy.random.uniform()
    chosen = numpy.random.uniform(size=n_sections) < share
    return set(numpy.flatnonzero(chosen).tolist())
