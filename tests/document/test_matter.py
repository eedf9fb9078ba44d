import pytest

from spacy_imrad.document.matter import ends_body, matter_of, named_matters


@pytest.mark.parametrize(
    "title",
    [
        "Abstract",
        "ABSTRACT",
        "Graphical abstract",
        "Keywords",
        "Key words",
        "Index Terms",
        "Highlights",
        "Author summary",
        "Plain-language summary",
        "Significance statement",
        "eLife digest",
        "Research in context",
        "What is already known on this topic",
        "What this study adds",
        "How this study might affect research, practice or policy",
    ],
)
def test_front_matter(title):
    assert matter_of(title) == "front"


@pytest.mark.parametrize(
    "title",
    [
        "Acknowledgements",
        "Acknowledgment",
        "Acknowledgments and Disclosure of Funding",
        "Declaration of interests",
        "Inclusion and diversity",
        "Resource availability",
        "Nature Portfolio Reporting Summary",
        "Extended data figures and tables",
        "About this article",
        "Supporting information captions",
        "References",
        "REFERENCES",
        "Bibliography",
        "Appendix",
        "Appendix A",
        "Appendix B: Proofs",
        "Appendices",
        "Supplementary Material",
        "Supporting Information",
        "Funding",
        "Sources of funding",
        "Ethics statement",
        "Ethical approval",
        "Ethics approval and consent to participate",
        "Conflicts of Interest",
        "Declaration of competing interest",
        "Data availability statement",
        "Data and code availability",
        "Authors' contributions",
        "Author contributions",
        "Abbreviations",
        "Notes",
    ],
)
def test_back_matter(title):
    assert matter_of(title) == "back"


@pytest.mark.parametrize(
    "title",
    [
        "",
        "Introduction",
        "Methods",
        "Results and Discussion",
        "Limitations",
        "Data",
        "Abstract Meaning Representation",
        "Reference Games",
        "What this study adds is a model",
        "Declaration of war",
        "Resource allocation",
        "Resource sharing",
        "Appendix E holds the details of the model",
        "Keyword Extraction",
        "Funding Agencies as Agents",
        "Ethics of Care in Nursing Homes",
        "x" * 1_000_000,
    ],
)
def test_other_titles_have_no_matter(title):
    assert matter_of(title) is None


def test_only_what_stands_behind_the_body_ends_it():
    assert ends_body("References")
    assert ends_body("Appendix A")
    assert ends_body("Supplementary Material")
    assert not ends_body("Ethics statement")
    assert not ends_body("Acknowledgements")
    assert not ends_body("Methods")


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["Herons", "SUMMARY", "Introduction", "Methods", "Summary"], [1]),
        (["Summary", "Discussion", "Methods"], [0]),
        (["Introduction", "Summary", "Results"], []),
        (["Summary and outlook", "Methods"], []),
        (["Herons", "Summary", "Conclusion"], []),
        (["Herons", "Rivers"], []),
        ([], []),
    ],
)
def test_a_summary_that_opens_the_paper_is_front_matter(titles, expected):
    named = named_matters(titles)
    assert [i for i, matter in enumerate(named) if matter == "front"] == expected
