"""One paper in all formats: the same sections, and the same labels."""

import re
from pathlib import Path

import pytest
import spacy
from spacy.language import Language

from spacy_imrad.readers import read_doc, read_paper

FORMATS = Path(__file__).parents[2] / "examples" / "formats"
SECTIONS = [
    ("introduction", 1, 2),
    ("related work", 1, 1),
    ("methods", 1, 0),
    ("bridges and schedules", 2, 1),
    ("forecast", 2, 1),
    ("statistical analysis", 2, 1),
    ("results", 1, 0),
    ("falls", 2, 1),
    ("salt", 2, 1),
    ("discussion", 1, 1),
    ("limitations", 2, 1),
    ("conclusion", 1, 1),
]
# Arabic, Roman, lettered.
NUMBER = re.compile(r"^(?:\d+(?:\.\d+)*|[IVX]+|[A-Z])\.? (?=\S)")
# pandoc leaves it out of some, and others print no heading over it.
WITHOUT_ABSTRACT = ("paper.rst", "paper.tei.xml", "paper_aps.pdf", "paper_word.pdf")
PAPERS = sorted(path.name for path in FORMATS.glob("paper*"))


@pytest.fixture(scope="module")
def bundled() -> Language:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier")
    return nlp


def test_the_paper_is_there_in_all_formats() -> None:
    suffixes = {"".join(Path(name).suffixes) for name in PAPERS}
    assert sum(name.endswith(".pdf") for name in PAPERS) == 11
    assert suffixes == {
        *(".docx", ".html", ".md", ".pdf", ".rst", ".tei.xml", ".tex", ".txt", ".xml")
    }


@pytest.mark.parametrize("name", PAPERS)
def test_sections(name: str) -> None:
    paper = read_paper(FORMATS / name)
    title = "Salt and Footfall: How Often Should a Wooden Bridge Be Gritted?"
    assert paper.title.lower() == title.lower()
    if name not in WITHOUT_ABSTRACT:
        assert paper.abstract.startswith("Wooden footbridges become slippery")
    headed = [section for section in paper.sections if section.heading]
    named = [s for s in headed if s.heading != "KEYWORDS"]
    # Some of the journals print headings in capitals.
    found = [
        (NUMBER.sub("", s.heading).lower(), s.level, len(s.paragraphs)) for s in named
    ][: len(SECTIONS)]
    if name == "paper.txt":  # nothing shows the level of a bare line
        assert [(h, n) for h, _, n in found] == [(h, n) for h, _, n in SECTIONS]
    else:
        assert found == SECTIONS
    assert NUMBER.sub("", named[len(SECTIONS)].heading).lower() == "acknowledgements"


@pytest.mark.parametrize("name", PAPERS)
def test_labels(name: str, bundled: Language) -> None:
    def labels(name: str) -> list[tuple[str, str]]:
        doc = bundled(read_doc(bundled, FORMATS / name))
        group = doc.spans["imrad"]
        return [
            (heading.lower(), section.label_)
            for heading, section in zip(group.attrs["headings"], group, strict=True)
        ]

    found = labels(name)
    assert found == labels("paper.tex")
    assert ("statistical analysis", "Methods") in found
    assert ("falls", "Results") in found
