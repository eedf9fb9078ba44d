"""Named sections that end early."""

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.training.gold import section_gold
from spacy_imrad.training.shortening import SHORTEST, shorten_sections


def paper(id: str) -> Paper:
    def section(heading: str, n: int, level: int = 1) -> PaperSection:
        paragraphs = tuple(f"{heading} {i}" for i in range(n))
        places = ((0, 1), *((i, i + 1) for i in range(n)))
        return PaperSection(heading, paragraphs, level=level, places=places)

    return Paper(
        id=id,
        sections=(
            section("Introduction", 10),
            section("Methods", 0),
            section("Mice", 6, level=2),
            section("Statistics", 14, level=2),
            section("Mice Everywhere", 7),
            section("Results", 30),
            section("References", 5),
        ),
    )


def shortened(whole: Paper) -> Paper:
    return shorten_sections(whole, section_gold(whole))


def lengths(paper: Paper) -> dict[str, int]:
    return {section.heading: len(section.paragraphs) for section in paper.sections}


def test_named_sections_keep_their_beginning() -> None:
    for id in "abcdefgh":
        whole, short = paper(id), shortened(paper(id))
        by_heading = {section.heading: section for section in whole.sections}
        for section in short.sections:
            before = by_heading[section.heading]
            n = len(section.paragraphs)
            assert section.paragraphs == before.paragraphs[:n]
            assert section.places == before.places[: n + 1]
        found = lengths(short)
        assert found["Mice Everywhere"] == 7
        assert found["References"] == 5
        assert SHORTEST * 10 <= found["Introduction"] <= 10
        assert SHORTEST * 20 <= found["Mice"] + found.get("Statistics", 0) <= 20
        assert found.get("Statistics", 1), "a heading without its paragraphs"
        if found["Mice"] < 6:
            assert "Statistics" not in found


def test_each_paper_ends_elsewhere_and_always_there() -> None:
    found = [tuple(lengths(shortened(paper(id))).items()) for id in "abcdefgh"]
    again = [tuple(lengths(shortened(paper(id))).items()) for id in "abcdefgh"]
    assert found == again
    assert len(set(found)) == 8


def test_one_paragraph_stays() -> None:
    short = Paper(id="1", sections=(PaperSection("Results", ("Mice.",)),))
    assert shortened(short) == short
