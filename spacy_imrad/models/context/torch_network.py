"""The network that reads a paper's paragraphs in their order."""

import numpy
import torch
from numpy.typing import NDArray
from torch import nn
from torch.nn.utils.rnn import PackedSequence

from spacy_imrad.models.context.calibration import Calibration
from spacy_imrad.models.context.settings import ContextSettings


class ContextNetwork(nn.Module):
    """A bidirectional GRU over paragraph vectors and features of their place.

    Its logits are added to those of each paragraph alone, so that it starts from the
    encoder's own judgement. `calibration` has the rows for paragraphs alone, for papers
    without and for papers with headings.
    """

    def __init__(self, settings: ContextSettings) -> None:
        super().__init__()
        self.settings = settings
        self.words = nn.EmbeddingBag(settings.n_hashes + 1, settings.word_width)
        self.norm = nn.LayerNorm(settings.vector_width)
        self.project = nn.Linear(settings.n_features, 2 * settings.width)
        self.dropout = nn.Dropout()
        self.sequence = nn.GRU(
            2 * settings.width,
            settings.width,
            settings.depth,
            bidirectional=True,
        )
        self.output = nn.Linear(2 * settings.width, settings.n_labels)
        self.calibration: torch.Tensor
        self.register_buffer(
            "calibration",
            torch.tensor([Calibration.none(settings.n_labels).rows()] * 3),
        )
        self.set_dropout(0.0)

    def set_dropout(self, rate: float) -> None:
        """Set the dropout of what goes into the recurrent layers, between them, and
        comes out."""
        self.dropout.p = rate
        self.sequence.dropout = rate if self.settings.depth > 1 else 0.0

    def forward(
        self,
        vectors: torch.Tensor,
        logits: torch.Tensor,
        numbers: torch.Tensor,
        words: list[tuple[torch.Tensor, torch.Tensor]],
        lengths: list[int],
    ) -> tuple[torch.Tensor, torch.Tensor]:
        """vectors, logits, numbers: float32, the paragraphs of all papers x width,
            x labels and x features.
        words: Word hashes and the offset of each paragraph's first, of own headings
            and of upper ones.
        lengths: Paragraphs of each paper.
        RETURNS: float32, logits (paragraphs x labels), and the states that they were
            read from (paragraphs x (2 x width)).
        """
        # The encoder's own head answers for paragraphs alone; it does not learn to
        # lean on the context.
        alone = logits.detach()
        features = torch.cat(
            [
                self.norm(vectors),
                alone.log_softmax(dim=1),
                numbers,
                *(self.words(hashes, offsets) for hashes, offsets in words),
            ],
            dim=1,
        )
        hidden = self.dropout(nn.functional.gelu(self.project(features)))
        states = self.dropout(self.read(hidden, lengths))
        return alone + self.output(states), states

    def read(self, hidden: torch.Tensor, lengths: list[int]) -> torch.Tensor:
        """Let each paragraph know of those around it: paragraphs x (2 x width)."""
        rows, sizes = steps_of(lengths)
        # `pack_sequence` would ask a GPU for its order, and wait for all it has to do.
        there, back = (
            torch.from_numpy(indices).to(hidden.device, non_blocking=True)
            for indices in (rows, rows.argsort())
        )
        papers = PackedSequence(hidden.index_select(0, there), torch.from_numpy(sizes))
        states: torch.Tensor = self.sequence(papers)[0].data
        return states.index_select(0, back)


def steps_of(lengths: list[int]) -> tuple[NDArray[numpy.int64], NDArray[numpy.int64]]:
    """The order in which a recurrent layer reads papers at once, a step at a time.

    RETURNS: The row of each paragraph, all first ones before all second ones, those of
        longer papers earlier; and how many paragraphs each step has.
    """
    order = numpy.argsort(-numpy.asarray(lengths), kind="stable")
    sizes = numpy.asarray(lengths)[order]
    firsts = numpy.cumsum([0, *lengths[:-1]])[order]
    steps = numpy.arange(sizes[0])
    is_there = steps[:, None] < sizes
    return (firsts + steps[:, None])[is_there], is_there.sum(axis=1)
