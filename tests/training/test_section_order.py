"""Methods behind the other named sections."""

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.training.gold import section_gold
from spacy_imrad.training.section_order import methods_last


def paper(*headings: str) -> Paper:
    """Headings with a `-` in front are sub-sections."""
    sections = tuple(
        PaperSection(text.lstrip("-"), (text,), level=1 + text.startswith("-"))
        for text in headings
    )
    return Paper(id="1", sections=sections)


def with_methods_last(whole: Paper) -> Paper:
    return methods_last(whole, section_gold(whole))


def order(*headings: str) -> list[str]:
    moved = with_methods_last(paper(*headings))
    return [section.heading for section in moved.sections]


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
    after = with_methods_last(before)
    gold = zip(before.sections, section_gold(before), strict=True)
    labels = {section: label for section, (label, _) in gold}
    found = [label for label, _ in section_gold(after)]
    assert found == [labels[section] for section in after.sections]
    assert found[-2:] == ["Methods", "Methods"]


def test_what_stands_last_or_alone_stays() -> None:
    for headings in (
        ("Introduction", "Results", "Discussion", "Methods", "References"),
        ("Methods", "-Mice", "References"),
        ("Introduction", "Mice", "Discussion"),
        (),
    ):
        assert with_methods_last(paper(*headings)) == paper(*headings)


def test_sections_between_stay_where_they_are() -> None:
    assert order("Introduction", "Methods", "Mice", "Model", "Results") == [
        *("Introduction", "Mice", "Results", "Methods", "Model")
    ]
