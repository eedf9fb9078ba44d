"""Small papers that real ones were misread like, with the right answer beside each."""

import json
from pathlib import Path

import pytest

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers import read_paper

CASES = Path(__file__).parent / "cases"
ANSWERS = sorted(CASES.glob("*.expected.json"))


@pytest.mark.parametrize("answer", ANSWERS, ids=lambda path: path.name.split(".")[0])
def test_a_case(answer):
    name = answer.name.removesuffix(".expected.json")
    (source,) = (p for p in CASES.glob(f"{name}.*") if p != answer)
    expected = json.loads(answer.read_text())
    paper = read_paper(source)
    for field in {"title", "abstract"} & expected.keys():
        assert getattr(paper, field) == expected[field]
    if "sections" in expected:
        body = [s for s in paper.sections if s.heading and s.heading != "References"]
        assert [(s.heading, s.level) for s in body] == [
            (section["heading"], section["level"]) for section in expected["sections"]
        ]
        for section, right in zip(body, expected["sections"], strict=True):
            if isinstance(right["paragraphs"], int):
                assert len(section.paragraphs) == right["paragraphs"]
            elif isinstance(right["paragraphs"], list):
                assert list(section.paragraphs) == right["paragraphs"]
        prose = sum(len(s.paragraphs) for s in paper.sections)
        assert prose == sum(len(s.paragraphs) for s in body)
    paragraphs = [p for section in paper.sections for p in section.paragraphs]
    if "paragraphs" in expected:
        assert paragraphs == expected["paragraphs"]
    if "paragraph" in expected:
        assert expected["paragraph"] in paragraphs
    if "asides" in expected:
        asides = [a.text for section in paper.sections for a in section.asides]
        assert asides == expected["asides"]
    for word in expected.get("not_in_text", ()):
        assert word not in all_text(paper)
    for word in (*expected.get("not_in_body", ()), *expected.get("not_a_heading", ())):
        assert word not in [section.heading for section in paper.sections]
    for word in expected.get("not_in_body", ()):
        assert not any(word in paragraph for paragraph in paragraphs)


def all_text(paper: Paper) -> str:
    parts = [paper.title, paper.abstract]
    for section in paper.sections:
        parts += [section.heading, *section.paragraphs]
        parts += [aside.text for aside in section.asides]
    return "\n".join(parts)
