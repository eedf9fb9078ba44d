"""Outline → candidate spans of spaCy's own `spancat` and `spancat_singlelabel`."""

from collections.abc import Iterable
from functools import partial
from typing import Literal, TypeAlias, cast, get_args

import numpy
from spacy.pipeline.spancat import Suggester
from spacy.tokens import Doc
from thinc.api import Ops, get_current_ops
from thinc.types import Ints2d, Ragged

from spacy_imrad.document.outline import PROSE, Outline, Paragraph, Section, Segmenter
from spacy_imrad.document.tokens import token_bounds

Unit: TypeAlias = Literal["paragraph", "section"]


def make_outline_suggester_v1(
    segmenter: Segmenter, unit: Unit = "paragraph"
) -> Suggester:
    """Suggest the spans that `imrad_classifier` labels
    (`spacy-imrad.OutlineSuggester.v1`).

    segmenter: Finds sections and paragraphs.
    unit: "paragraph" suggests each paragraph of prose in the body, "section" each
        heading with its paragraphs, down to the next heading.
    RETURNS: Suggester: from Docs to a Ragged of int arrays (spans, 2), the first token
        and the one after the last.
    RAISES: ValueError for another unit.
    """
    if unit not in get_args(Unit):
        raise ValueError(
            f"Unknown unit of the suggester: {unit!r}. Expected one of "
            f"{list(get_args(Unit))}."
        )
    return partial(suggest_from_outline, segmenter=segmenter, unit=unit)


def suggest_from_outline(
    docs: Iterable[Doc],
    *,
    segmenter: Segmenter,
    unit: Unit,
    ops: Ops | None = None,
) -> Ragged:
    ops = get_current_ops() if ops is None else ops
    found = [
        numpy.unique(token_bounds(doc, _blocks(segmenter(doc), unit)), axis=0)
        for doc in docs
    ]
    lengths = ops.asarray1i([len(spans) for spans in found])
    if not any(map(len, found)):
        return Ragged(ops.alloc2i(0, 2), lengths)
    return Ragged(ops.asarray2i(cast(Ints2d, numpy.concatenate(found))), lengths)


def _blocks(outline: Outline, unit: Unit) -> list[Paragraph] | list[Section]:
    if unit == "paragraph":
        return [paragraph for _, paragraph in outline.prose()]
    return [
        section
        for section in outline.sections
        if section.matter == "body"
        and any(paragraph.kind in PROSE for paragraph in section.paragraphs)
    ]
