"""A labelled Doc as Markdown that says under each heading what its section is."""

from collections.abc import Iterator, Sequence

from spacy.tokens import Doc

from spacy_imrad.document.outline import Paragraph, Section
from spacy_imrad.document.stored_outline import prefer_stored
from spacy_imrad.segmenters.text import segment_text

_segment = prefer_stored(segment_text)


def annotated_markdown(
    doc: Doc, spans_key: str = "imrad", warnings: Sequence[str] = ()
) -> str:
    """The text with Markdown headings by its outline; a line with label and score
    stands at the beginning of each section that has them, and the warnings before all
    as a quotation."""
    group = doc.spans[spans_key]
    labels = {
        span.start_char: f"**{span.label_ or 'no label'}** ({max(row):.2f})"
        for span, row in zip(group, group.attrs["scores"], strict=True)
    }
    parts = ["\n".join(f"> {warning}" for warning in warnings)] if warnings else []
    text = doc.text  # which is joined anew each time that it is asked for
    for section in _segment(doc).sections:
        parts += _section(text, section, labels)
    return "\n\n".join(parts) + "\n"


def _section(text: str, section: Section, labels: dict[int, str]) -> Iterator[str]:
    heading = section.heading
    if heading is not None:
        printed = " ".join(text[heading.start : heading.end].split()).lstrip("# ")
        is_title = section.matter == "front" and section.parent is None
        level = 1 if is_title else min(6, heading.level + 1)
        yield f"{'#' * level} {printed}"
        if heading.start in labels:
            yield labels[heading.start]
    for paragraph in section.paragraphs:
        if paragraph.start in labels:
            yield labels[paragraph.start]
        yield _paragraph(text, paragraph)


def _paragraph(text: str, paragraph: Paragraph) -> str:
    content = text[paragraph.start : paragraph.end]
    if paragraph.kind == "code" and not content.startswith(("```", "~~~")):
        return f"```\n{content.rstrip()}\n```"
    return content
