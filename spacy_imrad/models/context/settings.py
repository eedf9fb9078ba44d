"""Sizes of the context network; they travel with its weights."""

from dataclasses import dataclass
from typing import Any

from spacy_imrad.labels import Convention
from spacy_imrad.models.context.conventions import current_name


@dataclass(frozen=True, slots=True)
class ContextSettings:
    """Sizes of the network.

    vector_width: Width of the encoder's paragraph vectors.
    n_labels, n_numbers: Labels, and columns of the features' `numbers`.
    n_hashes: Rows of the embedding of heading words, less the one for no heading.
    word_width: Width of that embedding.
    width: Width of the recurrent layers, in each direction.
    depth: Number of recurrent layers.
    convention: The convention of labelling that it learned first.
    """

    vector_width: int
    n_labels: int
    n_numbers: int
    n_hashes: int
    word_width: int
    width: int
    depth: int
    convention: Convention = "ancestor"

    @classmethod
    def from_stored(cls, stored: dict[str, Any]) -> "ContextSettings":
        """The settings that `asdict` made, by this version or by an earlier one.

        RAISES: TypeError for other settings.
        """
        first = stored.pop("rule", stored.pop("convention", "ancestor"))
        return cls(**stored, convention=current_name(first))

    @property
    def calibration_shape(self) -> tuple[int, int, int]:
        """The rows of a calibration each for paragraphs alone, papers without and
        papers with headings."""
        return 3, self.n_labels + 2, self.n_labels

    @property
    def n_features(self) -> int:
        """Columns of what describes a paragraph."""
        return self.vector_width + self.n_labels + self.n_numbers + 2 * self.word_width

    def shapes(self) -> dict[str, tuple[int, ...]]:
        """The shapes of the network's weights, by name."""
        both = 2 * self.width
        shapes: dict[str, tuple[int, ...]] = {
            "calibration": self.calibration_shape,
            "words.weight": (self.n_hashes + 1, self.word_width),
            "norm.weight": (self.vector_width,),
            "norm.bias": (self.vector_width,),
            "project.weight": (both, self.n_features),
            "project.bias": (both,),
            "output.weight": (self.n_labels, both),
            "output.bias": (self.n_labels,),
        }
        gates = 3 * self.width
        for layer in range(self.depth):
            for direction in ("", "_reverse"):
                for kind, read in (("ih", both), ("hh", self.width)):
                    name = f"{kind}_l{layer}{direction}"
                    shapes[f"sequence.weight_{name}"] = (gates, read)
                    shapes[f"sequence.bias_{name}"] = (gates,)
        return shapes
