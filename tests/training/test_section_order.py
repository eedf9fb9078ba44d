"""Methods behind the other named sections."""

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.training.gold import section_labels
from spacy_imrad.training.section_order import methods_last


def paper(*headings: str) -> Paper:
    """Headings with a `-` in front are sub-sections."""
    sections = tuple(
        PaperSection(text.lstrip("-"), (text,), level=1 + text.startswith("-"))
        for text in headings
    )
    return Paper(id="1", sections=sections)


def order(*headings: str) -> list[str]:
    return [section.heading for section in methods_last(paper(*headings)).sections]


def test_methods_move_with_their_sub_sections() -> None:
    moved = order(
        *("Title", "Introduction", "Methods", "-Mice", "-Results of tests"),
        *("Results", "-Mice", "Discussion", "References"),
    )
    assert moved == [
        *("Title", "Introduction", "Results", "Mice", "Discussion"),
        *("Methods", "Mice", "Results of tests", "References"),
    ]


def test_labels_go_with_their_sections() -> None:
    before = paper("Introduction", "Methods", "-Mice", "Results", "Conclusions")
    after = methods_last(before)
    labels = dict(zip(before.sections, section_labels(before, "ancestor"), strict=True))
    found = section_labels(after, "ancestor")
    assert found == [labels[section] for section in after.sections]
    assert found[-2:] == ["Methods", "Methods"]


def test_what_stands_last_or_alone_stays() -> None:
    for headings in (
        ("Introduction", "Results", "Discussion", "Methods", "References"),
        ("Methods", "-Mice", "References"),
        ("Introduction", "Mice", "Discussion"),
        (),
    ):
        assert methods_last(paper(*headings)) == paper(*headings)


def test_sections_between_stay_where_they_are() -> None:
    assert order("Introduction", "Methods", "Mice", "Model", "Results") == [
        *("Introduction", "Mice", "Results", "Methods", "Model")
    ]
