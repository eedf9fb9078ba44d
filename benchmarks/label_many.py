"""Memory of `label` over many files, and what is left of a run that is killed.

    python -m benchmarks.label_many --files 10000 --kills 10

Generates papers, labels them with two workers into a Parquet file, and prints the
memory of all processes together at each tenth of the run. Then the same is done with
the processes killed (SIGKILL) at random moments and resumed; the rows of both files
have to be the same. The pipeline is a tiny one made on the spot, unless one is given:
what is measured is the command, not the network.
"""

import argparse
import os
import random
import signal
import subprocess
import sys
import tempfile
import time
from pathlib import Path

import spacy
from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from spacy_imrad.outputs import journal_of

WORDS = "we show the data of samples and patients for a model with results in section"
SAMPLES = 10


def write_papers(folder: Path, count: int, seed: int = 0) -> None:
    """Papers of four sections with random words."""
    rng = random.Random(seed)
    words = WORDS.split()
    for number in range(count):
        parts = [f"# Paper {number}"]
        for heading in ("Introduction", "A study", "Results", "Discussion"):
            text = " ".join(rng.choices(words, k=40))
            parts += [f"## {heading}", f"{text.capitalize()}."]
        path = folder / f"{number // 1000:03d}" / f"{number:06d}.md"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("\n\n".join(parts), encoding="utf8")


def save_tiny_pipeline(folder: Path) -> None:
    """A pipeline with an untrained network of one small layer."""
    import transformers
    from tokenizers import Tokenizer, models, pre_tokenizers

    from spacy_imrad import LABELS

    vocab = {w: i for i, w in enumerate(["[PAD]", "[UNK]", "[CLS]", "[SEP]"])}
    for word in WORDS.split():
        vocab.setdefault(word, len(vocab))
    tokenizer = Tokenizer(models.WordPiece(vocab, unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    checkpoint = folder / "checkpoint"
    special = {"pad": "[PAD]", "unk": "[UNK]", "cls": "[CLS]", "sep": "[SEP]"}
    transformers.PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        model_max_length=128,
        **{f"{name}_token": token for name, token in special.items()},
    ).save_pretrained(checkpoint)
    config = transformers.DistilBertConfig(
        vocab_size=len(vocab),
        dim=16,
        hidden_dim=32,
        n_layers=1,
        n_heads=2,
        max_position_embeddings=128,
        id2label=dict(enumerate(LABELS)),
        label2id={label: index for index, label in enumerate(LABELS)},
    )
    network = transformers.DistilBertForSequenceClassification(config)
    network.save_pretrained(checkpoint)
    nlp = spacy.blank("en")
    model = {
        "@architectures": "spacy-imrad.HFSequenceClassifier.v1",
        "name": str(checkpoint),
        "max_length": 128,
    }
    nlp.add_pipe("imrad_classifier", config={"model": model})
    nlp("We show the data.")
    nlp.to_disk(folder / "pipeline")


def start(papers: Path, pipeline: str, output: Path) -> "subprocess.Popen[bytes]":
    command = ["label", str(papers), "-f", "parquet", "-o", str(output), "--resume"]
    command += ["--workers", "2", "-p", pipeline]
    return subprocess.Popen(
        [sys.executable, "-m", "spacy_imrad", *command], start_new_session=True
    )


def memory_of_session(session: int) -> float:
    """Megabytes that the processes of a session hold for themselves."""
    total = 0
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if os.getsid(int(path.name)) != session:
                continue
            for line in (path / "smaps_rollup").read_text().splitlines():
                if line.startswith("Pss:"):
                    total += int(line.split()[1])
        except OSError:
            continue
    return total / 1024


def lines_in(journal: Path) -> int:
    if not journal.exists():
        return 0
    with journal.open("rb") as file:
        return sum(1 for _ in file)


def measure(
    papers: Path, pipeline: str, output: Path, count: int
) -> list[tuple[int, float, float]]:
    """Files done, seconds and megabytes, at each tenth of the run."""
    process = start(papers, pipeline, output)
    journal = journal_of(output)
    rows: list[tuple[int, float, float]] = []
    began = time.perf_counter()
    while process.poll() is None:
        done = lines_in(journal) - 1
        if done >= (len(rows) + 1) * count // SAMPLES:
            seconds = time.perf_counter() - began
            rows.append((done, seconds, memory_of_session(process.pid)))
        time.sleep(0.2)
    if process.returncode:
        sys.exit(f"The undisturbed run failed with exit code {process.returncode}.")
    return rows


def disturb(
    papers: Path, pipeline: str, output: Path, count: int, kills: int, seed: int
) -> int:
    """Kill runs at random numbers of files done, then let one end.

    RETURNS: How many were killed while they ran.
    """
    rng = random.Random(seed)
    journal = journal_of(output)
    killed = 0
    for goal in sorted(rng.sample(range(1, count), kills)):
        process = start(papers, pipeline, output)
        while process.poll() is None and lines_in(journal) < goal:
            time.sleep(rng.uniform(0.01, 0.1))
        killed += process.poll() is None
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
    if start(papers, pipeline, output).wait():
        sys.exit("The last run failed.")
    return killed


def sorted_rows(path: Path) -> list[str]:
    import pyarrow.parquet

    return sorted(map(repr, pyarrow.parquet.read_table(path).to_pylist()))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("--files", type=int, default=10_000)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--pipeline", help="a path or name; a tiny one if left out")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        papers = folder / "papers"
        write_papers(papers, args.files, args.seed)
        if not args.pipeline:
            save_tiny_pipeline(folder)
        pipeline = args.pipeline or str(folder / "pipeline")
        table = Table("files", "seconds", "memory (MB)", box=MARKDOWN)
        whole = folder / "whole.parquet"
        for done, seconds, memory in measure(papers, pipeline, whole, args.files):
            table.add_row(f"{done:,}", f"{seconds:.0f}", f"{memory:.0f}")
        Console().print(table)
        if args.kills:
            parts = folder / "parts.parquet"
            killed = disturb(papers, pipeline, parts, args.files, args.kills, args.seed)
            same_bytes = whole.read_bytes() == parts.read_bytes()
            same_rows = sorted_rows(whole) == sorted_rows(parts)
            print(
                f"{killed} of {args.kills} runs killed; rows the same: {same_rows}; "
                f"files the same, byte for byte: {same_bytes}"
            )
            if not same_rows:
                sys.exit(1)


if __name__ == "__main__":
    main()
