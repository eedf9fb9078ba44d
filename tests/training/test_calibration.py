from pathlib import Path

import numpy
import pytest
import spacy
from numpy.typing import ArrayLike
from spacy.language import Language
from spacy.tokens import Span
from spacy.training import Example
from thinc.api import NumpyOps

from spacy_imrad import LABELS
from spacy_imrad.models.context.calibration import Calibration
from spacy_imrad.models.context.layer import ALONE, BARE, HEADED, context_shim
from spacy_imrad.models.encoder.cache import EncodingCache
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.models.types import OutlinedDoc
from spacy_imrad.pipeline.loss import UNLABELLED
from spacy_imrad.training.calibration import calibrate, fit_calibration

pytest.importorskip("scipy", reason="needs the extra `report`")

NO_CALIBRATION = Calibration.none(len(LABELS))


def softmax(logits: numpy.ndarray) -> numpy.ndarray:
    return NumpyOps().softmax(logits)


def differences(matrix: ArrayLike) -> numpy.ndarray:
    """What of a matrix makes a difference: not what it adds to all labels alike."""
    array = numpy.asarray(matrix)
    return array - array.mean(axis=1, keepdims=True)


def draw(scores: numpy.ndarray, random: numpy.random.Generator) -> numpy.ndarray:
    """A label for each row of probabilities."""
    draws = random.uniform(size=(len(scores), 1))
    return (scores.cumsum(axis=1) < draws).sum(axis=1)


@pytest.mark.parametrize("temperature", [0.5, 1.0, 2.5])
def test_temperature_of_scaled_logits_is_found(temperature: float) -> None:
    random = numpy.random.default_rng(0)
    logits = random.normal(scale=2, size=(20_000, 5))
    gold = draw(softmax(logits), random)
    scaled = (logits * temperature).astype("f")
    fitted = fit_calibration(scaled, gold)
    unscaled = numpy.eye(5) / temperature
    numpy.testing.assert_allclose(
        differences(fitted.matrix), differences(unscaled), atol=0.1
    )
    assert fitted.floor <= 0.002
    assert fitted.biases == pytest.approx([0] * 5, abs=0.05)


def test_labels_that_seemed_rarer_than_they_are_get_their_bias() -> None:
    random = numpy.random.default_rng(0)
    logits = random.normal(scale=2, size=(20_000, 5))
    biases = numpy.array([1.0, 0.5, 0.0, -0.5, -1.0])
    scores = softmax(logits + biases)
    gold = draw(scores, random)
    fitted = fit_calibration(logits.astype("f"), gold)
    assert fitted.biases == pytest.approx(biases, abs=0.08)
    calibrated = NumpyOps().softmax(fitted(logits, NumpyOps()))
    assert numpy.abs(calibrated - scores).mean() < 0.01


def test_labels_that_are_taken_for_one_another_are_told_apart() -> None:
    random = numpy.random.default_rng(0)
    logits = random.normal(scale=2, size=(20_000, 5))
    matrix = numpy.eye(5)
    matrix[0, 1] = 0.4
    matrix[2, 3] = -0.3
    gold = draw(softmax(logits @ matrix), random)
    fitted = fit_calibration(logits.astype("f"), gold)
    numpy.testing.assert_allclose(
        differences(fitted.matrix), differences(matrix), atol=0.1
    )
    before = (logits.argmax(axis=1) == gold).mean()
    after = (fitted(logits, NumpyOps()).argmax(axis=1) == gold).mean()
    assert after > before


def test_what_label_smoothing_added_is_taken_off() -> None:
    random = numpy.random.default_rng(0)
    logits = random.normal(scale=3, size=(20_000, 5))
    scores = softmax(logits)
    gold = draw(scores, random)
    smoothed = numpy.log(0.95 * scores + 0.01).astype("f")
    fitted = fit_calibration(smoothed, gold)
    assert fitted.floor == pytest.approx(0.01, abs=0.0021)
    calibrated = NumpyOps().softmax(fitted(smoothed, NumpyOps()))
    assert numpy.abs(calibrated - scores).mean() < 0.01


def test_unlabelled_paragraphs_do_not_count() -> None:
    random = numpy.random.default_rng(0)
    logits = random.normal(size=(200, 5)).astype("f")
    gold = random.integers(5, size=200)
    more = numpy.concatenate([logits, 50 * logits])
    padded = numpy.concatenate([gold, numpy.full(200, UNLABELLED)])
    assert fit_calibration(more, padded) == fit_calibration(logits, gold)


@pytest.mark.parametrize(("kind", "others"), [(ALONE, BARE), (BARE, HEADED)])
def test_calibration_changes_its_kind_of_text_alone(
    tiny_model: dict[str, object], kind: int, others: int
) -> None:
    nlp = context_pipeline(tiny_model)
    n_paragraphs = 1 if kind == ALONE else 2
    examples = [example(nlp, n_paragraphs, label) for label in LABELS for _ in "ab"]
    pipe = nlp.get_pipe("imrad_classifier")
    docs = [eg.predicted for eg in examples]
    before = [prediction.scores for prediction in pipe.predict(docs)]
    calibration = calibrate(pipe.model, kind, examples, LABELS)
    after = [prediction.scores for prediction in pipe.predict(docs)]
    assert calibration != NO_CALIBRATION
    calibrations = context_shim(pipe.model).calibrations
    numpy.testing.assert_allclose(
        calibrations[kind].rows(), calibration.rows(), atol=1e-6
    )
    assert calibrations[others] == NO_CALIBRATION
    for old, new in zip(before, after, strict=True):
        assert not numpy.allclose(old, new)


def test_a_cache_reads_each_text_once(tiny_model: dict[str, object]) -> None:
    nlp = context_pipeline(tiny_model)
    pipe = nlp.get_pipe("imrad_classifier")
    outlined = [
        OutlinedDoc(doc, pipe.segmenter(doc))
        for doc in (example(nlp, 2, label).predicted for label in LABELS)
    ]
    before = [prediction.scores for prediction in pipe.predict_outlined(outlined)]
    cache = EncodingCache()
    for _ in range(2):
        encoded = cache.encode_docs(pipe.model, outlined)
        after = pipe.predict_outlined(outlined, encoded)
        for old, new in zip(before, after, strict=True):
            numpy.testing.assert_allclose(new.scores, old, atol=1e-5)
    # An encoder of other weights is not asked about texts that are known.
    other = context_pipeline({**tiny_model}).get_pipe("imrad_classifier").model
    encoder_shim(other).checkpoint.module.classifier.weight.data.neg_()
    again = cache.encode_docs(other, outlined)
    for old, new in zip(encoded, again, strict=True):
        numpy.testing.assert_array_equal(new.logits, old.logits)


def test_calibration_is_saved_with_the_pipeline(
    tiny_model: dict[str, object], tmp_path: Path
) -> None:
    nlp = context_pipeline(tiny_model)
    model = nlp.get_pipe("imrad_classifier").model
    calibrate(model, BARE, [example(nlp, 2, label) for label in LABELS], LABELS)
    nlp.to_disk(tmp_path / "nlp")
    again = spacy.load(tmp_path / "nlp").get_pipe("imrad_classifier").model
    assert context_shim(again).calibrations == context_shim(model).calibrations
    assert context_shim(again).calibrations[BARE] != NO_CALIBRATION


def context_pipeline(tiny_model: dict[str, object]) -> Language:
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy-imrad.DocumentContext.v1",
        "paragraphs": tiny_model,
        "width": 8,
        "word_width": 4,
        "n_hashes": 16,
    }
    nlp.add_pipe("imrad_classifier", config={"model": model})
    nlp.initialize()
    return nlp


def example(nlp: Language, n_paragraphs: int, label: str) -> Example:
    paragraph = f"We show the data of {label} in the model and conclude."
    predicted = nlp.make_doc("\n\n".join([paragraph] * n_paragraphs))
    reference = predicted.copy()
    length = (len(predicted) - n_paragraphs + 1) // n_paragraphs
    reference.spans["imrad_paragraphs"] = [
        Span(reference, start, start + length, label=label)
        for start in range(0, len(predicted), length + 1)
    ]
    return Example(predicted, reference)
