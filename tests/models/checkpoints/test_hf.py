"""Checkpoints load from transformers' folders, and refuse what they should."""

import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import srsly

from spacy_imrad import LABELS
from spacy_imrad.models.checkpoints.hf import (
    Checkpoint,
    checkpoint_from_bytes,
    load_checkpoint,
)

torch = pytest.importorskip("torch", reason="needs the extra `torch`")
from safetensors.torch import load, load_file, save_file  # noqa: E402


@pytest.fixture
def checkpoint(tiny_checkpoint: Path) -> Checkpoint:
    return load_checkpoint(tiny_checkpoint)


@pytest.fixture
def folder(tiny_checkpoint: Path, tmp_path: Path) -> Path:
    """A copy of the tiny checkpoint, to be damaged."""
    return Path(shutil.copytree(tiny_checkpoint, tmp_path / "copy"))


def edit_config(folder: Path, **changes: Any) -> None:
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, **changes}))


def same_weights(one: Checkpoint, two: Checkpoint) -> bool:
    first, second = one.module.state_dict(), two.module.state_dict()
    return first.keys() == second.keys() and all(
        torch.equal(first[name], second[name]) for name in first
    )


def weights_in(data: bytes) -> dict[str, torch.Tensor]:
    return load(srsly.msgpack_loads(data)["model.safetensors"])


def test_head_and_labels_are_kept(
    checkpoint: Checkpoint, tiny_checkpoint: Path
) -> None:
    assert checkpoint.labels == LABELS
    stored = load_file(tiny_checkpoint / "model.safetensors")
    for name, tensor in checkpoint.module.state_dict().items():
        torch.testing.assert_close(tensor, stored[name], atol=0, rtol=0)


def test_labels_are_in_the_order_of_the_outputs(folder: Path) -> None:
    labels = [f"L{i}" for i in range(11)]
    size = {"dim": 32, "n_labels": 11}
    stored = load_file(folder / "model.safetensors")
    stored["classifier.weight"] = torch.zeros(size["n_labels"], size["dim"])
    stored["classifier.bias"] = torch.zeros(size["n_labels"])
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    # As text, "10" sorts before "2".
    edit_config(folder, id2label={str(i): label for i, label in enumerate(labels)})
    assert load_checkpoint(folder).labels == tuple(labels)


def test_bytes_round_trip_is_exact(checkpoint: Checkpoint) -> None:
    data = checkpoint.to_bytes()
    loaded = checkpoint_from_bytes(data)
    assert same_weights(loaded, checkpoint)
    assert loaded.labels == checkpoint.labels
    assert loaded.tokenizer.to_str() == checkpoint.tokenizer.to_str()
    assert loaded.to_bytes() == data


def test_folder_round_trip_is_exact_and_readable_by_transformers(
    checkpoint: Checkpoint, tmp_path: Path
) -> None:
    from transformers import AutoModelForSequenceClassification, AutoTokenizer

    checkpoint.to_disk(tmp_path / "new" / "folder")
    assert same_weights(load_checkpoint(tmp_path / "new" / "folder"), checkpoint)
    module, info = AutoModelForSequenceClassification.from_pretrained(
        tmp_path / "new" / "folder", output_loading_info=True
    )
    assert not any(info[key] for key in ("missing_keys", "unexpected_keys"))
    assert module.config.id2label == dict(enumerate(LABELS))
    text = "we propose a method"
    tokenizer = AutoTokenizer.from_pretrained(tmp_path / "new" / "folder")
    assert tokenizer(text)["input_ids"] == checkpoint.tokenizer.encode(text).ids


def test_weights_that_came_in_half_precision_are_saved_as_such(
    folder: Path,
) -> None:
    stored = load_file(folder / "model.safetensors")
    halves = {name: tensor.half() for name, tensor in stored.items()}
    save_file(halves, folder / "model.safetensors", metadata={"format": "pt"})
    checkpoint = load_checkpoint(folder)
    assert {t.dtype for t in checkpoint.module.state_dict().values()} == {torch.float32}
    data = checkpoint.to_bytes()
    assert {t.dtype for t in weights_in(data).values()} == {torch.float16}
    assert same_weights(checkpoint_from_bytes(data), checkpoint)


@pytest.mark.parametrize("value", [0.1, 1e6, float("inf"), 1e-9])
def test_one_weight_that_needs_more_keeps_all_in_single_precision(
    value: float, checkpoint: Checkpoint
) -> None:
    with torch.no_grad():
        for weight in checkpoint.module.parameters():
            weight.copy_(weight.half().float())
        checkpoint.module.classifier.bias[0] = value
    data = checkpoint.to_bytes()
    # Half precision has an infinity of its own.
    kept = torch.float16 if value == float("inf") else torch.float32
    assert {t.dtype for t in weights_in(data).values()} == {kept}
    assert same_weights(checkpoint_from_bytes(data), checkpoint)


@pytest.mark.parametrize("part", ["config.json", "model.safetensors", "tokenizer.json"])
@pytest.mark.parametrize("content", [None, b"", b"garbage", "text", 3])
def test_bytes_with_a_damaged_part_are_refused(
    part: str, content: object, checkpoint: Checkpoint
) -> None:
    files = srsly.msgpack_loads(checkpoint.to_bytes())
    with pytest.raises(ValueError, match="damaged"):
        checkpoint_from_bytes(srsly.msgpack_dumps({**files, part: content}))
    del files[part]
    with pytest.raises(ValueError, match="damaged"):
        checkpoint_from_bytes(srsly.msgpack_dumps(files))


@pytest.mark.parametrize("data", [b"", b"\xc1", b"no checkpoint"])
def test_other_bytes_are_refused(data: bytes) -> None:
    with pytest.raises(ValueError, match="damaged"):
        checkpoint_from_bytes(data)


def test_weights_of_another_network_are_refused(checkpoint: Checkpoint) -> None:
    files = srsly.msgpack_loads(checkpoint.to_bytes())
    config = {**json.loads(files["config.json"]), "n_layers": 3}
    files["config.json"] = json.dumps(config).encode()
    with pytest.raises(ValueError, match=r"layer\.2"):
        checkpoint_from_bytes(srsly.msgpack_dumps(files))


@pytest.mark.parametrize("name", ["/no/such/folder", "no/such/folder", "./none", "~/x"])
def test_a_missing_folder_is_a_file_not_found_error(name: str) -> None:
    with pytest.raises(FileNotFoundError, match=name):
        load_checkpoint(name)


def test_a_hub_name_that_is_not_cached_is_an_os_error_that_names_it() -> None:
    with pytest.raises(OSError, match="nobody/no-such-model"):
        load_checkpoint("nobody/no-such-model")


@pytest.mark.parametrize(
    ("missing", "error"),
    [
        (["config.json"], FileNotFoundError),
        (["model.safetensors"], OSError),
        (["tokenizer.json", "tokenizer_config.json"], OSError),
    ],
)
def test_a_folder_that_lacks_a_part_is_refused(
    missing: list[str], error: type[Exception], folder: Path
) -> None:
    for name in missing:
        (folder / name).unlink()
    with pytest.raises(error, match=str(folder)):
        load_checkpoint(folder)


@pytest.mark.parametrize("part", ["config.json", "model.safetensors", "tokenizer.json"])
def test_a_folder_with_a_damaged_part_is_refused(part: str, folder: Path) -> None:
    content = (folder / part).read_bytes()
    (folder / part).write_bytes(content[: len(content) // 3])
    with pytest.raises((ValueError, OSError), match=str(folder)):
        load_checkpoint(folder)


def test_weights_that_are_missing_are_named(folder: Path) -> None:
    stored = load_file(folder / "model.safetensors")
    del stored["pre_classifier.weight"]
    save_file(stored, folder / "model.safetensors", metadata={"format": "pt"})
    with pytest.raises(ValueError, match=r"lacks weights: pre_classifier\.weight"):
        load_checkpoint(folder)


def test_a_config_that_does_not_fit_the_weights_is_refused(folder: Path) -> None:
    edit_config(folder, id2label={"0": "A", "1": "B"}, label2id={"A": 0, "B": 1})
    with pytest.raises(ValueError, match=r"do not fit its config\.json"):
        load_checkpoint(folder)


class Payload:
    """Writes a file when a pickle of it is loaded."""

    def __init__(self, path: Path) -> None:
        self.path = path

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[object, ...]]:
        return Path.touch, (self.path,)


def test_pickled_weights_are_not_even_read(folder: Path, tmp_path: Path) -> None:
    (folder / "model.safetensors").unlink()
    torch.save(Payload(tmp_path / "ran"), folder / "pytorch_model.bin")
    with pytest.raises(OSError, match="pickled weights are not read"):
        load_checkpoint(folder)
    assert not (tmp_path / "ran").exists()


@pytest.mark.parametrize("known_type", [True, False])
def test_code_in_a_checkpoint_is_never_run(
    known_type: bool, folder: Path, tmp_path: Path
) -> None:
    (folder / "custom.py").write_text(
        f"import pathlib\npathlib.Path({str(tmp_path / 'ran')!r}).touch()\n"
    )
    edit_config(
        folder,
        auto_map={
            "AutoConfig": "custom.Config",
            "AutoModelForSequenceClassification": "custom.Model",
        },
        **({} if known_type else {"model_type": "custom"}),
    )
    if known_type:
        assert load_checkpoint(folder).labels == LABELS
    else:
        with pytest.raises(ValueError, match="trust_remote_code"):
            load_checkpoint(folder)
    assert not (tmp_path / "ran").exists()


def test_an_encoder_gets_a_head_with_the_labels_asked_for(
    build_checkpoint: Callable[..., Path],
) -> None:
    encoder = build_checkpoint(labels=None)
    with pytest.raises(ValueError, match="encoder without a classification head"):
        load_checkpoint(encoder)
    checkpoint = load_checkpoint(encoder, ["A", "B"])
    assert checkpoint.labels == ("A", "B")
    stored = load_file(encoder / "model.safetensors")
    for name, tensor in checkpoint.module.distilbert.state_dict().items():
        torch.testing.assert_close(tensor, stored[name], atol=0, rtol=0)


def test_an_encoder_that_got_a_head_is_saved_as_a_classifier(
    build_checkpoint: Callable[..., Path], tmp_path: Path
) -> None:
    load_checkpoint(build_checkpoint(labels=None), ["A", "B"]).to_disk(tmp_path / "new")
    assert load_checkpoint(tmp_path / "new").labels == ("A", "B")


def test_a_head_is_not_replaced(tiny_checkpoint: Path) -> None:
    assert load_checkpoint(tiny_checkpoint, ["A", "B"]).labels == LABELS


def test_loading_prints_nothing(
    tiny_checkpoint: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    checkpoint_from_bytes(load_checkpoint(tiny_checkpoint).to_bytes())
    assert capfd.readouterr() == ("", "")
