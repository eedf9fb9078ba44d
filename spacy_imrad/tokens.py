"""Characters → tokens: where an outline's blocks lie in the Doc."""

from collections.abc import Iterable

import numpy
from numpy.typing import NDArray
from spacy.attrs import IDX
from spacy.tokens import Doc

from .outline import Heading, Paragraph, Section


def token_bounds(
    doc: Doc, blocks: Iterable[Heading | Paragraph | Section]
) -> NDArray[numpy.intp]:
    """The tokens that hold each block, none of them cut.

    RETURNS: int array (blocks, 2), the first token and the one after the last.
    """
    starts = doc.to_array(IDX)
    characters = [(block.start, block.end) for block in blocks]
    bounds = numpy.asarray(characters, dtype="intp").reshape(-1, 2)
    first = numpy.searchsorted(starts, bounds[:, 0], side="right") - 1
    after = numpy.searchsorted(starts, bounds[:, 1], side="left")
    return numpy.stack([first, after], axis=1)
