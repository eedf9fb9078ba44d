"""An outline that is kept with its Doc, in a span group that survives `DocBin`.

Readers know the outline of a paper from its format. The group has a span for each
heading (labelled `heading`) and each paragraph (labelled with its kind), and what spans
can't say in its `attrs`, one entry a section unless noted:

    section     for each span, the index of its section
    titles      the heading's bare title, None without a heading
    levels      the heading's level, 0 without a heading
    parents     the index of the section around it, -1 at the top
    matter      "front", "body" or "back"
    stated      the label that the file gives the section, or None; missing if it gives
                none to any
    places      for each span, the characters of the file that it was read from
                (int32, spans x 2); missing if the reader does not know them
    warnings    what the reader could not do, one sentence each; missing without any
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Final, cast, get_args

import numpy
from spacy.tokens import Doc, Span, SpanGroup

from spacy_imrad.document.outline import (
    Heading,
    Kind,
    Matter,
    Outline,
    Paragraph,
    Section,
    Segmenter,
)
from spacy_imrad.document.paper import Place

OUTLINE_KEY: Final = "imrad_outline"
_HEADING: Final = "heading"


def store_outline(
    doc: Doc,
    outline: Outline,
    places: Sequence[Place] = (),
    warnings: Sequence[str] = (),
) -> None:
    """Keep an outline in `doc.spans["imrad_outline"]`.

    places: Characters, for each heading and paragraph in text order, of the file
        that it came from; empty if they are not known.
    warnings: What the reader could not do.
    """
    spans: list[Span] = []
    section_of: list[int] = []
    for index, section in enumerate(outline.sections):
        parts: list[tuple[Heading | Paragraph, str]] = []
        if section.heading is not None:
            parts.append((section.heading, _HEADING))
        parts += [(paragraph, paragraph.kind) for paragraph in section.paragraphs]
        for part, label in parts:
            span = doc.char_span(
                part.start, part.end, label=label, alignment_mode="expand"
            )
            assert span is not None
            spans.append(span)
            section_of.append(index)
    headings = [section.heading for section in outline.sections]
    attrs: dict[str, object] = {
        "section": section_of,
        "titles": [h.title if h else None for h in headings],
        "levels": [h.level if h else 0 for h in headings],
        "parents": [-1 if s.parent is None else s.parent for s in outline.sections],
        "matter": [section.matter for section in outline.sections],
    }
    if any(section.stated for section in outline.sections):
        attrs["stated"] = [section.stated for section in outline.sections]
    if places:
        attrs["places"] = numpy.asarray(places, dtype="i").reshape(len(spans), 2)
    if warnings:
        attrs["warnings"] = list(warnings)
    doc.spans[OUTLINE_KEY] = SpanGroup(doc, name=OUTLINE_KEY, attrs=attrs, spans=spans)


def stored_outline(doc: Doc) -> Outline | None:
    """The outline that is kept with a Doc, None if there is none.

    RAISES: ValueError if the group lacks its `attrs`, as after `Doc.from_docs`, or if
        these do not belong to its spans.
    """
    if OUTLINE_KEY not in doc.spans:
        return None
    group = doc.spans[OUTLINE_KEY]
    what_to_do = (
        "Copy Docs with `doc.copy()`, `to_bytes` or `DocBin`, or remove the group "
        f"(`del doc.spans['{OUTLINE_KEY}']`) to have the outline guessed."
    )
    if "section" not in group.attrs:
        raise ValueError(
            f"The span group '{OUTLINE_KEY}' has lost its attrs, which hold the "
            f"outline. {what_to_do}"
        )
    try:
        return Outline(tuple(_sections(group)))
    # What is damaged can be of any type.
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"The attrs of the span group '{OUTLINE_KEY}' are damaged "
            f"({type(error).__name__}: {error}). {what_to_do}"
        ) from error


def _sections(group: SpanGroup) -> Iterator[Section]:
    columns = [group.attrs[name] for name in ("titles", "levels", "parents", "matter")]
    columns.append(group.attrs.get("stated", [None] * len(columns[0])))
    members: list[list[Span]] = [[] for _ in columns[0]]
    for before, index, span in zip(
        [0, *group.attrs["section"]], group.attrs["section"], group, strict=False
    ):
        if index < before:
            raise ValueError(f"section {index} after section {before}")
        members[index].append(span)
    if len(group.attrs["section"]) != len(group):
        raise ValueError("`section` has not an entry for each span")
    for index, (title, level, parent, matter, said) in enumerate(
        zip(*columns, strict=True)
    ):
        heading: Heading | None = None
        paragraphs: list[Paragraph] = []
        for span in members[index]:
            start, end, label = span.start_char, span.end_char, span.label_
            if label == _HEADING:
                if not isinstance(title, str):
                    raise TypeError(f"the title {title!r} is no string")
                heading = Heading(start, end, int(level), title)
            elif label in get_args(Kind):
                paragraphs.append(Paragraph(start, end, cast(Kind, label)))
            else:
                raise ValueError(f"a paragraph of the kind '{label}'")
        if not -1 <= parent < index:
            raise ValueError(f"section {index} lies in section {parent}")
        if matter not in get_args(Matter):
            raise ValueError(f"section {index} is of the matter '{matter}'")
        around = None if parent < 0 else int(parent)
        if said is not None and not isinstance(said, str):
            raise TypeError(f"the label {said!r} of section {index} is no string")
        yield Section(heading, tuple(paragraphs), around, cast(Matter, matter), said)


def prefer_stored(segmenter: Segmenter) -> Segmenter:
    """A segmenter that takes the outline that a Doc has, and else asks `segmenter`."""

    # A partial of a function at the top of a module can be pickled for workers.
    return partial(_segment, segmenter=segmenter)


def _segment(doc: Doc, *, segmenter: Segmenter) -> Outline:
    stored = stored_outline(doc)
    return segmenter(doc) if stored is None else stored


def places_of(doc: Doc, ranges: Iterable[Place]) -> list[Place | None]:
    """The characters of the file that stretches of a Doc's text were read from.

    RETURNS: For each [start, end), the place from its first heading or paragraph to its
        last; None without any, or if the Doc has no stored outline with places.
    """
    group = doc.spans.get(OUTLINE_KEY)
    if group is None or "places" not in group.attrs:
        return [None for _ in ranges]
    known = [
        (span.start_char, span.end_char, int(first), int(last))
        for span, (first, last) in zip(group, group.attrs["places"], strict=True)
        if first < last
    ]
    starts, ends = ([part[i] for part in known] for i in (0, 1))
    found: list[Place | None] = []
    for start, end in ranges:
        inside = known[bisect_right(ends, start) : bisect_left(starts, end)]
        places = [part[2:] for part in inside]
        found.append(
            (min(first for first, _ in places), max(last for _, last in places))
            if places
            else None
        )
    return found


def stored_warnings(doc: Doc) -> list[str]:
    """What a reader could not do with the file that a Doc was made from."""
    group = doc.spans.get(OUTLINE_KEY)
    return list(group.attrs.get("warnings", ())) if group is not None else []
