"""A student takes its teacher's scores over, and needs it in training only."""

import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
from spacy.language import Language
from spacy.training import Example
from thinc.api import Adam, Model, set_dropout_rate

from spacy_imrad import LABELS
from spacy_imrad.models.checkpoints.hf import load_checkpoint
from spacy_imrad.models.context.layer import (
    build_document_context_v1,
    write_weights,
)
from spacy_imrad.models.distilled import build_distilled_v1
from spacy_imrad.models.encoder.classifier import build_hf_sequence_classifier_v1
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.pipeline.loss import cross_entropy

torch = pytest.importorskip("torch", reason="needs the extra `torch`")

DOCS = [
    ["We propose a method.", "the results of the training"],
    [],
    ["Patients and samples were related to prior work.", "a", "we conclude"],
]


def classifier(folder: Path) -> Model:
    return build_hf_sequence_classifier_v1(str(folder), max_length=128, stride=16)


@pytest.fixture(scope="module")
def teacher(build_checkpoint: Callable[..., Path]) -> Path:
    return build_checkpoint(seed=1)


@pytest.fixture
def distil(tiny_checkpoint: Path, teacher: Path) -> Callable[..., Model]:
    """Build the model and load both networks."""

    def make(**settings: Any) -> Model:
        model = build_distilled_v1(
            classifier(tiny_checkpoint), classifier(teacher), **settings
        )
        model.initialize()
        set_dropout_rate(model, 0.0)
        return model

    return make


def network(model: Model) -> Any:
    return encoder_shim(model).checkpoint.module


def scores_and_vectors(model: Model, inputs: list[Any]) -> list[numpy.ndarray]:
    encoded = model.get_ref("encoder").predict(inputs)
    vectors, logits = map(numpy.concatenate, zip(*encoded, strict=True))
    return [model.ops.softmax(logits), vectors]


def test_gradients_are_those_of_torch(
    distil: Callable[..., Model],
    tiny_checkpoint: Path,
    teacher: Path,
    outline_of: Callable[..., Any],
) -> None:
    from transformers import AutoTokenizer

    model = distil(weight=0.7, temperature=3.0, vector_weight=0.4)
    output, backprop = model.begin_update([outline_of(texts) for texts in DOCS])
    gold = [numpy.full_like(logits, 0.01) * [[1, -1, 0, 2, 0]] for logits in output]
    backprop([d_logits.astype("f") for d_logits in gold])
    found = {n: w.grad for n, w in network(model).named_parameters() if w.requires_grad}

    batch = AutoTokenizer.from_pretrained(tiny_checkpoint)(
        [text for texts in DOCS for text in texts], padding=True, return_tensors="pt"
    )
    inputs = {**batch, "output_hidden_states": True}
    inputs.pop("token_type_ids", None)
    student = load_checkpoint(tiny_checkpoint).module.eval()
    said = student(**inputs)
    with torch.no_grad():
        taught = load_checkpoint(teacher).module.eval()(**inputs)
    loss = (
        (said.logits * torch.from_numpy(numpy.concatenate(gold))).sum()
        + 0.7
        * 9.0
        * torch.nn.functional.kl_div(
            (said.logits / 3).log_softmax(1),
            (taught.logits / 3).softmax(1),
            reduction="batchmean",
        )
        + 0.4
        * torch.nn.functional.mse_loss(
            said.hidden_states[-1][:, 0], taught.hidden_states[-1][:, 0]
        )
    )
    loss.backward()
    assert found
    for name, weight in student.named_parameters():
        torch.testing.assert_close(found[name], weight.grad, atol=1e-5, rtol=1e-3)


def test_the_student_learns_what_the_teacher_says(
    distil: Callable[..., Model], teacher: Path, outline_of: Callable[..., Any]
) -> None:
    model = distil(vector_weight=1.0)
    optimizer = Adam(0.01, use_averages=False)
    inputs = [outline_of(texts) for texts in DOCS]
    expected = scores_and_vectors(classifier(teacher), inputs)
    before = scores_and_vectors(model, inputs)
    for _ in range(60):
        output, backprop = model.begin_update(inputs)
        # No paragraph has a gold label.
        backprop([numpy.zeros_like(logits) for logits in output])
        model.finish_update(optimizer)
    after = scores_and_vectors(model, inputs)
    for was, now, taught in zip(before, after, expected, strict=True):
        assert numpy.abs(now - taught).max() < numpy.abs(was - taught).max() / 4


def test_under_a_document_context_it_learns_from_teacher_and_gold(
    distil: Callable[..., Model], teacher: Path, outline_of: Callable[..., Any]
) -> None:
    student = distil(vector_weight=1.0)
    sizes = {"width": 8, "depth": 1, "word_width": 4, "n_hashes": 16}
    model = build_document_context_v1(student, **sizes, alone_rate=0.0)
    model.initialize()
    set_dropout_rate(model, 0.0)
    optimizer = Adam(0.01, use_averages=False)
    inputs = [outline_of(texts) for texts in DOCS]
    gold = [numpy.array(rows, dtype="intp") for rows in ([0, 2], [], [3, 3, 4])]
    weights = numpy.ones(len(LABELS), dtype="f")
    expected = scores_and_vectors(classifier(teacher), inputs)
    before = scores_and_vectors(model, inputs)
    for _ in range(60):
        output, backprop = model.begin_update(inputs)
        backprop(cross_entropy(model.ops, output, gold, weights, 0.0)[1])
        model.finish_update(optimizer)
    after = scores_and_vectors(model, inputs)
    for was, now, taught in zip(before, after, expected, strict=True):
        assert numpy.abs(now - taught).max() < numpy.abs(was - taught).max()
    for logits, rows in zip(model.predict(inputs), gold, strict=True):
        assert logits.argmax(axis=1).tolist() == rows.tolist()


def test_prediction_is_the_students(
    distil: Callable[..., Model], tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    inputs = [outline_of(texts) for texts in DOCS]
    expected = classifier(tiny_checkpoint).predict(inputs)
    model = distil()
    for found, logits in zip(model.predict(inputs), expected, strict=True):
        numpy.testing.assert_array_equal(found, logits)


def test_without_paragraphs_there_is_nothing_to_learn(
    distil: Callable[..., Model], outline_of: Callable[..., Any]
) -> None:
    output, backprop = distil().begin_update([outline_of([])])
    assert output[0].shape == (0, len(LABELS))
    backprop(output)


@pytest.mark.parametrize("cache_size", [1, 99])
def test_what_is_remembered_is_what_the_teacher_said(
    cache_size: int, distil: Callable[..., Model], outline_of: Callable[..., Any]
) -> None:
    inputs = [outline_of(texts) for texts in DOCS]
    gradients = []
    for model in (distil(), distil(cache_size=cache_size)):
        for _ in range(2):
            output, backprop = model.begin_update(inputs)
            backprop([numpy.zeros_like(logits) for logits in output])
        gradients.append({n: w.grad for n, w in network(model).named_parameters()})
    for name, gradient in gradients[0].items():
        torch.testing.assert_close(gradients[1][name], gradient)


def test_the_teacher_reads_a_remembered_text_once(
    tiny_checkpoint: Path, teacher: Path, outline_of: Callable[..., Any]
) -> None:
    master = classifier(teacher)
    model = build_distilled_v1(classifier(tiny_checkpoint), master, cache_size=3)
    model.initialize()
    set_dropout_rate(model, 0.0)
    read: list[int] = []
    network(master).register_forward_hook(
        lambda module, args, kwargs, output: read.append(len(kwargs["input_ids"])),
        with_kwargs=True,
    )
    for _ in range(3):
        model.begin_update([outline_of(texts) for texts in DOCS])
    assert read == [5, 2, 2]


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"weight": -1.0}, "`weight` is -1.0; it has to be 0 or more"),
        ({"temperature": 0.0}, "`temperature` is 0.0; it has to be above 0"),
        ({"vector_weight": float("nan")}, "`vector_weight` is nan"),
    ],
)
def test_numbers_out_of_range_are_refused(
    settings: dict[str, float], message: str, distil: Callable[..., Model]
) -> None:
    with pytest.raises(ValueError, match=message):
        distil(**settings)


def test_a_teacher_of_other_labels_is_refused(
    tiny_checkpoint: Path, build_checkpoint: Callable[..., Path]
) -> None:
    other = classifier(build_checkpoint(labels=("Good", "Bad")))
    with pytest.raises(ValueError, match="'Good', 'Bad'"):
        build_distilled_v1(classifier(tiny_checkpoint), other).initialize()


def test_a_teacher_without_head_is_refused(
    tiny_checkpoint: Path, build_checkpoint: Callable[..., Path]
) -> None:
    untrained = classifier(build_checkpoint(labels=None))
    with pytest.raises(ValueError, match="without a classification head"):
        build_distilled_v1(classifier(tiny_checkpoint), untrained).initialize()


def test_vectors_of_another_width_cannot_be_compared(
    tiny_checkpoint: Path, teacher: Path, tmp_path: Path
) -> None:
    import transformers

    config = transformers.AutoConfig.from_pretrained(tiny_checkpoint)
    config.dim = 16
    narrow = tmp_path / "narrow"
    shutil.copytree(tiny_checkpoint, narrow)
    transformers.DistilBertForSequenceClassification(config).save_pretrained(narrow)
    with pytest.raises(ValueError, match="32 wide, the student's 16"):
        build_distilled_v1(
            classifier(narrow), classifier(teacher), vector_weight=1.0
        ).initialize()
    build_distilled_v1(classifier(narrow), classifier(teacher)).initialize()


@pytest.fixture
def trained(
    tiny_model: dict[str, Any],
    tmp_path: Path,
    teacher: Path,
    gold_doc: Callable[..., Any],
) -> Language:
    """A pipeline of one layer, distilled from two that are gone afterwards."""
    folder = tmp_path / "teacher"
    shutil.copytree(teacher, folder)
    nlp = spacy.blank("en")
    pipe = nlp.add_pipe(
        "imrad_classifier",
        config={
            "model": {
                "@architectures": "spacy-imrad.Distilled.v1",
                "paragraphs": {**tiny_model, "name": None},
                "teacher": {**tiny_model, "name": str(folder)},
            }
        },
    )
    nlp.config["initialize"]["components"]["imrad_classifier"] = {
        "checkpoint": {
            "@misc": "spacy-imrad.ShallowCheckpoint.v1",
            "name": str(folder),
            "layers": [1],
        }
    }
    gold = gold_doc(nlp, [(text, "Methods") for text in DOCS[2]])
    example = Example(nlp.make_doc(gold.text), gold)
    optimizer = nlp.initialize(lambda: [example])
    losses = [nlp.update([example], sgd=optimizer)["imrad_classifier"] for _ in "1234"]
    assert losses[-1] < losses[0]
    assert network(pipe.model).config.n_layers == 1  # type: ignore[attr-defined]
    shutil.rmtree(folder)
    return nlp


def test_a_trained_pipeline_does_without_its_teacher(
    trained: Language, tmp_path: Path
) -> None:
    trained.to_disk(tmp_path / "pipeline")
    loaded = spacy.load(tmp_path / "pipeline")
    text = "\n\n".join(DOCS[2])
    for other in (
        loaded,
        spacy.blank("en").from_config(trained.config).from_bytes(trained.to_bytes()),
    ):
        numpy.testing.assert_allclose(
            other(text).spans["imrad_paragraphs"].attrs["scores"],
            trained(text).spans["imrad_paragraphs"].attrs["scores"],
            atol=1e-5,
        )


def test_what_is_saved_is_the_student_alone(trained: Language, tmp_path: Path) -> None:
    pipe: Any = trained.get_pipe("imrad_classifier")
    write_weights(pipe.model, tmp_path / "weights", half=True)
    checkpoint = load_checkpoint(tmp_path / "weights")
    assert checkpoint.module.config.n_layers == 1
    size = (tmp_path / "weights" / "model.safetensors").stat().st_size
    assert len(pipe.model.to_bytes()) < 2 * size + 50_000
