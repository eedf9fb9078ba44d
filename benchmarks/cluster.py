"""`label --ray` beside one process and beside processes of one machine: how fast, and
what is left of it when a worker or a machine is killed.

    python -m benchmarks.cluster --papers 64
    python -m benchmarks.cluster --papers 1000 --workers 8 --gpus-per-worker 0.125

Real papers as Markdown files go through the command, with one thread a process, into a
Parquet file each time. Papers a second are counted from the first paper on, since
starting Ray and loading pipelines takes as long for a million papers. The machines are
nodes of Ray on this one, where its workers step back for other processes unless
`RAY_worker_niceness=0` says otherwise.
"""

import argparse
import os
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

from rich.box import MARKDOWN
from rich.console import Console
from rich.table import Table

from spacy_imrad.document.paper import Paper
from spacy_imrad.outputs import journal_of

from . import texts

ARXIV = 2_400_000
NODES = 2


@dataclass
class Run:
    """seconds: From the start to the first paper, and to the end.
    rate: Papers a second after the first."""

    first: float
    seconds: float
    rate: float
    content: bytes


def read(args: argparse.Namespace) -> list[Paper]:
    papers = texts.read_mixed(args.corpus)
    fitting = (p for p in papers if not args.source or p.source == args.source)
    found = list(islice(fitting, args.papers))
    if not found:
        raise SystemExit(f"There are no papers of the source '{args.source}'.")
    return found


def write(papers: list[Paper], folder: Path) -> int:
    """RETURNS: How many words they have."""
    folder.mkdir()
    n_words = 0
    for number, paper in enumerate(papers):
        text = texts.as_markdown(paper)
        n_words += len(text.split())
        (folder / f"{number:05d}.md").write_text(text, encoding="utf8")
    return n_words


def run(
    folder: Path,
    n_papers: int,
    n_workers: int,
    *options: str,
    env: dict[str, str] | None = None,
    kill: Callable[[], object] | None = None,
) -> Run:
    """Label the papers with the command.

    kill: Called once, when a quarter of them is labelled.
    """
    output = folder / "labels.parquet"
    journal = journal_of(output)
    command = ["label", "papers", "--format", "parquet", "--output", output.name]
    errors = folder / "errors.txt"
    began = time.perf_counter()
    with errors.open("w") as file:
        process = subprocess.Popen(
            [sys.executable, "-m", "spacy_imrad", *command, *options],
            cwd=folder,
            env={**os.environ, "OMP_NUM_THREADS": "1", **(env or {})},
            stderr=file,
        )
    first, last = (0.0, 0), (0.0, 0)
    while process.poll() is None:
        done = journal.read_bytes().count(b"\n") - 1 if journal.exists() else 0
        if done > last[1]:
            last = (time.perf_counter() - began, done)
            first = first if first[1] else last
        if kill is not None and done >= n_papers // 4:
            kill()
            kill = None
        time.sleep(0.02)
    if process.returncode or kill is not None:
        sys.exit(f"{errors.read_text()}\nexit code {process.returncode}")
    seconds = time.perf_counter() - began
    content = output.read_bytes()
    output.unlink()
    if n_papers <= first[1] * n_workers:
        sys.exit("Too few papers for a rate.")
    # When the first papers come from one worker, the others have as many in hand.
    rate = (n_papers - first[1] * n_workers) / (last[0] - first[0])
    return Run(first[0], seconds, rate, content)


@contextmanager
def cluster(
    n_nodes: int, n_workers: int, n_gpus: int
) -> Iterator[tuple[dict[str, str], Callable[[], object]]]:
    """Nodes with room for the workers, beside one for the driver.

    YIELDS: The driver's environment, and what kills a node.
    """
    from ray.cluster_utils import Cluster

    os.environ.setdefault("RAY_USAGE_STATS_ENABLED", "0")
    started = Cluster(
        initialize_head=True,
        head_node_args={"num_cpus": 0, "num_gpus": 0, "include_dashboard": False},
    )
    nodes = [
        started.add_node(num_cpus=n_workers // n_nodes, num_gpus=n_gpus)
        for _ in range(n_nodes)
    ]
    try:
        yield (
            {"RAY_ADDRESS": started.address},
            lambda: started.remove_node(nodes[0], allow_graceful=False),
        )
    finally:
        started.shutdown()


def kill_worker() -> None:
    for path in Path("/proc").glob("[0-9]*"):
        try:
            if b"LabelPack" in (path / "cmdline").read_bytes():
                os.kill(int(path.name), signal.SIGKILL)
                return
        except OSError:
            continue
    sys.exit("There is no worker to kill.")


def measure(
    folder: Path, args: argparse.Namespace, report: Callable[[str, Run], None]
) -> Run:
    """RETURNS: The undisturbed run on all workers."""

    def label(name: str, n_workers: int, *options: str, **settings: Any) -> Run:
        if args.pipeline:
            options = ("--pipeline", str(args.pipeline.resolve()), *options)
        options = ("--workers", str(n_workers), *options)
        found = run(folder, args.papers, n_workers, *options, **settings)
        report(name, found)
        return found

    n = args.workers
    if args.gpus_per_worker:
        with cluster(1, n, n_gpus(args)) as (env, _):
            alone = ("--ray", "--gpus-per-worker", "1")
            label("Ray, a worker with a GPU", 1, *alone, env=env)
            share = ("--ray", "--gpus-per-worker", str(args.gpus_per_worker))
            return label(f"Ray, {n} workers on {n_gpus(args)} GPU", n, *share, env=env)
    label("one process", 1)
    label(f"{n} processes", n)
    with cluster(NODES, n, 0) as (env, kill_node):
        every = label(f"Ray, {n} workers on {NODES} nodes", n, "--ray", env=env)
        if args.kills:
            label("Ray, a worker killed", n, "--ray", env=env, kill=kill_worker)
            label("Ray, a node killed", n, "--ray", env=env, kill=kill_node)
    return every


def n_gpus(args: argparse.Namespace) -> int:
    return max(1, round(args.workers * args.gpus_per_worker))


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    texts.add_arguments(parser)
    parser.add_argument("--source", help="of the papers; all if left out")
    parser.add_argument("--workers", type=int, default=NODES)
    parser.add_argument("--gpus-per-worker", type=float, default=0.0)
    parser.add_argument("--no-kills", dest="kills", action="store_false")
    parser.add_argument("--pipeline", type=Path, help="the bundled one if left out")
    args = parser.parse_args()
    papers = read(args)
    args.papers = len(papers)
    table = Table("", "s", "s to the first", "papers/s", "ratio", "same", box=MARKDOWN)
    baseline: list[Run] = []

    def report(name: str, found: Run) -> None:
        baseline.append(found)
        same = "yes" if found.content == baseline[0].content else "NO"
        figures = f"{found.seconds:.1f}", f"{found.first:.1f}", f"{found.rate:.2f}"
        ratio = f"{found.rate / baseline[0].rate:.2f}"
        table.add_row(name, *figures, ratio, same if len(baseline) > 1 else "")

    with tempfile.TemporaryDirectory() as name:
        n_words = write(papers, Path(name) / "papers")
        every = measure(Path(name), args, report)
    print(f"{len(papers)} papers of {n_words / len(papers):,.0f} words")
    Console(width=100).print(table)
    unit, count = "core", args.workers
    if args.gpus_per_worker:
        unit, count = "GPU", n_gpus(args)
    rate = every.rate / count
    print(f"{rate:.2f} papers/s a {unit}; {ARXIV:,} papers take")
    for n in (1, 8) if args.gpus_per_worker else (64, 1000):
        hours = ARXIV / rate / n / 3600
        print(f"  {hours:,.1f} hours on {n:,} {unit}{'s' * (n > 1)}")


if __name__ == "__main__":
    main()
