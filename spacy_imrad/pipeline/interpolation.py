"""Linear interpolation of what headings name with what the text says.

A heading that names a label has a fixed share of the probability; the scores of the
text divide the rest. A share above one half decides, whatever the text says. A smaller
one can be overruled by a text that clearly has another label.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy
from numpy.typing import NDArray

from spacy_imrad.document.naming import Named, named_by
from spacy_imrad.document.outline import Outline
from spacy_imrad.labels import Convention

# "inherited" and "mixed" yield if the text gives another label 0.82 more than it gives
# the one that the heading names.
HEADING_WEIGHTS = {"own": 0.9, "inherited": 0.45, "mixed": 0.45}

Why: TypeAlias = Literal["heading", "parent", "text", "both"]
"""Where a label comes from:

    heading     the section's own heading names it, and the text does not disagree or
                can't overrule it
    parent      a heading above names it, and the text does not disagree
    both        a heading that the text can overrule names one label, and the text alone
                says another: the label is the one that weighs more
    text        no heading names a label, or headings are not used
"""


def named_sections(
    outline: Outline, labels: Sequence[str], convention: Convention = "ancestor"
) -> dict[int, Named]:
    """The labels that headings name (see `named_by`), by the index of the section; of
    those sections that have prose paragraphs, and of no others than `labels`."""
    sections = outline.sections
    found = {
        index: named_by(
            (sections[i].title for i in outline.ancestors(index)),
            convention,
            (sections[i].stated for i in outline.ancestors(index)),
        )
        for index in dict.fromkeys(index for index, _ in outline.prose())
    }
    return {i: named for i, named in found.items() if named and named.label in labels}


def interpolate_headings(
    outline: Outline,
    scores: NDArray[numpy.float32],
    labels: Sequence[str],
    named: Mapping[int, Named],
) -> NDArray[numpy.float32]:
    """Interpolate the scores of the text with the labels that headings name.

    scores: Probabilities, prose paragraphs x labels.
    named: See `named_sections`.
    RETURNS: A new array of that shape; rows sum to 1.
    """
    scored = scores.copy()
    for row, (index, _) in enumerate(outline.prose()):
        if found := named.get(index):
            share = HEADING_WEIGHTS[found.how]
            scored[row] *= 1 - share
            scored[row, labels.index(found.label)] += share
    return scored


def why_labelled(
    named: Named | None, scores: NDArray[numpy.float32], labels: Sequence[str]
) -> Why:
    """Where the label of a paragraph comes from, or that of a section of them.

    named: What the headings over it name.
    scores: Its scores, already interpolated; (labels,).
    """
    if named is None:
        return "text"
    source: Why = "parent" if named.how == "inherited" else "heading"
    share, index = HEADING_WEIGHTS[named.how], labels.index(named.label)
    text = scores.copy()
    text[index] -= share
    return source if share > 0.5 or text.argmax() == index else "both"
