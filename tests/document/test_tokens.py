import pytest
import spacy
from spacy.tokens import Doc

from spacy_imrad.document.tokens import BLOCK, text_of


@pytest.mark.parametrize(
    "text",
    [
        "",
        " ",
        "One",
        "One two, one  two.\n\n# Methods\n",
        "Ünïcode – β = 0.5 µm\u00a0😀 the end ",
    ],
)
def test_the_text_of_a_doc(text: str) -> None:
    assert text_of(spacy.blank("en").make_doc(text)) == text


def test_the_text_of_words() -> None:
    words = ["Snow", "fell", "Snow", "."]
    doc = Doc(spacy.blank("en").vocab, words, [True, True, False, False])
    assert text_of(doc) == doc.text == "Snow fell Snow."
    assert text_of(doc[:2].as_doc()) == "Snow fell "


def test_the_text_of_a_book() -> None:
    words = [f"word{i % 999}" for i in range(2 * BLOCK + 1)]
    spaces = [i % 7 > 0 for i in range(len(words))]
    doc = Doc(spacy.blank("en").vocab, words, spaces)
    assert text_of(doc) == doc.text
