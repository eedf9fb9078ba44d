"""A labelled paper as Markdown that says under each heading what its section is."""

from collections.abc import Iterator

from spacy_imrad.pipeline.doc_outline import (
    DocOutline,
    OutlineParagraph,
    OutlineSection,
)


def annotated_markdown(outline: DocOutline) -> str:
    """The text with Markdown headings by its outline; each section that has scores
    begins with a line that says label, score and why, and the warnings stand before all
    as a quotation."""
    warnings = "\n".join(f"> {warning}" for warning in outline.warnings)
    parts = [warnings] if warnings else []
    for section in outline:
        parts += _section(section)
    return "\n\n".join(parts) + "\n"


def _section(section: OutlineSection) -> Iterator[str]:
    if section.heading is not None:
        printed = " ".join(section.heading.text.split()).lstrip("# ")
        is_title = section.matter == "front" and section.index == 0
        level = 1 if is_title else min(6, section.level + 1)
        yield f"{'#' * level} {printed}"
    if section.score is not None:
        label = section.label or "no label"
        yield f"**{label}** {section.score:.0%} ({section.why})"
    yield from map(_paragraph, section.paragraphs)


def _paragraph(paragraph: OutlineParagraph) -> str:
    content = paragraph.text
    if paragraph.kind == "code" and not content.startswith(("```", "~~~")):
        return f"```\n{content.rstrip()}\n```"
    return content
