"""The pipe `imrad_sentence_starts`: no sentence runs over a heading."""

from spacy.language import Language
from spacy.tokens import Doc

from spacy_imrad.document.outline import Segmenter
from spacy_imrad.document.stored_outline import prefer_stored
from spacy_imrad.document.tokens import token_bounds


@Language.factory(
    "imrad_sentence_starts",
    assigns=["token.is_sent_start"],
    default_config={"segmenter": {"@misc": "spacy-imrad.TextSegmenter.v1"}},
)
def make_sentence_starts(
    nlp: Language, name: str, segmenter: Segmenter
) -> "SentenceStarts":
    """Make the pipe; `SentenceStarts` explains the setting."""
    return SentenceStarts(segmenter)


class SentenceStarts:
    """Begins a sentence at each heading and at each paragraph, and says nothing of all
    other tokens. It belongs before the pipe that finds sentences (a parser, a `senter`
    or a `sentencizer`), which leaves alone what it has set.

    segmenter: From a Doc to its outline; a Doc that a reader made has its own.
    """

    def __init__(self, segmenter: Segmenter) -> None:
        self.segmenter = prefer_stored(segmenter)

    def __call__(self, doc: Doc) -> Doc:
        """RAISES: ValueError if the Doc is parsed: its sentences are settled then."""
        blocks = [
            block
            for section in self.segmenter(doc).sections
            for block in (section.heading, *section.paragraphs)
            if block is not None
        ]
        for start in token_bounds(doc, blocks)[:, 0].tolist():
            doc[start].is_sent_start = True
        return doc
