"""Outline from a span group, such as that of spacy-layout."""

import re
from collections.abc import Iterable, Iterator

from spacy.tokens import Doc, Span

from spacy_imrad.document.outline import Heading, Kind, Outline, Paragraph, Segmenter
from spacy_imrad.segmenters.blocks import Block
from spacy_imrad.segmenters.headings import find_headings
from spacy_imrad.segmenters.lines import Line
from spacy_imrad.segmenters.sections import FoundHeading, Item, build_outline
from spacy_imrad.segmenters.titles import read_title

HEADING_LABELS = ("section_header", "title", "heading", "subtitle")
IGNORED_LABELS = ("page_header", "page_footer", "picture", "page_number", "empty_value")
KINDS: dict[str, Kind] = {
    "list_item": "list",
    "list": "list",
    "table": "table",
    "document_index": "table",
    "caption": "caption",
    "picture_caption": "caption",
    "table_caption": "caption",
    "footnote": "caption",
    "formula": "formula",
    "equation": "formula",
    "code": "code",
}
"""What a paragraph is by its span's label; any other label is text."""
_BREAK = re.compile(r"\s")


class SpanGroupSegmenter:
    """Doc -> Outline from the spans of one group, in text order."""

    def __init__(
        self, key: str, heading_labels: Iterable[str], ignored_labels: Iterable[str]
    ) -> None:
        self.key = key
        self.heading_labels = frozenset(heading_labels)
        self.ignored_labels = frozenset(ignored_labels)

    def __call__(self, doc: Doc) -> Outline:
        if self.key not in doc.spans:
            # No KeyError: spaCy takes that for a pipe that is not initialized.
            raise ValueError(
                f"The Doc has no span group {self.key!r}: it has "
                f"{', '.join(map(repr, doc.spans)) or 'none'}. Set `key` of "
                "spacy-imrad.SpanGroupSegmenter.v1 to the group with the text's "
                "headings and paragraphs, or run the component that sets it before "
                "this one."
            )
        spans = list(_in_order(doc.spans[self.key], self.ignored_labels))
        return build_outline(doc.text, self._items(spans))

    def _items(self, spans: list[Span]) -> Iterator[Item]:
        title = next((i for i, s in enumerate(spans) if self._is_heading(s)), None)
        if title is not None and spans[title].label_ != "title":
            title = None
        others = [i for i in range(len(spans)) if i != title]
        blocks = [self._block(spans[i]) for i in others]
        headings = find_headings(blocks, is_titled=title is not None)
        found = {
            others[i]: heading
            for i, heading in headings.items()
            if self._is_heading(spans[others[i]]) or not heading.is_title
        }
        for i, span in enumerate(spans):
            start, end = _bounds(span)
            heading = found.get(i)
            if i == title:
                text = read_title(span.text.strip()).text
                yield FoundHeading(Heading(start, end, 1, text), None, True)
            elif heading is None:
                yield Paragraph(start, end, KINDS.get(span.label_, "text"))
            else:
                yield heading
                if heading.text_start:
                    yield Paragraph(heading.text_start, end)

    def _is_heading(self, span: Span) -> bool:
        return span.label_ in self.heading_labels

    def _block(self, span: Span) -> Block:
        start, end = _bounds(span)
        # With line breaks turned into spaces, one for one.
        text = _BREAK.sub(" ", span.text.strip())
        line = Line(start, end, 0, True, False, text)
        if self._is_heading(span):
            return Block("text", [line], "format", 1)
        return Block(KINDS.get(span.label_, "text"), [line])


def make_span_group_segmenter_v1(
    key: str = "layout",
    heading_labels: list[str] = list(HEADING_LABELS),  # noqa: B006
    ignored_labels: list[str] = list(IGNORED_LABELS),  # noqa: B006
) -> Segmenter:
    """A segmenter for Docs whose headings and paragraphs are spans already.

    key: Name of the span group; `layout` is spacy-layout's.
    heading_labels: Labels of spans that are headings. Their levels follow from their
        numbers, or from the names of sections. A span with another label is a heading
        or begins with one where its text shows it, as in plain text.
    ignored_labels: Labels of spans that are part of no paragraph, such as headers.
        A span with any other label is a paragraph: a table, a caption, a formula ...
        where the label says so, text otherwise.
    RETURNS: Doc -> Outline. Overlapping spans count once: the first, and of those that
        start together the longest. Raises ValueError if a Doc has no such group.
    """
    return SpanGroupSegmenter(key, heading_labels, ignored_labels)


def _in_order(spans: Iterable[Span], ignored: frozenset[str]) -> Iterator[Span]:
    end = 0
    for span in sorted(spans, key=lambda span: (span.start, -span.end)):
        if span.label_ in ignored or span.start < end or not span.text.strip():
            continue
        end = span.end
        yield span


def _bounds(span: Span) -> tuple[int, int]:
    text = span.text
    start = span.start_char + len(text) - len(text.lstrip())
    return start, span.start_char + len(text.rstrip())
