"""What an Example teaches: its gold paragraphs and their labels."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_imrad.document.outline import Heading, Outline, Paragraph, Section, Segmenter
from spacy_imrad.document.stored_outline import stored_outline
from spacy_imrad.models.types import OutlinedDoc
from spacy_imrad.pipeline.loss import UNLABELLED


class GoldKeys(NamedTuple):
    """Where a reference Doc keeps its gold, in `doc.spans`.

    headings_key: Optional; the headings, their levels in the group's
        `attrs["levels"]`.
    """

    spans_key: str = "imrad"
    paragraphs_key: str = "imrad_paragraphs"
    headings_key: str = "imrad_headings"


def gold_paragraphs(
    example: Example, labels: Sequence[str], segmenter: Segmenter, keys: GoldKeys
) -> tuple[OutlinedDoc, NDArray[numpy.intp]]:
    """The predicted Doc with the outline to train on, and its paragraphs' labels.

    Where the reference has paragraphs, the outline is the one that is stored with it,
    if that has them all; else these are the outline, under the reference's headings if
    it has such. Where it only has sections, the segmenter finds the paragraphs and each
    has the label of the section that it begins in.

    RETURNS: The outlined Doc, and an int array (paragraphs,) of label indices, or
        `UNLABELLED`.
    RAISES: ValueError for a gold label that the pipe does not have, or for headings
        without their levels.
    """
    reference = example.reference
    if keys.paragraphs_key in reference.spans:
        spans = _in_order(reference, keys.paragraphs_key)
        label_at = {span.start_char: span.label_ for span in spans}
        stored = stored_outline(reference)
        starts = [p.start for _, p in stored.prose()] if stored else []
        if stored is not None and label_at.keys() <= set(starts):
            outline, gold = stored, [label_at.get(start, "") for start in starts]
        else:
            outline = _gold_outline(reference, keys)
            gold = [span.label_ for span in spans]
    else:
        outline = segmenter(example.predicted)
        starts = [paragraph.start for _, paragraph in outline.prose()]
        gold = _labels_at(reference, keys.spans_key, starts)
    rows = [_index(label, labels, keys.spans_key) for label in gold]
    return OutlinedDoc(example.predicted, outline), numpy.asarray(rows, dtype="intp")


def no_segmenter(doc: Doc) -> Outline:
    """The segmenter for Examples that have gold paragraphs.

    RAISES: ValueError: this one has none.
    """
    raise ValueError("There have to be Examples with gold paragraphs.")


def _gold_outline(reference: Doc, keys: GoldKeys) -> Outline:
    paragraphs = [
        Paragraph(span.start_char, span.end_char)
        for span in _in_order(reference, keys.paragraphs_key)
    ]
    headings: list[Heading] = []
    if keys.headings_key in reference.spans:
        group = reference.spans[keys.headings_key]
        levels = list(group.attrs.get("levels", [1] * len(group)))
        if len(levels) != len(group):
            raise ValueError(
                f"The span group '{keys.headings_key}' has {len(group)} headings, and "
                f"{len(levels)} `levels` in its attrs: it needs one for each."
            )
        headings = [
            Heading(span.start_char, span.end_char, level, span.text)
            for span, level in zip(group, levels, strict=True)
        ]
        headings.sort(key=lambda heading: heading.start)
    sections: list[Section] = []
    around: list[int] = []
    starts = [*(heading.start for heading in headings), len(reference.text) + 1]
    position = 0
    for heading, next_start in zip([None, *headings], starts, strict=True):
        first = position
        while position < len(paragraphs) and paragraphs[position].start < next_start:
            position += 1
        content = tuple(paragraphs[first:position])
        if heading is None and not content:
            continue
        if heading is not None:
            while around and _level(sections[around[-1]]) >= heading.level:
                around.pop()
        sections.append(Section(heading, content, around[-1] if around else None))
        if heading is not None:
            around.append(len(sections) - 1)
    return Outline(tuple(sections))


def _in_order(reference: Doc, key: str) -> list[Span]:
    return sorted(reference.spans.get(key, []), key=lambda span: span.start)


def _level(section: Section) -> int:
    return section.heading.level if section.heading else 0


def _labels_at(reference: Doc, spans_key: str, starts: list[int]) -> list[str]:
    sections = iter(_in_order(reference, spans_key))
    found = []
    section = next(sections, None)
    for start in starts:
        while section is not None and section.end_char <= start:
            section = next(sections, None)
        inside = section is not None and section.start_char <= start
        found.append(section.label_ if section is not None and inside else "")
    return found


def _index(label: str, labels: Sequence[str], spans_key: str) -> int:
    if not label:
        return UNLABELLED
    if label not in labels:
        raise ValueError(
            f"The training data label a span of '{spans_key}' as '{label}'; the pipe's "
            f"labels are {list(labels)}. Rename the label, or initialize the pipe with "
            "labels of your own and a checkpoint that has them or has no head."
        )
    return labels.index(label)
