"""The abstract on the page, coloured by the sentence."""

import numpy
import spacy
from spacy.tokens import SpanGroup

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.labels import LABELS
from spacy_imrad.readers.docs import make_doc
from spacy_imrad.view import render_paper, view_paper


def test_the_sentences_of_the_abstract_have_their_colours() -> None:
    paper = Paper(
        "1",
        (PaperSection("Methods", ("We dug in the <snow>.",)),),
        title="Snow",
        abstract="Why does it melt? We dug. Registered as NCT1.",
    )
    doc = make_doc(spacy.blank("en"), paper)
    said = {"Why does it melt?": "Introduction", "We dug.": "Methods"}
    spans = []
    for text, label in said.items():
        start = doc.text.index(text)
        spans.append(doc.char_span(start, start + len(text), label))
    start = doc.text.index("We dug in")
    body = doc.char_span(start, len(doc.text), "Methods", alignment_mode="expand")
    for key, group in (
        ("imrad", [body]),
        ("imrad_paragraphs", [body]),
        ("imrad_abstract", spans),
    ):
        scores = numpy.full((len(group), len(LABELS)), 0.2, dtype="f")
        attrs = {"labels": list(LABELS), "scores": scores}
        doc.spans[key] = SpanGroup(doc, name=key, spans=group, attrs=attrs)
    view = view_paper(doc)
    (block,) = [b for part in view.parts for b in part.blocks if b.sentences]
    assert "".join(sentence.text for sentence in block.sentences) == paper.abstract
    labels = [s.verdict.label for s in block.sentences if s.verdict is not None]
    assert labels == [LABELS.index(label) for label in said.values()]
    page = render_paper(view)
    assert page.count('<span class="said ') == 2
    assert 'title="Introduction 20%">Why does it melt?</span>' in page
    assert view.n_paragraphs == 1
