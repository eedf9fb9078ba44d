"""What a heading is to the text around it: the title of the whole, or a section with a
number."""

from typing import Final

from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.outline import Heading, Outline

# Characters of the longest section number.
_MAX_NUMBER: Final = 12


def paper_title(outline: Outline) -> Heading | None:
    """The heading that opens the text, unless it heads a section or an abstract."""
    if not outline.sections:
        return None
    first = outline.sections[0]
    is_title = first.matter == "front" and matter_of(first.title) is None
    return first.heading if is_title else None


def number_of(text: str, heading: Heading) -> str:
    """The number that a heading begins with ("3.1"), without the punctuation around it;
    nothing if there is none.

    text: The text that the heading is in.
    """
    line = text[heading.start : heading.end].partition(heading.title)[0]
    number = line.strip("#*_§ \t.:()")
    return number if number[:1].isalnum() and len(number) <= _MAX_NUMBER else ""
