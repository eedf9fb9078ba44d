"""A training that was stopped goes on from its last checkpoint, as if undisturbed."""

import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.training.initialize import init_nlp
from spacy.training.loop import train as spacy_train
from spacy.util import load_config
from test_train import papers, write_config  # noqa: F401
from thinc.api import Config

from spacy_imrad.outputs import OutputError
from spacy_imrad.training.checkpoints import last_checkpoint
from spacy_imrad.training.continued import train
from spacy_imrad.training.log import read_log

N_STEPS = 30
EVERY = 5


@pytest.fixture
def write(tmp_path, papers, tiny_model, build_checkpoint):  # noqa: F811
    """Write a config with dropout, schedules and batches whose order matters."""

    def write(model: str = "context", **training: Any) -> Path:
        path = tmp_path / "config.cfg"
        encoder = {**tiny_model, "name": str(build_checkpoint(labels=None))}
        context = {
            "@architectures": "spacy-imrad.DocumentContext.v1",
            "paragraphs": encoder,
            "width": 8,
            "depth": 1,
            "guess_weight": 0.3,
        }
        unit = "paper" if model == "context" else "paragraph"
        write_config(path, context if model == "context" else encoder, papers, unit)
        config = Config().from_disk(path)
        config["paths"] = {"train": str(papers)}
        config["corpora"]["dev"]["headings"] = "hide"
        schedule = {"warmup_steps": 5, "total_steps": N_STEPS, "initial_rate": 0.005}
        config["training"] |= {
            "dropout": 0.1,
            "max_steps": N_STEPS,
            "eval_frequency": EVERY,
            "before_update": {"@callbacks": "tests.stop.v1"},
            **training,
        }
        config["training"]["optimizer"] |= {
            "use_averages": True,
            "learn_rate": {"@schedules": "warmup_linear.v1", **schedule},
        }
        config.to_disk(path)
        return path

    return write


class Stop(Exception):
    pass


# The step before which the next training of this process stops.
STOPS: list[int] = []


@spacy.registry.callbacks("tests.stop.v1")
def make_stop():
    def stop(nlp, info):
        if STOPS and info["step"] == STOPS[0]:
            raise Stop

    return stop


TOLD: list[dict[str, Any]] = []


@spacy.registry.loggers("tests.tell.v1")
def make_tell():
    def setup(nlp, stdout=sys.stdout, stderr=sys.stderr):
        return lambda info: TOLD.append(info) if info else None, lambda: None

    return setup


def train_until(step: int, config: Path, output: Path, **settings: Any) -> None:
    STOPS.append(step)
    with pytest.raises(Stop):
        train(config, output, **settings)
    STOPS.clear()


def weights(output: Path, name: str) -> bytes:
    return (output / name / "imrad_classifier" / "model").read_bytes()


def same(one: Path, other: Path) -> None:
    """Two trainings made the same evaluations and the same weights."""
    assert read_log(one) == read_log(other)
    for name in ("model-best", "model-last"):
        assert weights(one, name) == weights(other, name), name
        meta = (folder / name / "meta.json" for folder in (one, other))
        performance = [json.loads(path.read_text())["performance"] for path in meta]
        assert performance[0] == performance[1]


@pytest.mark.parametrize("model", ["context", "paragraphs"])
def test_stopped_twice_it_ends_as_undisturbed(write, tmp_path, model):
    config = write(model)
    assert train(config, tmp_path / "undisturbed") == 0
    steps = [entry["step"] for entry in read_log(tmp_path / "undisturbed")]
    assert steps == list(range(0, N_STEPS + 1, EVERY))
    assert last_checkpoint(tmp_path / "undisturbed") is None

    stopped = tmp_path / "stopped"
    for step in (13, 22):
        train_until(step, config, stopped)
    assert train(config, stopped) == 20
    same(stopped, tmp_path / "undisturbed")
    # A training that reached its end begins anew, if that is asked for.
    overrides = {"training.max_steps": 1}
    with pytest.raises(OutputError, match="--overwrite"):
        train(config, stopped, overrides=overrides)
    assert train(config, stopped, overrides=overrides, overwrite=True) == 0


def test_the_last_step_is_evaluated_in_any_case(write, tmp_path):
    config = write(max_steps=7)
    train(config, tmp_path / "undisturbed")
    steps = [entry["step"] for entry in read_log(tmp_path / "undisturbed")]
    assert steps == [0, 5, 7]
    train_until(6, config, tmp_path / "stopped")
    assert train(config, tmp_path / "stopped") == 5
    same(tmp_path / "stopped", tmp_path / "undisturbed")


def test_undisturbed_it_is_spacy_train(write, tmp_path):
    path = write()
    train(path, tmp_path / "ours")
    (tmp_path / "spacy").mkdir()
    spacy_train(init_nlp(load_config(path, interpolate=False)), tmp_path / "spacy")
    for name in ("model-best", "model-last"):
        assert weights(tmp_path / "ours", name) == weights(tmp_path / "spacy", name)
        configs = [tmp_path / run / name / "config.cfg" for run in ("ours", "spacy")]
        assert configs[0].read_text() == configs[1].read_text()


def test_the_seed_settles_the_result(write, tmp_path):
    path = write()
    for name, seed in (("one", 1), ("again", 1), ("other", 2)):
        overrides = {"training.seed": seed, "training.max_steps": 10}
        train(path, tmp_path / name, overrides=overrides)
    same(tmp_path / "one", tmp_path / "again")
    assert weights(tmp_path / "one", "model-last") != weights(
        tmp_path / "other", "model-last"
    )


def test_other_loggers_are_told_of_each_evaluation_once(write, tmp_path):
    pytest.importorskip("spacy_loggers")
    logger = {
        "@loggers": "spacy.ChainLogger.v1",
        "logger1": {"@loggers": "spacy.ConsoleLogger.v3", "progress_bar": "train"},
        "logger2": {"@loggers": "tests.tell.v1"},
    }
    config = write(logger=logger)
    TOLD.clear()
    train_until(8, config, tmp_path / "output")
    assert train(config, tmp_path / "output") == 5
    log = read_log(tmp_path / "output")
    assert [info["step"] for info in TOLD] == [entry["step"] for entry in log]
    assert [info["score"] for info in TOLD] == [entry["score"] for entry in log]
    assert {info["output_path"] for info in TOLD} == {
        str(tmp_path / "output" / "model-last")
    }


def test_patience_counts_from_before_the_stop(write, tmp_path):
    # Nothing is learned, so that no evaluation is better than the first one.
    config = write(patience=15)
    overrides = {"training.optimizer.learn_rate.initial_rate": 0.0}
    train_until(12, config, tmp_path / "output", overrides=overrides)
    assert train(config, tmp_path / "output", overrides=overrides) == 10
    steps = [entry["step"] for entry in read_log(tmp_path / "output")]
    assert steps == [0, 5, 10, 15]


def test_other_data_begin_anew(write, tmp_path, papers):  # noqa: F811
    config = write()
    train_until(8, config, tmp_path / "output")
    assert last_checkpoint(tmp_path / "output").step == 5
    with papers.open("a") as file:
        file.write("\n")
    assert train(config, tmp_path / "output", overrides={}) == 0


FOLDERS = ("model-best", "model-last", "checkpoints")


@pytest.mark.parametrize("folder", FOLDERS)
def test_what_a_user_put_into_a_stopped_training_is_left_alone(write, tmp_path, folder):
    config, output = write(), tmp_path / "output"
    train_until(8, config, output)
    theirs = output / folder / "notes" / "thesis.txt"
    theirs.parent.mkdir()
    theirs.write_text("precious")
    for settings in ({}, {"overwrite": True}, {"restart": True}):
        with pytest.raises(OutputError, match=f"{folder}/notes.* left alone"):
            train(config, output, **settings)
        assert theirs.read_text() == "precious"
    theirs.rename(tmp_path / "thesis.txt")
    theirs.parent.rmdir()
    assert train(config, output) == 5


@spacy.registry.callbacks("tests.put.v1")
def make_put():
    def put(nlp, info):
        if STOPS and info["step"] == 8:
            for folder in FOLDERS:
                (Path(STOPS[0]) / folder / "thesis.txt").write_text("precious")

    return put


def test_what_a_user_puts_into_a_running_training_is_left_alone(write, tmp_path):
    config = write(before_update={"@callbacks": "tests.put.v1"})
    STOPS.append(tmp_path / "output")
    train(config, tmp_path / "output")
    STOPS.clear()
    files = [tmp_path / "output" / folder / "thesis.txt" for folder in FOLDERS]
    assert {file.read_text() for file in files} == {"precious"}
    assert len(list((tmp_path / "output" / "checkpoints").iterdir())) == 1
    with pytest.raises(OutputError, match="left alone"):
        train(config, tmp_path / "output", overwrite=True)
    assert {file.read_text() for file in files} == {"precious"}


@pytest.mark.slow
def test_killed_half_way_it_ends_as_undisturbed(write, tmp_path):
    config = write(before_update=None)
    train(config, tmp_path / "undisturbed")
    killed = tmp_path / "killed"
    command = [
        *(sys.executable, "-m", "spacy_imrad", "train", str(config)),
        *("--output", str(killed)),
    ]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL)
    deadline = time.monotonic() + 300
    while len(read_log(killed)) < 3 and time.monotonic() < deadline:
        time.sleep(0.05)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()
    assert last_checkpoint(killed) is not None
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Going on from step" in done.stdout
    same(killed, tmp_path / "undisturbed")


def test_without_torch_it_fails_before_it_prints(tmp_path: Path) -> None:
    script = (
        "import sys; sys.modules['torch'] = None\n"
        "from spacy_imrad.cli import app\n"
        "app(['train', *sys.argv[1:], '--paths.train', 'x', '--paths.dev', 'x'])"
    )
    config = Path(__file__).parents[2] / "configs/finetune.cfg"
    done = subprocess.run(
        [sys.executable, "-c", script, str(config), "-o", "out"],
        cwd=tmp_path,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 1
    assert done.stdout == ""
    assert "pip install 'spacy-imrad[torch]'" in done.stderr
    assert not (tmp_path / "out").exists()
