"""Upper layers read the mean of neighbouring wordpieces, alike in both runtimes."""

import json
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy
import pytest
import spacy
from spacy.training import Example
from thinc.api import Model

from spacy_imrad.models.checkpoints.exported import export_checkpoint, open_checkpoint
from spacy_imrad.models.checkpoints.hf import (
    Checkpoint,
    checkpoint_from_bytes,
    load_checkpoint,
)
from spacy_imrad.models.checkpoints.loaders import (
    make_hf_checkpoint_loader_v1,
    make_pooled_checkpoint_loader_v1,
)
from spacy_imrad.models.checkpoints.pooling import CONFIG_KEY, pool_wordpieces
from spacy_imrad.models.checkpoints.shallow import load_shallow_checkpoint
from spacy_imrad.models.encoder.classifier import build_hf_sequence_classifier_v1
from spacy_imrad.models.encoder.layer import encoder_shim

torch = pytest.importorskip("torch", reason="needs the extra `torch`")

# Of odd and of even length, and longer than a window of 128 wordpieces.
TEXTS = [
    "We propose a method.",
    "the results of the training",
    "a",
    "Patients and samples were related to prior work, and the loss is here.",
    " ".join(f"the model {i} shows results of prior work ." for i in range(60)),
]
POOLINGS = [[1, 2], [2, 2], [1, 4], [2, 8]]


def pooled(folder: Path, pooling: list[int]) -> Checkpoint:
    load = make_hf_checkpoint_loader_v1(str(folder))
    return make_pooled_checkpoint_loader_v1(load, pooling)(None)


def save(folder: Path, pooling: list[int], target: Path) -> Path:
    pooled(folder, pooling).to_disk(target)
    return target


def build(folder: Path, **settings: Any) -> Model:
    return build_hf_sequence_classifier_v1(
        str(folder), **{"max_length": 128, "stride": 16, **settings}
    )


def predict(model: Model, outlined: Any) -> numpy.ndarray:
    (logits,) = model.predict([outlined])
    return logits  # type: ignore[no-any-return]


def halve(rows: list[torch.Tensor]) -> list[torch.Tensor]:
    """The definition: behind the first, the mean of each two, an odd one as it is."""
    first, *rest = rows
    pairs = [rest[i : i + 2] for i in range(0, len(rest), 2)]
    return [first, *(torch.stack(pair).mean(dim=0) for pair in pairs)]


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("kind", ["distilbert", "bert", "roberta"])
@pytest.mark.parametrize("ids", [[2, 5, 9, 30, 3], [2, 5, 9, 30, 31, 3], [2, 3]])
def test_a_layer_reads_the_mean_of_two(
    kind: str,
    pooling: list[int],
    ids: list[int],
    build_checkpoint: Callable[..., Path],
) -> None:
    folder = build_checkpoint(kind=kind)
    module: Any = load_checkpoint(folder).module.eval()
    network = getattr(module.base_model, "encoder", None) or module.base_model
    layers = getattr(network, "layer", None) or network.transformer.layer
    found: Any = pooled(folder, pooling).module.eval()
    pool_wordpieces(found)
    with torch.no_grad():
        hidden = module.base_model.embeddings(torch.tensor([ids]))
        rate = 1
        for layer, wanted in zip(layers, pooling, strict=True):
            while rate < wanted:
                hidden = torch.stack(halve(list(hidden[0])))[None]
                rate *= 2
            hidden = layer(hidden, None)
            hidden = hidden[0] if isinstance(hidden, tuple) else hidden
        states = found(torch.tensor([ids]), output_hidden_states=True).hidden_states
    torch.testing.assert_close(states[-1], hidden)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("kind", ["distilbert", "bert", "roberta"])
def test_padding_does_not_count(
    kind: str,
    pooling: list[int],
    build_checkpoint: Callable[..., Path],
    outline_of: Callable[..., Any],
    tmp_path: Path,
) -> None:
    model = build(save(build_checkpoint(kind=kind), pooling, tmp_path))
    alone = [predict(model, outline_of([text])) for text in TEXTS]
    together = predict(model, outline_of(TEXTS))
    numpy.testing.assert_allclose(together, numpy.concatenate(alone), atol=1e-5)


@pytest.mark.parametrize("pooling", POOLINGS)
@pytest.mark.parametrize("kind", ["distilbert", "bert", "roberta"])
def test_both_runtimes_agree(
    kind: str,
    pooling: list[int],
    build_checkpoint: Callable[..., Path],
    outline_of: Callable[..., Any],
    tmp_path: Path,
) -> None:
    original = build_checkpoint(kind=kind)
    export_checkpoint(pooled(original, pooling)).to_disk(tmp_path)
    paper = outline_of(TEXTS)
    onnx = predict(build(tmp_path, runtime="onnx"), paper)
    torch_ = predict(build(tmp_path, runtime="torch"), paper)
    plain = predict(build(original), paper)
    # What is left is the rounding of the activations; to pool changes more.
    assert numpy.abs(onnx - torch_).max() < 0.3 * torch_.std()
    assert numpy.abs(plain - torch_).max() > 3 * numpy.abs(onnx - torch_).max()


def test_rates_of_one_change_nothing(
    tiny_checkpoint: Path, outline_of: Callable[..., Any], tmp_path: Path
) -> None:
    paper = outline_of(TEXTS)
    numpy.testing.assert_array_equal(
        predict(build(save(tiny_checkpoint, [1, 1], tmp_path)), paper),
        predict(build(tiny_checkpoint), paper),
    )


def test_whoever_saves_or_copies_it_keeps_the_pooling(
    tiny_checkpoint: Path, outline_of: Callable[..., Any], tmp_path: Path
) -> None:
    folder = save(tiny_checkpoint, [1, 2], tmp_path / "whole")
    model = build(folder)
    expected = predict(model, outline_of(TEXTS))
    empty = build_hf_sequence_classifier_v1(max_length=128, stride=16)
    for other in (
        pickle.loads(pickle.dumps(model)),
        empty.from_bytes(model.to_bytes()),
    ):
        numpy.testing.assert_array_equal(predict(other, outline_of(TEXTS)), expected)
    checkpoint = encoder_shim(model).checkpoint
    again = checkpoint_from_bytes(checkpoint.to_bytes())
    assert getattr(again.module.config, CONFIG_KEY) == [1, 2]
    export_checkpoint(again).to_disk(tmp_path / "exported")
    assert getattr(
        open_checkpoint(tmp_path / "exported").module.config, CONFIG_KEY
    ) == [
        1,
        2,
    ]


def test_a_layer_that_is_kept_alone_keeps_its_rate(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    folder = save(tiny_checkpoint, [1, 4], tmp_path)
    shallow = load_shallow_checkpoint(folder, [1])
    assert getattr(shallow.module.config, CONFIG_KEY) == [4]
    pool_wordpieces(shallow.module)


def test_what_is_computed_twice_has_the_same_gradient(
    tiny_checkpoint: Path, outline_of: Callable[..., Any], tmp_path: Path
) -> None:
    folder = save(tiny_checkpoint, [1, 2], tmp_path)
    gradients = []
    for train_tokens in (10_000, 1):
        model = build(folder, train_tokens=train_tokens)
        model.initialize()
        model.get_ref("encoder").attrs["dropout_rate"] = 0.0
        (logits,), backprop = model.begin_update([outline_of(TEXTS)])
        backprop([logits])
        network: Any = encoder_shim(model).checkpoint.module
        words = network.base_model.embeddings.word_embeddings.weight
        gradients.append(words.grad.clone())
    assert gradients[0].abs().max() > 0
    torch.testing.assert_close(*gradients)


def test_a_config_has_it_and_training_learns(
    tiny_checkpoint: Path,
    tiny_model: dict[str, Any],
    gold_doc: Callable[..., Any],
    tmp_path: Path,
) -> None:
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier", config={"model": {**tiny_model, "name": None}})
    nlp.config["initialize"]["components"]["imrad_classifier"] = {
        "checkpoint": {
            "@misc": "spacy-imrad.PooledCheckpoint.v1",
            "pooling": [2, 4],
            "checkpoint": {
                "@misc": "spacy-imrad.ShallowCheckpoint.v1",
                "name": str(tiny_checkpoint),
                "layers": [0, 1],
            },
        }
    }
    gold = gold_doc(nlp, [(TEXTS[0], "Methods"), (TEXTS[1], "Results")])
    example = Example(nlp.make_doc(gold.text), gold)
    optimizer = nlp.initialize(lambda: [example])
    losses = [
        nlp.update([example], sgd=optimizer)["imrad_classifier"] for _ in range(6)
    ]
    assert losses[-1] < losses[0]
    nlp.to_disk(tmp_path)
    for pipeline in (nlp, spacy.load(tmp_path)):
        pipe: Any = pipeline.get_pipe("imrad_classifier")
        config = encoder_shim(pipe.model).checkpoint.module.config
        assert getattr(config, CONFIG_KEY) == [2, 4]


@pytest.mark.parametrize("pooling", [[], [3, 3], [2, 1], [0, 1], [-2, 2]])
def test_rates_that_cannot_be_are_refused(
    pooling: list[int], tiny_checkpoint: Path
) -> None:
    load = make_hf_checkpoint_loader_v1(str(tiny_checkpoint))
    with pytest.raises(ValueError, match="power of two for each layer"):
        make_pooled_checkpoint_loader_v1(load, pooling)


def test_rates_for_other_layers_are_refused(
    tiny_checkpoint: Path, tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match="for 3 layers; the network has 2"):
        pooled(tiny_checkpoint, [1, 2, 4])
    folder = save(tiny_checkpoint, [1, 2], tmp_path)
    config = json.loads((folder / "config.json").read_text())
    (folder / "config.json").write_text(json.dumps({**config, CONFIG_KEY: [1, 2, 4]}))
    with pytest.raises(ValueError, match="changed the file yourself, delete SHA256"):
        pooled(folder, [1, 2])
    (folder / "SHA256SUMS").unlink()
    with pytest.raises(ValueError, match="for 3 layers; the network has 2"):
        predict(build(folder), None)
    with pytest.raises(ValueError, match="for 3 layers; the network has 2"):
        export_checkpoint(load_checkpoint(folder))
