"""An encoder goes on reading papers before it learns labels."""

import json
from collections.abc import Callable
from pathlib import Path

import numpy
import pytest
from typer.testing import CliRunner

from spacy_imrad import LABELS
from spacy_imrad.cli import app
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.models.checkpoints.base_encoder import make_base_encoder_v1
from spacy_imrad.models.checkpoints.pooling import pooling_of
from spacy_imrad.readers.jsonl import to_record
from spacy_imrad.training.masked_text import sequences, tokenize_papers
from spacy_imrad.training.pretraining import (
    LOG_FILE,
    STATE_FILE,
    Pretraining,
    Progress,
    pretrain,
)

torch = pytest.importorskip("torch", reason="needs the extra `torch`")

SENTENCES = (
    "we propose a method for training and this is the problem",
    "the patients in the samples are related to prior work",
    "results show a significant increase of the loss with data",
)
SHORT = {
    "steps": 6,
    "batch_tokens": 256,
    "micro_tokens": 128,
    "length": 32,
    "warmup": 1,
    "held_out": 0.2,
}


@pytest.fixture
def base(build_checkpoint: Callable[..., Path]) -> str:
    """An encoder without a head, whose tokenizer has a mask in place of `~`."""
    folder = build_checkpoint(labels=None)
    file = folder / "tokenizer.json"
    tokenizer = json.loads(file.read_text(encoding="utf8"))
    vocabulary = tokenizer["model"]["vocab"]
    vocabulary["[MASK]"] = vocabulary.pop("~")
    file.write_text(json.dumps(tokenizer), encoding="utf8")
    return str(folder)


def papers() -> list[Paper]:
    return [
        Paper(
            id=f"paper {number}",
            title="",
            sections=tuple(
                PaperSection("Introduction", (f"{text} .",) * 4, level=1)
                for text in SENTENCES
            ),
        )
        for number in range(12)
    ]


def weights(folder: str | Path) -> dict[str, numpy.ndarray]:
    module = make_base_encoder_v1(str(folder))(LABELS).module.base_model
    return {name: x.numpy() for name, x in module.state_dict().items()}


def run(base: str, output: Path, **settings: object) -> list[Progress]:
    chosen = Pretraining(**{**SHORT, **settings})  # type: ignore[arg-type]
    return list(pretrain(papers(), base, output, chosen, every=2))


@pytest.mark.parametrize("pooling", [[], [1, 4]])
def test_the_encoder_learns_and_is_a_base_to_train_from(
    pooling: list[int], base: str, tmp_path: Path
) -> None:
    reports = run(base, tmp_path / "out", steps=60, learn_rate=0.01, pooling=pooling)
    assert reports[-1].held_out < reports[0].held_out - 1
    assert (reports[-1].step, reports[-1].share) == (60, 1.0)
    logged = (tmp_path / "out" / LOG_FILE).read_text(encoding="utf8").splitlines()
    assert [json.loads(line)["step"] for line in logged] == [x.step for x in reports]
    assert not (tmp_path / "out" / STATE_FILE).exists()
    checkpoint = make_base_encoder_v1(str(tmp_path / "out"))(LABELS)
    assert (pooling_of(checkpoint.module) or []) == pooling
    before, after = weights(base), weights(tmp_path / "out")
    assert before.keys() == after.keys()
    assert all((before[name] != after[name]).any() for name in before)


def test_a_pretraining_that_was_killed_ends_with_the_same_weights(
    base: str, tmp_path: Path
) -> None:
    run(base, tmp_path / "whole", pooling=[1, 2])
    settings = Pretraining(**{**SHORT, "pooling": [1, 2]})  # type: ignore[arg-type]
    for expected in (2, 4, 6):
        reports = pretrain(papers(), base, tmp_path / "killed", settings, every=2)
        assert next(reports).step == expected
        reports.close()
    whole, killed = weights(tmp_path / "whole"), weights(tmp_path / "killed")
    assert all((whole[name] == killed[name]).all() for name in whole)


def test_a_state_of_other_settings_is_refused(base: str, tmp_path: Path) -> None:
    next(pretrain(papers(), base, tmp_path, Pretraining(**SHORT), every=2))  # type: ignore[arg-type]
    with pytest.raises(ValueError, match="other settings"):
        run(base, tmp_path, learn_rate=0.1)


def test_a_time_limit_ends_it(base: str, tmp_path: Path) -> None:
    reports = run(base, tmp_path, steps=10**6, seconds=0.001)
    assert reports[-1].share >= 1
    assert reports[-1].step < 10


def test_the_rate_rises_then_falls_to_nothing() -> None:
    settings = Pretraining(warmup=10, learn_rate=1.0)
    assert settings.rate(0, 0.0) == pytest.approx(0.1)
    assert settings.rate(9, 0.0) == pytest.approx(1.0)
    assert settings.rate(50, 0.5) == pytest.approx(0.5)
    assert settings.rate(99, 1.0) == pytest.approx(0.0)


@pytest.mark.parametrize(
    ("settings", "reason"),
    [
        ({"steps": 0}, "`steps` is 0"),
        ({"mask_share": 1.0}, "`mask_share` is 1.0"),
        ({"length": 100}, "has to divide"),
        ({"pooling": [2, 1]}, "power of two"),
    ],
)
def test_settings_out_of_range(settings: dict[str, object], reason: str) -> None:
    with pytest.raises(ValueError, match=reason):
        Pretraining(**settings)  # type: ignore[arg-type]


def test_text_becomes_sequences_and_held_out_papers_are_never_learned(
    base: str,
) -> None:
    tokenizer = make_base_encoder_v1(base)(LABELS).tokenizer
    corpus = tokenize_papers(papers(), tokenizer, 0.5)
    separator = tokenizer.token_to_id("[SEP]")
    # Each paragraph ends with one.
    n_paragraphs = sum(int((part == separator).sum()) for part in corpus)
    assert n_paragraphs == 12 * 12
    assert all(len(part) % 12 == 0 for part in corpus)
    rows = sequences(corpus.train, 16, first=2)
    assert (rows[:, 0] == 2).all()
    assert (rows[:, 1:].ravel() == corpus.train[: rows.shape[0] * 15]).all()
    with pytest.raises(ValueError, match="a sequence needs 9999"):
        sequences(corpus.train, 10_000, first=2)
    with pytest.raises(ValueError, match="too little text"):
        tokenize_papers(papers()[:1], tokenizer, 1e-9)


def test_a_tokenizer_without_a_mask_is_named(
    build_checkpoint: Callable[..., Path], tmp_path: Path
) -> None:
    with pytest.raises(ValueError, match=r"no token \[MASK\] or <mask>"):
        run(str(build_checkpoint(labels=None)), tmp_path)


def test_the_command_writes_an_encoder_and_leaves_other_things_alone(
    base: str, tmp_path: Path
) -> None:
    corpus = tmp_path / "papers.jsonl"
    lines = (json.dumps(to_record(paper)) for paper in papers())
    corpus.write_text("\n".join(lines), encoding="utf8")
    (tmp_path / "broken.jsonl").write_text("{", encoding="utf8")
    out = tmp_path / "out"
    command = ["pretrain", str(corpus), str(tmp_path / "broken.jsonl"), "--base", base]
    command += ["--steps", "3", "--every", "2", "--batch", "256", "--length", "32"]
    command += ["--held-out", "0.2", "-o", str(out)]
    result = CliRunner().invoke(app, command)
    assert result.exit_code == 0, result.output
    assert "update 3 (100%): loss " in result.output
    assert "broken.jsonl" in result.output
    before = {file: file.read_bytes() for file in out.iterdir()}
    assert CliRunner().invoke(app, command).exit_code == 2
    assert before == {file: file.read_bytes() for file in out.iterdir()}
    (out / "notes.txt").write_text("mine", encoding="utf8")
    result = CliRunner().invoke(app, [*command, "--seed", "1", "--overwrite"])
    assert result.exit_code == 0, result.output
    assert (out / "notes.txt").read_text(encoding="utf8") == "mine"
    assert before[out / "model.safetensors"] != (out / "model.safetensors").read_bytes()
