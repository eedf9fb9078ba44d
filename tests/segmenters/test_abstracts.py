"""The sentences of an abstract, and its printed labels."""

import pytest
import spacy
from spacy.tokens import Doc

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.document.stored_outline import stored_outline
from spacy_imrad.readers.docs import make_doc
from spacy_imrad.segmenters.abstracts import (
    abstract_sentences,
    make_sentence_segmenter_v1,
    read_labels,
)
from spacy_imrad.segmenters.sentences import split_sentences

INTRO, METHODS, RESULTS, DISCUSSION = (
    {x} for x in ("Introduction", "Methods", "Results", "Discussion")
)


def labels_of(text: str) -> list[tuple[str, set[str] | None]]:
    return [
        (sentence.reading, None if s is None else set(s))
        for sentence in read_labels(text, split_sentences(text))
        for s in [sentence.labels]
    ]


@pytest.mark.parametrize(
    "text",
    [
        "OBJECTIVE: To see snow. METHODS: We dug. RESULTS: It fell. CONCLUSION: Good.",
        "**Aim.** To see snow. **Methods.** We dug. **Results:** It fell. "
        "**Significance** Good.",
        "Background. To see snow. Methods. We dug. Results. It fell. "
        "Interpretation. Good.",
        "PURPOSE To see snow. METHODS We dug. RESULTS It fell. CONCLUSIONS Good.",
        "Aim — To see snow. Methods — We dug. Findings — It fell. Summary — Good.",
        "[Purpose] To see snow. [Subjects and Methods] We dug. [Results] It fell. "
        "[Conclusion] Good.",
        "BackgroundTo see snow.MethodsWe dug.ResultsIt fell.ConclusionsGood.",
        "<b>Context:</b> To see snow. <b>Design:</b> We dug. <b>Results:</b> It fell. "
        "<b>Implications:</b> Good.",
        "Objective: To see snow METHODS: We dug. RESULTS: It fell. CONCLUSION: Good.",
    ],
)
def test_printed_labels_decide(text: str) -> None:
    read = labels_of(text)
    assert [said.rstrip(".") for said, _ in read] == [
        "To see snow",
        "We dug",
        "It fell",
        "Good",
    ]
    assert [labels for _, labels in read] == [INTRO, METHODS, RESULTS, DISCUSSION]


def test_a_label_holds_until_the_next() -> None:
    text = "It was cold. METHODS: We dug. We dug again. MISCELLANEOUS: It is so."
    assert [labels for _, labels in labels_of(text)] == [None, METHODS, METHODS, None]


def test_a_word_that_happens_to_begin_a_sentence_is_no_label() -> None:
    for text in (
        "Methods of digging differ. Results vary.",
        "Background Noise was loud. We dug.",
        "We found two things: snow and ice. It fell.",
    ):
        assert {labels is None for _, labels in labels_of(text)} == {True}


def sentences_of(doc: Doc) -> list[tuple[str, set[str] | None]]:
    outline = stored_outline(doc) or make_sentence_segmenter_v1()(doc)
    return [
        (doc.text[s.start : s.end], None if s.labels is None else set(s.labels))
        for s in abstract_sentences(doc, outline)
    ]


def test_a_registration_is_no_sentence_of_the_abstract() -> None:
    nlp = spacy.blank("en")
    doc = nlp("Aims: To see snow. Trial registration: NCT1. Results: It fell.")
    assert sentences_of(doc) == [
        ("Aims: To see snow.", INTRO),
        ("Results: It fell.", RESULTS),
    ]


def test_a_docs_own_sentences_go_before_rules() -> None:
    nlp = spacy.blank("en")
    doc = nlp("We dug we found. It fell")
    for token in doc:
        token.is_sent_start = token.i in (0, 2)
    assert [text for text, _ in sentences_of(doc)] == ["We dug", "we found. It fell"]


def test_headings_inside_the_abstract_are_labels() -> None:
    paper = Paper(
        "1",
        (
            PaperSection("Abstract", ("It was cold.",), matter="front"),
            PaperSection("Setting", ("In the Alps. In May.",), 2, matter="front"),
            PaperSection("Funding", ("By us.",), 2, matter="front"),
            PaperSection("Introduction", ("We dig in the snow.",)),
        ),
        title="Snow",
    )
    assert sentences_of(make_doc(spacy.blank("en"), paper)) == [
        ("It was cold.", None),
        ("In the Alps.", METHODS),
        ("In May.", METHODS),
    ]


def test_a_paper_has_its_abstract_between_title_and_body() -> None:
    paper = Paper(
        "1",
        (PaperSection("Methods", ("We dug. It was cold.",)),),
        title="Snow",
        abstract="Snow falls. We dig.\n\nIt helps.",
    )
    doc = make_doc(spacy.blank("en"), paper)
    assert [text for text, _ in sentences_of(doc)] == [
        "Snow falls.",
        "We dig.",
        "It helps.",
    ]


@pytest.mark.parametrize("text", ["", " \n\n ", "."])
def test_an_empty_text_has_no_label(text: str) -> None:
    assert all(labels is None for _, labels in sentences_of(spacy.blank("en")(text)))
