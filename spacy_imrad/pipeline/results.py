"""What the pipe found in a Doc, as plain data: spans, dictionaries, a data frame."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from spacy.tokens import Doc, Span

from spacy_imrad.pipeline.doc_outline import OutlineSection, make_outline, rows_of
from spacy_imrad.pipeline.groups import Keys, group_of, labels_and_scores

if TYPE_CHECKING:
    import pandas

SECTION_TYPES: Final[dict[str, type]] = {
    "label": str,
    "score": float,
    "why": str,
    "heading": str,
    "number": str,
    "level": int,
    "parent": int,
    "matter": str,
    "start": int,
    "end": int,
    "length": int,
    "text": str,
}
"""The fields of a section in `to_dict`, without its scores."""


def sections(
    doc: Doc, label: str | Iterable[str] | None = None, *, spans_key: str = "imrad"
) -> list[Span]:
    """Return the sections of a Doc with the given labels, in text order.

    label: One label or several; None for all sections.
    spans_key: The span group that holds the sections.
    RETURNS: The spans; `span.as_doc()` makes a Doc of one, for other pipes.
    RAISES: ValueError if no pipe has set the group, or if there is no such label.
    """
    group = group_of(doc, spans_key)
    wanted = {label} if isinstance(label, str) else set(label or ())
    known = group.attrs.get("labels", list(wanted))
    unknown = wanted.difference(known if isinstance(known, list | tuple) else ())
    if unknown:
        raise ValueError(f"Unknown labels {sorted(unknown)}: they are {known}.")
    return [span for span in group if label is None or span.label_ in wanted]


def to_dict(
    doc: Doc,
    *,
    spans_key: str = "imrad",
    paragraphs_key: str = "imrad_paragraphs",
    abstract_key: str | None = "imrad_abstract",
) -> dict[str, Any]:
    """Return the outline of a labelled Doc, ready for `json.dumps`.

    spans_key, paragraphs_key, abstract_key: The pipe's span groups.
    RETURNS: `title` of the paper, `label` and `scores` of the whole Doc, `warnings` of
        the reader, and all `sections` of the outline in text order, those that no
        label fits included. Each has `label` (None below the threshold, and for front
        and back matter), `score` and `scores` (None and empty where nothing is
        classified), `why`, `heading` (None without one), `number`, `level`, `parent`
        (its place among the sections, None at the top), `matter`, `start` and `end` in
        characters of `doc.text`, `length` in words, and `text`, heading and own
        paragraphs. `OutlineSection` explains them. Where the Doc has the group of the
        abstract, its sentences as `abstract`, with the same fields.
    RAISES: ValueError if no pipe has set the groups, or if they have lost their attrs.
    """
    keys = Keys(spans_key, paragraphs_key, abstract_key)
    for key in (spans_key, paragraphs_key):
        group_of(doc, key)
    _check_attrs(doc, spans_key)
    found = make_outline(doc, keys)
    result = {
        "title": found.title,
        "label": found.label,
        "scores": _rounded(found.scores),
        "warnings": list(found.warnings),
        "sections": [_section(section) for section in found],
    }
    if abstract_key is not None and abstract_key in doc.spans:
        result["abstract"] = _sentences(doc, abstract_key)
    return result


def _check_attrs(doc: Doc, key: str) -> None:
    if labels_and_scores(group_of(doc, key)) is None:
        raise ValueError(
            f"The span group '{key}' has lost its attrs, as after `Doc.from_docs` or "
            "`to_json`. Apply the pipe to the Doc again."
        )


def _sentences(doc: Doc, key: str) -> list[dict[str, Any]]:
    """The sentences of an abstract, with the fields of sections."""
    _check_attrs(doc, key)
    return [
        {
            "label": row.label,
            "score": round(max(row.scores.values()), 6),
            "scores": _rounded(row.scores),
            "why": row.why,
            "heading": None,
            "number": "",
            "level": 1,
            "parent": None,
            "matter": "front",
            **_place(row.span),
        }
        for row in rows_of(doc, key)
    ]


def _place(span: Span) -> dict[str, Any]:
    return {
        "start": span.start_char,
        "end": span.end_char,
        "length": len(span.text.split()),
        "text": span.text,
    }


def _section(section: OutlineSection) -> dict[str, Any]:
    return {
        "label": section.label,
        "score": None if section.score is None else round(section.score, 6),
        "scores": _rounded(section.scores),
        "why": section.why,
        "heading": section.title,
        "number": section.number,
        "level": section.level,
        "parent": None if section.parent is None else section.parent.index,
        "matter": section.matter,
        **_place(section.span),
    }


def to_dataframe(
    docs: Doc | Iterable[Doc],
    *,
    spans_key: str = "imrad",
    paragraphs_key: str = "imrad_paragraphs",
) -> "pandas.DataFrame":
    """Return the sections of one Doc or many as a table, one row each.

    RETURNS: Columns `doc` (the Doc's position), `section` (the section's position in
        it), those of a section in `to_dict`, and, in place of `scores`, one column a
        label; without rows, too, as long as there is a Doc.
    RAISES: ImportError without pandas; ValueError as `to_dict`.
    """
    try:
        import pandas
    except ImportError as error:
        raise ImportError("`to_dataframe` needs pandas: pip install pandas") from error

    rows = []
    labels: Iterable[str] = ()
    for number, doc in enumerate([docs] if isinstance(docs, Doc) else docs):
        result = to_dict(doc, spans_key=spans_key, paragraphs_key=paragraphs_key)
        labels = doc.spans[spans_key].attrs["labels"]
        for index, section in enumerate(result["sections"]):
            scores = section.pop("scores")
            rows.append({"doc": number, "section": index, **section, **scores})
    columns = ["doc", "section", *SECTION_TYPES, *labels]
    names = {float: "float64", int: "int64", str: "object"}
    types = {name: names[kind] for name, kind in SECTION_TYPES.items()}
    types |= {"doc": "int64", "section": "int64", "parent": "Int64"}
    types |= dict.fromkeys(labels, "float64")
    return pandas.DataFrame(rows, columns=columns).astype(types)


def _rounded(scores: Mapping[str, float]) -> dict[str, float]:
    return {label: round(float(score), 6) for label, score in scores.items()}
