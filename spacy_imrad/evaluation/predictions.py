"""What a pipeline predicts for papers with gold labels."""

from collections.abc import Iterable
from typing import NamedTuple

import numpy
from spacy.language import Language
from spacy.training import Example
from spacy.util import minibatch

from spacy_imrad.document.outline import Outline
from spacy_imrad.evaluation.metrics import Scored
from spacy_imrad.pipeline.gold_paragraphs import GoldKeys, gold_paragraphs, no_segmenter
from spacy_imrad.pipeline.loading import find_classifier


class Passage(NamedTuple):
    """A labelled paragraph.

    paper: Identifier of the paper that it is in.
    headings: Those over it that are shown, the nearest last.
    """

    text: str
    paper: str
    headings: tuple[str, ...] = ()


def score_examples(
    nlp: Language, examples: Iterable[Example], batch_size: int = 16
) -> tuple[Scored, list[Passage]]:
    """Let a pipeline label paragraphs whose boundaries are given.

    examples: As `spacy-imrad.PapersCorpus.v2` gives them.
    RETURNS: The labelled paragraphs, as figures and as text, in one order.
    RAISES: ValueError if the pipeline has no `imrad_classifier`, or if no paragraph has
        a gold label.
    """
    classifier = find_classifier(nlp)
    gold, probabilities, sources, passages = [], [], [], []
    for batch in minibatch(examples, batch_size):
        pairs = [
            gold_paragraphs(example, classifier.labels, no_segmenter, GoldKeys())
            for example in batch
        ]
        predictions = classifier.predict_outlined([outlined for outlined, _ in pairs])
        for example, (outlined, rows), predicted in zip(
            batch, pairs, predictions, strict=True
        ):
            labelled = rows >= 0
            gold.append(rows[labelled])
            probabilities.append(predicted.scores[labelled])
            about = example.reference.user_data
            sources += [about["imrad_source"]] * int(labelled.sum())
            text = outlined.doc.text
            passages += [
                Passage(
                    text[paragraph.start : paragraph.end],
                    about["imrad_id"],
                    _headings(outlined.outline, index),
                )
                for (index, paragraph), wanted in zip(
                    outlined.outline.prose(), labelled, strict=True
                )
                if wanted
            ]
    if not passages:
        raise ValueError("There is no paragraph with a gold label to compare with.")
    scored = Scored(
        numpy.concatenate(gold), numpy.concatenate(probabilities), numpy.array(sources)
    )
    return scored, passages


def _headings(outline: Outline, index: int) -> tuple[str, ...]:
    titles = [outline.sections[i].title for i in outline.ancestors(index)]
    return tuple(title for title in reversed(titles) if title)
