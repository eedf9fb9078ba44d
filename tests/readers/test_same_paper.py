"""One paper in all formats: the same sections, and the same labels."""

import re
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from spacy_imrad.readers import read_doc, read_paper

FORMATS = Path(__file__).parents[2] / "examples" / "formats"
SECTIONS = [
    ("Introduction", 1, 2),
    ("Related Work", 1, 1),
    ("Methods", 1, 0),
    ("Bridges and schedules", 2, 1),
    ("Forecast", 2, 1),
    ("Statistical analysis", 2, 1),
    ("Results", 1, 0),
    ("Falls", 2, 1),
    ("Salt", 2, 1),
    ("Discussion", 1, 1),
    ("Limitations", 2, 1),
    ("Conclusion", 1, 1),
]
PAPERS = sorted(path.name for path in FORMATS.glob("paper*"))


@pytest.fixture(scope="module")
def bundled() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    return nlp


def test_the_paper_is_there_in_all_formats() -> None:
    suffixes = {"".join(Path(name).suffixes) for name in PAPERS}
    assert suffixes == {
        *(".docx", ".html", ".md", ".pdf", ".rst", ".tei.xml", ".tex", ".txt", ".xml")
    }


@pytest.mark.parametrize("name", PAPERS)
def test_sections(name: str) -> None:
    paper = read_paper(FORMATS / name)
    assert paper.title.startswith("Salt and Footfall: How Often Should a Wooden Bridge")
    if name not in ("paper.rst", "paper.tei.xml"):  # pandoc leaves it out of these
        assert paper.abstract.startswith("Wooden footbridges become slippery")
    named = [section for section in paper.sections if section.heading]
    found = [
        (re.sub(r"^[\d.]+ ", "", s.heading), s.level, len(s.paragraphs)) for s in named
    ][: len(SECTIONS)]
    if name == "paper.txt":  # nothing shows the level of a bare line
        assert [(h, n) for h, _, n in found] == [(h, n) for h, _, n in SECTIONS]
    else:
        assert found == SECTIONS
    assert named[len(SECTIONS)].heading == "Acknowledgements"


@pytest.mark.parametrize("name", PAPERS)
def test_labels(name: str, bundled: Language) -> None:
    def labels(name: str) -> list[tuple[str, str]]:
        doc = bundled(read_doc(bundled, FORMATS / name))
        group = doc.spans["imrad"]
        return [
            (h, s.label_) for h, s in zip(group.attrs["headings"], group, strict=True)
        ]

    found = labels(name)
    assert found == labels("paper.tex")
    assert ("Statistical analysis", "Methods") in found
    assert ("Falls", "Results") in found
