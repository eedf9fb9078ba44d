"""What the pipe found in a Doc, as plain data: spans, dictionaries, a data frame."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from spacy.tokens import Doc, Span

from spacy_imrad.pipeline.groups import (
    Keys,
    doc_label,
    doc_scores,
    group_of,
    labels_and_scores,
)

if TYPE_CHECKING:
    import pandas

_SECTION: Final = ("label", "score", "heading", "start", "end", "length", "text")


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
    unknown = wanted.difference(known if _is_list(known) else ())
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
    """Return what an `imrad_classifier` found, ready for `json.dumps`.

    spans_key, paragraphs_key, abstract_key: The pipe's span groups.
    RETURNS: `label` and `scores` of the whole Doc, and its `sections`, each with
        `label` (None below the threshold), `score`, `scores`, `heading` (None without
        one), `start` and `end` in characters of `doc.text`, `length` in words, `text`.
        Where the Doc has the group of the abstract, its sentences as `abstract`, with
        the same fields.
    RAISES: ValueError if no pipe has set the groups, or if they have lost their attrs.
    """
    keys = Keys(spans_key, paragraphs_key, abstract_key)
    group_of(doc, paragraphs_key)
    result = {
        "label": doc_label(doc, (keys,)),
        "scores": _rounded(doc_scores(doc, (keys,))),
        "sections": _parts(doc, spans_key),
    }
    if abstract_key is not None and abstract_key in doc.spans:
        result["abstract"] = _parts(doc, abstract_key)
    return result


def _parts(doc: Doc, key: str) -> list[dict[str, Any]]:
    """The spans of a group, each as a dictionary."""
    group = group_of(doc, key)
    known = labels_and_scores(group)
    headings = group.attrs.get("headings", [None] * len(group))
    if known is None or not _is_list(headings, len(group)):
        raise ValueError(
            f"The span group '{key}' has lost its attrs, as after "
            "`Doc.from_docs` or `to_json`. Apply the pipe to the Doc again."
        )
    labels, rows = known
    found = []
    for span, row, heading in zip(group, rows, headings, strict=True):
        scores = dict(zip(labels, map(float, row), strict=True))
        found.append(
            {
                "label": span.label_ or None,
                "score": round(max(scores.values()), 6),
                "scores": _rounded(scores),
                "heading": heading,
                "start": span.start_char,
                "end": span.end_char,
                "length": len(span.text.split()),
                "text": span.text,
            }
        )
    return found


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
    columns = ["doc", "section", *_SECTION, *labels]
    types = dict.fromkeys(("doc", "section", "start", "end", "length"), "int64")
    types |= dict.fromkeys(("score", *labels), "float64")
    return pandas.DataFrame(rows, columns=columns).astype(types)


def _is_list(value: object, length: int | None = None) -> bool:
    """Attrs can be anything in a Doc that others have written."""
    return isinstance(value, list | tuple) and length in (None, len(value))


def _rounded(scores: Mapping[str, float]) -> dict[str, float]:
    return {label: round(float(score), 6) for label, score in scores.items()}
