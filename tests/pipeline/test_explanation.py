"""What the sentences do, checked by leaving them out of the text itself."""

import threading
from collections.abc import Callable

import pytest
import spacy
from spacy.language import Language

from spacy_imrad import explain

PARAGRAPHS = (
    "We propose a method. The loss is a model of the data! Earlier studies show no "
    "increase, and the samples are from patients.",
    "Only one sentence is here.",
    "The results show a decrease. We conclude that the problem is important.",
)
TEXT = "# A study\n\n## Of the weather\n\n" + "\n\n".join(PARAGRAPHS)


@pytest.fixture(params=["alone", "in context"])
def nlp(
    request: pytest.FixtureRequest,
    make_nlp: Callable[..., Language],
    tiny_model: dict[str, object],
) -> Language:
    if request.param == "alone":
        return make_nlp()
    context = {
        "@architectures": "spacy-imrad.DocumentContext.v1",
        "paragraphs": tiny_model,
        "width": 8,
        "depth": 1,
        "word_width": 4,
        "n_hashes": 64,
    }
    nlp = make_nlp(model=context)
    nlp.initialize(list)
    return nlp


def test_effects_are_those_of_leaving_sentences_out(nlp: Language) -> None:
    doc = nlp(TEXT)
    pipe = nlp.get_pipe("imrad_classifier")
    effects = explain(doc, pipe)
    assert [len(sentences) for sentences in effects] == [3, 0, 2]
    group = doc.spans["imrad_paragraphs"]
    for row, sentences in enumerate(effects):
        for sentence in sentences:
            text = doc.text[: sentence.start] + doc.text[sentence.end :].lstrip(" ")
            less = nlp(text).spans["imrad_paragraphs"].attrs["scores"][row]
            label = group.attrs["labels"].index(group[row].label_)
            expected = group.attrs["scores"][row, label] - less[label]
            assert sentence.effect == pytest.approx(expected, abs=1e-5)
    assert any(abs(s.effect) > 0.001 for sentences in effects for s in sentences)


def test_sentences_cover_their_paragraphs(nlp: Language) -> None:
    doc = nlp(TEXT)
    effects = explain(doc, nlp.get_pipe("imrad_classifier"))
    for paragraph, sentences in zip(PARAGRAPHS, effects, strict=True):
        if sentences:
            texts = [doc.text[sentence.start : sentence.end] for sentence in sentences]
            assert "".join(texts) == paragraph


def test_an_abbreviation_ends_no_sentence(nlp: Language) -> None:
    doc = nlp("As Author et al. and Other et al. (2004) say. The data show it.")
    (sentences,) = explain(doc, nlp.get_pipe("imrad_classifier"))
    assert len(sentences) == 2


def test_sentences_of_the_pipeline_are_used(nlp: Language) -> None:
    doc = nlp("We propose a method; the loss is a model. The data are samples.")
    for token in doc:
        token.is_sent_start = token.text in ("We", "the")
    (sentences,) = explain(doc, nlp.get_pipe("imrad_classifier"))
    assert [doc.text[s.start : s.end].split()[0] for s in sentences] == ["We", "the"]


def test_the_doc_and_the_pipe_stay_as_they_are(nlp: Language) -> None:
    doc = nlp(TEXT)
    before = doc.to_bytes()
    explain(doc, nlp.get_pipe("imrad_classifier"))
    assert doc.to_bytes() == before
    assert nlp(TEXT).to_bytes() == before


def test_other_threads_label_meanwhile(nlp: Language) -> None:
    pipe = nlp.get_pipe("imrad_classifier")
    doc, other = nlp(TEXT), "# B\n\n## One\n\nWe propose a model of the rain.\n"
    expected = nlp(other).spans["imrad"].attrs["scores"].tolist()
    found: list[object] = []
    done = threading.Event()

    def label() -> None:
        while not done.is_set():
            try:
                found.append(nlp(other).spans["imrad"].attrs["scores"].tolist())
            except Exception as error:
                found.append(error)

    thread = threading.Thread(target=label)
    thread.start()
    for _ in range(5):
        explain(doc, pipe)
    done.set()
    thread.join()
    assert found
    assert all(scores == expected for scores in found)


def test_an_encoder_of_tokens_is_an_error() -> None:
    nlp = spacy.blank("en")
    tok2vec = {"@architectures": "spacy.HashEmbedCNN.v2", "width": 8, "depth": 1}
    tok2vec |= {"embed_size": 50, "window_size": 1, "maxout_pieces": 2}
    tok2vec |= {"subword_features": False, "pretrained_vectors": None}
    model = {"@architectures": "spacy-imrad.SharedEncoder.v1", "tok2vec": tok2vec}
    pipe = nlp.add_pipe("imrad_classifier", config={"model": model})
    with pytest.raises(ValueError, match="works on the Doc's tokens"):
        explain(nlp.make_doc(TEXT), pipe)


def test_nothing_to_explain(nlp: Language) -> None:
    pipe = nlp.get_pipe("imrad_classifier")
    assert explain(nlp(""), pipe) == []
    assert explain(nlp("One sentence alone."), pipe) == [()]
