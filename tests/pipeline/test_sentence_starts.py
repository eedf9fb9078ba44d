"""Sentences that begin where headings and paragraphs do."""

from collections.abc import Callable

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers import make_doc

TEXT = (
    "## Methods\n\nWe dug in the snow\n\n## Results\n\nThere was 3 m of snow. It fell."
)


def sentences(doc: Doc) -> list[tuple[str, str | None]]:
    return [(sent.text.strip("# \n"), sent._.imrad) for sent in doc.sents]


def test_no_sentence_runs_over_a_heading(make_nlp: Callable[..., Language]) -> None:
    nlp = make_nlp()
    nlp.add_pipe("imrad_sentence_starts")
    nlp.add_pipe("sentencizer")
    assert sentences(nlp(TEXT)) == [
        ("Methods", "Methods"),
        ("We dug in the snow", "Methods"),
        ("Results", "Results"),
        ("There was 3 m of snow.", "Results"),
        ("It fell.", "Results"),
    ]


def test_the_outline_of_a_reader_counts(make_nlp: Callable[..., Language]) -> None:
    nlp = make_nlp()
    nlp.add_pipe("imrad_sentence_starts", first=True)
    nlp.add_pipe("sentencizer", last=True)
    sections = (
        PaperSection("Sites and", ("we walked there",)),
        PaperSection("Results", ("herons", "and egrets")),
    )
    doc = nlp(make_doc(nlp, Paper("p", sections)))
    found = [sent.text.strip() for sent in doc.sents]
    assert found == ["Sites and", "we walked there", "Results", "herons", "and egrets"]


@pytest.mark.parametrize("text", ["", "\n\n", "One."])
def test_texts_with_little_in_them(text: str) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_sentence_starts")
    nlp.add_pipe("sentencizer")
    assert "".join(sent.text_with_ws for sent in nlp(text).sents) == text


def test_it_is_saved(tmp_path) -> None:  # type: ignore[no-untyped-def]
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_sentence_starts")
    nlp.add_pipe("sentencizer")
    nlp.to_disk(tmp_path)
    found = [sent.text for sent in spacy.load(tmp_path)(TEXT).sents]
    assert found == [sent.text for sent in nlp(TEXT).sents]
