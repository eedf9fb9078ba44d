"""An outline that is kept with its Doc, in a span group that survives `DocBin`.

Readers know the outline of a paper from its format. The group has a span for each
heading (labelled `heading`) and each paragraph (labelled with its kind), and what spans
can't say in its `attrs`, one entry a section unless noted:

    section     for each span, the index of its section
    titles      the heading's bare title, None without a heading
    levels      the heading's level, 0 without a heading
    parents     the index of the section around it, -1 at the top
    matter      "front", "body" or "back"
    places      for each span, the characters of the file that it was read from
                (int32, spans x 2); missing if the reader does not know them
"""

from collections.abc import Sequence
from functools import partial
from itertools import groupby
from typing import Final, cast

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


def store_outline(doc: Doc, outline: Outline, places: Sequence[Place] = ()) -> None:
    """Keep an outline in `doc.spans["imrad_outline"]`.

    places: For each heading and paragraph in text order, the characters of the file
        that it came from; empty if they are not known.
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
    if places:
        attrs["places"] = numpy.asarray(places, dtype="i").reshape(len(spans), 2)
    doc.spans[OUTLINE_KEY] = SpanGroup(doc, name=OUTLINE_KEY, attrs=attrs, spans=spans)


def stored_outline(doc: Doc) -> Outline | None:
    """The outline that is kept with a Doc, None if there is none.

    RAISES: ValueError if the group lacks its `attrs`, as after `Doc.from_docs`.
    """
    if OUTLINE_KEY not in doc.spans:
        return None
    group = doc.spans[OUTLINE_KEY]
    if "section" not in group.attrs:
        raise ValueError(
            f"The span group '{OUTLINE_KEY}' has lost its attrs, which hold the "
            "outline. Copy Docs with `doc.copy()`, `to_bytes` or `DocBin`, or remove "
            f"the group (`del doc.spans['{OUTLINE_KEY}']`) to have the outline guessed."
        )
    attrs = group.attrs
    sections = []
    numbered = zip(attrs["section"], group, strict=True)
    for index, members in groupby(numbered, key=lambda member: cast(int, member[0])):
        heading: Heading | None = None
        paragraphs: list[Paragraph] = []
        for _, span in members:
            if span.label_ == _HEADING:
                title, level = attrs["titles"][index], attrs["levels"][index]
                heading = Heading(span.start_char, span.end_char, level, title)
            else:
                kind = cast(Kind, span.label_)
                paragraphs.append(Paragraph(span.start_char, span.end_char, kind))
        parent = attrs["parents"][index]
        sections.append(
            Section(
                heading,
                tuple(paragraphs),
                None if parent < 0 else parent,
                cast(Matter, attrs["matter"][index]),
            )
        )
    return Outline(tuple(sections))


def prefer_stored(segmenter: Segmenter) -> Segmenter:
    """A segmenter that takes the outline that a Doc has, and else asks `segmenter`."""

    # A partial of a function at the top of a module can be pickled for workers.
    return partial(_segment, segmenter=segmenter)


def _segment(doc: Doc, *, segmenter: Segmenter) -> Outline:
    stored = stored_outline(doc)
    return segmenter(doc) if stored is None else stored


def place_of(doc: Doc, start: int, end: int) -> Place | None:
    """The characters of the file that characters of a Doc's text were read from.

    RETURNS: The place from the first to the last heading or paragraph in
        [start, end); None if the Doc has no stored outline, or one without places.
    """
    group = doc.spans.get(OUTLINE_KEY)
    if group is None or "places" not in group.attrs:
        return None
    inside = [
        (int(first), int(last))
        for span, (first, last) in zip(group, group.attrs["places"], strict=True)
        if span.start_char < end and span.end_char > start and first < last
    ]
    if not inside:
        return None
    return min(first for first, _ in inside), max(last for _, last in inside)
