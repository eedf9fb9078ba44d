import pytest

from spacy_imrad.document.body import PlacedTitle, matter_of_sections


def _matters(*titles):
    """Each title stands at the top, or after a slash under the last top title."""
    top, sections = 0, []
    for index, title in enumerate(titles):
        above, _, own = title.rpartition("/")
        top = top if above else index
        sections.append(PlacedTitle(own, top if above else None))
    return matter_of_sections(sections)


@pytest.mark.parametrize(
    ("titles", "expected"),
    [
        (["Introduction", "Methods", "Results"], ["body"] * 3),
        (["Abstract", "Introduction", "References"], ["front", "body", "back"]),
        # A sub-section is what its section is, but references are back matter anywhere.
        (["Abstract", "Abstract/Methods"], ["front", "front"]),
        (["Discussion", "Discussion/References"], ["body", "back"]),
        (["Methods", "Methods/Ethics statement"], ["body", "body"]),
        (["Discussion", "Discussion/Funding"], ["body", "back"]),
        (["Results", "Results/Data availability"], ["body", "body"]),
        # Journals print the methods last; nothing follows an appendix.
        (["References", "Methods"], ["back", "body"]),
        (["References", "Herons"], ["back", "back"]),
        (["Appendix A", "Methods"], ["back", "back"]),
        # A title of back matter between methods and results belongs to the methods.
        (["Methods", "Ethics statement", "Results"], ["body"] * 3),
        (["Introduction", "Ethics statement", "Methods"], ["body", "back", "body"]),
        (
            ["Discussion", "Ethics statement", "Proofs", "Limitations"],
            ["body", "back", "back", "body"],
        ),
        (["Summary", "Introduction", "Methods"], ["front", "body", "body"]),
        ([], []),
    ],
)
def test_front_body_and_back_matter(titles, expected):
    assert _matters(*titles) == expected


def test_a_lettered_section_behind_the_conclusion_is_an_appendix():
    sections = [
        PlacedTitle("Setting", scheme="letter"),
        PlacedTitle("Conclusion"),
        PlacedTitle("Proofs", scheme="letter"),
        PlacedTitle("Results"),
    ]
    assert matter_of_sections(sections) == ["body", "body", "back", "back"]


def test_what_the_source_says_goes_before_the_titles():
    sections = [
        PlacedTitle("References", matter="body"),
        PlacedTitle("Herons"),
        PlacedTitle("Methods", matter="front"),
        PlacedTitle("Sites", parent=2),
    ]
    assert matter_of_sections(sections) == ["body", "body", "front", "front"]
