"""A training that is killed goes on from its last checkpoint."""

import json
import os
import signal
import subprocess
import sys
import time
from itertools import islice
from pathlib import Path

import pytest
import spacy
from test_train import papers, write_config  # noqa: F401
from thinc.api import Config, warmup_linear

from spacy_imrad.training.continued import make_skip_v1, train
from spacy_imrad.training.log import checkpoints, read_log

N_STEPS = 60
EVERY = 10


@pytest.fixture
def config(tmp_path, papers, tiny_model, build_checkpoint):  # noqa: F811
    path = tmp_path / "config.cfg"
    model = {**tiny_model, "name": str(build_checkpoint(labels=None))}
    write_config(path, model, papers, "paper")
    config = Config().from_disk(path)
    config["corpora"]["train"]["headings"] = "hide"
    config["corpora"]["dev"]["headings"] = "hide"
    config["paths"] = {"train": str(papers)}
    config["training"]["max_steps"] = N_STEPS
    config["training"]["eval_frequency"] = EVERY
    config["training"]["optimizer"]["learn_rate"] = {
        "@schedules": "warmup_linear.v1",
        "warmup_steps": 5,
        "total_steps": N_STEPS,
        "initial_rate": 0.01,
    }
    config.to_disk(path)
    return path


def accuracy(folder: Path) -> float:
    nlp = spacy.load(folder / "model-best")
    return nlp.meta["performance"]["spans_imrad_acc"]


@pytest.mark.slow
def test_a_killed_training_ends_like_an_undisturbed_one(config, tmp_path):
    assert train(config, tmp_path / "undisturbed") == 0
    steps = [entry["step"] for entry in read_log(tmp_path / "undisturbed")]
    assert steps == [0, *range(EVERY, N_STEPS + 1, EVERY)]
    assert not checkpoints(tmp_path / "undisturbed")

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
    n_before = len(read_log(killed))
    assert checkpoints(killed)
    assert 3 <= n_before < len(steps)

    done = subprocess.run(command, capture_output=True, text=True, check=True)
    assert "Went on from step" in done.stdout
    log = read_log(killed)
    assert [entry["step"] for entry in log][-1] == N_STEPS
    assert len(log) >= len(steps)
    assert accuracy(killed) == pytest.approx(accuracy(tmp_path / "undisturbed"), 0.005)
    saved = Config().from_disk(killed / "model-best" / "config.cfg")
    assert saved["training"]["logger"] == {
        "@loggers": "spacy.ConsoleLogger.v1",
        "progress_bar": False,
    }
    # A training that reached its end begins anew.
    assert json.loads((killed / "run.json").read_text())["finished"]


def test_other_data_begin_anew(config, tmp_path, papers):  # noqa: F811
    output = tmp_path / "output"
    overrides = {"training.max_steps": 10}
    train(config, output, overrides=overrides)
    state = json.loads((output / "run.json").read_text())
    (output / "run.json").write_text(json.dumps({**state, "finished": False}))
    step = output / "checkpoints" / "step-0000005"
    step.mkdir(parents=True)
    (output / "model-last").rename(step / "pipeline")
    entry = {"epoch": 0, "step": 5, "score": 9.0, "scores": {}, "losses": {}}
    (step / "log.jsonl").write_text(json.dumps(entry) + "\n")
    with papers.open("a") as file:
        file.write("\n")
    assert train(config, output, overrides=overrides) == 0
    assert max(entry["score"] for entry in read_log(output)) <= 1


def test_the_best_pipeline_may_be_one_from_before_the_kill(config, tmp_path):
    output = tmp_path / "output"
    overrides = {"training.max_steps": 20}
    train(config, output, overrides=overrides)
    state = json.loads((output / "run.json").read_text())
    (output / "run.json").write_text(json.dumps({**state, "finished": False}))
    step = output / "checkpoints" / "step-0000010"
    step.mkdir(parents=True)
    (output / "model-last").rename(step / "pipeline")
    (step / "pipeline" / "kept").touch()
    entry = {"epoch": 0, "step": 10, "score": 9.0, "scores": {}, "losses": {}}
    (step / "log.jsonl").write_text(json.dumps(entry) + "\n")
    assert train(config, output, overrides=overrides) == 10
    assert (output / "model-best" / "kept").exists()
    assert [entry["step"] for entry in read_log(output)] == [10, 10, 20]


def test_skip_leaves_out_the_first_steps():
    rates = warmup_linear(0.1, 3, 10)
    whole = list(islice(warmup_linear(0.1, 3, 10), 10))
    assert list(islice(make_skip_v1(rates, 4), 6)) == whole[4:]
