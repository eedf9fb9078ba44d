"""`._.imrad` and `._.imrad_scores`: getters over the span groups, which hold the only
copy of what the pipe knows.

The getters are partials of module-level functions, because spaCy pickles them for
worker processes.
"""

from bisect import bisect_right
from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, NamedTuple, TypeAlias

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc, Span, SpanGroup, Token

DEFAULT_ATTRS: Final[dict[str, str]] = {"label": "imrad", "scores": "imrad_scores"}


class Keys(NamedTuple):
    """Where one pipe keeps its sections and its paragraphs in `doc.spans`."""

    spans_key: str = "imrad"
    paragraphs_key: str = "imrad_paragraphs"


Getter: TypeAlias = Callable[..., Any]


def register_attributes(attrs: Mapping[str, str], keys: Keys) -> None:
    """Register the attributes on Doc, Span and Token.

    Attributes are global in spaCy, so one name can serve pipelines with different
    keys: the getter reads the groups that the Doc has.

    attrs: Names of the attributes `label` and `scores`.
    RAISES: ValueError for unknown attributes, or if somebody else's attribute has the
        name.
    """
    unknown = sorted(set(attrs) - set(DEFAULT_ATTRS))
    if unknown:
        raise ValueError(
            f"Unknown `attrs` {unknown}: they are {sorted(DEFAULT_ATTRS)}, each with "
            "the name that it shall have."
        )
    names = {**DEFAULT_ATTRS, **attrs}
    if names["label"] == names["scores"]:
        raise ValueError(
            f"`attrs` gives the name '{names['label']}' to both the label and the "
            "scores. Choose two names."
        )
    for owner, label, scores in (
        (Doc, doc_label, doc_scores),
        (Span, span_label, span_scores),
        (Token, token_label, token_scores),
    ):
        _register(owner, names["label"], label, keys)
        _register(owner, names["scores"], scores, keys)


def _register(owner: Any, name: str, function: Getter, keys: Keys) -> None:
    known: tuple[Keys, ...] = ()
    if owner.has_extension(name):
        getter = owner.get_extension(name)[2]
        if not isinstance(getter, partial) or getter.func is not function:
            raise ValueError(
                f"{owner.__name__}._.{name} is taken by another extension. Give this "
                "pipe names of its own, as in "
                '`nlp.add_pipe("imrad_classifier", config={"attrs": {"label": '
                '"section_label", "scores": "section_scores"}})`.'
            )
        known = getter.keywords["candidates"]
    candidates = (keys, *(other for other in known if other != keys))
    owner.set_extension(
        name, getter=partial(function, candidates=candidates), force=True
    )


def doc_label(doc: Doc, candidates: tuple[Keys, ...]) -> str | None:
    """The label that most of the classified text has: that of the highest of the Doc's
    scores. None if no paragraph has a label."""
    keys = _keys_of(doc, candidates)
    if keys is None:
        return None
    group = doc.spans[keys.paragraphs_key]
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
    classified text that each label is expected to have."""
    keys = _keys_of(doc, candidates)
    if keys is None:
        return {}
    group = doc.spans[keys.paragraphs_key]
    found = labels_and_scores(group)
    if found is None or not len(group):
        return {}
    labels, scores = found
    lengths = [span.end_char - span.start_char for span in group]
    means = lengths @ scores / sum(lengths)
    return dict(zip(labels, means.tolist(), strict=True))


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


def span_label(span: Span, candidates: tuple[Keys, ...]) -> str | None:
    """The label of the section that holds most of the span."""
    return _label(span.doc, span.start, span.end, candidates)


def span_scores(span: Span, candidates: tuple[Keys, ...]) -> dict[str, float]:
    """The scores of the section that holds most of the span."""
    return _scores(span.doc, span.start, span.end, candidates)


def token_label(token: Token, candidates: tuple[Keys, ...]) -> str | None:
    """The label of the section that the token is in."""
    return _label(token.doc, token.i, token.i + 1, candidates)


def token_scores(token: Token, candidates: tuple[Keys, ...]) -> dict[str, float]:
    """The scores of the section that the token is in."""
    return _scores(token.doc, token.i, token.i + 1, candidates)


def _label(doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]) -> str | None:
    found = _section_of(doc, start, end, candidates)
    return (found[0][found[1]].label_ or None) if found else None


def _scores(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> dict[str, float]:
    found = _section_of(doc, start, end, candidates)
    if not found:
        return {}
    group, index = found
    known = labels_and_scores(group)
    if known is None:
        return {}
    labels, scores = known
    return dict(zip(labels, scores[index].tolist(), strict=True))


def _section_of(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> tuple[SpanGroup, int] | None:
    """The section with most of the paragraph tokens in [start, end); where these
    touch no paragraph (a heading, say), the section with most of the tokens."""
    keys = _keys_of(doc, candidates)
    if keys is None:
        return None
    sections = doc.spans[keys.spans_key]
    held: dict[int, int] = {}
    for paragraph in _overlapping(doc.spans[keys.paragraphs_key], start, end):
        section = _position(sections, paragraph.start)
        if section < 0:
            continue
        overlap = min(end, paragraph.end) - max(start, paragraph.start)
        held[section] = held.get(section, 0) + overlap
    if not held:
        for index in range(max(0, _position(sections, start)), len(sections)):
            section = sections[index]
            if section.start >= end:
                break
            if section.end > start:
                held[index] = min(end, section.end) - max(start, section.start)
    return (sections, max(held, key=held.__getitem__)) if held else None


def _overlapping(group: SpanGroup, start: int, end: int) -> list[Span]:
    spans = []
    for index in range(max(0, _position(group, start)), len(group)):
        span = group[index]
        if span.start >= end:
            break
        if span.end > start:
            spans.append(span)
    return spans


def _position(group: SpanGroup, token: int) -> int:
    """Index of the last span that starts at or before the token; -1 if none does."""
    return bisect_right(range(len(group)), token, key=lambda i: group[i].start) - 1


def _keys_of(doc: Doc, candidates: tuple[Keys, ...]) -> Keys | None:
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


def register_default_attributes() -> None:
    """Register `imrad` and `imrad_scores`, unless somebody else has these names: a pipe
    that wants them says so."""
    with suppress(ValueError):
        register_attributes(DEFAULT_ATTRS, Keys())
