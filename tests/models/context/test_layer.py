"""The document context knows a paragraph by its neighbours, place and headings."""

import pickle
import random
import resource
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy
import pytest
from safetensors.numpy import load_file
from thinc.api import Adam, Model, fix_random_seed, set_dropout_rate

from spacy_imrad import LABELS
from spacy_imrad.models.context.calibration import Calibration
from spacy_imrad.models.context.layer import (
    BARE,
    CONTEXT_FILE,
    build_document_context_v1,
    context_shim,
    set_calibration,
    set_convention,
    write_weights,
)
from spacy_imrad.models.context.shim import ContextShim
from spacy_imrad.models.encoder.classifier import build_hf_sequence_classifier_v1
from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.pipeline.loss import UNLABELLED, cross_entropy

torch = pytest.importorskip("torch", reason="needs the extra `torch`")

TEXTS = ["We propose a method.", "the results of the training", "data and samples"]
Train = Callable[..., Model]


def paragraphs_model(checkpoint: Path | None) -> Model:
    name = None if checkpoint is None else str(checkpoint)
    return build_hf_sequence_classifier_v1(name, max_length=128, stride=16)


def build(checkpoint: Path | None, **settings: Any) -> Model:
    sizes = {"width": 16, "depth": 1, "word_width": 8, "n_hashes": 512}
    return build_document_context_v1(paragraphs_model(checkpoint), **sizes, **settings)


@pytest.fixture
def model(tiny_checkpoint: Path) -> Model:
    """Initialized, not trained."""
    fix_random_seed(0)
    model = build(tiny_checkpoint)
    model.initialize()
    return model


def train(model: Model, inputs: list[Any], gold: list[list[int]], steps: int) -> None:
    optimizer = Adam(0.002, use_averages=False)
    targets = [numpy.asarray(rows, dtype="intp") for rows in gold]
    weights = numpy.ones(len(LABELS), dtype="f")
    set_dropout_rate(model, 0.0)
    for _ in range(steps):
        logits, backprop = model.begin_update(inputs)
        backprop(cross_entropy(model.ops, logits, targets, weights, 0.0)[1])
        model.finish_update(optimizer)


def best(model: Model, outlined: Any) -> list[int]:
    return model.predict([outlined])[0].argmax(axis=1).tolist()


@pytest.fixture
def trained(model: Model, outline_of: Callable[..., Any]) -> Model:
    """Has learnt that a paper's first paragraph is 0, its last one 4, others 2."""
    papers = [outline_of(TEXTS[:1] * n) for n in (3, 4, 6)]
    train(model, papers, [[0, *[2] * (len(p.texts()) - 2), 4] for p in papers], 40)
    return model


def test_a_paragraph_alone_has_the_scores_of_the_paragraph_model(
    trained: Model, tmp_path: Path, outline_of: Callable[..., Any]
) -> None:
    checkpoint = encoder_shim(trained).checkpoint
    checkpoint.to_disk(tmp_path)
    alone = paragraphs_model(tmp_path)
    for text in TEXTS:
        numpy.testing.assert_allclose(
            trained.predict([outline_of([text])])[0],
            alone.predict([outline_of([text])])[0],
            atol=1e-5,
        )


def test_the_untrained_layer_refuses_to_guess(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    with pytest.raises(ValueError, match="no weights yet: train it"):
        build(tiny_checkpoint).predict([outline_of(TEXTS)])


def test_place_alone_tells_identical_texts_apart(
    trained: Model, outline_of: Callable[..., Any]
) -> None:
    assert best(trained, outline_of(TEXTS[:1] * 5)) == [0, 2, 2, 2, 4]


def test_order_matters(trained: Model, outline_of: Callable[..., Any]) -> None:
    texts = [f"{TEXTS[i % 3]} {i}" for i in range(6)]
    shuffled = random.Random(0).sample(texts, len(texts))
    first = dict(zip(texts, trained.predict([outline_of(texts)])[0], strict=True))
    second = dict(
        zip(shuffled, trained.predict([outline_of(shuffled)])[0], strict=True)
    )
    assert any(numpy.abs(first[text] - second[text]).max() > 0.01 for text in texts)


def test_headings_tell_identical_texts_apart(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    fix_random_seed(0)
    model = build(tiny_checkpoint, hidden_rate=0.0, alone_rate=0.0)
    model.initialize()
    text = TEXTS[0]
    papers = []
    gold = []
    for first, second in ((1, 1), (1, 3), (2, 2), (3, 1), (3, 2)):
        papers.append(
            outline_of(["# Zebras", *[text] * first, "# Whales", *[text] * second])
        )
        gold.append([1] * first + [3] * second)
        papers.append(
            outline_of(["# Whales", *[text] * first, "# Zebras", *[text] * second])
        )
        gold.append([3] * first + [1] * second)
    train(model, papers, gold, 80)
    paper = outline_of(["# Whales", text, text, "# Zebras", text])
    assert best(model, paper) == [3, 3, 1]


def test_company_of_other_docs_does_not_change_the_scores(
    trained: Model, outline_of: Callable[..., Any]
) -> None:
    docs = [
        outline_of([]),
        outline_of(TEXTS),
        outline_of(["# Methods"]),
        outline_of(TEXTS[:1]),
        outline_of(["# Methods", *TEXTS, "# Results", *TEXTS]),
        outline_of([]),
    ]
    together = trained.predict(docs)
    assert [x.shape for x in together] == [(n, 5) for n in (0, 3, 0, 1, 6, 0)]
    for doc, logits in zip(docs, together, strict=True):
        numpy.testing.assert_allclose(trained.predict([doc])[0], logits, atol=1e-5)


@pytest.mark.parametrize("docs", [[], [[]], [[], ["# Methods"]]])
def test_docs_without_paragraphs_have_no_logits(
    docs: list[list[str]], model: Model, outline_of: Callable[..., Any]
) -> None:
    inputs = [outline_of(texts) for texts in docs]
    assert [x.shape for x in model.predict(inputs)] == [(0, 5)] * len(docs)
    output, backprop = model.begin_update(inputs)
    backprop(output)


def test_an_update_reaches_the_encoder_and_the_context(
    model: Model, outline_of: Callable[..., Any]
) -> None:
    encoder = encoder_shim(model).checkpoint.module
    modules = (context_shim(model).network, encoder)
    before = [[w.detach().clone() for w in m.parameters()] for m in modules]
    train(
        model,
        [outline_of(TEXTS), outline_of([]), outline_of(TEXTS[:1])],
        [[0, 1, 2], [], [3]],
        1,
    )
    for module, weights in zip(modules, before, strict=True):
        changed = [
            not torch.equal(old, new)
            for old, new in zip(weights, module.parameters(), strict=True)
        ]
        assert any(changed)
        assert not any(part.training for part in module.modules())


def test_temperatures_soften_each_kind_of_text(
    trained: Model, outline_of: Callable[..., Any]
) -> None:
    docs = [
        outline_of(TEXTS[:1]),
        outline_of(TEXTS),
        outline_of(["# Methods", *TEXTS]),
    ]
    before = trained.predict(docs)
    none = Calibration.none(len(LABELS))
    for kind, temperature in enumerate((2, 4, 8)):
        matrix = numpy.divide(none.matrix, temperature).tolist()
        set_calibration(trained, kind, replace(none, matrix=matrix))
    for old, new, temperature in zip(
        before, trained.predict(docs), (2, 4, 8), strict=True
    ):
        numpy.testing.assert_allclose(new * temperature, old, rtol=1e-5)


def test_bytes_bring_back_the_same_model(
    trained: Model, outline_of: Callable[..., Any]
) -> None:
    docs = [outline_of(["# Methods", *TEXTS]), outline_of(TEXTS)]
    data = trained.to_bytes()
    loaded = build(None).from_bytes(data)
    for found, expected in zip(
        loaded.predict(docs), trained.predict(docs), strict=True
    ):
        numpy.testing.assert_allclose(found, expected, atol=1e-5)
    assert loaded.to_bytes() == data
    assert b"PK\x03\x04" not in data


def test_disk_brings_back_the_same_model(
    trained: Model, tmp_path: Path, outline_of: Callable[..., Any]
) -> None:
    trained.to_disk(tmp_path / "model")
    loaded = build(None).from_disk(tmp_path / "model")
    docs = [outline_of(TEXTS)]
    numpy.testing.assert_allclose(
        loaded.predict(docs)[0], trained.predict(docs)[0], atol=1e-5
    )


def test_a_copy_of_a_trained_model_learns_on(
    trained: Model, outline_of: Callable[..., Any]
) -> None:
    copied = pickle.loads(pickle.dumps(trained))
    paper = outline_of(TEXTS[:1] * 4)
    assert best(copied, paper) == best(trained, paper) == [0, 2, 2, 4]
    train(copied, [paper], [[3, 1, 1, 3]], 60)
    assert best(copied, paper) == [3, 1, 1, 3]
    assert best(trained, paper) == [0, 2, 2, 4]


@pytest.mark.parametrize("damage", ["truncated", "garbage", "no settings"])
def test_damaged_bytes_are_a_value_error(damage: str, model: Model) -> None:
    from safetensors.torch import save

    data = context_shim(model).to_bytes()
    damaged = {
        "truncated": data[: len(data) // 2],
        "garbage": b"garbage",
        "no settings": save({"a": torch.zeros(1)}),
    }[damage]
    with pytest.raises(ValueError, match="no document context, or damaged"):
        ContextShim(None, 1.0, 0.0).from_bytes(damaged)


@pytest.mark.parametrize("with_headings", [False, True])
def test_3000_paragraphs_run_in_bounded_memory(
    with_headings: bool, trained: Model, outline_of: Callable[..., Any]
) -> None:
    texts = [
        text
        for i in range(3000)
        for text in ([f"# Section {i}"] if with_headings and i % 10 == 0 else [])
        + [f"data {i}"]
    ]
    outlined = outline_of(texts)
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    (logits,) = trained.predict([outlined])
    grown = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before
    assert logits.shape == (3000, 5)
    assert numpy.isfinite(logits).all()
    assert grown < 400 * 1024  # KiB


def test_a_frozen_encoder_stays_as_it_is_and_reads_each_paragraph_once(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    fix_random_seed(0)
    model = build(tiny_checkpoint, freeze_paragraphs=True, rate_scale=1.0)
    model.initialize()
    encoder = model.get_ref("encoder")
    before = encoder_shim(encoder).to_bytes()
    papers = [outline_of(TEXTS[:1] * n) for n in (3, 4, 6)]
    gold = [[0, *[2] * (len(p.texts()) - 2), 4] for p in papers]
    # The first update reads all that there is to read.
    train(model, papers[1:], gold[1:], 1)
    # From now on nothing that the encoder says can change what is learnt.
    forget = encoder_shim(encoder)._model
    encoder_shim(encoder)._model = None
    train(model, papers, gold, 60)
    encoder_shim(encoder)._model = forget
    assert encoder_shim(encoder).to_bytes() == before
    assert [best(model, paper) for paper in papers] == gold


def test_averages_of_the_weights_are_used_while_they_are_asked_for(
    model: Model, outline_of: Callable[..., Any]
) -> None:
    paper = outline_of(TEXTS)
    optimizer = Adam(0.01, use_averages=True)
    targets = [numpy.arange(3)]
    before = model.predict([paper])[0]
    for _ in range(8):
        logits, backprop = model.begin_update([paper])
        weights = numpy.ones(len(LABELS), dtype="f")
        backprop(cross_entropy(model.ops, logits, targets, weights, 0.0)[1])
        model.finish_update(optimizer)
    last = model.predict([paper])[0]
    with model.use_params(optimizer.averages):
        averaged = model.predict([paper])[0]
        saved = model.to_bytes()
    again = build(None).from_bytes(saved)
    # The averages lag behind the weights: they are between these and the first ones.
    assert 0 < numpy.abs(averaged - last).max() < numpy.abs(before - last).max()
    numpy.testing.assert_allclose(model.predict([paper])[0], last, atol=1e-6)
    numpy.testing.assert_allclose(again.predict([paper])[0], averaged, atol=1e-5)


def test_hidden_headings_teach_of_paragraphs_without_a_gold_label(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    paper = outline_of(["# Zebras", *TEXTS[:2], "# Whales", *TEXTS[2:]])
    encoders = []
    for weight in (0.0, 1.0):
        fix_random_seed(0)
        model = build(
            tiny_checkpoint, hidden_rate=1.0, guess_weight=weight, alone_rate=0.0
        )
        model.initialize()
        before = encoder_shim(model).to_bytes()
        train(model, [paper], [[UNLABELLED] * 3], 1)
        encoders.append(encoder_shim(model).to_bytes() != before)
        # What guesses is for training alone.
        shim = context_shim(model)
        assert shim.weights.keys() == shim.settings.shapes().keys()
    assert encoders == [False, True]


def test_dropout_zero_makes_updates_repeatable(
    model: Model, outline_of: Callable[..., Any]
) -> None:
    papers = [outline_of(TEXTS)]
    outputs = []
    for _ in range(2):
        fix_random_seed(1)
        set_dropout_rate(model, 0.0)
        outputs.append(model.begin_update(papers)[0][0])
    fix_random_seed(1)
    set_dropout_rate(model, 0.5)
    dropped = model.begin_update(papers)[0][0]
    assert (outputs[0] == outputs[1]).all()
    assert not numpy.allclose(outputs[0], dropped)


@pytest.fixture
def of_two_conventions(
    trained: Model, tmp_path: Path, outline_of: Callable[..., Any]
) -> Model:
    """By the unarXive convention a paper's first two paragraphs are 3, all others 1."""
    encoder_shim(trained).checkpoint.to_disk(tmp_path / "encoder")
    model = build(tmp_path / "encoder", freeze_paragraphs=True)
    context_shim(model).from_bytes(context_shim(trained).to_bytes())
    set_convention(model, "unarxive")
    context_shim(model).begin_convention()
    papers = [outline_of(TEXTS[:1] * n) for n in (3, 4, 6)]
    train(model, papers, [[3, 3, *[1] * (len(p.texts()) - 2)] for p in papers], 60)
    return model


def test_a_further_convention_leaves_the_first_one_as_it_is(
    trained: Model, of_two_conventions: Model, outline_of: Callable[..., Any]
) -> None:
    papers = [outline_of(TEXTS[:1] * 5), outline_of(["# Methods", *TEXTS])]
    assert best(of_two_conventions, papers[0]) == [3, 3, 1, 1, 1]
    set_convention(of_two_conventions, "ancestor")
    for paper in papers:
        (found,), (expected,) = (
            m.predict([paper]) for m in (of_two_conventions, trained)
        )
        numpy.testing.assert_allclose(found, expected, atol=1e-5)


def test_bytes_bring_back_both_conventions(
    of_two_conventions: Model, outline_of: Callable[..., Any]
) -> None:
    paper = outline_of(TEXTS[:1] * 5)
    data = of_two_conventions.to_bytes()
    loaded = build(None).from_bytes(data)
    assert best(loaded, paper) == [0, 2, 2, 2, 4]
    set_convention(loaded, "unarxive")
    assert best(loaded, paper) == [3, 3, 1, 1, 1]
    assert loaded.to_bytes() == data
    assert pickle.loads(pickle.dumps(loaded)).to_bytes() == data


def test_each_convention_has_its_own_calibration(
    of_two_conventions: Model, outline_of: Callable[..., Any]
) -> None:
    paper = outline_of(TEXTS)
    none = Calibration.none(len(LABELS))
    before = {}
    for convention in ("ancestor", "unarxive"):
        set_convention(of_two_conventions, convention)
        before[convention] = of_two_conventions.predict([paper])[0]
    set_calibration(
        of_two_conventions, BARE, replace(none, biases=(1.0,) * len(LABELS))
    )
    numpy.testing.assert_allclose(
        of_two_conventions.predict([paper])[0], before["unarxive"] + 1, atol=1e-5
    )
    set_convention(of_two_conventions, "ancestor")
    numpy.testing.assert_allclose(
        of_two_conventions.predict([paper])[0], before["ancestor"], atol=1e-5
    )


def test_the_weights_of_all_conventions_are_written_in_half_precision(
    of_two_conventions: Model, tmp_path: Path
) -> None:
    for convention in ("unarxive", "ancestor"):
        set_convention(of_two_conventions, convention)
        write_weights(of_two_conventions, tmp_path / convention, half=True)
        file = tmp_path / convention / CONTEXT_FILE
        assert {x.dtype.name for x in load_file(file).values()} == {"float16"}


def test_a_further_convention_begins_as_the_first_one(
    trained: Model, outline_of: Callable[..., Any]
) -> None:
    paper = outline_of(TEXTS)
    (before,) = trained.predict([paper])
    set_convention(trained, "unarxive")
    context_shim(trained).begin_convention()
    numpy.testing.assert_array_equal(trained.predict([paper])[0], before)


def test_a_convention_that_was_not_learned_is_a_value_error(
    trained: Model, outline_of: Callable[..., Any]
) -> None:
    loaded = build(None).from_bytes(trained.to_bytes())
    set_convention(loaded, "unarxive")
    with pytest.raises(ValueError, match=r"'unarxive'; it knows \['ancestor'\]"):
        loaded.predict([outline_of(TEXTS)])


def test_a_further_convention_must_not_change_the_encoder(
    trained: Model, outline_of: Callable[..., Any]
) -> None:
    set_convention(trained, "unarxive")
    context_shim(trained).begin_convention()
    with pytest.raises(ValueError, match="freeze_paragraphs = true"):
        train(trained, [outline_of(TEXTS)], [[0, 1, 2]], 1)


def test_training_by_the_first_convention_ends_the_others(
    of_two_conventions: Model, outline_of: Callable[..., Any]
) -> None:
    set_convention(of_two_conventions, "ancestor")
    train(of_two_conventions, [outline_of(TEXTS)], [[0, 1, 2]], 1)
    set_convention(of_two_conventions, "unarxive")
    with pytest.raises(ValueError, match="has not learned the convention 'unarxive'"):
        of_two_conventions.predict([outline_of(TEXTS)])


def test_the_first_convention_can_be_any(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint)
    set_convention(model, "unarxive")
    model.initialize()
    train(model, [outline_of(TEXTS)], [[0, 1, 2]], 1)
    loaded = build(None).from_bytes(model.to_bytes())
    with pytest.raises(ValueError, match=r"'ancestor'; it knows \['unarxive'\]"):
        loaded.predict([outline_of(TEXTS)])
    set_convention(loaded, "unarxive")
    numpy.testing.assert_allclose(
        loaded.predict([outline_of(TEXTS)])[0],
        model.predict([outline_of(TEXTS)])[0],
        atol=1e-5,
    )
