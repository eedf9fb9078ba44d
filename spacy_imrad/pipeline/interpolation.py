"""Linear interpolation of what headings name with what the text says.

A heading that names a label has a fixed share of the probability; the scores of the
text divide the rest. A share above one half decides, whatever the text says. A smaller
one can be overruled by a text that clearly has another label.
"""

import numpy
from numpy.typing import NDArray

from spacy_imrad.document.naming import named_by
from spacy_imrad.document.outline import Outline
from spacy_imrad.labels import Convention

# "inherited" and "mixed" yield if the text gives another label 0.82 more than it gives
# the one that the heading names.
HEADING_WEIGHTS = {"own": 0.9, "inherited": 0.45, "mixed": 0.45}


def interpolate_headings(
    outline: Outline,
    scores: NDArray[numpy.float32],
    labels: list[str],
    convention: Convention = "ancestor",
) -> NDArray[numpy.float32]:
    """Interpolate the scores of the text with the labels that headings name.

    scores: Probabilities, prose paragraphs x labels.
    convention: Which headings name a label (see `named_by`).
    RETURNS: A new array of that shape; rows sum to 1.
    """
    scored = scores.copy()
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
            scored[row] *= 1 - share
            scored[row, labels.index(found.label)] += share
    return scored
