"""Scores → span groups: what the pipe leaves on a Doc."""

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field
from itertools import groupby

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc, Span, SpanGroup

from ..outline import Outline, Paragraph


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the pipe predicts for one Doc.

    scores: Probabilities, float32, the outline's prose paragraphs x labels.
    """

    outline: Outline
    scores: NDArray[numpy.float32]


@dataclass(slots=True)
class _Group:
    """Rows of a span group to be."""

    bounds: list[tuple[int, int]] = field(default_factory=list)
    scores: list[NDArray[numpy.float32]] = field(default_factory=list)
    headings: list[str | None] = field(default_factory=list)


def annotate(
    doc: Doc,
    prediction: Prediction,
    labels: Sequence[str],
    *,
    spans_key: str,
    paragraphs_key: str,
    threshold: float,
) -> None:
    """Write the groups of sections and of paragraphs on the Doc."""
    outline, scores = prediction.outline, prediction.scores
    sections, paragraphs = _Group(), _Group()
    rows = enumerate(outline.prose())
    for index, members in groupby(rows, key=lambda row: row[1][0]):
        section = outline.sections[index]
        content = [(row, paragraph) for row, (_, paragraph) in members]
        for row, paragraph in content:
            paragraphs.bounds.append((paragraph.start, paragraph.end))
            paragraphs.scores.append(scores[row])
        if section.heading is not None:
            sections.bounds.append((section.start, section.end))
            sections.scores.append(_mean(scores, content))
            sections.headings.append(section.heading.title)
            continue
        for _, run in groupby(content, key=lambda item: scores[item[0]].argmax()):
            together = list(run)
            sections.bounds.append((together[0][1].start, together[-1][1].end))
            sections.scores.append(_mean(scores, together))
            sections.headings.append(None)
    starts = [token.idx for token in doc]
    for key, group in ((spans_key, sections), (paragraphs_key, paragraphs)):
        doc.spans[key] = _span_group(doc, key, group, labels, threshold, starts)
    doc.spans[spans_key].attrs["headings"] = sections.headings


def _mean(
    scores: NDArray[numpy.float32], content: list[tuple[int, Paragraph]]
) -> NDArray[numpy.float32]:
    """The paragraphs' scores averaged by length."""
    lengths = numpy.asarray([p.end - p.start for _, p in content], dtype="f")
    mean = lengths @ scores[[row for row, _ in content]] / lengths.sum()
    return mean.astype("f")


def _span_group(
    doc: Doc,
    key: str,
    group: _Group,
    labels: Sequence[str],
    threshold: float,
    starts: list[int],
) -> SpanGroup:
    scores = numpy.asarray(group.scores, dtype="f").reshape(-1, len(labels))
    spans = []
    end = 0
    for (start_char, end_char), row in zip(group.bounds, scores, strict=True):
        # A token that reaches over a boundary goes to the earlier span.
        start = max(end, bisect_right(starts, start_char) - 1)
        end = max(start + 1, bisect_left(starts, end_char))
        if end > len(starts):
            raise ValueError(
                f"Two spans of '{key}' lie in the Doc's last token: its tokenizer has "
                "to part paragraphs."
            )
        label = labels[int(row.argmax())] if row.max() >= threshold else ""
        spans.append(Span(doc, start, end, label=label))
    attrs = {"labels": list(labels), "scores": scores}
    return SpanGroup(doc, name=key, attrs=attrs, spans=spans)
