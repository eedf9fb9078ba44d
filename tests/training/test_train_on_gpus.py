"""Several processes train one pipeline, on papers of their own each."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest
import spacy
from test_train import SENTENCES, papers  # noqa: F401

from spacy_imrad import LABELS

SCRIPT = Path(__file__).parents[2] / "scripts" / "train_on_gpus.py"
CONFIG = SCRIPT.parents[1] / "configs" / "imrad_distilbert.cfg"
RUN = [sys.executable, "-m", "torch.distributed.run", "--nproc_per_node", "2"]

pytestmark = pytest.mark.skipif(
    not SCRIPT.exists(), reason="these tests run without the scripts"
)

# Each process has a gradient of its own; what they learn is that of the mean.
ONE_UPDATE = """
import os, runpy, sys
import torch
from thinc.api import Optimizer
from torch import distributed
from spacy_imrad.models.torch_shim import FlatParameters

script = runpy.run_path(sys.argv[1])
rank = int(os.environ["RANK"])
distributed.init_process_group("gloo")
clock = script["Clock"](1000.0, torch.device("cpu"))
clock.factor = lambda asker: 1.0
script["learn_together"](clock)
network = torch.nn.Linear(1, 1, bias=False)
torch.nn.init.constant_(network.weight, 5.0 + rank)
flat = FlatParameters(network)
network(torch.tensor([[1.0 + 2 * rank]])).sum().backward()
sgd = Optimizer(1.0, beta1=0.0, beta2=0.0, L2=0.0, grad_clip=0.0, use_averages=False)
flat.update((1, "weights"), sgd)
print(f"process {rank} has {network.weight.item()}")
"""


def run(*arguments: str | Path) -> str:
    done = subprocess.run(
        [*RUN, *map(str, arguments)], capture_output=True, text=True, timeout=300
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.mark.usefixtures("needs_torch")
def test_an_update_takes_the_mean_of_all_gradients(tmp_path: Path) -> None:
    program = tmp_path / "one_update.py"
    program.write_text(ONE_UPDATE)
    output = run(program, SCRIPT)
    # The first one's weight, 5, less the mean of 1 and 3.
    assert "process 0 has 3.0" in output
    assert "process 1 has 3.0" in output


def test_processes_train_one_pipeline_until_the_time_is_up(
    papers: Path,  # noqa: F811
    tmp_path: Path,
    build_checkpoint: Callable[..., Path],
) -> None:
    lines = papers.read_text(encoding="utf8").splitlines(keepends=True)
    for rank in (0, 1):
        part = tmp_path / "parts" / str(rank) / "papers.jsonl"
        part.parent.mkdir(parents=True)
        part.write_text("".join(lines[rank::2]), encoding="utf8")
    model = "--components.imrad_classifier.model"
    output = run(
        *(SCRIPT, CONFIG, tmp_path / "trained", "--papers", tmp_path / "parts"),
        *("--seconds", "6", "--evaluate-every", "1000"),
        *("--paths.dev", tmp_path / "parts" / "0"),
        *("--paths.base", build_checkpoint(labels=None)),
        *("--corpora.train.min_length", "10", "--corpora.dev.min_length", "10"),
        *("--training.optimizer.learn_rate.initial_rate", "0.01"),
        *("--training.batcher.size", "60"),
        *(f"{model}.rate_scale", "1.0", f"{model}.width", "16"),
        *(f"{model}.paragraphs.max_length", "128", f"{model}.paragraphs.stride", "16"),
        *(f"{model}.paragraphs.mixed_precision", "false"),
    )
    steps = [line.split()[2] for line in output.splitlines() if "process " in line]
    assert len(steps) == 2
    assert steps[0] == steps[1]
    nlp = spacy.load(tmp_path / "trained" / "model-last")
    doc = nlp("\n\n".join(SENTENCES))
    assert [span.label_ for span in doc.spans["imrad_paragraphs"]] == list(LABELS)
