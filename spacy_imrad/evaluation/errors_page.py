"""The worst errors as a page to read: those of which the pipeline was most sure."""

from collections import Counter
from collections.abc import Sequence
from pathlib import Path

import numpy

from spacy_imrad.evaluation.metrics import Scored
from spacy_imrad.evaluation.predictions import Passage
from spacy_imrad.labels import LABELS
from spacy_imrad.view.errors import ErrorKind, ErrorsView, ErrorView
from spacy_imrad.view.page import render_errors


def write_errors(
    scored: Scored, passages: Sequence[Passage], folder: Path, number: int = 30
) -> None:
    """Write `errors.html`: at most so many paragraphs, the surest errors first.

    passages: Texts of the scored paragraphs.
    """
    confidence = scored.probabilities.max(axis=1)
    wrong = numpy.flatnonzero(scored.predicted != scored.gold)
    worst = wrong[numpy.argsort(-confidence[wrong], kind="stable")][:number]
    errors = [
        ErrorView(
            text=passages[index].text,
            paper=passages[index].paper,
            source=str(scored.sources[index]),
            headings=passages[index].headings,
            gold=int(scored.gold[index]),
            gold_score=float(scored.probabilities[index, scored.gold[index]]),
            predicted=int(scored.predicted[index]),
            predicted_score=float(confidence[index]),
        )
        for index in worst
    ]
    page = render_errors(
        ErrorsView(LABELS, len(wrong), len(scored.gold), _kinds(scored), errors)
    )
    (folder / "errors.html").write_text(page, encoding="utf8")


def _kinds(scored: Scored) -> list[ErrorKind]:
    gold, predicted = scored.gold.tolist(), scored.predicted.tolist()
    sizes = Counter(gold)
    kinds = Counter(
        pair for pair in zip(gold, predicted, strict=True) if pair[0] != pair[1]
    )
    return [ErrorKind(*pair, n, sizes[pair[0]]) for pair, n in kinds.most_common()]
