"""unarXive 2022 by its own convention, on an invented paper and on six real ones."""

import hashlib
import json
from collections import Counter
from dataclasses import replace
from pathlib import Path

import pytest

from spacy_imrad.data.convert.plan import Skipped, count_paragraphs
from spacy_imrad.data.sets.unarxive import read_unarxive
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers import read_paper
from spacy_imrad.training.gold import labelled_paragraphs, section_gold

SAMPLE = Path(__file__).parents[3].parent / "shared" / "unarxive" / "sample.jsonl"


def read(path: Path) -> tuple[list[Paper], Skipped]:
    skipped = Skipped()
    return [paper for paper, _ in read_unarxive(str(path), skipped)], skipped


def reference_paragraphs(papers: list[Paper]) -> list[tuple[str, str]]:
    """Labelled paragraphs by the unarXive convention, of 200 characters or more."""
    return [
        (label, text)
        for paper in papers
        for text, label in labelled_paragraphs(paper, "unarxive", 200)
    ]


def test_markers_become_what_is_printed(
    tmp_path, write_jsonl, unarxive_part, unarxive_paper
):
    text = "By {{cite:b}} and {{cite:a}}, {{formula:f}} is in {{figure:g}}.\n"
    part = unarxive_part("Introduction", text)
    again = {**part["cite_spans"][0]}
    part["text"] = text.rstrip() + " So {{cite:b}}."
    again["start"] = part["text"].rindex("{{")
    again["end"] = again["start"] + len("{{cite:b}}")
    part["cite_spans"].append(again)
    path = write_jsonl(tmp_path / "papers.jsonl", [unarxive_paper([part])])
    ((paper,), _) = read(path)
    assert paper.sections[0].paragraphs == (
        r"By [1] and [2], \(x^2\) is in <FIGURE>. So [1].",
    )
    assert (paper.id, paper.title, paper.source) == ("1", "On snow", "Physics")
    assert paper.abstract == "Snow is old."


def test_a_heading_keeps_its_paragraphs_and_depth_only_with_a_dotted_number(
    tmp_path, write_jsonl, unarxive_part, unarxive_paper
):
    body = [
        unarxive_part("Introduction", "One.", "1"),
        unarxive_part("Introduction", "Two.", "1"),
        unarxive_part("Data", "Three.", "2.1", "subsection"),
        unarxive_part("Setting", "Four.", "1", "subsection"),
    ]
    path = write_jsonl(tmp_path / "papers.jsonl", [unarxive_paper(body)])
    ((paper,), _) = read(path)
    assert [
        (s.heading, len(s.paragraphs), s.level, s.number) for s in paper.sections
    ] == [
        ("Introduction", 2, 1, "1"),
        ("Data", 1, 2, "2.1"),
        ("Setting", 1, 1, None),
    ]
    # "2" has no text of its own, hence no entry: neither sub-section is introduction.
    labels = [label for label, _ in section_gold(paper)]
    assert labels == ["Introduction", None, None]


def test_other_licences_and_bad_records_are_skipped(
    tmp_path, write_jsonl, unarxive_part, unarxive_paper
):
    body = [unarxive_part("Introduction", "One.")]
    lost = unarxive_part("Introduction", "See {{figure:lost}} and {{formula:lost}}.")
    path = write_jsonl(
        tmp_path / "papers.jsonl",
        [
            unarxive_paper(body, "a"),
            unarxive_paper(body, "b", "http://arxiv.org/licenses/nonexclusive/1.0/"),
            unarxive_paper(body, "c", None),
            unarxive_paper([lost], "d"),
            {"paper_id": "e"},
            ["f"],
            "not JSON",
        ],
    )
    papers, skipped = read(path)
    assert [paper.id for paper in papers] == ["a", "d"]
    # That a marker stands for nothing is no reason to lose the paper.
    assert papers[1].sections[0].paragraphs == ("See <FIGURE> and [formula].",)
    assert skipped.counts == {"licence": 2, "unreadable": 3}
    assert "jsonl:5: no unarXive paper" in skipped.named["unreadable"][0]


def test_a_file_without_a_good_record_is_an_error(tmp_path, write_jsonl):
    path = write_jsonl(tmp_path / "papers.jsonl", [{"paper_id": "e"}])
    with pytest.raises(ValueError, match="No file with a readable paper"):
        read(path)


@pytest.mark.skipif(not SAMPLE.exists(), reason="the sample papers are in ../shared")
def test_the_sample_papers_give_the_paragraphs_of_the_reference_convention():
    papers, skipped = read(SAMPLE)
    assert len(papers) == 6
    assert not skipped.counts
    found = reference_paragraphs(papers)
    assert Counter(label for label, _ in found) == {
        "Introduction": 27,
        "Methods": 59,
        "Results": 9,
        "Related Work": 2,
        "Discussion": 5,
    }
    text = "\n".join(f"{label}\t{text}" for label, text in found)
    assert hashlib.sha256(text.encode()).hexdigest() == (
        "a4926854f71f7e578751cbc36c229d2debb3a296d7680acb4aad96bbd528a089"
    )
    counts = [count_paragraphs(paper, "unarxive", 200) for paper in papers]
    assert [sum(row) for row in counts] == [6, 16, 60, 8, 4, 8]


def test_the_reader_and_the_data_set_read_a_record_alike(tmp_path):
    record = {
        "paper_id": "0000.00001",
        "_source_hash": "x",
        "discipline": "Biology",
        "metadata": {
            "title": "Herons",
            "license": "http://creativecommons.org/licenses/by/4.0/",
            "abstract": "From the metadata.",
        },
        "abstract": {"section": "Abstract", "text": "From the paper."},
        "ref_entries": {"f1": {"latex": "x^2", "type": "formula"}},
        "bib_entries": {},
        "body_text": [
            {
                "section": "Sites",
                "sec_number": "-1",
                "sec_type": "subsection",
                "text": "We walked {{formula:f1}} miles.",
                "cite_spans": [],
                "ref_spans": [{"start": 10, "end": 24, "ref_id": "f1"}],
            }
        ],
    }
    path = tmp_path / "papers.jsonl"
    path.write_text(json.dumps(record) + "\n")
    ((paper,), _) = read(path)
    assert replace(read_paper(path), source=paper.source) == paper
    assert paper.abstract == "From the paper."
    (section,) = paper.sections
    assert (section.level, section.paragraphs) == (1, (r"We walked \(x^2\) miles.",))
