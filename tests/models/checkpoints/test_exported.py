"""An exported encoder says in ONNX Runtime what it says in torch."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from thinc.api import Adam, Model

from spacy_imrad import LABELS
from spacy_imrad.models.checkpoints.exported import (
    FILES,
    GRAPH_FILE,
    INT8_FILE,
    ExportedCheckpoint,
    export_checkpoint,
    load_exported,
    open_checkpoint,
)
from spacy_imrad.models.checkpoints.hf import Checkpoint, load_checkpoint
from spacy_imrad.models.checkpoints.onnx_graph import Shape
from spacy_imrad.models.checkpoints.onnx_session import OnnxNetwork, n_threads
from spacy_imrad.models.encoder.classifier import build_hf_sequence_classifier_v1
from spacy_imrad.models.encoder.layer import encoder_shim

torch = pytest.importorskip("torch", reason="needs the extra `torch`")
from safetensors.torch import load_file, save_file  # noqa: E402

SHORT = [
    "We propose a method.",
    "the results of the training",
    "Patients and samples were related to prior work, and the loss is here.",
    "a",
]
LONG = " ".join(f"the model {i} shows results of prior work ." for i in range(60))


def build(folder: Path | None, **settings: Any) -> Model:
    name = None if folder is None else str(folder)
    return build_hf_sequence_classifier_v1(
        name, **{"max_length": 128, "stride": 16, **settings}
    )


def predict(model: Model, outlined: Any) -> numpy.ndarray:
    (logits,) = model.predict([outlined])
    return logits  # type: ignore[no-any-return]


@pytest.fixture(scope="module")
def exported(tiny_checkpoint: Path) -> ExportedCheckpoint:
    return export_checkpoint(load_checkpoint(tiny_checkpoint))


@pytest.fixture
def folder(exported: ExportedCheckpoint, tmp_path: Path) -> Path:
    exported.to_disk(tmp_path / "exported")
    return tmp_path / "exported"


@pytest.mark.parametrize("kind", ["distilbert", "bert", "roberta"])
def test_both_runtimes_agree(
    kind: str,
    build_checkpoint: Callable[..., Path],
    outline_of: Callable[..., Any],
    tmp_path: Path,
) -> None:
    original = build_checkpoint(kind=kind)
    export_checkpoint(load_checkpoint(original)).to_disk(tmp_path)
    paper = outline_of([*SHORT, LONG])
    onnx = predict(build(tmp_path, runtime="onnx"), paper)
    torch_ = predict(build(tmp_path, runtime="torch"), paper)
    exact = predict(build(original), paper)
    assert onnx.dtype == numpy.float32
    spread = exact.std()
    assert spread > 0.05
    # Of what remains most is the rounding of the activations.
    assert numpy.abs(torch_ - exact).max() < 0.1 * spread
    assert numpy.abs(onnx - torch_).max() < 0.3 * spread
    assert numpy.abs(onnx - torch_).max() > 0


def test_every_wordpiece_and_position_counts(
    folder: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(folder, runtime="onnx")
    words = ["we", "propose", "a", "method", "for", "the", "data", "here"]
    first = predict(model, outline_of([" ".join(words)]))
    for place in range(len(words)):
        other = [*words[:place], "limitations", *words[place + 1 :]]
        assert (predict(model, outline_of([" ".join(other)])) != first).any()
    turned = predict(model, outline_of([" ".join([words[1], words[0], *words[2:]])]))
    assert (turned != first).any()


def test_company_changes_nothing_at_all(
    folder: Path, outline_of: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    model = build(folder, runtime="onnx")
    texts = [*SHORT, LONG, *reversed(SHORT)]
    alone = numpy.concatenate([predict(model, outline_of([text])) for text in texts])
    for threads in ("1", "4"):
        monkeypatch.setenv("OMP_NUM_THREADS", threads)
        numpy.testing.assert_array_equal(predict(model, outline_of(texts)), alone)


def test_the_labels_and_the_tokenizer_are_kept(
    exported: ExportedCheckpoint, tiny_checkpoint: Path
) -> None:
    checkpoint = load_checkpoint(tiny_checkpoint)
    assert exported.labels == checkpoint.labels == LABELS
    assert exported.width == 32
    assert exported.positions == 128
    assert exported.tokenizer().to_str() == checkpoint.tokenizer.to_str()
    assert exported.for_torch().module.config.id2label == dict(enumerate(LABELS))


def test_positions_of_roberta_begin_behind_the_padding(
    build_checkpoint: Callable[..., Path],
) -> None:
    assert (
        export_checkpoint(load_checkpoint(build_checkpoint(kind="roberta"))).positions
        == 128
    )


def test_exporting_leaves_the_network_as_it_is(tiny_checkpoint: Path) -> None:
    checkpoint = load_checkpoint(tiny_checkpoint)
    before = {k: v.clone() for k, v in checkpoint.module.state_dict().items()}
    export_checkpoint(checkpoint)
    for name, weights in checkpoint.module.state_dict().items():
        assert torch.equal(weights, before[name])


def test_a_second_export_has_the_same_bytes(exported: ExportedCheckpoint) -> None:
    assert (
        export_checkpoint(exported.for_torch()).files[GRAPH_FILE]
        == exported.files[GRAPH_FILE]
    )


def test_auto_takes_onnx_runtime_for_exported_weights_alone(
    folder: Path, tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    paper = outline_of(SHORT)
    for source, runtime in ((folder, "onnx"), (tiny_checkpoint, "torch")):
        numpy.testing.assert_array_equal(
            predict(build(source), paper),
            predict(build(source, runtime=runtime), paper),
        )


def test_onnx_runtime_is_refused_without_an_export(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    with pytest.raises(ValueError, match="spacy_imrad export"):
        predict(build(tiny_checkpoint, runtime="onnx"), outline_of(SHORT))


def test_an_unknown_runtime_is_refused() -> None:
    with pytest.raises(ValueError, match=r"'fast'.*'auto', 'onnx', 'torch'"):
        build(None, runtime="fast")


def test_training_goes_on_from_the_export_in_torch(
    folder: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(folder)
    paper = outline_of(SHORT)
    before = predict(model, paper)
    optimizer = Adam(0.01, use_averages=False)
    gold = numpy.eye(5, dtype="f")[[4, 4, 4, 4]]
    for _ in range(20):
        logits, backprop = model.begin_update([paper])
        backprop([logits[0] - gold])
        model.finish_update(optimizer)
    after = predict(model, paper)
    assert (after.argmax(axis=1) == 4).all()
    assert numpy.abs(after - before).max() > 0.1
    # What was trained is what is saved.
    loaded = build(None).from_bytes(model.to_bytes())
    numpy.testing.assert_allclose(predict(loaded, paper), after, atol=1e-5)
    assert encoder_shim(loaded).exported is None


def test_bytes_disk_and_pickle_bring_back_the_export(
    folder: Path, tmp_path: Path, outline_of: Callable[..., Any]
) -> None:
    model = build(folder, runtime="onnx")
    paper = outline_of([*SHORT, LONG])
    data = model.to_bytes()
    expected = predict(model, paper)
    model.to_disk(tmp_path / "model")
    for loaded in (
        build(None, runtime="onnx").from_bytes(data),
        build(None, runtime="onnx").from_disk(tmp_path / "model"),
        pickle.loads(pickle.dumps(model)),
    ):
        numpy.testing.assert_array_equal(predict(loaded, paper), expected)
        assert loaded.to_bytes() == data


def test_an_export_is_a_checkpoint_to_start_from(
    folder: Path, exported: ExportedCheckpoint
) -> None:
    found = open_checkpoint(folder).module.state_dict()
    for name, weights in exported.for_torch().module.state_dict().items():
        assert torch.equal(found[name], weights)


def test_windows_longer_than_the_network_reads_are_refused(
    folder: Path, outline_of: Callable[..., Any]
) -> None:
    with pytest.raises(ValueError, match=r"`max_length` to 128 or less"):
        predict(build(folder, max_length=129, runtime="onnx"), outline_of(SHORT))


@pytest.mark.parametrize("name", [n for n in FILES if n != GRAPH_FILE])
def test_a_missing_file_is_named(name: str, folder: Path) -> None:
    (folder / name).unlink()
    with pytest.raises(ValueError, match=name):
        load_exported(folder)


@pytest.mark.parametrize("name", FILES)
def test_a_damaged_file_is_a_value_error(
    name: str, folder: Path, outline_of: Callable[..., Any]
) -> None:
    content = (folder / name).read_bytes()
    (folder / name).write_bytes(content[: len(content) // 2])
    with pytest.raises(ValueError, match=r"damaged|exported model"):
        predict(build(folder, runtime="onnx"), outline_of(SHORT))


def test_weights_of_another_network_are_refused(
    folder: Path, outline_of: Callable[..., Any]
) -> None:
    stored = load_file(folder / INT8_FILE)
    stored.popitem()
    save_file(stored, folder / INT8_FILE)
    with pytest.raises(ValueError, match="damaged"):
        predict(build(folder, runtime="onnx"), outline_of(SHORT))


@pytest.mark.parametrize(
    "change",
    [
        {"model_type": "deberta"},
        {"activation": "silu"},
        {"position_embedding_type": "relative_key"},
    ],
)
def test_other_encoders_are_left_to_torch(
    change: dict[str, str], tiny_checkpoint: Path
) -> None:
    config = json.loads((tiny_checkpoint / "config.json").read_text())
    with pytest.raises(ValueError, match='runtime = "torch"'):
        Shape.of({**config, **change})


def test_without_the_package_onnx_the_error_says_how_to_get_it(
    tiny_checkpoint: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(__import__("sys").modules, "onnx", None)
    with pytest.raises(ImportError, match=r"spacy-imrad\[export\]"):
        export_checkpoint(load_checkpoint(tiny_checkpoint))


def test_windows_come_back_in_their_order(
    exported: ExportedCheckpoint, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "3")
    network: OnnxNetwork = exported.network()
    windows = [numpy.arange(4, 4 + n, dtype="int32") for n in (3, 40, 1, 17, 40, 2)]
    vectors, logits = network.read(windows)
    assert vectors.shape == (6, 32)
    assert logits.shape == (6, 5)
    for row, window in enumerate(windows):
        one_vector, one_logits = network.read([window])
        numpy.testing.assert_array_equal(vectors[row], one_vector[0])
        numpy.testing.assert_array_equal(logits[row], one_logits[0])


@pytest.mark.parametrize("named", ["3", "0", "many", ""])
def test_threads_are_those_that_the_environment_names(
    named: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", named)
    assert n_threads() == 3 if named == "3" else n_threads() >= 1


def test_a_checkpoint_of_half_precision_is_exported_alike(
    tiny_checkpoint: Path,
) -> None:
    checkpoint = load_checkpoint(tiny_checkpoint)
    half = Checkpoint(load_checkpoint(tiny_checkpoint).module.half(), None)  # type: ignore[arg-type]
    half.tokenizer = checkpoint.tokenizer
    exact, rounded = (
        export_checkpoint(checkpoint).weights(),
        export_checkpoint(half).weights(),
    )
    assert exact.keys() == rounded.keys()
    assert {x.dtype for x in rounded.values()} == {numpy.dtype("f"), numpy.dtype("b")}
