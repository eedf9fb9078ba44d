"""Windows of a transformer: every token in one, none too long for the encoder."""

import pickle
import warnings
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from spacy.tokens import Doc
from spacy.vocab import Vocab

from spacy_imrad.document.outline import Segmenter
from spacy_imrad.integrations.span_getter import make_paragraph_spans_v1
from spacy_imrad.segmenters import (
    make_span_group_segmenter_v1,
    make_text_segmenter_v1,
)

PAPER = """\
# Glass and light

## Introduction

Glass bends light. Nobody in this paper asks why.

## Methods

{long}

| a | b |
|---|---|
| 1 | 2 |

Then we looked again.

## References

[1] A. Lens. Looking. 1900.
"""
LONG = "We held the pane against the lamp, then against the window. " * 20
TEXT = PAPER.format(long=LONG.strip())


@pytest.mark.parametrize("max_bytes", [60, 200, 510, 100_000])
def test_windows_part_the_text_at_its_paragraphs(max_bytes: int) -> None:
    doc = spacy.blank("en")(TEXT)
    (spans,) = make_paragraph_spans_v1(make_text_segmenter_v1(), max_bytes)([doc])
    assert [token.i for span in spans for token in span] == list(range(len(doc)))
    assert all(len(span.text.encode()) <= max_bytes for span in spans)
    starts = {span.start_char for span in spans}
    for section in make_text_segmenter_v1()(doc).sections:
        assert section.start in starts
        assert {paragraph.start for paragraph in section.paragraphs} <= starts


def test_windows_of_one_paragraph_are_about_as_long() -> None:
    doc = spacy.blank("en")(LONG)
    (spans,) = make_paragraph_spans_v1(make_text_segmenter_v1(), 1000)([doc])
    shortest, longest = sorted(len(span.text) for span in spans)
    assert longest - shortest < 20


def test_bytes_are_counted_and_not_characters() -> None:
    doc = spacy.blank("en")("δοκιμή " * 100)
    (spans,) = make_paragraph_spans_v1(make_text_segmenter_v1(), 100)([doc])
    assert max(len(span.text.encode()) for span in spans) <= 100


@pytest.mark.parametrize(
    "segmenter", [make_text_segmenter_v1(), make_span_group_segmenter_v1()]
)
def test_the_doc_of_initialization_is_one_window(segmenter: Segmenter) -> None:
    get_spans = make_paragraph_spans_v1(segmenter)
    docs = [Doc(Vocab(), words=["hello"]), Doc(Vocab())]
    assert [[span.text for span in spans] for spans in get_spans(docs)] == [
        ["hello"],
        [],
    ]


def test_a_missing_span_group_is_an_error() -> None:
    get_spans = make_paragraph_spans_v1(make_span_group_segmenter_v1("blocks"))
    with pytest.raises(ValueError, match="no span group 'blocks'"):
        get_spans([spacy.blank("en")("Two words.")])


def test_a_token_longer_than_a_window_is_reported() -> None:
    doc = spacy.blank("en")("See " + "x" * 600 + " here.")
    get_spans = make_paragraph_spans_v1(make_text_segmenter_v1())
    with pytest.warns(UserWarning, match="601 bytes is longer than a window of 510"):
        (spans,) = get_spans([doc])
    assert [len(span) for span in spans] == [1, 1, 2]


def test_windows_have_to_hold_something() -> None:
    with pytest.raises(ValueError, match="`max_bytes` is 0"):
        make_paragraph_spans_v1(make_text_segmenter_v1(), 0)


def test_the_getter_travels_to_worker_processes() -> None:
    get_spans = pickle.loads(
        pickle.dumps(make_paragraph_spans_v1(make_text_segmenter_v1()))
    )
    assert get_spans([spacy.blank("en")("Two words.")])


def test_no_window_loses_its_final_special_token(
    build_checkpoint: Callable[..., Path],
) -> None:
    pytest.importorskip("spacy_transformers", reason="needs the extra [trf]")
    folder = build_checkpoint(labels=None, kind="bert")
    last_pieces = {}
    for name, get_spans in {
        "strided": {
            "@span_getters": "spacy-transformers.strided_spans.v1",
            "window": 128,
            "stride": 96,
        },
        "paragraphs": {
            "@span_getters": "spacy-imrad.ParagraphSpans.v1",
            "segmenter": {"@misc": "spacy-imrad.TextSegmenter.v1"},
            "max_bytes": 126,
        },
    }.items():
        nlp = spacy.blank("en")
        model = {
            "@architectures": "spacy-transformers.TransformerModel.v3",
            "name": str(folder),
            "get_spans": get_spans,
        }
        nlp.add_pipe("transformer", config={"model": model})
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            nlp.initialize()
        pieces = nlp(TEXT)._.trf_data.wordpieces
        last_pieces[name] = {
            [piece for piece in window if piece != "[PAD]"][-1]
            for window in pieces.strings
        }
        assert pieces.input_ids.shape[1] <= 128
    # The tokenizer of the test makes a piece of almost every letter.
    assert last_pieces["strided"] != {"[SEP]"}
    assert last_pieces["paragraphs"] == {"[SEP]"}
