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

An outline that a segmenter found is packed for the `attrs` of another group instead:
the same entries, and for each heading and paragraph

    blocks      its characters in the Doc's text (int32, blocks x 2)
    kinds       "heading", or the kind of the paragraph
"""

from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from functools import partial
from typing import Any, Final, cast, get_args

import numpy
from spacy.tokens import Doc, SpanGroup

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
_AGAIN: Final = "Apply the pipe to the Doc again."


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
    spans = []
    for block, kind in _blocks(outline):
        span = doc.char_span(
            block.start, block.end, label=kind, alignment_mode="expand"
        )
        assert span is not None
        spans.append(span)
    attrs = _columns(outline)
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
    blocks = ((span.start_char, span.end_char, span.label_) for span in group)
    with _believing(OUTLINE_KEY, what_to_do):
        return Outline(tuple(_sections(group.attrs, list(blocks))))


def pack_outline(outline: Outline) -> dict[str, Any]:
    """An outline as plain data, for the `attrs` of a span group."""
    blocks = list(_blocks(outline))
    bounds = [(block.start, block.end) for block, _ in blocks]
    return {
        "blocks": numpy.asarray(bounds, dtype="i").reshape(-1, 2),
        "kinds": [kind for _, kind in blocks],
        **_columns(outline),
    }


def unpack_outline(packed: Any, name: str, length: int) -> Outline:
    """What `pack_outline` packed.

    name: Name of the span group that has it.
    length: Of the Doc's text, in characters.
    RAISES: ValueError if it is damaged.
    """
    with _believing(name, _AGAIN):
        bounds = packed["blocks"].tolist()
        blocks = [(*x, kind) for x, kind in zip(bounds, packed["kinds"], strict=True)]
        if not all(0 <= start < end <= length for start, end, _ in blocks):
            raise ValueError("`blocks` are not in the text")
        return Outline(tuple(_sections(packed, blocks)))


class KeptOutline:
    """An outline as it is kept, to look up single places without unpacking all of it.

    attrs: What is kept of it. group: Its blocks, if a group of spans has them.
    """

    def __init__(self, attrs: Mapping[str, Any], group: SpanGroup | None) -> None:
        self._attrs = attrs
        self._group = group

    def section_with_most(self, start: int, end: int) -> int | None:
        """Index of the section that has the most of the characters [start, end).

        RETURNS: None if they are in none.
        RAISES: ValueError if the outline is damaged, as `headings_over` does.
        """
        with _believing(OUTLINE_KEY, _AGAIN):
            section = self._attrs["section"]
            numbers = range(len(section))
            first = bisect_right(numbers, start, key=lambda i: self._bounds(i)[0]) - 1
            held: dict[int, int] = {}
            for i in numbers[max(0, first) :]:
                block_start, block_end = self._bounds(i)
                if block_start >= end:
                    break
                if block_end > start:
                    size = min(end, block_end) - max(start, block_start)
                    held[section[i]] = held.get(section[i], 0) + size
            if held:
                return max(held, key=held.__getitem__)
            around = section[max(0, first) : first + 2]
            return around[0] if len(around) == 2 and len(set(around)) == 1 else None

    def headings_over(self, index: int) -> list[tuple[str, int]]:
        """The titles of a section and of those around it, with their levels; from the
        top, without sections that have no heading."""
        with _believing(OUTLINE_KEY, _AGAIN):
            titles, levels, parents = (
                self._attrs[name] for name in ("titles", "levels", "parents")
            )
            found = []
            while index >= 0:
                if titles[index] is not None:
                    found.append((titles[index], levels[index]))
                if not parents[index] < index:
                    raise ValueError(f"section {index} lies in {parents[index]}")
                index = parents[index]
            return found[::-1]

    def _bounds(self, index: int) -> tuple[int, int]:
        if self._group is None:
            start, end = self._attrs["blocks"][index]
            return int(start), int(end)
        span = self._group[index]
        return span.start_char, span.end_char


@contextmanager
def _believing(name: str, what_to_do: str) -> Iterator[None]:
    """What is damaged can be of any type: a ValueError says that it is."""
    try:
        yield
    except (AttributeError, IndexError, KeyError, TypeError, ValueError) as error:
        raise ValueError(
            f"The attrs of the span group '{name}' are damaged "
            f"({type(error).__name__}: {error}). {what_to_do}"
        ) from error


def _blocks(outline: Outline) -> Iterator[tuple[Heading | Paragraph, str]]:
    for section in outline.sections:
        if section.heading is not None:
            yield section.heading, _HEADING
        for paragraph in section.paragraphs:
            yield paragraph, paragraph.kind


def _columns(outline: Outline) -> dict[str, Any]:
    """What is known of the sections, besides where their blocks are."""
    sections = outline.sections
    headings = [section.heading for section in sections]
    columns: dict[str, Any] = {
        "section": [
            index
            for index, section in enumerate(sections)
            for _ in range((section.heading is not None) + len(section.paragraphs))
        ],
        "titles": [h.title if h else None for h in headings],
        "levels": [h.level if h else 0 for h in headings],
        "parents": [-1 if s.parent is None else s.parent for s in sections],
        "matter": [section.matter for section in sections],
    }
    if any(section.stated for section in sections):
        columns["stated"] = [section.stated for section in sections]
    return columns


def _sections(
    attrs: Mapping[str, Any], blocks: Sequence[tuple[int, int, str]]
) -> Iterator[Section]:
    """blocks: Start, end and kind of each heading and paragraph."""
    columns = [attrs[name] for name in ("titles", "levels", "parents", "matter")]
    columns.append(attrs.get("stated", [None] * len(columns[0])))
    members: list[list[tuple[int, int, str]]] = [[] for _ in columns[0]]
    for before, index, block in zip(
        [0, *attrs["section"]], attrs["section"], blocks, strict=False
    ):
        if index < before:
            raise ValueError(f"section {index} after section {before}")
        members[index].append(block)
    if len(attrs["section"]) != len(blocks):
        raise ValueError("`section` has not an entry for each heading and paragraph")
    for index, (title, level, parent, matter, said) in enumerate(
        zip(*columns, strict=True)
    ):
        heading: Heading | None = None
        paragraphs: list[Paragraph] = []
        for start, end, kind in members[index]:
            if kind == _HEADING:
                if not isinstance(title, str):
                    raise TypeError(f"the title {title!r} is no string")
                heading = Heading(start, end, int(level), title)
            elif kind in get_args(Kind):
                paragraphs.append(Paragraph(start, end, cast(Kind, kind)))
            else:
                raise ValueError(f"a paragraph of the kind '{kind}'")
        if heading is None and not paragraphs:
            raise ValueError(f"section {index} is empty")
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
