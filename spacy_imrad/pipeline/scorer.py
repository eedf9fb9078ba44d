"""Scores of sections and paragraphs, as `spacy evaluate` and `spacy train` use them."""

from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from math import exp, log
from typing import Any, Final

from spacy.scorer import PRFScore, Scorer
from spacy.tokens import Doc, Span
from spacy.training import Example

# One paragraph that the pipe has not labelled at all must not decide a mean of logs.
LEAST_PROBABILITY: Final = 1e-4


def make_imrad_scorer_v1() -> Callable[..., dict[str, Any]]:
    """The scorer of the factory (`spacy-imrad.imrad_scorer.v1`)."""
    return score_imrad


def make_abstract_scorer_v1() -> Callable[..., dict[str, Any]]:
    """A scorer for the sentences of abstracts (`spacy-imrad.abstract_scorer.v1`), with
    the figures of `score_imrad` under the names of that span group:
    `spans_imrad_abstract_acc`, `spans_imrad_abstract_macro_f` and so on."""
    return score_abstracts


def score_abstracts(
    examples: Iterable[Example],
    *,
    abstract_key: str | None,
    labels: Sequence[str],
    **cfg: Any,
) -> dict[str, Any]:
    """`score_imrad` for the sentences of abstracts; nothing without their group."""
    if abstract_key is None:
        return {}
    return score_imrad(
        examples, spans_key=abstract_key, paragraphs_key=abstract_key, labels=labels
    )


def score_imrad(
    examples: Iterable[Example],
    *,
    spans_key: str,
    paragraphs_key: str,
    labels: Sequence[str],
    **cfg: Any,
) -> dict[str, Any]:
    """Compare predicted labels with gold ones.

    RETURNS: With `imrad` for the `spans_key`, all between 0 and 1, None where the
        data have nothing to compare:

        - `spans_imrad_p`, `_r`, `_f`, `_per_type`: sections whose boundaries and label
          are both right, as spaCy scores any span group;
        - `spans_imrad_acc`: gold paragraphs with the right label, and by label
          `spans_imrad_paragraphs_per_type` (p, r, f), their mean `_macro_f`, and their
          mean weighted by frequency `_weighted_f`;
        - `spans_imrad_char_acc`: characters of gold paragraphs with the right label;
        - `spans_imrad_likelihood`: geometric mean of the probabilities that the gold
          paragraphs' labels have. It moves with every change of the weights, where
          accuracy on a few papers does not, so a training on a few papers is chosen
          by it.

    A gold paragraph has the predicted label that most of its characters have. Without
    gold paragraphs, gold sections stand for them. Unlabelled gold is not scored.
    """
    examples = list(examples)
    name = f"spans_{spans_key}"
    scores = Scorer.score_spans(
        examples,
        name,
        getter=lambda doc, key: _labelled(doc, key.removeprefix("spans_")),
        has_annotation=lambda doc: spans_key in doc.spans,
        labeled=True,
        allow_overlap=True,
    )
    by_label = {label: PRFScore() for label in labels}
    right = total = right_chars = total_chars = 0
    surprise: list[float] = []
    for example in examples:
        gold_key = (
            paragraphs_key if paragraphs_key in example.reference.spans else spans_key
        )
        predicted = sorted(
            (span.start_char, span.end_char, span.label_)
            for span in _labelled(example.predicted, paragraphs_key)
        )
        for gold in _labelled(example.reference, gold_key):
            shares = _label_shares(gold, predicted)
            found = max(shares, key=shares.__getitem__, default="")
            right += found == gold.label_
            total += 1
            right_chars += shares.get(gold.label_, 0)
            total_chars += gold.end_char - gold.start_char
            _count(by_label, gold.label_, found)
        surprise += _surprise(example, gold_key, paragraphs_key)
    # A label that neither side has says nothing about the pipe.
    seen = {k: v for k, v in by_label.items() if v.tp + v.fn + v.fp}
    support = {label: score.tp + score.fn for label, score in seen.items()}
    scores.update(
        {
            f"{name}_acc": right / total if total else None,
            f"{name}_char_acc": right_chars / total_chars if total_chars else None,
            f"{name}_likelihood": (
                exp(-sum(surprise) / len(surprise)) if surprise else None
            ),
            f"{name}_macro_f": (
                sum(score.fscore for score in seen.values()) / len(seen)
                if total
                else None
            ),
            f"{name}_weighted_f": (
                sum(seen[label].fscore * support[label] for label in seen) / total
                if total
                else None
            ),
            f"{name}_paragraphs_per_type": (
                {label: score.to_dict() for label, score in seen.items()}
                if total
                else None
            ),
        }
    )
    return scores


def _labelled(doc: Doc, key: str) -> list[Span]:
    return [span for span in doc.spans.get(key, []) if span.label_]


def _label_shares(
    gold: Span, predicted: Sequence[tuple[int, int, str]]
) -> dict[str, int]:
    """Characters of the gold span under each predicted label.

    predicted: start, end and label of paragraphs in text order, not overlapping.
    """
    shares: dict[str, int] = {}
    start, end = gold.start_char, gold.end_char
    first = bisect_right(predicted, start, key=lambda item: item[1])
    for position in range(first, len(predicted)):
        other_start, other_end, label = predicted[position]
        if other_start >= end:
            break
        overlap = min(end, other_end) - max(start, other_start)
        shares[label] = shares.get(label, 0) + overlap
    return shares


def _surprise(example: Example, gold_key: str, paragraphs_key: str) -> list[float]:
    """Of each labelled gold span the negative log probability of its label: of all
    predicted paragraphs in it, by length. Empty if the prediction has no scores."""
    group = example.predicted.spans.get(paragraphs_key)
    if group is None or "scores" not in group.attrs:
        return []
    columns = {label: i for i, label in enumerate(group.attrs["labels"])}
    rows = sorted(
        (span.start_char, span.end_char, str(index)) for index, span in enumerate(group)
    )
    found = []
    for gold in _labelled(example.reference, gold_key):
        shares = _label_shares(gold, rows)
        column = columns.get(gold.label_)
        weighted = sum(
            length * float(group.attrs["scores"][int(index)][column])
            for index, length in shares.items()
            if column is not None
        )
        probability = weighted / max(1, sum(shares.values()))
        found.append(-log(max(probability, LEAST_PROBABILITY)))
    return found


def _count(by_label: dict[str, PRFScore], gold: str, found: str) -> None:
    for label in {gold, found} - {""}:
        score = by_label.setdefault(label, PRFScore())
        score.tp += label == gold == found
        score.fn += label == gold != found
        score.fp += label == found != gold
