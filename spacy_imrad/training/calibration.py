"""Calibrations that make the document context's confidence mean what it says."""

from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, cast

import numpy
from numpy.typing import NDArray
from spacy.language import Language
from spacy.training import Example
from spacy.util import minibatch
from thinc.api import NumpyOps

from spacy_imrad.extras import require
from spacy_imrad.labels import Convention
from spacy_imrad.models.context.abstracts import (
    calibrate_abstracts,
    predict_abstracts,
)
from spacy_imrad.models.context.calibration import Calibration, above
from spacy_imrad.models.context.layer import ALONE, BARE, HEADED, set_calibration
from spacy_imrad.models.encoder.cache import EncodingCache
from spacy_imrad.models.types import ClassifierModelT, OutlinedDoc, predict_encoded
from spacy_imrad.pipeline.abstracts import gold_abstract
from spacy_imrad.pipeline.gold_paragraphs import GoldKeys, gold_paragraphs, no_segmenter
from spacy_imrad.pipeline.loading import find_classifier
from spacy_imrad.pipeline.loss import UNLABELLED
from spacy_imrad.training.abstracts import make_abstracts_corpus_v1
from spacy_imrad.training.corpus import make_papers_corpus_v2

# Label smoothing of 0.1 adds 0.02 to each of five labels.
FLOORS = numpy.linspace(0, 0.02, 11).tolist()
# Of each number, round no change: what little data can't tell stays as it was.
PRIOR_DEVIATION: Final = 1.0


def calibration_sets(convention: Convention) -> dict[int, dict[str, Any]]:
    """How the examples of each kind have to be read: options of the papers corpus.

    convention: The model's. A paragraph alone is always judged by its own heading.
    """
    # A heading that names its section leaves nothing to be unsure of.
    return {
        ALONE: {"unit": "paragraph", "convention": "unarxive"},
        BARE: {"unit": "paper", "convention": convention, "headings": "hide"},
        HEADED: {"unit": "paper", "convention": convention, "headings": "rename"},
    }


def calibrate_pipeline(nlp: Language, papers: str, limit: int = 0) -> Iterator[str]:
    """Fit all calibrations of a pipeline's first `imrad_classifier`, in place.

    papers: A file or folder of papers that it was not trained on, as JSON Lines.
    limit: At most so many papers of each kind, 0 for all.
    YIELDS: What was fitted, in words, as soon as it is.
    RAISES: ValueError if the pipeline has no `imrad_classifier` or that has no document
        context; what the reader of papers raises.
    """
    pipe = find_classifier(nlp)
    cache = EncodingCache()
    for kind, options in calibration_sets(pipe.convention).items():
        # A paper has about ten labelled paragraphs.
        most = limit * (10 if options["unit"] == "paragraph" else 1)
        corpus = make_papers_corpus_v2(
            papers, tokens="paragraph", limit=most, **options
        )
        fitted = calibrate(pipe.model, kind, corpus(nlp), pipe.labels, cache=cache)
        yield f"{', '.join(map(str, options.values()))}: floor {fitted.floor:.3f}"


def calibrate_abstract_scores(nlp: Language, abstracts: str, limit: int = 0) -> str:
    """Fit the calibration of the sentences of abstracts, in place.

    abstracts: A file or folder of labelled abstracts that the pipeline was not trained
        on, as `spacy-imrad.AbstractsCorpus.v1` reads them.
    limit: At most so many abstracts, 0 for all.
    RETURNS: What was fitted, in words.
    RAISES: ValueError if the pipeline does not read abstracts; what the corpus raises.
    """
    pipe = find_classifier(nlp)
    labels = pipe.labels
    calibrate_abstracts(pipe.model, Calibration.none(len(labels)))
    corpus = make_abstracts_corpus_v1(abstracts, tokens="sentence", limit=limit)
    logits: list[NDArray[numpy.float32]] = []
    gold: list[NDArray[numpy.intp]] = []
    for batch in minibatch(corpus(nlp), 64):
        found = [gold_abstract(example, labels, "imrad_abstract") for example in batch]
        read = [abstract for abstract in found if abstract is not None]
        for array in predict_abstracts(pipe.model, [texts for texts, _ in read]):
            logits.append(pipe.model.ops.to_numpy(array))
        gold += [rows for _, rows in read]
    fitted = fit_calibration(numpy.concatenate(logits), numpy.concatenate(gold))
    calibrate_abstracts(pipe.model, fitted)
    return f"sentences of {len(gold)} abstracts: floor {fitted.floor:.3f}"


def calibrate(
    model: ClassifierModelT,
    kind: int,
    examples: Iterable[Example],
    labels: Sequence[str],
    batch_size: int = 64,
    cache: EncodingCache | None = None,
) -> Calibration:
    """Fit one of the model's calibrations, and set it.

    kind: ALONE for Examples of one paragraph, BARE for papers without headings, HEADED
        for papers with them.
    examples: Gold that the model was not trained on.
    cache: What its encoder made of texts before; the kinds have their texts in common.
    RETURNS: The calibration.
    """
    set_calibration(model, kind, Calibration.none(len(labels)))
    logits: list[NDArray[numpy.float32]] = []
    gold: list[NDArray[numpy.intp]] = []
    batch: list[OutlinedDoc] = []

    cache = cache or EncodingCache(0)

    def flush() -> None:
        encoded = cache.encode_docs(model, batch)
        for array in predict_encoded(model, batch, encoded):
            logits.append(model.ops.to_numpy(array))  # type: ignore[no-untyped-call]
        batch.clear()

    for example in examples:
        outlined, rows = gold_paragraphs(example, labels, no_segmenter, GoldKeys())
        batch.append(outlined)
        gold.append(rows)
        if len(batch) == batch_size:
            flush()
    flush()
    calibration = fit_calibration(numpy.concatenate(logits), numpy.concatenate(gold))
    set_calibration(model, kind, calibration)
    return calibration


def fit_calibration(
    logits: NDArray[numpy.float32], gold: NDArray[numpy.intp]
) -> Calibration:
    """The most probable calibration. Its floor is the one that lets one
    half of the paragraphs say most about the other.

    logits: float32, paragraphs x labels.
    gold: Label indices, or `UNLABELLED`.
    """
    labelled = gold != UNLABELLED
    kept, rows = logits[labelled].astype("d"), gold[labelled]

    def surprise(floor: float) -> float:
        fitted = _fit(kept[::2], rows[::2], floor)
        others = fitted(cast(Any, kept[1::2]), NumpyOps())
        scores = _scores(cast(Any, others))
        return _cross_entropy(scores, rows[1::2])

    return _fit(kept, rows, min(FLOORS, key=surprise))


def _fit(
    logits: NDArray[numpy.float64], rows: NDArray[numpy.intp], floor: float
) -> Calibration:
    """The most probable calibration with that floor."""
    minimize = require("scipy.optimize", "report").minimize

    rest = cast(NDArray[numpy.float64], above(cast(Any, logits), floor, NumpyOps()))
    n, n_labels = rest.shape
    penalty = 1 / (n * PRIOR_DEVIATION**2)
    unchanged = numpy.concatenate([numpy.eye(n_labels), numpy.zeros((1, n_labels))])

    def loss(flat: NDArray[numpy.float64]) -> tuple[float, NDArray[numpy.float64]]:
        """flat: The matrix, and the biases below it.
        RETURNS: The loss and its gradient.
        """
        sought = flat.reshape(unchanged.shape)
        change = sought - unchanged
        scores = _scores(rest @ sought[:-1] + sought[-1])
        value = _cross_entropy(scores, rows) + penalty / 2 * (change**2).sum()
        scores[numpy.arange(n), rows] -= 1
        gradient = numpy.concatenate([rest.T @ scores, scores.sum(axis=0)[None]]) / n
        return value, (gradient + penalty * change).ravel()

    found = minimize(loss, unchanged.ravel(), jac=True, method="L-BFGS-B")
    *matrix, biases = map(tuple, found.x.reshape(unchanged.shape).tolist())
    return Calibration(floor, tuple(matrix), biases)


def _cross_entropy(scores: NDArray[numpy.float64], rows: NDArray[numpy.intp]) -> float:
    return float(-numpy.log(scores[numpy.arange(len(rows)), rows] + 1e-12).mean())


def _scores(logits: NDArray[numpy.float64]) -> NDArray[numpy.float64]:
    return cast(NDArray[numpy.float64], NumpyOps().softmax(cast(Any, logits)))
