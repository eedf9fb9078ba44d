"""Outline from a span group, such as that of spacy-layout."""

from collections.abc import Iterable, Iterator

from spacy.tokens import Doc, Span

from spacy_imrad.document.outline import Heading, Kind, Outline, Paragraph, Segmenter
from spacy_imrad.segmenters.headings import Printed, describe_titles
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
        places = [i for i, s in enumerate(spans) if s.label_ in self.heading_labels]
        titles = [read_title(spans[i].text.strip()) for i in places]
        by_place = dict(zip(places, titles, strict=True))
        paper_title = self._paper_title(spans, places)
        levels = describe_titles(
            [
                Printed(title, i + 1 in by_place)
                for i, title in by_place.items()
                if i != paper_title
            ]
        )
        found = iter(levels)
        for i, span in enumerate(spans):
            start, end = _bounds(span)
            title = by_place.get(i)
            if title is None:
                yield Paragraph(start, end, KINDS.get(span.label_, "text"))
            elif i == paper_title:
                yield FoundHeading(Heading(start, end, 1, title.text), None, True)
            else:
                level, number = next(found)
                yield FoundHeading(Heading(start, end, level, title.text), number)

    def _paper_title(self, spans: list[Span], places: list[int]) -> int | None:
        """The first heading, if it is labelled a title, or stands before all other
        text without number or the name of a section."""
        if not places:
            return None
        first = places[0]
        if spans[first].label_ == "title":
            return first
        title = read_title(spans[first].text.strip())
        if first > 0 or title.readings or title.is_known or len(places) < 2:
            return None
        second = read_title(spans[places[1]].text.strip())
        opens = second.matter == "front" or second.label == "Introduction"
        return first if opens else None


def make_span_group_segmenter_v1(
    key: str = "layout",
    heading_labels: list[str] = list(HEADING_LABELS),  # noqa: B006
    ignored_labels: list[str] = list(IGNORED_LABELS),  # noqa: B006
) -> Segmenter:
    """A segmenter for Docs whose headings and paragraphs are spans already.

    key: Name of the span group; `layout` is spacy-layout's.
    heading_labels: Labels of spans that are headings. Their levels follow from their
        numbers, or from the names of sections.
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
