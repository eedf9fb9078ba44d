"""Where sentences begin, also in a Doc that no pipe has divided."""

from spacy.pipeline import Sentencizer
from spacy.tokens import Doc


def sentence_starts(doc: Doc) -> list[int]:
    """The characters at which sentences begin: the Doc's own, and otherwise those that
    its punctuation shows."""
    if doc.has_annotation("SENT_START"):
        return [sentence.start_char for sentence in doc.sents]
    text = doc.text
    return [
        sentence.start_char
        for sentence in Sentencizer()(doc.copy()).sents
        # The full stop of an abbreviation ends no sentence, as in "et al. (2004)".
        if text[sentence.start_char].isupper()
    ]
