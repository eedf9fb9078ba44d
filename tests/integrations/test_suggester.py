"""spaCy's own span categorizers, on our spans."""

from collections.abc import Callable

import numpy
import pytest
import spacy
from spacy.pipeline.spancat import Suggester
from spacy.tokens import Doc
from spacy.training import Example
from thinc.api import NumpyOps

from spacy_imrad import LABELS
from spacy_imrad.integrations.suggester import make_outline_suggester_v1
from spacy_imrad.segmenters import make_text_segmenter_v1

PAPER = """\
Glass and light

1 Introduction

Glass bends light.

Nobody in this paper asks why.

2 Methods

We held it against the lamp.

References

[1] A. Lens. Looking. 1900."""


def suggested(suggest: Suggester, texts: list[str]) -> list[list[str]]:
    nlp = spacy.blank("en")
    docs = [nlp(text) for text in texts]
    ragged = suggest(docs, ops=NumpyOps())
    assert ragged.data.dtype == numpy.int32
    found = []
    rows = iter(ragged.dataXd.tolist())
    for doc, length in zip(docs, ragged.lengths.tolist(), strict=True):
        bounds = [next(rows) for _ in range(length)]
        found.append([doc[start:end].text for start, end in bounds])
    assert next(rows, None) is None
    return found


def test_paragraphs_of_the_body_are_suggested() -> None:
    suggest = make_outline_suggester_v1(make_text_segmenter_v1())
    assert suggested(suggest, [PAPER, "", "One."]) == [
        [
            "Glass bends light.",
            "Nobody in this paper asks why.",
            "We held it against the lamp.",
        ],
        [],
        ["One."],
    ]


def test_sections_begin_at_their_heading() -> None:
    suggest = make_outline_suggester_v1(make_text_segmenter_v1(), "section")
    (sections,) = suggested(suggest, [PAPER])
    assert [section.split("\n\n")[0] for section in sections] == [
        "1 Introduction",
        "2 Methods",
    ]
    assert sections[0].endswith("asks why.")


@pytest.mark.parametrize("texts", [[], ["", "\n"]])
def test_nothing_to_suggest(texts: list[str]) -> None:
    suggest = make_outline_suggester_v1(make_text_segmenter_v1())
    assert suggested(suggest, texts) == [[] for _ in texts]


def test_what_is_suggested_is_what_the_pipe_labels(
    make_nlp: Callable[..., spacy.Language],
) -> None:
    doc = make_nlp()(PAPER)
    for unit, key in (("paragraph", "imrad_paragraphs"), ("section", "imrad")):
        suggest = make_outline_suggester_v1(make_text_segmenter_v1(), unit)
        bounds = suggest([doc], ops=NumpyOps()).dataXd.tolist()
        assert bounds == [[span.start, span.end] for span in doc.spans[key]]


def test_an_unknown_unit_is_named() -> None:
    with pytest.raises(ValueError, match="'word'"):
        make_outline_suggester_v1(make_text_segmenter_v1(), "word")  # type: ignore[arg-type]


@pytest.mark.parametrize("factory", ["spancat", "spancat_singlelabel"])
def test_spacys_categorizer_learns_our_spans(
    factory: str, gold_doc: Callable[..., Doc]
) -> None:
    nlp = spacy.blank("en")
    suggest = {
        "@misc": "spacy-imrad.OutlineSuggester.v1",
        "segmenter": {"@misc": "spacy-imrad.TextSegmenter.v1"},
    }
    config = {"spans_key": "imrad_paragraphs", "suggester": suggest}
    nlp.add_pipe(factory, config=config)
    references = [
        gold_doc(
            nlp, [("We propose a method.", "Introduction"), ("It is so.", "Results")]
        ),
        gold_doc(nlp, [("The samples were in a model.", "Methods")]),
    ]
    examples = [Example(nlp.make_doc(doc.text), doc) for doc in references]
    optimizer = nlp.initialize(lambda: examples)
    for _ in range(40):
        nlp.update(examples, sgd=optimizer)
    for example in examples:
        doc = nlp(example.reference.text)
        found = doc.spans["imrad_paragraphs"]
        gold = example.reference.spans["imrad_paragraphs"]
        assert [(span.text, span.label_) for span in found] == [
            (span.text, span.label_) for span in gold
        ]
        assert {span.label_ for span in found} <= set(LABELS)
