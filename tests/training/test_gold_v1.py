import pytest

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.training.gold import LONGEST_CONCLUSION
from spacy_imrad.training.gold_v1 import (
    section_labels,
    section_parents,
    sections_in_body,
)

INTRO, M, R, W, D = ("Introduction", "Methods", "Results", "Related Work", "Discussion")


def _paper(*sections):
    """Sections as `(heading, level)` or `(heading, level, number)`."""
    return Paper(
        "p", tuple(PaperSection(h, ("x",), level, *n) for h, level, *n in sections)
    )


def _ancestor(*sections):
    return section_labels(_paper(*sections), "ancestor")


def test_strict_is_the_innermost_heading_alone():
    paper = _paper(
        ("Introduction", 1),
        ("Methods", 1),
        ("Sites", 2),
        ("1 Results", 1),
        ("Summary", 1),
    )
    assert section_labels(paper, "unarxive") == [INTRO, M, None, None, None]


def test_nearest_heading_that_names_a_section():
    assert _ancestor(
        ("Patients and Methods", 1),
        ("Sites", 2),
        ("Snow pits", 3),
        ("Results", 1),
        ("Depth", 2),
        ("Related work", 2),
        ("Old pits", 3),
        ("Density", 2),
    ) == [M, M, M, R, R, W, W, R]


def test_sections_of_several_kinds_keep_their_label():
    assert _ancestor(
        ("Experiments", 1),
        ("Snow pits", 2),
        ("Main results", 2),
        ("Depth", 3),
        ("Methods", 1),
        ("Experimental setup", 2),
        ("Shovels", 3),
    ) == [M, None, R, R, M, M, None]


def test_headings_with_two_names_or_none_decide_nothing():
    assert _ancestor(
        ("Results and Discussion", 1), ("Depth", 2), ("Conclusions", 2), ("Snow", 1)
    ) == [None, None, D, None]


def test_numbers_give_the_depth_that_levels_lack():
    sections = (
        ("Methods", 1, "3"),
        ("Sites", 1, "3.1"),
        ("Table 2", 1),
        ("Shovels", 1, "3.2."),
        ("Handles", 1, "3.2.1"),
        ("Depth", 1, "5.1"),
    )
    assert section_parents(_paper(*sections)) == [None, 0, None, 0, 3, None]
    assert _ancestor(*sections) == [M, M, None, M, M, None]


def test_matter_has_no_label():
    assert _ancestor(
        ("Abstract", 1),
        ("Background", 2),
        ("Methods", 1),
        ("Ethics approval", 2),
        ("Discussion", 1),
        ("Strengths and limitations of this study", 2),
        ("Conflicts of interest", 2),
        ("Acknowledgements", 1),
        ("Limitations", 1),
    ) == [None, None, M, M, D, D, None, None, D]


def test_a_summary_before_all_else_is_an_abstract():
    assert _ancestor(
        ("Summary", 1), ("Aims", 2), ("Introduction", 1), ("Methods", 1), ("Summary", 1)
    ) == [None, None, INTRO, M, D]


@pytest.mark.parametrize("title", ["References", "Appendix", "Supplementary material"])
def test_what_follows_references_or_an_appendix_is_back_matter(title):
    sections = [("Conclusion", 1), (title, 1), ("Experimental results", 1), ("More", 2)]
    assert _ancestor(*sections) == [D, None, None, None]
    assert sections_in_body(_paper(*sections)) == [True, False, False, False]


def test_numbered_section_after_displaced_references_is_body():
    assert _ancestor(
        ("Introduction", 1, "1"), ("References", 1), ("Method", 1, "2"), ("Results", 1)
    ) == [INTRO, None, M, None]


def test_lettered_sections_of_a_numbered_paper_are_an_appendix():
    assert _ancestor(
        ("Method", 1, "1"), ("Related work", 1, "A"), ("Results", 2, "A.1")
    ) == [M, None, None]
    assert _ancestor(("Method", 1, "A"), ("Results", 1, "B")) == [M, R]


def test_appendix_printed_under_the_conclusion():
    paper = Paper("p", (PaperSection("Conclusion", ("x",) * (LONGEST_CONCLUSION + 1)),))
    assert section_labels(paper, "ancestor") == [None]
    assert section_labels(paper, "unarxive") == [D]
    discussion = PaperSection("Discussion", ("x",) * (LONGEST_CONCLUSION + 1))
    assert section_labels(Paper("p", (discussion,)), "ancestor") == [D]


def test_no_sections():
    assert section_labels(Paper("p", ()), "ancestor") == []


def test_unknown_convention():
    with pytest.raises(ValueError, match=r"'loose'.*'ancestor', 'unarxive'"):
        section_labels(Paper("p", ()), "loose")
