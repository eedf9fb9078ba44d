"""Reading the span groups in which a pipe keeps all that it knows of a Doc."""

from bisect import bisect_right
from typing import Final, NamedTuple

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc, Span, SpanGroup

from spacy_imrad.pipeline.interpolation import Why

OUTLINE_ATTR: Final = "outline"
"""Where the group of sections has the outline (see `pack_outline`) of a Doc that does
not bring its own."""


class Keys(NamedTuple):
    """Where one pipe keeps its sections, its paragraphs and the sentences of the
    abstract in `doc.spans`."""

    spans_key: str = "imrad"
    paragraphs_key: str = "imrad_paragraphs"
    abstract_key: str | None = "imrad_abstract"


def doc_label(doc: Doc, candidates: tuple[Keys, ...]) -> str | None:
    """The label that most of the classified text has: that of the highest of the Doc's
    scores. None if nothing has a label."""
    keys = keys_of(doc, candidates)
    if keys is None:
        return None
    group = _classified(doc, keys)
    if not any(span.label for span in group):
        return None
    shares = doc_scores(doc, candidates)
    # Groups by hand, or copied without their attrs, have labels alone.
    if not shares:
        for span in group:
            if span.label:
                length = span.end_char - span.start_char
                shares[span.label_] = shares.get(span.label_, 0) + length
    return max(shares, key=shares.__getitem__)


def doc_scores(doc: Doc, candidates: tuple[Keys, ...]) -> dict[str, float]:
    """The paragraphs' scores, averaged by their length in characters: the share of the
    classified text that each label is expected to have. Of a Doc that is an abstract
    alone, the sentences' scores."""
    keys = keys_of(doc, candidates)
    if keys is None:
        return {}
    group = _classified(doc, keys)
    found = labels_and_scores(group)
    if found is None or not len(group):
        return {}
    labels, scores = found
    lengths = [span.end_char - span.start_char for span in group]
    means = lengths @ scores / sum(lengths)
    return dict(zip(labels, means.tolist(), strict=True))


def _classified(doc: Doc, keys: Keys) -> SpanGroup:
    paragraphs = doc.spans[keys.paragraphs_key]
    abstract = _abstract_of(doc, keys)
    return paragraphs if len(paragraphs) or abstract is None else abstract


def _abstract_of(doc: Doc, keys: Keys) -> SpanGroup | None:
    return doc.spans.get(keys.abstract_key) if keys.abstract_key else None


def labels_and_scores(
    group: SpanGroup,
) -> tuple[list[str], NDArray[numpy.float32]] | None:
    """What an `imrad_classifier` left in a group's `attrs`: the labels, and the scores
    (spans x labels). None if there are no scores.

    RAISES: ValueError if they are not such, or do not belong to the group's spans.
    """
    if "scores" not in group.attrs:
        return None
    labels, scores = group.attrs.get("labels"), group.attrs["scores"]
    if not (
        isinstance(labels, (list, tuple))
        and all(isinstance(label, str) for label in labels)
        and isinstance(scores, numpy.ndarray)
        and scores.dtype.kind == "f"
        and scores.shape == (len(group), len(labels))
    ):
        raise ValueError(
            f"The attrs of the span group '{group.name}' are damaged: `labels` has to "
            "be a list of strings, and `scores` an array of floats, a row for each of "
            f"the group's {len(group)} spans and a column for each label. Apply the "
            "pipe to the Doc again."
        )
    return list(labels), scores


def whys_of(group: SpanGroup) -> list[Why | None]:
    """Where the label of each span comes from; None where nobody has said.

    RAISES: ValueError if what the group says does not belong to its spans.
    """
    whys = group.attrs.get("why")
    if whys is None:
        return [None] * len(group)
    if not isinstance(whys, list | tuple) or len(whys) != len(group):
        raise ValueError(
            f"The attrs of the span group '{group.name}' are damaged: `why` has to be "
            "a list with one entry a span. Apply the pipe to the Doc again."
        )
    return list(whys)


def section_of(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> tuple[SpanGroup, int] | None:
    """The section with most of the paragraph tokens in [start, end); where these
    touch no paragraph (a heading, say), the section with most of the tokens; and
    where they touch no section, the sentence of the abstract with most of them."""
    keys = keys_of(doc, candidates)
    if keys is None:
        return None
    sections = doc.spans[keys.spans_key]
    held: dict[int, int] = {}
    for paragraph in overlapping(doc.spans[keys.paragraphs_key], start, end):
        section = position(sections, paragraph.start)
        if section < 0:
            continue
        overlap = min(end, paragraph.end) - max(start, paragraph.start)
        held[section] = held.get(section, 0) + overlap
    held = held or _held(sections, start, end)
    abstract = None if held else _abstract_of(doc, keys)
    if abstract is not None:
        sections, held = abstract, _held(abstract, start, end)
    return (sections, max(held, key=held.__getitem__)) if held else None


def _held(group: SpanGroup, start: int, end: int) -> dict[int, int]:
    """How many of the tokens [start, end) each span has, by its index."""
    held: dict[int, int] = {}
    for index in range(max(0, position(group, start)), len(group)):
        span = group[index]
        if span.start >= end:
            break
        if span.end > start:
            held[index] = min(end, span.end) - max(start, span.start)
    return held


def overlapping(group: SpanGroup, start: int, end: int) -> list[Span]:
    spans = []
    for index in range(max(0, position(group, start)), len(group)):
        span = group[index]
        if span.start >= end:
            break
        if span.end > start:
            spans.append(span)
    return spans


def position(group: SpanGroup, token: int) -> int:
    """Index of the last span that starts at or before the token; -1 if none does."""
    return bisect_right(range(len(group)), token, key=lambda i: group[i].start) - 1


def group_of(doc: Doc, key: str) -> SpanGroup:
    """RAISES: ValueError if no pipe has set the group, or if its spans are no longer
    where its text is."""
    if key not in doc.spans:
        known = ", ".join(map(repr, doc.spans)) or "none"
        raise ValueError(
            f"The Doc has no span group '{key}' (it has {known}). Run an "
            "`imrad_classifier` on it, or name the group that yours writes."
        )
    _check_current(doc, key)
    return doc.spans[key]


def keys_of(doc: Doc, candidates: tuple[Keys, ...]) -> Keys | None:
    for keys in candidates:
        if keys.spans_key in doc.spans and keys.paragraphs_key in doc.spans:
            _check_current(doc, keys.paragraphs_key)
            return keys
    return None


def _check_current(doc: Doc, key: str) -> None:
    """RAISES: ValueError if the group's spans are no longer where its text is."""
    group = doc.spans[key]
    if not len(group):
        return
    try:
        last = group[len(group) - 1]
        end = doc[last.end - 1]
        if end.idx + len(end) == last.end_char:
            return
    except IndexError:
        pass
    raise ValueError(
        f"The Doc was retokenized after '{key}' was set, and spaCy leaves spans where "
        "they were. Put components that retokenize, such as `merge_entities`, before "
        "this pipe, or apply the pipe to the Doc again."
    )
