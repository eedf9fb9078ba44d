"""Outline → windows of a spacy-transformers `transformer`."""

import warnings
from collections.abc import Callable, Iterable, Iterator
from functools import partial
from itertools import pairwise
from typing import TypeAlias

import numpy
from spacy.tokens import Doc, Span

from spacy_imrad.document.outline import Segmenter
from spacy_imrad.document.tokens import token_bounds

SpanGetter: TypeAlias = Callable[[Iterable[Doc]], list[list[Span]]]


def make_paragraph_spans_v1(segmenter: Segmenter, max_bytes: int = 510) -> SpanGetter:
    """Windows of a paragraph or heading each (`spacy-imrad.ParagraphSpans.v1`).

    All tokens of the Doc are in one window: what is between paragraphs goes with the
    one before.

    segmenter: Finds the paragraphs; usually that of the pipe `imrad_classifier`.
    max_bytes: Most bytes (UTF-8) in a window; a longer paragraph has several, of about
        the same length. No wordpiece is shorter than a byte, so with 2 less than the
        encoder's wordpieces nothing is ever cut, the final special token included.
    RETURNS: Span getter for `spacy-transformers.TransformerModel.v3`. It warns of a
        token that is longer than `max_bytes`.
    RAISES: ValueError if `max_bytes` is not positive.
    """
    if max_bytes < 1:
        raise ValueError(f"`max_bytes` is {max_bytes}; it has to be at least 1.")
    return partial(get_paragraph_spans, segmenter=segmenter, max_bytes=max_bytes)


def get_paragraph_spans(
    docs: Iterable[Doc], segmenter: Segmenter, max_bytes: int
) -> list[list[Span]]:
    return [
        [doc[start:end] for start, end in _windows(doc, segmenter, max_bytes)]
        for doc in docs
    ]


def _windows(
    doc: Doc, segmenter: Segmenter, max_bytes: int
) -> Iterator[tuple[int, int]]:
    sizes = [len(token.text_with_ws.encode()) for token in doc]
    for start, end in pairwise(_block_starts(doc, segmenter)):
        total = sum(sizes[start:end])
        fair = total / -(-total // max_bytes)
        first, size = start, 0
        for i in range(start, end):
            if size and (size >= fair or size + sizes[i] > max_bytes):
                yield first, i
                first, size = i, 0
            size += sizes[i]
            if sizes[i] > max_bytes:
                warnings.warn(
                    f"A token of {sizes[i]} bytes is longer than a window of "
                    f"{max_bytes}: the transformer may cut it ('{doc[i].text[:30]}…').",
                    stacklevel=2,
                )
        yield first, end


def _block_starts(doc: Doc, segmenter: Segmenter) -> list[int]:
    """The tokens at which windows have to begin, and the Doc's end."""
    # spacy-transformers initializes with a Doc of one word, on which no component has
    # set anything that the segmenter may need.
    if len(doc) < 2:
        return [0, len(doc)] if len(doc) else []
    blocks = [
        block
        for section in segmenter(doc).sections
        for block in (section.heading, *section.paragraphs)
        if block is not None
    ]
    starts = numpy.unique(token_bounds(doc, blocks)[:, 0]).tolist()
    return [0, *starts[1:], len(doc)]
