"""Tokens ↔ characters: a Doc's text, and where an outline's blocks lie in it."""

from collections.abc import Iterable
from typing import Any, Final

import numpy
from numpy.typing import NDArray
from spacy.attrs import IDX, ORTH, SPACY
from spacy.strings import StringStore
from spacy.tokens import Doc

from spacy_imrad.document.outline import Heading, Paragraph, Section

# So many tokens at a time: the strings of a whole book would fill memory.
BLOCK: Final = 2**15


def text_of(doc: Doc) -> str:
    """The same as `doc.text`, which makes a Token of each and takes twice as long."""
    tokens = doc.to_array([ORTH, SPACY])
    blocks = (tokens[i : i + BLOCK] for i in range(0, len(tokens), BLOCK))
    return "".join(_joined(block, doc.vocab.strings) for block in blocks)


def _joined(tokens: NDArray[Any], strings: StringStore) -> str:
    """tokens: uint64 array (tokens, 2), the string of each and whether a space
    follows."""
    distinct, index = numpy.unique(tokens[:, 0], return_inverse=True)
    words = [strings[orth] for orth in distinct.tolist()]
    table = numpy.empty((len(words), 2), dtype=object)
    table[:, 0] = words
    table[:, 1] = [f"{word} " for word in words]
    return "".join(table[index, tokens[:, 1].astype("intp")].tolist())


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
