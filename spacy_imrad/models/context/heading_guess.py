"""A second task for training: which words does the heading have that was hidden?

Gold labels stand under half of a paper's headings; words stand under all of them.
"""

import torch
from torch import nn

from spacy_imrad.models.context.settings import ContextSettings


class HeadingGuess(nn.Module):
    """Guesses the words of a heading from what the context made of a paragraph.

    It is dropped with the training; labelling does without.
    """

    def __init__(self, settings: ContextSettings) -> None:
        super().__init__()
        self.project = nn.Linear(2 * settings.width, settings.word_width)

    def forward(
        self, states: torch.Tensor, table: torch.Tensor, words: list[list[int]]
    ) -> torch.Tensor:
        """states: float32, paragraphs x (2 x width).
        table: The embedding of words, hashes x word_width.
        words: Hashes of each paragraph's hidden heading; none if none was hidden.
        RETURNS: The mean cross-entropy of the paragraphs that have words; 0 without.
        """
        rows = [row for row, of_paragraph in enumerate(words) if of_paragraph]
        if not rows:
            return states.new_zeros((), requires_grad=True)
        bags = [words[row] for row in rows]
        log_scores = (self.project(states[rows]) @ table.T).log_softmax(dim=1)
        owner = [place for place, bag in enumerate(bags) for _ in bag]
        share = [1 / len(bag) for bag in bags for _ in bag]
        found = log_scores[owner, [word for bag in bags for word in bag]]
        return -(found * states.new_tensor(share)).sum() / len(bags)
