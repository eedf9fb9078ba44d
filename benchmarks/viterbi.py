"""The plain way to use a paper's order: Viterbi over each paragraph's own scores."""

from pathlib import Path

import numpy
import spacy
from numpy.typing import NDArray

from spacy_imrad.labels import LABELS
from spacy_imrad.training.corpus import make_papers_corpus_v1
from spacy_imrad.training.gold_paragraphs import GoldKeys, gold_paragraphs


def learn_transitions(corpus: Path, rule: str, limit: int) -> NDArray[numpy.float64]:
    """Count which label follows which, from labelled paragraph to labelled paragraph.

    RETURNS: Log probabilities, labels before x labels after; a last row for the start.
    """
    counts = numpy.ones((len(LABELS) + 1, len(LABELS)))
    reader = make_papers_corpus_v1(
        str(corpus), unit="paper", rule=rule, tokens="paragraph", limit=limit
    )
    for example in reader(spacy.blank("en")):
        _, gold = gold_paragraphs(example, LABELS, None, GoldKeys())
        previous = len(LABELS)
        for label in gold[gold >= 0]:
            counts[previous, label] += 1
            previous = label
    return numpy.log(counts / counts.sum(axis=1, keepdims=True))


def best_path(
    scores: NDArray[numpy.float32], transitions: NDArray[numpy.float64]
) -> NDArray[numpy.intp]:
    """scores: Probabilities, paragraphs x labels.
    RETURNS: The label indices of the most probable sequence.
    """
    log_scores = numpy.log(scores + 1e-9)
    reached = transitions[-1] + log_scores[0]
    backwards = numpy.zeros(scores.shape, dtype=numpy.intp)
    for row in range(1, len(scores)):
        options = reached[:, None] + transitions[:-1]
        backwards[row] = options.argmax(axis=0)
        reached = options.max(axis=0) + log_scores[row]
    path = [int(reached.argmax())]
    for row in range(len(scores) - 1, 0, -1):
        path.append(int(backwards[row][path[-1]]))
    return numpy.asarray(path[::-1])
