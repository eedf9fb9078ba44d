"""A Hugging Face classifier through thinc answers as it does through transformers."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import srsly
from thinc.api import Adam, Model, set_dropout_rate
from thinc.backends import use_ops

from spacy_imrad import LABELS
from spacy_imrad.models.checkpoints.loaders import make_hf_checkpoint_loader_v1
from spacy_imrad.models.encoder.classifier import build_hf_sequence_classifier_v1
from spacy_imrad.models.encoder.layer import encoder_shim

torch = pytest.importorskip("torch", reason="needs the extra `torch`")

SHORT = [
    "We propose a method.",
    "the results of the training",
    "Patients and samples were related to prior work, and the loss is here.",
    "a",
    "Data (with limitations) show an increase in this section of the model.",
]
LONG = " ".join(f"the model {i} shows results of prior work ." for i in range(60))


def build(checkpoint: Path | None, **settings: Any) -> Model:
    return build_hf_sequence_classifier_v1(
        None if checkpoint is None else str(checkpoint),
        **{"max_length": 128, "stride": 16, **settings},
    )


def transformers_logits(checkpoint: Path, texts: list[str]) -> numpy.ndarray:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    tokenizer = AutoTokenizer.from_pretrained(checkpoint)
    module = AutoModelForSequenceClassification.from_pretrained(checkpoint).eval()
    batch = tokenizer(texts, padding=True, return_tensors="pt")
    with torch.no_grad():
        return module(batch["input_ids"], batch["attention_mask"]).logits.numpy()


def weights_of(model: Model) -> dict[str, torch.Tensor]:
    shim = encoder_shim(model)
    return {k: v.clone() for k, v in shim.checkpoint.module.state_dict().items()}


def gradients_of(model: Model, inputs: list[Any]) -> dict[str, torch.Tensor]:
    set_dropout_rate(model, 0.0)
    output, backprop = model.begin_update(inputs)
    backprop([2 * logits for logits in output])
    module = encoder_shim(model).checkpoint.module
    return {
        name: weight.grad.clone()
        for name, weight in module.named_parameters()
        if weight.grad is not None
    }


@pytest.mark.parametrize("kind", ["distilbert", "bert", "roberta"])
def test_logits_are_those_of_transformers(
    kind: str, build_checkpoint: Callable[..., Path], outline_of: Callable[..., Any]
) -> None:
    checkpoint = build_checkpoint(kind=kind)
    (logits,) = build(checkpoint).predict([outline_of(SHORT)])
    expected = transformers_logits(checkpoint, SHORT)
    assert logits.dtype == numpy.float32
    assert expected.std() > 0.05
    numpy.testing.assert_allclose(logits, expected, atol=1e-4)


def test_line_breaks_in_a_paragraph_are_read_as_spaces(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint)
    (broken,) = model.predict([outline_of(["We propose\na  method\r\nhere."])])
    (plain,) = model.predict([outline_of(["We propose a method here."])])
    numpy.testing.assert_array_equal(broken, plain)


@pytest.mark.parametrize("batch_tokens", [1, 40, None])
def test_company_in_a_batch_does_not_change_the_logits(
    batch_tokens: int | None, tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    texts = [*SHORT, LONG, *reversed(SHORT)]
    model = build(tiny_checkpoint, batch_tokens=batch_tokens)
    docs = [outline_of(texts[:4]), outline_of([]), outline_of(texts[4:])]
    together = model.predict(docs)
    assert [len(logits) for logits in together] == [4, 0, len(texts) - 4]
    alone = [model.predict([outline_of([text])])[0][0] for text in texts]
    numpy.testing.assert_allclose(numpy.concatenate(together), alone, atol=1e-5)


@pytest.mark.parametrize("docs", [[], [[]], [[], []]])
def test_docs_without_paragraphs_have_no_logits(
    docs: list[list[str]], tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint)
    inputs = [outline_of(texts) for texts in docs]
    assert [x.shape for x in model.predict(inputs)] == [(0, len(LABELS))] * len(docs)
    output, backprop = model.begin_update(inputs)
    backprop(output)


def test_a_long_paragraph_has_the_mean_of_its_windows_by_length(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    max_length, stride = 50, 10
    tokenizer = AutoTokenizer.from_pretrained(tiny_checkpoint)
    module = AutoModelForSequenceClassification.from_pretrained(tiny_checkpoint).eval()
    pieces = tokenizer(LONG, add_special_tokens=False)["input_ids"]
    logits, lengths = [], []
    for start in range(0, len(pieces), max_length - 2 - stride):
        window = [
            tokenizer.cls_token_id,
            *pieces[start : start + max_length - 2],
            tokenizer.sep_token_id,
        ]
        with torch.no_grad():
            logits.append(module(torch.tensor([window])).logits[0].numpy())
        lengths.append(len(window))
        if start + max_length - 2 >= len(pieces):
            break
    assert len(lengths) > 5
    expected = numpy.average(logits, axis=0, weights=lengths)
    model = build(tiny_checkpoint, max_length=max_length, stride=stride)
    (found,) = model.predict([outline_of([LONG])])
    numpy.testing.assert_allclose(found[0], expected, atol=1e-5)


def test_the_last_of_2000_words_counts(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint)
    words = ["results"] * 1999
    (first,) = model.predict([outline_of([" ".join([*words, "results"])])])
    (second,) = model.predict([outline_of([" ".join([*words, "discussion"])])])
    assert numpy.abs(first - second).max() > 1e-5


def test_train_windows_limits_what_an_update_reads(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint, train_windows=1, max_length=32, stride=0)
    set_dropout_rate(model, 0.0)
    words = ["results"] * 200
    first, _ = model.begin_update([outline_of([" ".join([*words, "results"])])])
    second, _ = model.begin_update([outline_of([" ".join([*words, "loss"])])])
    numpy.testing.assert_array_equal(first[0], second[0])


def test_other_labels_are_refused_by_name(
    build_checkpoint: Callable[..., Path], outline_of: Callable[..., Any]
) -> None:
    model = build(build_checkpoint(labels=("Good", "Bad")))
    with pytest.raises(ValueError, match=r"'Good', 'Bad'.*'Introduction', 'Methods'"):
        model.predict([outline_of(SHORT)])


def test_an_encoder_without_head_has_to_be_trained_first(
    build_checkpoint: Callable[..., Path], outline_of: Callable[..., Any]
) -> None:
    model = build(build_checkpoint(labels=None))
    with pytest.raises(ValueError, match="without a classification head"):
        model.predict([outline_of(SHORT)])
    model.initialize()
    (logits,) = model.predict([outline_of(SHORT)])
    assert logits.shape == (len(SHORT), len(LABELS))
    assert gradients_of(model, [outline_of(SHORT)])


def test_without_a_checkpoint_the_error_says_where_weights_come_from(
    outline_of: Callable[..., Any],
) -> None:
    model = build(None)
    with pytest.raises(ValueError, match=r"initialize\.components"):
        model.predict([outline_of(SHORT)])
    with pytest.raises(ValueError, match=r"initialize\.components"):
        model.initialize()


def test_weights_load_with_the_first_use(
    tmp_path: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tmp_path / "missing")
    with pytest.raises(FileNotFoundError, match="missing"):
        model.predict([outline_of(SHORT)])


@pytest.mark.parametrize("max_length", [129, 512])
def test_windows_longer_than_the_network_reads_are_refused(
    max_length: int, tiny_checkpoint: Path
) -> None:
    with pytest.raises(ValueError, match=r"`max_length` to 128 or less"):
        build(tiny_checkpoint, max_length=max_length).initialize()


def test_padding_rows_of_roberta_hold_no_wordpieces(
    build_checkpoint: Callable[..., Path], outline_of: Callable[..., Any]
) -> None:
    checkpoint = build_checkpoint(kind="roberta")
    with pytest.raises(ValueError, match=r"`max_length` to 128 or less"):
        build(checkpoint, max_length=130).initialize()
    assert build(checkpoint).predict([outline_of([LONG])])[0].shape == (1, len(LABELS))


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"max_length": 7}, "`max_length` is 7"),
        ({"stride": 65}, "`stride` is 65"),
        ({"stride": -1}, "`stride` is -1"),
        ({"batch_tokens": 0}, "`batch_tokens` is 0"),
        ({"train_tokens": -1}, "`train_tokens` is -1"),
        ({"train_windows": 0}, "`train_windows` is 0"),
    ],
)
def test_settings_out_of_range_are_refused(
    settings: dict[str, int], message: str
) -> None:
    with pytest.raises(ValueError, match=message):
        build(None, **settings)


@pytest.mark.parametrize("stride", [0, 4])
def test_the_shortest_windows_work(
    stride: int, tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint, max_length=8, stride=stride)
    assert numpy.isfinite(model.predict([outline_of([LONG])])[0]).all()


def test_an_update_without_dropout_computes_what_predict_does(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint)
    inputs = [outline_of(SHORT), outline_of([LONG])]
    set_dropout_rate(model, 0.0)
    output, _ = model.begin_update(inputs)
    for found, expected in zip(output, model.predict(inputs), strict=True):
        numpy.testing.assert_allclose(found, expected, atol=1e-6)


def test_dropout_reaches_the_network_and_stays_out_of_predictions(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint)
    inputs = [outline_of(SHORT)]
    before = model.predict(inputs)[0]
    set_dropout_rate(model, 0.5)
    first, backprop = model.begin_update(inputs)
    between = model.predict(inputs)[0]
    second, _ = model.begin_update(inputs)
    assert numpy.abs(first[0] - second[0]).max() > 1e-3
    backprop(first)
    module = encoder_shim(model).checkpoint.module
    assert not any(part.training for part in module.modules())
    numpy.testing.assert_array_equal(between, before)
    numpy.testing.assert_array_equal(model.predict(inputs)[0], before)


@pytest.mark.parametrize("kind", ["distilbert", "bert"])
def test_recomputing_activations_gives_the_same_gradients(
    kind: str, build_checkpoint: Callable[..., Path], outline_of: Callable[..., Any]
) -> None:
    checkpoint = build_checkpoint(kind=kind)
    inputs = [outline_of(SHORT), outline_of([LONG])]
    kept = gradients_of(build(checkpoint), inputs)
    again = gradients_of(build(checkpoint, train_tokens=1, batch_tokens=64), inputs)
    assert kept.keys() == again.keys()
    for name, gradient in kept.items():
        torch.testing.assert_close(again[name], gradient, atol=1e-4, rtol=1e-3)


def test_gradients_are_those_of_transformers(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    found = gradients_of(build(tiny_checkpoint), [outline_of(SHORT)])
    module = AutoModelForSequenceClassification.from_pretrained(tiny_checkpoint).eval()
    batch = AutoTokenizer.from_pretrained(tiny_checkpoint)(
        SHORT, padding=True, return_tensors="pt"
    )
    logits = module(batch["input_ids"], batch["attention_mask"]).logits
    logits.square().sum().backward()
    for name, weight in module.named_parameters():
        if weight.grad is not None:
            torch.testing.assert_close(found[name], weight.grad, atol=1e-4, rtol=1e-3)


def test_mixed_precision_stays_close(
    tiny_checkpoint: Path,
    outline_of: Callable[..., Any],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    # torch computes in bfloat16 on every CPU; only the speed depends on it.
    monkeypatch.setattr(
        torch.cpu, "_is_avx512_bf16_supported", lambda: True, raising=False
    )
    inputs = [outline_of([*SHORT, LONG])]
    exact = build(tiny_checkpoint).predict(inputs)[0]
    mixed = build(tiny_checkpoint, mixed_precision=True).predict(inputs)[0]
    assert mixed.dtype == numpy.float32
    assert 0 < numpy.abs(mixed - exact).max() < 0.1


def test_bytes_bring_back_the_same_model(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint)
    inputs = [outline_of([*SHORT, LONG])]
    # What is saved stands on its own, also if the model was never used.
    data = build(tiny_checkpoint).to_bytes()
    loaded = build(None).from_bytes(data)
    numpy.testing.assert_allclose(
        loaded.predict(inputs)[0], model.predict(inputs)[0], atol=1e-5
    )
    assert loaded.to_bytes() == data


@pytest.mark.parametrize("used", [False, True])
def test_a_pickle_for_a_worker_process_brings_back_the_same_model(
    used: bool, tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(tiny_checkpoint)
    inputs = [outline_of(SHORT)]
    if used:
        model.predict(inputs)
    loaded = pickle.loads(pickle.dumps(model))
    assert encoder_shim(loaded).is_loaded == used
    numpy.testing.assert_allclose(
        loaded.predict(inputs)[0], model.predict(inputs)[0], atol=1e-5
    )


def test_loading_leaves_the_random_state_alone(tiny_checkpoint: Path) -> None:
    data = build(tiny_checkpoint).to_bytes()
    torch.manual_seed(1)
    expected = torch.rand(3)
    torch.manual_seed(1)
    build(None).from_bytes(data)
    torch.testing.assert_close(torch.rand(3), expected)


def test_a_model_without_weights_round_trips_as_such() -> None:
    data = build(None).to_bytes()
    loaded = build(None).from_bytes(data)
    assert not encoder_shim(loaded).is_loaded


def test_saved_weights_are_safetensors_and_no_pickle(tiny_checkpoint: Path) -> None:
    data = build(tiny_checkpoint).to_bytes()
    (shim,) = (s for shims in srsly.msgpack_loads(data)["shims"] for s in shims)
    files = srsly.msgpack_loads(srsly.msgpack_loads(shim))
    assert sorted(files) == ["config.json", "model.safetensors", "tokenizer.json"]
    weights = files["model.safetensors"]
    size = int.from_bytes(weights[:8], "little")
    assert "distilbert.embeddings.word_embeddings.weight" in json.loads(
        weights[8 : 8 + size]
    )
    # Zip files are how torch wraps its pickles; the rest opens pickles of protocols
    # 2 to 5.
    for magic in (b"PK\x03\x04", *(bytes([0x80, i, 0x95]) for i in (4, 5))):
        assert magic not in data
    assert not any(part[:1] == b"\x80" for part in files.values())


def test_damaged_bytes_are_a_value_error(tiny_checkpoint: Path) -> None:
    model = build(None)
    shim = encoder_shim(model)
    with pytest.raises(ValueError, match="damaged"):
        shim.from_bytes(srsly.msgpack_dumps(b"no checkpoint"))


def test_a_new_checkpoint_for_training_replaces_the_old_one(
    build_checkpoint: Callable[..., Path], tiny_checkpoint: Path
) -> None:
    model = build(tiny_checkpoint)
    before = weights_of(model)
    encoder = model.get_ref("encoder")
    encoder.attrs["checkpoint_loader"] = make_hf_checkpoint_loader_v1(
        str(build_checkpoint(seed=1))
    )
    model.initialize()
    after = weights_of(model)
    assert any(not torch.equal(after[name], before[name]) for name in before)
    assert encoder.get_dim("nO") == 32


@pytest.mark.gpu
@pytest.mark.parametrize(
    ("mixed_precision", "tolerance"), [(False, 1e-3), (None, 0.05)]
)
def test_a_gpu_gives_the_logits_of_the_cpu(
    tiny_checkpoint: Path,
    outline_of: Callable[..., Any],
    mixed_precision: bool | None,
    tolerance: float,
) -> None:
    if not torch.cuda.is_available():
        pytest.skip("no CUDA device")
    pytest.importorskip("cupy")
    inputs = [outline_of([*SHORT, LONG])]
    expected = build(tiny_checkpoint).predict(inputs)[0]
    with use_ops("cupy"):
        model = build(tiny_checkpoint, mixed_precision=mixed_precision)
        found = model.ops.to_numpy(model.predict(inputs)[0])
        assert gradients_of(model, inputs)
        again = build(tiny_checkpoint, mixed_precision=mixed_precision, train_tokens=1)
        assert gradients_of(again, inputs)
    numpy.testing.assert_allclose(found, expected, atol=tolerance)


def test_frozen_layers_do_not_learn(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build_hf_sequence_classifier_v1(
        str(tiny_checkpoint), max_length=128, stride=16, frozen_layers=1
    )
    model.initialize()
    network = encoder_shim(model).checkpoint.module
    before = {name: w.clone() for name, w in network.state_dict().items()}
    logits, backprop = model.begin_update([outline_of(["We show the data."])])
    backprop([numpy.ones_like(logits[0]) * [[1, -1, 0, 0, 0]]])
    model.finish_update(Adam(0.01, use_averages=False))
    changed = {
        name for name, w in network.state_dict().items() if not w.equal(before[name])
    }
    assert any("layer.1." in name for name in changed)
    assert not any("layer.0." in name or "embeddings" in name for name in changed)


def test_more_frozen_layers_than_there_are(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    model = build_hf_sequence_classifier_v1(
        str(tiny_checkpoint), max_length=128, stride=16, frozen_layers=3
    )
    with pytest.raises(ValueError, match="has 2 layers"):
        model.begin_update([outline_of(["We show the data."])])
