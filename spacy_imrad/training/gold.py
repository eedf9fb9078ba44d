"""Gold labels of a paper, read off the outline that its Doc has."""

from collections.abc import Iterator
from typing import Final, NamedTuple

from spacy_imrad.document.lexicon import normalise_title
from spacy_imrad.document.naming import named_by
from spacy_imrad.document.outline import PROSE, Outline, Section
from spacy_imrad.document.paper import Paper
from spacy_imrad.labels import Convention
from spacy_imrad.readers.docs import PaperText, paper_text

# Where the source lost the heading of an appendix, its text is printed under the
# conclusion. Of conclusions with their own text hardly one is as long as this.
LONGEST_CONCLUSION: Final = 15


class GoldPaper(NamedTuple):
    """The text of a paper, and the gold label of each section of its outline.

    labels: One of `LABELS` or None for each section.
    opening: Whether each section is front matter that has its own place in the paper:
        the title and the abstract.
    """

    text: str
    outline: Outline
    labels: tuple[str | None, ...]
    opening: tuple[bool, ...]


class SectionGold(NamedTuple):
    """What is known of one section of a `Paper`.

    parent: The index of the section around it; None for a top section, or if the
        nesting is only a guess.
    """

    label: str | None
    parent: int | None


def read_gold(paper: Paper, convention: Convention) -> GoldPaper:
    """The text of a paper as `make_doc` has it, with gold labels.

    convention: "ancestor" gives a section the label that the pipe's headings give it
        (see `named_by`). A JATS `sec-type` counts where a heading names none, and a
        level that is only a guess hands no label down. "unarxive" is the convention of
        the unarXive IMRaD data set: the innermost heading alone, whatever matter it
        heads.
    """
    printed = paper_text(paper)
    return GoldPaper(
        printed.text,
        printed.outline,
        tuple(_labels(printed, convention)),
        tuple(
            origin is None and section.matter == "front"
            for origin, section in zip(
                printed.origins, printed.outline.sections, strict=True
            )
        ),
    )


def section_gold(
    paper: Paper, convention: Convention = "ancestor"
) -> list[SectionGold]:
    """The label and the parent of each of a paper's sections."""
    printed = paper_text(paper)
    labels = list(_labels(printed, convention))
    found = [SectionGold(None, None)] * len(paper.sections)
    for index, origin in enumerate(printed.origins):
        if origin is not None:
            _, *around = _known_around(printed, index)
            parent = printed.origins[around[0]] if around else None
            found[origin] = SectionGold(labels[index], parent)
    return found


def labelled_paragraphs(
    paper: Paper, convention: Convention, min_length: int
) -> Iterator[tuple[str, str]]:
    """Each paragraph of so many characters that has a label, and the label."""
    gold = read_gold(paper, convention)
    for section, label in zip(gold.outline.sections, gold.labels, strict=True):
        for paragraph in section.paragraphs if label else ():
            text = gold.text[paragraph.start : paragraph.end]
            if label and paragraph.kind in PROSE and len(text) >= min_length:
                yield text, label


def hides_appendix(heading: str, n_paragraphs: int) -> bool:
    """Whether a conclusion is too long to be one."""
    return n_paragraphs > LONGEST_CONCLUSION and normalise_title(heading).startswith(
        ("conclusion", "concluding")
    )


def _labels(printed: PaperText, convention: Convention) -> Iterator[str | None]:
    sections = printed.outline.sections
    stated = [section.stated for section in sections]
    for index, section in enumerate(sections):
        known = list(_known_around(printed, index))
        named = named_by(
            (sections[i].title for i in known), convention, (stated[i] for i in known)
        )
        if named is None or (convention == "ancestor" and not _may_have(section)):
            yield None
        else:
            yield named.label


def _known_around(printed: PaperText, index: int) -> Iterator[int]:
    """The section and those around it, as far as they are known to be around it."""
    for i in printed.outline.ancestors(index):
        yield i
        if i in printed.guessed:
            return


def _may_have(section: Section) -> bool:
    n_prose = sum(paragraph.kind in PROSE for paragraph in section.paragraphs)
    return section.matter == "body" and not hides_appendix(section.title, n_prose)
