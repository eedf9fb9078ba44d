"""The extension attributes, such as `._.imrad` and `._.imrad_scores`: getters over the
span groups, which hold the only copy of what the pipe knows.

The getters are partials of module-level functions, because spaCy pickles them for
worker processes.
"""

from collections.abc import Callable, Mapping
from contextlib import suppress
from functools import partial
from typing import Any, Final, TypeAlias

from spacy.tokens import Doc, Span, Token

from spacy_imrad.document.stored_outline import OUTLINE_KEY, KeptOutline
from spacy_imrad.pipeline.doc_outline import DocOutline, make_outline
from spacy_imrad.pipeline.groups import (
    OUTLINE_ATTR,
    Keys,
    doc_label,
    doc_scores,
    keys_of,
    labels_and_scores,
    overlapping,
    section_of,
    whys_of,
)
from spacy_imrad.pipeline.interpolation import Why

DEFAULT_ATTRS: Final[dict[str, str]] = {"label": "imrad", "scores": "imrad_scores"}
_NAMED_AFTER_LABEL: Final = ("outline", "heading", "level", "path", "why")

Getter: TypeAlias = Callable[..., Any]


def attribute_names(attrs: Mapping[str, str]) -> dict[str, str]:
    """The names of all attributes: those that `attrs` gives, and the others after the
    label's, as in `imrad_heading`.

    RAISES: ValueError for unknown attributes, or for a name that two have.
    """
    names = {**DEFAULT_ATTRS, **attrs}
    for what in _NAMED_AFTER_LABEL:
        names.setdefault(what, f"{names['label']}_{what}")
    known = [*DEFAULT_ATTRS, *_NAMED_AFTER_LABEL]
    if unknown := sorted(set(names) - set(known)):
        raise ValueError(
            f"Unknown `attrs` {unknown}: they are {known}, each with the name that it "
            "shall have."
        )
    for what, name in names.items():
        others = [other for other in names if other != what and names[other] == name]
        if others:
            raise ValueError(
                f"`attrs` gives the name '{name}' to both '{what}' and '{others[0]}'. "
                "Choose two names."
            )
    return names


def register_attributes(attrs: Mapping[str, str], keys: Keys) -> None:
    """Register the attributes: label and scores on Doc, Span and Token, the outline on
    Doc, all others on Span and Token.

    Attributes are global in spaCy, so one name can serve pipelines with different
    keys: the getter reads the groups that the Doc has.

    attrs: Names of the attributes (see `attribute_names`).
    RAISES: ValueError for unknown attributes, or if somebody else's attribute has the
        name.
    """
    names = attribute_names(attrs)
    of_part = {
        "label": part_label,
        "scores": part_scores,
        "heading": part_heading,
        "level": part_level,
        "path": part_path,
        "why": part_why,
    }
    of_doc = {"label": doc_label, "scores": doc_scores, "outline": doc_outline}
    for owner, read, functions in (
        (Doc, _read_doc, of_doc),
        (Span, _read_span, of_part),
        (Token, _read_token, of_part),
    ):
        for what, function in functions.items():
            _register(owner, names[what], partial(read, function=function), keys)


def _register(owner: Any, name: str, getter: "partial[Any]", keys: Keys) -> None:
    known: tuple[Keys, ...] = ()
    if owner.has_extension(name):
        taken = owner.get_extension(name)[2]
        ours = getter.keywords["function"]
        if not isinstance(taken, partial) or taken.keywords.get("function") is not ours:
            raise ValueError(
                f"{owner.__name__}._.{name} is taken by another extension. Give this "
                "pipe names of its own, as in "
                '`nlp.add_pipe("imrad_classifier", config={"attrs": {"label": '
                '"section_label", "scores": "section_scores"}})`.'
            )
        known = taken.keywords["candidates"]
    candidates = (keys, *(other for other in known if other != keys))
    owner.set_extension(name, getter=partial(getter, candidates=candidates), force=True)


def _read_doc(doc: Doc, function: Getter, candidates: tuple[Keys, ...]) -> Any:
    return function(doc, candidates)


def _read_span(span: Span, function: Getter, candidates: tuple[Keys, ...]) -> Any:
    return function(span.doc, span.start, span.end, candidates)


def _read_token(token: Token, function: Getter, candidates: tuple[Keys, ...]) -> Any:
    return function(token.doc, token.i, token.i + 1, candidates)


def doc_outline(doc: Doc, candidates: tuple[Keys, ...]) -> DocOutline | None:
    """The outline of the paper, None before it is labelled."""
    keys = keys_of(doc, candidates)
    return None if keys is None else make_outline(doc, keys)


def part_label(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> str | None:
    """The label of the section that holds most of the tokens [start, end)."""
    found = section_of(doc, start, end, candidates)
    return (found[0][found[1]].label_ or None) if found else None


def part_scores(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> dict[str, float]:
    """The scores of that section."""
    found = section_of(doc, start, end, candidates)
    if not found:
        return {}
    group, index = found
    known = labels_and_scores(group)
    if known is None:
        return {}
    labels, scores = known
    return dict(zip(labels, scores[index].tolist(), strict=True))


def part_why(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> Why | None:
    """Where the label of that section comes from."""
    found = section_of(doc, start, end, candidates)
    return whys_of(found[0])[found[1]] if found else None


def part_heading(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> str | None:
    """The title of that section, or of the one around it if it has none."""
    found = _headings_over(doc, start, end, candidates)
    return found[-1][0] if found else None


def part_level(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> int | None:
    """The level of that heading, 1 for a top section."""
    found = _headings_over(doc, start, end, candidates)
    return found[-1][1] if found else None


def part_path(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> tuple[str, ...]:
    """The titles over that section and its own, from the top."""
    return tuple(title for title, _ in _headings_over(doc, start, end, candidates))


def _headings_over(
    doc: Doc, start: int, end: int, candidates: tuple[Keys, ...]
) -> list[tuple[str, int]]:
    """Titles and levels from the top to the section that holds most of the tokens, in
    the same sense as for its label."""
    keys = keys_of(doc, candidates)
    kept = None if keys is None else _kept_outline(doc, keys)
    if keys is None or kept is None or not start < len(doc):
        return []
    span = doc[start : max(end, start + 1)]
    if found := section_of(doc, start, end, candidates):
        span = found[0][found[1]]
        # Its beginning can share a token with the section before.
        first = overlapping(doc.spans[keys.paragraphs_key], span.start, span.end)
        span = first[0] if first else span
    index = kept.section_with_most(span.start_char, span.end_char)
    return [] if index is None else kept.headings_over(index)


def _kept_outline(doc: Doc, keys: Keys) -> KeptOutline | None:
    attrs = doc.spans[keys.spans_key].attrs
    if OUTLINE_ATTR in attrs:
        return KeptOutline(attrs[OUTLINE_ATTR], None)
    group = doc.spans.get(OUTLINE_KEY)
    # Without its attrs, as after `Doc.from_docs`, there is nothing to tell.
    if group is None or "section" not in group.attrs:
        return None
    return KeptOutline(group.attrs, group)


def register_default_attributes() -> None:
    """Register `imrad`, `imrad_scores` and so on, unless somebody else has one of these
    names: a pipe that wants them says so."""
    with suppress(ValueError):
        register_attributes(DEFAULT_ATTRS, Keys())
