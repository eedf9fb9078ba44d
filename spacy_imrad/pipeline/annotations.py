"""Scores → span groups: what the pipe leaves on a Doc."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import groupby
from typing import Any

import numpy
from numpy.typing import NDArray
from spacy.attrs import IDX
from spacy.tokens import Doc, Span, SpanGroup

from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.naming import Named
from spacy_imrad.document.outline import Outline
from spacy_imrad.document.stored_outline import OUTLINE_KEY, pack_outline
from spacy_imrad.pipeline.abstracts import AbstractPrediction
from spacy_imrad.pipeline.grouping import group_paragraphs, mean_scores
from spacy_imrad.pipeline.groups import OUTLINE_ATTR
from spacy_imrad.pipeline.interpolation import Why, why_labelled

# Paragraphs of a section under a heading that names nothing, from which on it may hold
# several parts, and of the shortest of these.
_LONG = 8
_SHORTEST = 2


@dataclass(frozen=True, slots=True)
class Prediction:
    """What the pipe predicts for one Doc.

    scores: Probabilities, float32, the outline's prose paragraphs x labels.
    named: The labels that headings name, by the index of the section, as far as they
        are part of the scores.
    abstract: None if the pipe reads no abstracts.
    """

    outline: Outline
    scores: NDArray[numpy.float32]
    named: Mapping[int, Named] = field(default_factory=dict)
    abstract: AbstractPrediction | None = None


@dataclass(slots=True)
class _Group:
    """Rows of a span group to be."""

    labels: Sequence[str]
    bounds: list[tuple[int, int]] = field(default_factory=list)
    scores: list[NDArray[numpy.float32]] = field(default_factory=list)
    why: list[Why] = field(default_factory=list)
    headings: list[str | None] = field(default_factory=list)

    def add(
        self,
        start: int,
        end: int,
        scores: NDArray[numpy.float32],
        named: Named | None,
        heading: str | None = None,
    ) -> None:
        self.bounds.append((start, end))
        self.scores.append(scores)
        self.why.append(why_labelled(named, scores, self.labels))
        self.headings.append(heading)


def annotate(
    doc: Doc,
    prediction: Prediction,
    labels: Sequence[str],
    *,
    spans_key: str,
    paragraphs_key: str,
    abstract_key: str | None,
    threshold: float,
) -> None:
    """Write the groups of sections, of paragraphs and of the abstract's sentences on
    the Doc."""
    outline, scores = prediction.outline, prediction.scores
    sections, paragraphs = _Group(labels), _Group(labels)
    prose = list(outline.prose())
    lengths = [paragraph.end - paragraph.start for _, paragraph in prose]
    first = 0
    for index, members in groupby(prose, key=lambda member: member[0]):
        section, named = outline.sections[index], prediction.named.get(index)
        content = [paragraph for _, paragraph in members]
        own = slice(first, first + len(content))
        first = own.stop
        for paragraph, row in zip(content, scores[own], strict=True):
            paragraphs.add(paragraph.start, paragraph.end, row, named)
        if section.heading is not None and not _may_hold_several(outline, index, own):
            mean = mean_scores(scores[own], lengths[own])
            sections.add(section.start, section.end, mean, named, section.title)
            continue
        runs = group_paragraphs(scores[own], lengths[own])
        if section.heading is not None and min(b - a for a, b in runs) < _SHORTEST:
            runs = [(0, len(content))]
        for start, end in runs:
            rows = slice(own.start + start, own.start + end)
            mean = mean_scores(scores[rows], lengths[rows])
            if start == 0 and section.heading is not None:
                after = section.end if end == len(content) else content[end - 1].end
                sections.add(section.start, after, mean, named, section.title)
            else:
                last = content[end - 1].end
                sections.add(content[start].start, last, mean, named)
    # Not a list: of a Doc of a million words it would take 45 MB.
    starts = doc.to_array(IDX)
    for key, group in ((spans_key, sections), (paragraphs_key, paragraphs)):
        doc.spans[key] = _span_group(doc, key, group, threshold, starts)
    attrs = doc.spans[spans_key].attrs
    attrs["headings"] = sections.headings
    if OUTLINE_KEY not in doc.spans:
        attrs[OUTLINE_ATTR] = pack_outline(outline)
    if abstract_key is not None and prediction.abstract is not None:
        abstract = _Group(labels)
        for sentence, row in zip(
            prediction.abstract.sentences, prediction.abstract.scores, strict=True
        ):
            abstract.add(sentence.start, sentence.end, row, None)
        abstract.why = prediction.abstract.why
        doc.spans[abstract_key] = _span_group(
            doc, abstract_key, abstract, threshold, starts
        )


def _may_hold_several(outline: Outline, index: int, rows: slice) -> bool:
    """Whether a section is long, and neither its heading nor one above says what it
    is, so that it may hold several parts of the paper."""
    return rows.stop - rows.start >= _LONG and not any(
        section_label(outline.sections[i].title) or outline.sections[i].stated
        for i in outline.ancestors(index)
    )


def _span_group(
    doc: Doc,
    key: str,
    group: _Group,
    threshold: float,
    token_starts: NDArray[Any],
) -> SpanGroup:
    labels = list(group.labels)
    scores = numpy.asarray(group.scores, dtype="f").reshape(-1, len(labels))
    bounds = numpy.array(group.bounds, dtype=token_starts.dtype).reshape(-1, 2)
    starts = numpy.searchsorted(token_starts, bounds[:, 0], side="right") - 1
    ends = numpy.searchsorted(token_starts, bounds[:, 1])
    best = [labels[i] for i in scores.argmax(axis=1)]
    is_sure = scores.max(axis=1) >= threshold
    spans = []
    end = 0
    for start, stop, label, sure in zip(
        starts.tolist(), ends.tolist(), best, is_sure, strict=True
    ):
        # A token that reaches over a boundary goes to the earlier span.
        start = max(end, start)
        end = max(start + 1, stop)
        if end > len(token_starts):
            raise ValueError(
                f"Two spans of '{key}' lie in the Doc's last token: its tokenizer has "
                "to part paragraphs."
            )
        spans.append(Span(doc, start, end, label=label if sure else ""))
    attrs = {"labels": labels, "scores": scores, "why": group.why}
    return SpanGroup(doc, name=key, attrs=attrs, spans=spans)
