"""What is learnt from an Example: boundaries, headings and labels of the reference."""

from collections.abc import Callable
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc, Span
from spacy.training import Example

from spacy_imrad import LABELS
from spacy_imrad.models.types import OutlinedDoc
from spacy_imrad.pipeline.gold_paragraphs import GoldKeys, gold_paragraphs
from spacy_imrad.pipeline.loss import UNLABELLED
from spacy_imrad.segmenters.text import segment_text

GoldDoc = Callable[..., Doc]
TEXTS = ["Top", "we ask this", "Low", "we do that", "we found it", "Next", "we end"]
INTRODUCTION, METHODS, RESULTS = (
    LABELS.index(label) for label in ("Introduction", "Methods", "Results")
)


@pytest.fixture
def nlp() -> Language:
    return spacy.blank("en")


def read(reference: Doc, keys: GoldKeys | None = None) -> tuple[OutlinedDoc, list[int]]:
    predicted = Doc(
        reference.vocab,
        words=[token.text for token in reference],
        spaces=[bool(token.whitespace_) for token in reference],
    )
    outlined, gold = gold_paragraphs(
        Example(predicted, reference), LABELS, segment_text, keys or GoldKeys()
    )
    assert outlined.doc is predicted
    assert gold.dtype.kind == "i"
    return outlined, gold.tolist()


def spans_of(doc: Doc, texts: list[str], labels: list[str]) -> list[Span]:
    spans = []
    for text, label in zip(texts, labels, strict=True):
        start = doc.text.index(text)
        span = doc.char_span(start, start + len(text), label=label)
        assert span is not None
        spans.append(span)
    return spans


@pytest.fixture
def paper(nlp: Language) -> Doc:
    doc = nlp.make_doc("\n\n".join(TEXTS))
    doc.spans["imrad_paragraphs"] = spans_of(
        doc,
        ["we ask this", "we do that", "we found it", "we end"],
        ["Introduction", "Methods", "", "Results"],
    )
    doc.spans["imrad_headings"] = spans_of(doc, ["Top", "Low", "Next"], [""] * 3)
    doc.spans["imrad_headings"].attrs["levels"] = [1, 2, 1]
    return doc


def shape(outlined: OutlinedDoc) -> list[tuple[str, list[str], int | None]]:
    text = outlined.doc.text
    return [
        (s.title, [text[p.start : p.end] for p in s.paragraphs], s.parent)
        for s in outlined.outline.sections
    ]


def test_the_reference_gives_the_outline(paper: Doc) -> None:
    outlined, gold = read(paper)
    assert shape(outlined) == [
        ("Top", ["we ask this"], None),
        ("Low", ["we do that", "we found it"], 0),
        ("Next", ["we end"], None),
    ]
    assert gold == [INTRODUCTION, METHODS, UNLABELLED, RESULTS]


def test_without_headings_it_is_one_section(paper: Doc) -> None:
    del paper.spans["imrad_headings"]
    outlined, gold = read(paper)
    ((title, paragraphs, parent),) = shape(outlined)
    assert (title, len(paragraphs), parent) == ("", 4, None)
    assert gold == [INTRODUCTION, METHODS, UNLABELLED, RESULTS]


def test_headings_without_levels_are_all_at_the_top(paper: Doc) -> None:
    del paper.spans["imrad_headings"].attrs["levels"]
    assert [parent for *_, parent in shape(read(paper)[0])] == [None] * 3


def test_paragraphs_before_the_first_heading_have_a_section(paper: Doc) -> None:
    paper.spans["imrad_headings"] = list(paper.spans["imrad_headings"])[2:]
    outlined, _ = read(paper)
    assert [(title, len(texts)) for title, texts, _ in shape(outlined)] == [
        ("", 3),
        ("Next", 1),
    ]


def test_the_order_of_spans_in_the_groups_does_not_matter(paper: Doc) -> None:
    expected = read(paper)
    paragraphs = list(paper.spans["imrad_paragraphs"])
    headings = list(paper.spans["imrad_headings"])
    paper.spans["imrad_paragraphs"] = paragraphs[::-1]
    paper.spans["imrad_headings"] = headings[::-1]
    paper.spans["imrad_headings"].attrs["levels"] = [1, 2, 1]
    outlined, gold = read(paper)
    assert shape(outlined) == shape(expected[0])
    assert gold == expected[1]


def test_rows_are_the_outlines_paragraphs(paper: Doc) -> None:
    outlined, gold = read(paper)
    assert len(list(outlined.outline.prose())) == len(gold)
    assert outlined.texts() == ["we ask this", "we do that", "we found it", "we end"]


@pytest.mark.parametrize("backwards", [False, True])
def test_sections_alone_label_the_paragraphs_that_begin_in_them(
    backwards: bool, nlp: Language, gold_doc: GoldDoc
) -> None:
    texts = [f"we ask number {i} and so we do." for i in range(5)]
    sections = [(0, 2, "Methods"), (3, 4, "Results")]
    doc = gold_doc(
        nlp,
        [(text, "") for text in texts],
        sections[::-1] if backwards else sections,
        paragraphs_key=None,
    )
    outlined, gold = read(doc)
    assert outlined.texts() == texts
    assert gold == [METHODS, METHODS, UNLABELLED, RESULTS, UNLABELLED]


def test_other_keys(nlp: Language, gold_doc: GoldDoc) -> None:
    keys = GoldKeys("parts", "part_paragraphs")
    doc = gold_doc(nlp, [("we ask", "Methods")], paragraphs_key="part_paragraphs")
    assert read(doc, keys)[1] == [METHODS]
    assert read(doc)[1] == [UNLABELLED]


@pytest.mark.parametrize("text", ["", "\n\n", "we ask this and that here."])
def test_no_gold(text: str, nlp: Language) -> None:
    assert set(read(nlp.make_doc(text))[1]) <= {UNLABELLED}


def test_a_reference_with_an_empty_group(nlp: Language) -> None:
    doc = nlp.make_doc("we ask")
    doc.spans["imrad_paragraphs"] = []
    outlined, gold = read(doc)
    assert outlined.outline.sections == ()
    assert gold == []


@pytest.mark.parametrize("key", ["imrad_paragraphs", "imrad"])
def test_an_unknown_label_is_named_with_those_there_are(
    key: str, nlp: Language, gold_doc: GoldDoc
) -> None:
    settings: dict[str, Any] = (
        {} if key == "imrad_paragraphs" else {"paragraphs_key": None}
    )
    doc = gold_doc(
        nlp, [("we ask this.", "Abstract")], [(0, 1, "Abstract")], **settings
    )
    with pytest.raises(ValueError, match=r"'Abstract'.*'Introduction', 'Methods'"):
        read(doc)
