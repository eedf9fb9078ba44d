"""Checkpoints whose labels have other names, or another order."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
import spacy
from spacy.language import Language

from spacy_imrad import LABELS

TEXT = "We propose a method.\n\nThe results show a decrease of the loss."
CODES = dict(zip("imrwd", LABELS, strict=True))
NUMBERED = {f"LABEL_{i}": label for i, label in enumerate(LABELS)}


def make_nlp(folder: Path, aliases: dict[str, str] | None = None) -> Language:
    nlp = spacy.blank("en")
    model: dict[str, object] = {
        "@architectures": "spacy-imrad.HFSequenceClassifier.v1",
        "name": str(folder),
        "max_length": 128,
    }
    if aliases is not None:
        model["label_aliases"] = aliases
    nlp.add_pipe("imrad_classifier", config={"model": model})
    return nlp


def scores(nlp: Language) -> numpy.ndarray:
    group = nlp(TEXT).spans["imrad_paragraphs"]
    assert group.attrs["labels"] == list(LABELS)
    return group.attrs["scores"]


def rename(folder: Path, labels: list[str]) -> None:
    path = folder / "config.json"
    config = json.loads(path.read_text())
    config["id2label"] = {str(i): label for i, label in enumerate(labels)}
    config["label2id"] = {label: i for i, label in enumerate(labels)}
    path.write_text(json.dumps(config))


@pytest.mark.parametrize("kind", ["distilbert", "bert", "roberta"])
def test_outputs_follow_their_names_and_not_their_order(
    kind: str, build_checkpoint: Callable[..., Path]
) -> None:
    folder = build_checkpoint(kind=kind)
    before = scores(make_nlp(folder))
    codes = {label: code for code, label in CODES.items()}
    rename(folder, [codes[label] for label in reversed(LABELS)])
    after = scores(make_nlp(folder, CODES))
    assert numpy.abs(before[:, 0] - before[:, -1]).max() > 1e-3
    numpy.testing.assert_allclose(after, before[:, ::-1], atol=1e-6)


def test_aliases_for_several_checkpoints_are_one_map(
    build_checkpoint: Callable[..., Path],
) -> None:
    numbered, coded = build_checkpoint(), build_checkpoint()
    expected = scores(make_nlp(numbered))
    rename(numbered, list(NUMBERED))
    codes = {label: code for code, label in CODES.items()}
    rename(coded, [codes[label] for label in LABELS])
    for folder in (numbered, coded):
        found = scores(make_nlp(folder, NUMBERED | CODES))
        numpy.testing.assert_array_equal(found, expected)


def test_the_same_labels_in_another_order_need_no_aliases(
    build_checkpoint: Callable[..., Path],
) -> None:
    folder = build_checkpoint()
    before = scores(make_nlp(folder))
    rename(folder, list(LABELS[::-1]))
    numpy.testing.assert_allclose(scores(make_nlp(folder)), before[:, ::-1], atol=1e-6)


def test_a_saved_pipeline_has_the_names_of_the_pipe(
    build_checkpoint: Callable[..., Path], tmp_path: Path
) -> None:
    folder = build_checkpoint(labels=list(NUMBERED)[::-1])
    nlp = make_nlp(folder, NUMBERED)
    expected = scores(nlp)
    nlp.to_disk(tmp_path / "nlp")
    (folder / "config.json").unlink()
    numpy.testing.assert_array_equal(scores(spacy.load(tmp_path / "nlp")), expected)


def test_training_starts_from_a_renamed_checkpoint(
    build_checkpoint: Callable[..., Path], gold_doc: Callable[..., spacy.tokens.Doc]
) -> None:
    from spacy.training import Example

    folder = build_checkpoint(labels=list(NUMBERED))
    nlp = make_nlp(folder, NUMBERED)
    reference = gold_doc(nlp, [("The samples were in a model.", "Methods")])
    example = Example(nlp.make_doc(reference.text), reference)
    optimizer = nlp.initialize(lambda: [example])
    for _ in range(30):
        losses = nlp.update([example], sgd=optimizer)
    assert losses["imrad_classifier"] < 0.5
    assert nlp(reference.text)._.imrad == "Methods"


@pytest.mark.parametrize("aliases", [None, {"LABEL_0": "Introduction"}])
def test_a_label_left_without_a_name_of_the_pipe_is_named(
    aliases: dict[str, str] | None, build_checkpoint: Callable[..., Path]
) -> None:
    nlp = make_nlp(build_checkpoint(labels=list(NUMBERED)), aliases)
    with pytest.raises(ValueError, match=r"'LABEL_4'.*label_aliases"):
        nlp(TEXT)


def test_two_labels_cannot_become_one(build_checkpoint: Callable[..., Path]) -> None:
    aliases = {**NUMBERED, "LABEL_4": "Results"}
    nlp = make_nlp(build_checkpoint(labels=list(NUMBERED)), aliases)
    with pytest.raises(ValueError, match=r"\['Results'\] of several labels"):
        nlp(TEXT)
