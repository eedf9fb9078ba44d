"""A whole conversion, which goes on where an earlier one of the same kind stopped."""

import json
import shutil
import sys
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any, Final, TypeAlias

import spacy
import srsly

from spacy_imrad.atomic import replacing
from spacy_imrad.data.convert.plan import Plan, make_plan
from spacy_imrad.data.convert.settings import Settings
from spacy_imrad.data.convert.shards import (
    DOCS,
    PAPERS,
    shard_sizes,
    write_docs,
    write_papers,
)

SETTINGS_FILE: Final = "settings.json"
PLAN_FILE: Final = "plan.npz"
REPORT_FILE: Final = "report.json"

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
    overwrite: Remove what another conversion left in the folder.
    RETURNS: The report: records and labelled paragraphs of each split and source, and
        how many records were skipped for which reason.
    RAISES: FileExistsError if the folder has another conversion and `overwrite` is
        false; what the data set's reader raises; ValueError as `make_plan` does.
    """
    _claim(settings, folder, overwrite)
    plan_path = folder / PLAN_FILE
    if plan_path.exists():
        plan = Plan.from_disk(plan_path)
    else:
        with progress("Reading", None) as step:
            plan = make_plan(settings, step)
        plan.to_disk(plan_path)
    with progress("Writing papers", len(plan.split)) as step:
        write_papers(settings, plan, folder, step)
    shards = sorted(shard_sizes(plan))
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


def _claim(settings: Settings, folder: Path, overwrite: bool) -> None:
    """Settle that what is in the folder is a part of this conversion."""
    path = folder / SETTINGS_FILE
    wanted = json.loads(json.dumps(settings.fingerprint()))
    if path.exists():
        if json.loads(path.read_text(encoding="utf8")) == wanted:
            return
        if not overwrite:
            raise FileExistsError(
                f"The folder '{folder}' has a conversion with other settings, of other "
                "data or by another version. Name another folder, or replace it with "
                "`--overwrite`."
            )
    # First what tells that the rest is a part of it.
    for name in (SETTINGS_FILE, PLAN_FILE, REPORT_FILE):
        (folder / name).unlink(missing_ok=True)
    for name in (PAPERS, DOCS):
        shutil.rmtree(folder / name, ignore_errors=True)
    with replacing(path) as part:
        # Not srsly, which rounds: 0.3 would be another share when it is read again.
        part.write_text(json.dumps(wanted, indent=2), encoding="utf8")
