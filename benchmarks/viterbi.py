"""The plain way to use a paper's order: Viterbi over each paragraph's own scores."""

from pathlib import Path

import numpy
import spacy
from numpy.typing import NDArray

from spacy_imrad.labels import LABELS, Convention
from spacy_imrad.pipeline.gold_paragraphs import GoldKeys, gold_paragraphs, no_segmenter
from spacy_imrad.training.corpus import make_papers_corpus_v1


def learn_transitions(
    corpus: Path, convention: Convention, limit: int
) -> NDArray[numpy.float64]:
    """Count which label follows which, from labelled paragraph to labelled paragraph.

    RETURNS: Log probabilities, labels before x labels after; a last row for the start.
    """
    counts = numpy.ones((len(LABELS) + 1, len(LABELS)))
    reader = make_papers_corpus_v1(
        str(corpus), unit="paper", rule=convention, tokens="paragraph", limit=limit
    )
    for example in reader(spacy.blank("en")):
        _, gold = gold_paragraphs(example, LABELS, no_segmenter, GoldKeys())
        previous = len(LABELS)
        for label in gold[gold >= 0]:
            counts[previous, label] += 1
            previous = label
    return numpy.log(counts / counts.sum(axis=1, keepdims=True))
