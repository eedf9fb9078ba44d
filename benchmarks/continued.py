"""What a kill costs a training: one that is killed half-way beside one that is not.

    python -m spacy project run convert
    python -m benchmarks.continued --config finetune

Both learn from the project's papers (`corpus/papers`). The second is killed with
SIGKILL once half of its evaluations are made, and gone on with by the same command.
Printed is how both label the test papers with headings hidden, and whether their
weights are the same.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from spacy_imrad.evaluation.predictions import score_examples
from spacy_imrad.pipeline.loading import load_pipeline
from spacy_imrad.training.corpus import make_papers_corpus_v1
from spacy_imrad.training.log import read_log

PAPERS = Path("corpus/papers")


def command(config: str, base: str, output: Path) -> list[str]:
    return [
        *(sys.executable, "-m", "spacy_imrad", "train", f"configs/{config}.cfg"),
        *("--output", str(output), "--paths.base", base),
        *("--paths.train", str(PAPERS / "train"), "--paths.dev", str(PAPERS / "dev")),
    ]


def kill_after(evaluations: int, arguments: list[str], output: Path) -> None:
    process = subprocess.Popen(arguments)
    while len(read_log(output)) < evaluations:
        if process.poll() is not None:
            sys.exit("The training ended before it was killed.")
        time.sleep(0.1)
    os.kill(process.pid, signal.SIGKILL)
    process.wait()


def accuracy(pipeline: Path) -> float:
    nlp = load_pipeline(str(pipeline))
    options = {"unit": "paper", "rule": "ancestor", "tokens": "paragraph"}
    corpus = make_papers_corpus_v1(str(PAPERS / "test"), **options)  # type: ignore[arg-type]
    scored, _ = score_examples(nlp, corpus(nlp))
    return scored.figures()["accuracy"]


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--config", default="finetune")
    parser.add_argument("--base", default="bundled")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        runs = {run: Path(name) / run for run in ("undisturbed", "killed")}
        commands = {run: command(args.config, args.base, runs[run]) for run in runs}
        subprocess.run(commands["undisturbed"], check=True)
        half = (len(read_log(runs["undisturbed"])) + 1) // 2
        kill_after(half, commands["killed"], runs["killed"])
        subprocess.run(commands["killed"], check=True)
        scores = {run: accuracy(folder / "model-best") for run, folder in runs.items()}
        weights = {
            (folder / "model-best" / "imrad_classifier" / "model").read_bytes()
            for folder in runs.values()
        }
    for run, score in scores.items():
        print(f"{run}: accuracy {score:.4f}")
    difference = 100 * abs(scores["killed"] - scores["undisturbed"])
    same = "the same weights" if len(weights) == 1 else "other weights"
    print(f"difference {difference:.2f} points, {same}")


if __name__ == "__main__":
    main()
