"""A network with fewer layers computes what those layers compute."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
from thinc.api import Config

from spacy_imrad import LABELS
from spacy_imrad.models.checkpoints.hf import checkpoint_from_bytes, load_checkpoint
from spacy_imrad.models.checkpoints.loaders import make_shallow_checkpoint_loader_v1
from spacy_imrad.models.encoder.classifier import build_hf_sequence_classifier_v1

torch = pytest.importorskip("torch", reason="needs the extra `torch`")

IDS = torch.tensor([[2, 5, 9, 30, 3]])


def hidden_states(module: Any) -> list[torch.Tensor]:
    with torch.no_grad():
        return list(module.eval()(IDS, output_hidden_states=True).hidden_states)


@pytest.mark.parametrize("kind", ["distilbert", "bert", "roberta"])
def test_the_lower_layers_compute_what_they_did(
    kind: str, build_checkpoint: Callable[..., Path]
) -> None:
    folder = build_checkpoint(kind=kind)
    whole = hidden_states(load_checkpoint(folder).module)
    shallow = hidden_states(
        make_shallow_checkpoint_loader_v1(str(folder), [0])(None).module
    )
    assert len(whole) == 3
    assert len(shallow) == 2
    for found, expected in zip(shallow, whole, strict=False):
        torch.testing.assert_close(found, expected)


def test_what_is_kept_is_the_layer_of_that_number(tiny_checkpoint: Path) -> None:
    before = load_checkpoint(tiny_checkpoint).module.state_dict()
    checkpoint = make_shallow_checkpoint_loader_v1(str(tiny_checkpoint), [1])(None)
    after = checkpoint.module.state_dict()
    for name, weight in after.items():
        assert torch.equal(weight, before[name.replace("layer.0.", "layer.1.")])
    assert {n for n in before if ".layer." not in n} <= set(after)
    assert checkpoint.labels == LABELS
    assert checkpoint.tokenizer.encode("we propose").ids


def test_a_shallow_checkpoint_is_saved_as_such(tiny_checkpoint: Path) -> None:
    checkpoint = make_shallow_checkpoint_loader_v1(str(tiny_checkpoint), [1])(None)
    again = checkpoint_from_bytes(checkpoint.to_bytes())
    assert again.module.config.num_hidden_layers == 1
    for found, expected in zip(
        hidden_states(again.module), hidden_states(checkpoint.module), strict=True
    ):
        torch.testing.assert_close(found, expected)


def test_an_encoder_without_head_gets_one_for_training(
    build_checkpoint: Callable[..., Path],
) -> None:
    load = make_shallow_checkpoint_loader_v1(str(build_checkpoint(labels=None)), [0])
    assert load(["A", "B"]).labels == ("A", "B")
    with pytest.raises(ValueError, match="without a classification head"):
        load(None)


@pytest.mark.parametrize("layers", [[], [1, 0], [0, 0], [-1, 1]])
def test_numbers_that_are_no_ascending_choice_are_refused(
    layers: list[int], tiny_checkpoint: Path
) -> None:
    with pytest.raises(ValueError, match="ascending order"):
        make_shallow_checkpoint_loader_v1(str(tiny_checkpoint), layers)


def test_a_layer_that_is_not_there_is_refused(tiny_checkpoint: Path) -> None:
    load = make_shallow_checkpoint_loader_v1(str(tiny_checkpoint), [0, 2])
    with pytest.raises(ValueError, match=r"\[0, 2\].*has 2 layers, numbered from 0"):
        load(None)


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    load = make_shallow_checkpoint_loader_v1(str(tmp_path / "missing"), [0])
    with pytest.raises(FileNotFoundError, match="missing"):
        load(None)


def test_a_network_that_shares_its_layers_is_refused(tmp_path: Path) -> None:
    import transformers
    from tokenizers import Tokenizer, models

    config = transformers.AlbertConfig(
        vocab_size=40,
        embedding_size=8,
        hidden_size=16,
        intermediate_size=16,
        num_hidden_layers=3,
        num_attention_heads=2,
    )
    transformers.AlbertForSequenceClassification(config).save_pretrained(tmp_path)
    Tokenizer(models.WordPiece({"[UNK]": 0}, unk_token="[UNK]")).save(
        str(tmp_path / "tokenizer.json")
    )
    with pytest.raises(ValueError, match="in no list"):
        make_shallow_checkpoint_loader_v1(str(tmp_path), [0])(None)


def test_a_config_names_it(
    tiny_checkpoint: Path, outline_of: Callable[..., Any]
) -> None:
    from spacy import registry

    block = {
        "checkpoint": {
            "@misc": "spacy-imrad.ShallowCheckpoint.v1",
            "name": str(tiny_checkpoint),
            "layers": [0],
        }
    }
    loader = registry.resolve(Config(block))["checkpoint"]
    model = build_hf_sequence_classifier_v1(None, max_length=128, stride=16)
    model.get_ref("encoder").attrs["checkpoint_loader"] = loader
    model.initialize()
    (logits,) = model.predict([outline_of(["We propose a method."])])
    assert logits.shape == (1, len(LABELS))
    assert numpy.isfinite(logits).all()
