import json
from pathlib import Path

import pytest

from spacy_imrad.document.lexicon import (
    REFERENCE_MAP,
    is_weak,
    normalise_title,
    passes_down,
    section_label,
    unarxive_label,
)
from spacy_imrad.document.naming import Named, named_by
from spacy_imrad.labels import LABELS

HEADING_MAP = Path(__file__).parents[3] / "shared" / "design" / "heading_map.json"

NO_PASSING_DOWN = (
    "experiments",
    "evaluation",
    "analysis",
    "implementation",
    "numerical experiments",
    "experimental setup",
    "simulations",
    "background",
    "motivation",
)


@pytest.mark.parametrize(
    ("title", "expected"),
    [
        ("2.1 Materials &  Methods:", "materials and methods"),
        ("2.1. Methods", "methods"),
        ("3.2Results", "results"),
        ("2) Methods", "methods"),
        ("5 – Conclusion", "conclusion"),
        ("§ 3: Method", "method"),
        ("Section 4. Results", "results"),
        ("IV. RESULTS", "results"),
        ("II Related Work", "related work"),
        ("B. Datasets", "datasets"),
        ("A.1 Proofs", "proofs"),
        ("## 2 Methods ##", "methods"),
        ("**Results**", "results"),
        ("\ufb01ndings", "findings"),
        ("Authors’ “own” state‑of‑the‑art", 'authors\' "own" state-of-the-art'),
        ("Meth\u00adods\u200b", "methods"),
        ("1.", ""),
        (" … ", ""),
        ("", ""),
    ],
)
def test_normalise_title(title, expected):
    assert normalise_title(title) == expected


@pytest.mark.parametrize(
    "title", ["3d reconstruction", "2015 results", "ivf in practice", "a survey"]
)
def test_normalise_title_takes_no_word_for_a_number(title):
    assert normalise_title(title.upper()) == title


def test_reference_map_is_the_data_sets():
    if not HEADING_MAP.exists():
        pytest.skip(f"no reference map at {HEADING_MAP}")
    reference = json.loads(HEADING_MAP.read_text(encoding="utf8"))
    assert {label: set(names) for label, names in reference.items()} == REFERENCE_MAP


def test_reference_map_is_in_label_order_and_without_overlap():
    assert tuple(REFERENCE_MAP) == LABELS
    names = [name for names in REFERENCE_MAP.values() for name in names]
    assert len(names) == len(set(names))


def test_unarxive_label_strips_case_and_full_stops_only():
    assert unarxive_label("  Concluding Remarks. ") == "Discussion"
    assert unarxive_label("R.E.S.U.L.T.S") == "Results"
    for heading in ("1 Results", "1. Results", "Results:", "Results .", "The results"):
        assert unarxive_label(heading) is None


def test_section_label_agrees_with_the_reference_map():
    for label, names in REFERENCE_MAP.items():
        for name in names:
            assert section_label(f"3.1 {name.title()}") == label
            assert passes_down(name) is (name not in NO_PASSING_DOWN)


@pytest.mark.parametrize(
    ("label", "titles"),
    [
        (
            "Introduction",
            [
                "General Introduction",
                "Introduction and Motivation",
                "Our contributions",
            ],
        ),
        (
            "Methods",
            [
                "Materials and Methods",
                "Material and method",
                "Patients & Methods",
                "Materials, Subjects, and Methods",
                "Methods/Design",
                "Data and Methods",
                "Methodology and Data",
                "Proposed Method",
                "Our Approach",
                "The proposed framework",
                "Overview of our method",
                "Experimental Procedures",
                "Online Methods",
                "STAR★METHODS",
                "STAR Methods",
                "Method details",
                "Experimental model and study participant details",
                "Quantification and statistical analysis",
                "Study Design and Participants",
                "Statistical analyses",
                "Sample size calculation",
                "Randomisation and blinding",
            ],
        ),
        (
            "Results",
            [
                "Translation results",
                "Results and Analysis",
                "Analysis and results",
                "Results on the Held-out Texts",
                "Main Results (RQ1)",
                "Statement of the main results",
                "Patient characteristics",
            ],
        ),
        (
            "Related Work",
            [
                "Background and Related Work",
                "Related Work and Background",
                "Previous work",
                "Literature review",
                "A Survey of Related Work",
                "State of the art",
                "Related Work: Parsing",
                "Relation to prior work",
            ],
        ),
        (
            "Discussion",
            [
                "Conclusion & Outlook",
                "Conclusions, Limitations and Future Work",
                "Limitations of the study",
                "Strengths and Limitations",
                "Directions for future research",
                "General discussion",
                "Summary",
            ],
        ),
    ],
)
def test_larger_lexicon(label, titles):
    assert {title: section_label(title) for title in titles} == dict.fromkeys(
        titles, label
    )
    assert all(passes_down(title) for title in titles)


@pytest.mark.parametrize(
    "title",
    [
        "Results and Discussion",
        "Introduction and Related Work",
        "Motivation and related work",
        "Methods and results",
        "Experiments and Results",
        "Experimental setup and results",
        "Analysis and discussion",
        "Discussion of results",
        "Conclusions and results",
        "Previous results",
        "Data",
        "Data and results",
        "Ablation study",
        "Implications",
        "Background: the two kinds of snow",
        "Acknowledgements",
        "A method nobody names",
        "",
        "and",
    ],
)
def test_mixed_or_other_headings_decide_nothing(title):
    assert section_label(title) is None
    assert not passes_down(title)


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Experiment", "Methods"),
        ("Experimental Settings", "Methods"),
        ("Datasets and Experimental Setup", "Methods"),
        ("Background and Motivation", "Introduction"),
    ],
)
def test_variants_of_sections_of_several_kinds_keep_their_label(title, label):
    assert section_label(title) == label
    assert not passes_down(title)


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("RelatedWork", "Related Work"),
        ("M ETHODS", "Methods"),
        ("Conclusion andFutureWork", "Discussion"),
        ("MATERIAL S AND ME THODS", "Methods"),
        ("R ESULTS AND D ISCUSSION", None),
    ],
)
def test_lost_or_added_spaces(title, label):
    assert section_label(title) == label


def test_long_heading_takes_linear_time():
    assert section_label("and " * 50_000) is None
    assert section_label("results " * 50_000) is None
    assert section_label("(" * 50_000) is None
    assert section_label("x" + "." * 50_000 + "x") is None


@pytest.mark.parametrize(
    ("title", "label"),
    [
        ("Rationale", "Introduction"),
        ("Aims", "Introduction"),
        ("2. Objectives", "Introduction"),
        ("Purpose of the present study", "Introduction"),
        ("Search strategy", "Methods"),
        ("Identification strategy", "Methods"),
        ("Experimental part", "Methods"),
        ("Key findings", "Results"),
        ("State of research", "Related Work"),
        ("Existing approaches", "Related Work"),
        ("Comment", "Discussion"),
        ("Interpretation", "Discussion"),
        ("Practical implications", "Discussion"),
        ("Recommendations for future research", "Discussion"),
        ("Lessons learned", "Discussion"),
        ("Summary of the main findings", "Discussion"),
    ],
)
def test_weak_names_count_where_nothing_above_names_a_label(title, label):
    assert section_label(title) == label
    assert not passes_down(title)
    assert is_weak(title)
    assert named_by([title]) == Named(label, "mixed")
    above = "Methods" if label != "Methods" else "Results"
    assert named_by([title, above]) == Named(above, "inherited")
    assert named_by([title, "Herons"]) == Named(label, "mixed")


def test_what_the_file_states_is_firmer_than_a_weak_name():
    assert named_by(["Aims"], stated=["Methods"]) == Named("Methods", "own")


@pytest.mark.parametrize("title", ["Methods", "Results", "Herons", "Experiments"])
def test_names_that_are_not_weak(title):
    assert not is_weak(title)
