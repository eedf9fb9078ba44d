"""Chunks: in one section each, whole sentences, nothing lost."""

import json
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_imrad import chunks, outline

MakeNlp = Callable[..., Language]

SENTENCE = "We count the herons of lake {} in May. "
TEXT = "# On herons\n\n## Abstract\n\nWe count herons.\n\n" + "".join(
    f"## {heading}\n\n{text}\n\n"
    for heading, text in {
        "Methods": "\n\n".join(
            "".join(SENTENCE.format(i) for i in range(n)) for n in (1, 12, 2, 3)
        ),
        "Results": SENTENCE + "\n\n```\n" + "x = 1\n" * 40 + "```\n\nThe end.",
        "References": "Moser, 2004.",
    }.items()
)


@pytest.fixture
def doc(make_nlp: MakeNlp) -> Doc:
    doc = make_nlp()(TEXT)
    doc.user_data["file"] = "herons.md"
    return doc


@pytest.mark.parametrize("overlap", [0, 10, 19])
@pytest.mark.parametrize("size", [20, 50, 1000])
def test_every_chunk_is_in_one_section_and_nothing_is_lost(
    size: int, overlap: int, doc: Doc
) -> None:
    made = chunks(doc, size=size, overlap=overlap)
    found = outline(doc)
    body = [s for s in found if s.matter == "body" and s.paragraphs]
    assert sorted({chunk.section for chunk in made}) == [s.index for s in body]
    for section in body:
        own = [chunk for chunk in made if chunk.section == section.index]
        paragraphs = [paragraph.span for paragraph in section.paragraphs]
        assert own[0].start == paragraphs[0].start_char
        assert own[-1].end == paragraphs[-1].end_char
        for chunk in own:
            assert chunk.text == doc.text[chunk.start : chunk.end] == chunk.text.strip()
            assert section.span.start_char <= chunk.start < chunk.end
            assert chunk.end <= section.span.end_char
            assert len(chunk.text.split()) <= size
            assert chunk.text[-1] in ".`1"
            assert (chunk.label, chunk.scores) == (section.label, section.scores)
            assert (chunk.why, chunk.path) == (section.why, section.path)
            assert (chunk.title, chunk.file) == ("On herons", "herons.md")
        for before, after in pairwise(own):
            assert before.start < after.start
            assert before.end < after.end
            between = doc.text[before.end : after.start]
            shared = doc.text[after.start : before.end]
            assert not between.strip()
            assert len(shared.split()) <= overlap


def test_chunks_overlap_by_whole_sentences(doc: Doc) -> None:
    methods = [c for c in chunks(doc, size=40, overlap=10) if c.label == "Methods"]
    shared = [doc.text[b.start : a.end] for a, b in pairwise(methods)]
    assert len(shared) > 2
    assert any(shared)
    for text in filter(None, shared):
        assert text.startswith("We count")
        assert text.endswith("May.")


def test_paragraphs_stay_whole_where_they_fit(doc: Doc) -> None:
    methods = [c.text for c in chunks(doc, size=30) if c.label == "Methods"]
    # One sentence of eight words, twelve of them, two, and three.
    assert [text.count("May.") for text in methods] == [3, 3, 3, 3, 3, 3]


def test_a_sentence_that_is_too_long_is_a_chunk_of_its_own(make_nlp: MakeNlp) -> None:
    long = "We count " + "herons and " * 50 + "egrets."
    doc = make_nlp()(f"# Methods\n\nWe dug. {long} It was cold.")
    found = [chunk.text for chunk in chunks(doc, size=10, overlap=5)]
    assert found == ["We dug.", long, "It was cold."]


@pytest.mark.parametrize(
    ("unit", "measure"),
    [
        ("words", lambda text: len(text.split())),
        ("tokens", lambda text: len(spacy.blank("en")(text))),
        (len, len),
        (lambda text: len(text.encode()) // 4, lambda text: len(text.encode()) // 4),
    ],
)
def test_units(unit: Any, measure: Callable[[str], int], doc: Doc) -> None:
    made = chunks(doc, size=60, overlap=20, unit=unit)
    assert len(made) > 1
    assert all(measure(chunk.text) <= 60 for chunk in made)
    assert max(measure(chunk.text) for chunk in made) > 40


def test_a_docs_own_sentences_count(make_nlp: MakeNlp) -> None:
    nlp = make_nlp()
    doc = nlp("# Methods\n\nwe dug ; it was cold ; we left")
    for token in doc:
        token.is_sent_start = token.i == 0 or doc[token.i - 1].text in (";", "\n\n")
    found = [chunk.text for chunk in chunks(doc, size=4)]
    assert found == ["we dug ;", "it was cold ;", "we left"]


def test_front_and_back_matter_on_demand(doc: Doc) -> None:
    every = chunks(doc, matter=("front", "body", "back"))
    assert every[0].text == "We count herons."
    assert (every[0].label, every[0].scores, every[0].path) == (None, {}, ("Abstract",))
    assert every[-1].path == ("References",)
    assert [c for c in every if c.label] == chunks(doc)
    assert every[1].to_dict() == json.loads(json.dumps(every[1].to_dict()))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"size": 0}, "`size` is 0"),
        ({"size": 10, "overlap": 10}, "`overlap` 10"),
        ({"overlap": -1}, "`overlap` -1"),
        ({"unit": "pages"}, "Unknown `unit` 'pages'"),
        ({"matter": ("middle",)}, r"Unknown `matter` \['middle'\]"),
        ({"spans_key": "parts"}, "no span group 'parts'"),
    ],
)
def test_bad_settings(settings: dict[str, Any], message: str, doc: Doc) -> None:
    with pytest.raises(ValueError, match=message):
        chunks(doc, **settings)


def test_an_empty_doc_has_no_chunks(make_nlp: MakeNlp) -> None:
    assert chunks(make_nlp()("")) == chunks(make_nlp()("# Methods")) == []
