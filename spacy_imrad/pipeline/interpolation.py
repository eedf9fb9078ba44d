"""What headings say, joined with what the text says: the one place for that rule.

A heading that names a label holds a fixed share of the probability, the text divides
the rest. A share above one half decides, whatever the text says; a share below it can
be overruled by a text that speaks clearly for another label.
"""

import numpy
from numpy.typing import NDArray

from spacy_imrad.document.naming import named_by
from spacy_imrad.document.outline import Outline
from spacy_imrad.labels import Convention

# "inherited" and "mixed" yield where the text gives another label 0.82 more than the
# one that the heading names.
HEADING_WEIGHTS = {"own": 0.9, "inherited": 0.45, "mixed": 0.45}


def interpolate_headings(
    outline: Outline,
    scores: NDArray[numpy.float32],
    labels: list[str],
    convention: Convention = "ancestor",
) -> NDArray[numpy.float32]:
    """Join the text's scores with the headings.

    scores: Probabilities, prose paragraphs x labels.
    convention: Which headings name a label (see `named_by`).
    RETURNS: A new array of that shape; rows sum to 1.
    """
    joined = scores.copy()
    sections = outline.sections
    named = {
        index: named_by(
            (sections[i].title for i in outline.ancestors(index)),
            convention,
            (sections[i].stated for i in outline.ancestors(index)),
        )
        for index, _ in outline.prose()
    }
    for row, (index, _) in enumerate(outline.prose()):
        found = named[index]
        if found is not None and found.label in labels:
            share = HEADING_WEIGHTS[found.how]
            joined[row] *= 1 - share
            joined[row, labels.index(found.label)] += share
    return joined
