"""Which sentences moved a paragraph's label: each is left out once.

A paragraph without the sentence is read by the encoder, and then judged in its place
in the paper, with its heading and its neighbours as they are. So the encoder reads
one more paragraph for each sentence, and not one more paper.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from itertools import chain, islice, pairwise

import numpy
from numpy.typing import NDArray
from spacy.tokens import Doc

from spacy_imrad.document.outline import Outline
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.models.types import EncodedParagraphs, OutlinedDoc
from spacy_imrad.pipeline.imrad_classifier import ImradClassifier
from spacy_imrad.pipeline.sentences import sentence_starts


@dataclass(frozen=True, slots=True)
class SentenceEffect:
    """What a sentence contributes to the label of its paragraph.

    start, end: Position of the sentence in characters of the Doc.
    effect: How much higher the score of the paragraph's label is with the sentence
        than without it, -1 to 1.
    """

    start: int
    end: int
    effect: float


def explain(doc: Doc, classifier: ImradClassifier) -> list[tuple[SentenceEffect, ...]]:
    """Find what each sentence does to the label of its paragraph.

    doc: Any Doc; it is not changed. Its own sentences are used if it has any, and
        otherwise its punctuation.
    classifier: The pipe that labels it. Its encoder has to read paragraphs; one that
        is shared with other pipes reads tokens.
    RETURNS: The sentences of each paragraph, in the order of the group
        `imrad_paragraphs`; none for a paragraph of one sentence, whose score without
        it would be that of no text.
    RAISES: ValueError if the encoder works on the Doc's tokens.
    """
    try:
        encoder = encoder_shim(classifier.model)
    except ValueError as error:
        raise ValueError(
            f"Can't explain the labels of '{classifier.name}', because no sentence can "
            f"be left out of what it reads. {error} Explain with an encoder of "
            "paragraphs, such as that of spacy-imrad.Pretrained.v1."
        ) from error
    outline = classifier.segmenter(doc)
    sentences = list(_sentences(doc, outline))
    text = doc.text
    shortened = [list(_without_each(text, bounds)) for bounds in sentences]
    texts = OutlinedDoc(doc, outline).texts()
    if not texts:
        return []
    ops = classifier.model.ops
    whole = encoder.encode(texts, ops)
    rests = [" ".join(rest.split()) for rest in chain.from_iterable(shortened)]
    read = encoder.encode(rests, ops) if rests else whole
    (scores,) = _judge(classifier, doc, [(outline, whole)])
    effects = []
    first = 0
    for row, bounds in enumerate(sentences):
        variants = [
            (
                _shortened(outline, row, len(rest)),
                _replaced(whole, row, read, other),
            )
            for other, rest in enumerate(shortened[row], first)
        ]
        first += len(variants)
        label = int(scores[row].argmax())
        without = _judge(classifier, doc, variants)
        effects.append(
            tuple(
                SentenceEffect(start, end, float(scores[row, label] - less[row, label]))
                for (start, end), less in zip(bounds, without, strict=False)
            )
        )
    return effects


def _sentences(doc: Doc, outline: Outline) -> Iterator[list[tuple[int, int]]]:
    """The bounds of each paragraph's sentences; the first starts with it, and each
    ends where the next one starts."""
    edges = numpy.asarray(sentence_starts(doc))
    for _, paragraph in outline.prose():
        inside = edges[(edges > paragraph.start) & (edges < paragraph.end)].tolist()
        yield list(pairwise([paragraph.start, *inside, paragraph.end]))


def _without_each(text: str, bounds: Sequence[tuple[int, int]]) -> Iterator[str]:
    if len(bounds) < 2:
        return
    for start, end in bounds:
        before, after = text[bounds[0][0] : start], text[end : bounds[-1][1]]
        yield f"{before.rstrip()} {after}".strip()


def _shortened(outline: Outline, row: int, length: int) -> Outline:
    """`outline`, with a prose paragraph of another length."""
    index, paragraph = next(islice(outline.prose(), row, None))
    section = outline.sections[index]
    paragraphs = list(section.paragraphs)
    paragraphs[paragraphs.index(paragraph)] = replace(
        paragraph, end=paragraph.start + length
    )
    sections = list(outline.sections)
    sections[index] = replace(section, paragraphs=tuple(paragraphs))
    return replace(outline, sections=tuple(sections))


def _replaced(
    whole: EncodedParagraphs, row: int, others: EncodedParagraphs, other: int
) -> EncodedParagraphs:
    """`whole`, with one row from the others."""
    vectors, logits = whole.vectors.copy(), whole.logits.copy()
    vectors[row], logits[row] = others.vectors[other], others.logits[other]
    return EncodedParagraphs(vectors, logits)


def _judge(
    classifier: ImradClassifier,
    doc: Doc,
    variants: list[tuple[Outline, EncodedParagraphs]],
) -> list[NDArray[numpy.float32]]:
    """The scores of the Doc's paragraphs, once for each variant of its outline and of
    what the encoder says."""
    predictions = classifier.predict_outlined(
        [OutlinedDoc(doc, outline) for outline, _ in variants],
        [encoded for _, encoded in variants],
    )
    return [prediction.scores for prediction in predictions]
