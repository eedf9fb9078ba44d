"""The gold labels of `spacy-imrad.PapersCorpus.v1`, with a rule of its own for what is
body. They stay as they are, so that old configs train what they trained."""

import re
from typing import Final

from spacy_imrad.document.lexicon import (
    normalise_title,
    passes_down,
    section_label,
    unarxive_label,
)
from spacy_imrad.document.matter import ends_body, matter_of, named_matters
from spacy_imrad.document.naming import names_two, sec_type_label
from spacy_imrad.document.outline import (
    Heading,
    Matter,
    Outline,
    Paragraph,
    Section,
)
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.labels import Convention, check_convention
from spacy_imrad.training.gold import (
    GoldPaper,
    SectionGold,
    hides_appendix,
)

_DIGITS: Final = re.compile(r"\d+(?:\.\d+)*")
_LETTER: Final = re.compile(r"[A-Z](?:\.\d+)*")


def read_gold_v1(paper: Paper, convention: Convention) -> GoldPaper:
    """The headings and paragraphs of a paper without title, abstract and asides."""
    parts: list[str] = []
    length = 0

    def add(part: str) -> tuple[int, int]:
        nonlocal length
        start = length + 2 if parts else 0
        parts.append(part)
        length = start + len(part)
        return start, length

    found: list[tuple[Section, str | None]] = []
    for section, label, is_body in zip(
        paper.sections,
        section_labels(paper, convention),
        sections_in_body(paper),
        strict=True,
    ):
        heading = None
        if title := section.heading.strip():
            heading = Heading(*add(title), section.depth, title)
        texts = filter(None, (text.strip() for text in section.paragraphs))
        paragraphs = tuple(Paragraph(*add(text)) for text in texts)
        if heading or paragraphs:
            matter: Matter = "body" if is_body else "back"
            found.append((Section(heading, paragraphs, None, matter), label))
    sections, labels = zip(*found, strict=True) if found else ((), ())
    return GoldPaper(
        "\n\n".join(parts), Outline(sections), labels, (False,) * len(labels)
    )


def section_gold_v1(paper: Paper) -> list[SectionGold]:
    """The ancestor label and the parent of each of a paper's sections."""
    labels = section_labels(paper, "ancestor")
    return list(map(SectionGold, labels, section_parents(paper)))


def section_labels(paper: Paper, convention: Convention) -> list[str | None]:
    """The gold label of each of a paper's sections.

    convention: "unarxive" is that of the unarXive IMRaD data set: the innermost heading
        alone, by the reference map alone. "ancestor" is what readers mean: the nearest
        heading, from the section's own upwards, that names a section by the
        larger lexicon. Where a heading names none, its `sec_type` does, unless the
        heading names two ("Results and Discussion"). A heading over several kinds of
        text keeps its label to itself, and front and back matter (with all that
        stands behind references or in an appendix) has none.
    RETURNS: One of `LABELS` or None for each section.
    RAISES: ValueError if the convention is unknown.
    """
    if check_convention(convention) == "unarxive":
        return [unarxive_label(section.heading) for section in paper.sections]
    labels: list[str | None] = []
    inherited: list[str | None] = []
    in_body = sections_in_body(paper)
    for index, parent in enumerate(section_parents(paper)):
        section = paper.sections[index]
        label = from_above = None
        if in_body[index]:
            named = section_label(section.heading)
            above = inherited[parent] if parent is not None else None
            label = _own_label(section) or above
            from_above = (
                label if named is None or passes_down(section.heading) else None
            )
            if named and hides_appendix(section.heading, len(section.paragraphs)):
                label = None
        labels.append(label)
        inherited.append(from_above)
    return labels


def section_parents(paper: Paper) -> list[int | None]:
    """The section around each of a paper's sections.

    A dotted number decides where there is one: "3.1" lies in "3", and if the heading
    of "3" was lost, in none. Everything else goes by the level.

    RETURNS: The index of the parent for each section, None for a top section.
    """
    parents: list[int | None] = []
    by_number: dict[str, int] = {}
    open_sections: list[tuple[int, int]] = []
    for index, section in enumerate(paper.sections):
        number = section.bare_number
        while open_sections and open_sections[-1][0] >= section.depth:
            open_sections.pop()
        if "." in number:
            parent = by_number.get(number.rpartition(".")[0])
        else:
            parent = open_sections[-1][1] if open_sections else None
        if number:
            by_number[number] = index
        open_sections.append((section.depth, index))
        parents.append(parent)
    return parents


def sections_in_body(paper: Paper) -> list[bool]:
    """Whether each section belongs to the body, not to front or back matter.

    Matter takes its sub-sections with it. A summary before all else is an abstract.
    Under "Methods" a title of back matter heads a part of the body ("Ethics"), and so
    does, under any named section, one that names a section or is front matter elsewhere
    ("Significance"). What follows references or an appendix is back matter unless the
    paper's numbers go on, and so are lettered sections of a paper that numbers the
    others in digits.
    """
    numbers = [section.bare_number for section in paper.sections]
    in_digits = [_DIGITS.fullmatch(number) is not None for number in numbers]
    lettered_appendix = any(in_digits)
    named = named_matters([section.heading for section in paper.sections])
    in_body: list[bool] = []
    ended = False
    for index, parent in enumerate(section_parents(paper)):
        title = normalise_title(paper.sections[index].heading)
        if ends_body(title):
            body = False
            ended = ended or parent is None
        elif title == "summary" and named[index] == "front":
            body = False
        elif parent is not None:
            around = _own_label(paper.sections[parent])
            body = in_body[parent] and not _is_matter_within(title, around)
        elif in_digits[index]:
            body = matter_of(title) is None
        else:
            appendix = lettered_appendix and _LETTER.fullmatch(numbers[index])
            body = not (ended or appendix) and matter_of(title) is None
        in_body.append(body)
    return in_body


def _own_label(section: PaperSection) -> str | None:
    label = section_label(section.heading)
    if label is None and section.sec_type and not names_two(section.heading):
        return sec_type_label(section.sec_type)
    return label


def _is_matter_within(title: str, around: str | None) -> bool:
    matter = matter_of(title)
    if matter is None or (around and section_label(title)):
        return False
    return around is None or (matter == "back" and around != "Methods")
