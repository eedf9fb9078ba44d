from itertools import permutations

import pytest
import spacy

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.document.stored_outline import stored_outline
from spacy_imrad.readers import make_doc
from spacy_imrad.training.gold import (
    LONGEST_CONCLUSION,
    labelled_paragraphs,
    read_gold,
    section_gold,
)

INTRO, M, R, W, D = ("Introduction", "Methods", "Results", "Related Work", "Discussion")


def _paper(*sections):
    """Sections as `(heading, level)` or `(heading, level, number)`."""
    return Paper(
        "p",
        tuple(PaperSection(h, (f"{h}.",), level, *n) for h, level, *n in sections),
        title="Herons on the Lower River",
        abstract="We counted herons.",
    )


def _labels(*sections, convention="ancestor"):
    return [label for label, _ in section_gold(_paper(*sections), convention)]


@pytest.mark.parametrize(
    ("sections", "expected"),
    [
        (
            [("Patients and Methods", 1), ("Sites", 2), ("Snow pits", 3)],
            [M, M, M],
        ),
        ([("Results", 1), ("Related work", 2), ("Old pits", 3)], [R, W, W]),
        # A section of several kinds of text keeps its label to itself.
        ([("Experiments", 1), ("Pits", 2), ("Main results", 2)], [M, None, R]),
        ([("Results and Discussion", 1), ("Depth", 2)], [None, None]),
        # Back matter, and what stands behind references or in an appendix.
        ([("Methods", 1), ("Ethics approval", 2)], [M, M]),
        ([("Discussion", 1), ("Conflicts of interest", 2)], [D, None]),
        ([("Conclusion", 1), ("Appendix", 1), ("Results", 1)], [D, None, None]),
        ([("References", 1), ("Methods", 1)], [None, M]),
        ([("Summary", 1), ("Introduction", 1), ("Methods", 1)], [None, INTRO, M]),
        # Numbers tell the depth, and what stands between two of them lies in theirs.
        ([("Methods", 1, "3"), ("Sites", 1, "3.1")], [M, M]),
        (
            [("Results", 1, "3"), ("Table 2", 1), ("Method", 1), ("Depth", 2, "3.1")],
            [R, R, M, R],
        ),
        ([("Methods", 1, "3"), ("Depth", 1, "5.1")], [M, None]),
        (
            [("I. Method", 1), ("A. Snow", 1), ("II. Results", 1), ("A. Depth", 1)],
            [M, M, R, R],
        ),
        # That a heading without number belongs to the one before is only a guess.
        ([("Methods", 1), ("Sites", 1), ("Results", 1)], [M, None, R]),
        ([], []),
    ],
)
def test_the_nearest_heading_that_names_a_section(sections, expected):
    assert _labels(*sections) == expected


def test_unarxive_is_the_innermost_heading_alone():
    found = _labels(
        *[("Introduction", 1), ("Methods", 1), ("Sites", 2), ("Summary", 1)],
        *[("References", 1), ("Results", 2)],
        convention="unarxive",
    )
    assert found == [INTRO, M, None, None, None, R]


def test_parents_are_those_of_the_outline():
    paper = _paper(("Methods", 1, "3"), ("Sites", 2, "3.1"), ("Pits", 3), ("Depth", 1))
    assert [parent for _, parent in section_gold(paper)] == [None, 0, 1, None]


def test_gold_is_read_off_the_outline_of_the_doc():
    paper = _paper(("Methods", 1), ("Sites", 2), ("References", 1))
    gold = read_gold(paper, "ancestor")
    doc = make_doc(spacy.blank("en"), paper)
    assert (gold.text, gold.outline) == (doc.text, stored_outline(doc))
    assert gold.labels == (None, None, M, M, None)
    assert gold.opening == (True, True, False, False, False)


def test_gold_and_pipe_agree_on_what_is_body():
    titles = ["Introduction", "Methods", "Ethics statement", "Results", "Discussion"]
    titles += ["Significance", "Data availability", "References", "Appendix A"]
    nlp = spacy.blank("en")
    for chosen in permutations(titles, 3):
        paper = _paper(*((title, 1) for title in chosen))
        outline = stored_outline(make_doc(nlp, paper))
        gold = read_gold(paper, "ancestor")
        assert gold.outline == outline
        for section, label in zip(outline.sections, gold.labels, strict=True):
            named = section.title in ("Introduction", "Methods", "Results")
            assert (label is not None) <= (section.matter == "body"), chosen
            assert (section.matter == "body" and named) <= (label is not None), chosen


def test_appendix_printed_under_the_conclusion():
    def labels(heading, convention):
        texts = ("Snow is deep.",) * (LONGEST_CONCLUSION + 1)
        paper = Paper("p", (PaperSection(heading, texts),))
        return [label for label, _ in section_gold(paper, convention)]

    assert labels("Conclusion", "ancestor") == [None]
    assert labels("Conclusion", "unarxive") == [D]
    assert labels("Discussion", "ancestor") == [D]


def test_labelled_paragraphs():
    paper = _paper(("Methods", 1), ("Snow", 1))
    assert list(labelled_paragraphs(paper, "ancestor", 1)) == [("Methods.", M)]
    assert list(labelled_paragraphs(paper, "ancestor", 9)) == []
