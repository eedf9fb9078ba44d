"""A whole conversion, which goes on where an earlier one of the same kind stopped."""

import json
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, TypeAlias

import spacy
import srsly

from spacy_imrad.atomic import part_of, replacing
from spacy_imrad.data.convert.plan import Plan, make_plan
from spacy_imrad.data.convert.settings import Settings
from spacy_imrad.data.convert.shards import (
    DOCS,
    PAPERS,
    shard_sizes,
    write_docs,
    write_papers,
)
from spacy_imrad.outputs import Output, OutputError, claim_in

SETTINGS_FILE: Final = "settings.json"
PLAN_FILE: Final = "plan.npz"
REPORT_FILE: Final = "report.json"
NAMES: Final = (PAPERS, DOCS, SETTINGS_FILE, PLAN_FILE, REPORT_FILE)

# From what is being done, and how many steps it has (None if that is not known), to a
# context that gives a function to call after each step.
Progress: TypeAlias = Callable[
    [str, int | None], AbstractContextManager[Callable[[], None]]
]


def convert(
    settings: Settings, folder: Path, progress: Progress, *, overwrite: bool = False
) -> dict[str, Any]:
    """Convert a data set to papers as JSON Lines and to `.spacy` files.

    folder: Gets `papers/SPLIT/*.jsonl`, `docs/SPLIT/*.spacy` and `report.json`.
    overwrite: Replace another conversion in the folder.
    RETURNS: The report: records and labelled paragraphs of each split and source, and
        how many records were skipped for which reason.
    RAISES: OutputError if the folder has another conversion and `overwrite` is false,
        or something else where this writes; what the data set's reader raises;
        ValueError as `make_plan` does.
    """
    inputs = [settings.input] if Path(settings.input).exists() else []
    claimed = claim_in(folder, NAMES, "convert", inputs=inputs, resume=True)
    with claimed as output:
        _settle(settings, output, overwrite)
        report = _convert(settings, output, progress)
        output.finish()
    return report


def _settle(settings: Settings, output: Output, overwrite: bool) -> None:
    """See to it that what is there is a part of this conversion."""
    path = output.folder / SETTINGS_FILE
    wanted = json.loads(json.dumps(settings.fingerprint()))
    if path.exists():
        if json.loads(path.read_text(encoding="utf8")) == wanted:
            return
        if not overwrite:
            raise OutputError(
                f"The folder '{output.folder}' has a conversion with other settings, "
                "of other data or by another version. Name another folder, or replace "
                "it with `--overwrite`."
            )
    output.clear()
    output.writes(*map(part_of, output.paths))
    output.writes(*(output.folder / n for n in (SETTINGS_FILE, PLAN_FILE, REPORT_FILE)))
    with replacing(path) as part:
        # Not srsly, which rounds: 0.3 would be another share when it is read again.
        part.write_text(json.dumps(wanted, indent=2), encoding="utf8")


def _convert(settings: Settings, output: Output, progress: Progress) -> dict[str, Any]:
    folder = output.folder
    plan_path = folder / PLAN_FILE
    if plan_path.exists():
        plan = Plan.from_disk(plan_path)
    else:
        with progress("Reading", None) as step:
            plan = make_plan(settings, step)
        plan.to_disk(plan_path)
    shards = sorted(shard_sizes(plan))
    made = [p for shard in shards for p in (shard.papers(folder), shard.docs(folder))]
    output.writes(*made, *map(part_of, made))
    with progress("Writing papers", len(plan.split)) as step:
        write_papers(settings, plan, folder, step)
    nlp = spacy.blank("en")
    # The limit guards the memory of parsers, and there is none here.
    nlp.max_length = sys.maxsize
    with progress("Writing Docs", len(shards)) as step:
        for shard in shards:
            write_docs(nlp, settings, folder, shard)
            step()
    with replacing(folder / REPORT_FILE) as part:
        srsly.write_json(part, plan.report)
    return plan.report
