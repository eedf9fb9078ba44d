"""What the printed labels of structured abstracts name."""

import pytest

from spacy_imrad.document.abstract_labels import abstract_labels


@pytest.mark.parametrize(
    ("label", "titles"),
    [
        (
            "Introduction",
            "Objective|AIMS:|Background|Background & Aims|Purpose of review|Context"
            "|Study objective(s)|What is known|Importance|Hypothesis|Rationale|Goals",
        ),
        (
            "Methods",
            "**Methods.**|Design, Setting, and Participants|Main Outcome Measure(s)"
            "|Study Design/Setting|Patients and methods|Interventions|Search methods"
            "|Data collection and analysis|Experimental Approach|Statistical analysis"
            "|Setting(s)|Materials|Methods/Design|Study Selection|Primary outcome",
        ),
        ("Results", "Findings|Main results|Key Results|RESULTS —|Data Synthesis"),
        (
            "Discussion",
            "Interpretation|Significance|Conclusions and relevance|Summary|Discussion"
            "|Authors' conclusions|Conclusions and Implications|Limitations"
            "|Implications for practice|Relevance to clinical practice",
        ),
    ],
)
def test_a_label_names_one_kind_of_text(label: str, titles: str) -> None:
    for title in titles.split("|"):
        assert abstract_labels(title) == {label}, title


@pytest.mark.parametrize(
    "title",
    ["Trial registration", "Clinicaltrials.gov Identifier", "Funding", "Keywords"],
)
def test_what_is_no_part_of_the_text_names_none(title: str) -> None:
    assert abstract_labels(title) == frozenset()


def test_a_label_may_name_two_kinds_of_text() -> None:
    assert abstract_labels("Methods and Findings") == {"Methods", "Results"}
    assert abstract_labels("Measurements and main results") == {"Methods", "Results"}


@pytest.mark.parametrize("title", ["", "The cat", "Methods of the cat and others"])
def test_other_titles_are_unknown(title: str) -> None:
    assert abstract_labels(title) is None


def test_pubmeds_category_speaks_where_the_label_says_nothing() -> None:
    assert abstract_labels("The cat", "CONCLUSIONS") == {"Discussion"}
    assert abstract_labels("Findings", "CONCLUSIONS") == {"Results"}
    assert abstract_labels("The cat", "UNASSIGNED") is None
