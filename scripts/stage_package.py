"""Put together what a packaged pipeline consists of: the pipeline, what it says of
itself, how to use it, and the licences of what it learned from.

    python scripts/stage_package.py training/finetune/model-best packages/finetune \
        --metrics metrics/finetune/metrics.json --papers corpus/papers/train \
        --dataset plos --base bundled --name imrad_distilbert --version 0.1.0

The result is for `spacy package`. `project/meta.json` has what is the same for every
pipeline, `project/sources.json` the sources of each data set and base.
"""

import argparse
import json
import shutil
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from typing import Any

from packaging.requirements import Requirement
from spacy.cli.package import generate_readme
from spacy.training.loop import DIR_MODEL_BEST

from spacy_imrad.document.paper import Paper
from spacy_imrad.evaluation.report import verdict
from spacy_imrad.models.checkpoints.exported import GRAPH_FILE
from spacy_imrad.outputs import claim
from spacy_imrad.readers.jsonl import read_papers
from spacy_imrad.training.log import best_step, read_log

PROJECT = Path("project")
LICENSE = Path("LICENSE")
# So many identifiers are named: those of papers, hardly those of single paragraphs.
MOST_NAMED = 20_000
VIEWS = {"hide": "headings_hidden", "show": "headings_shown"}
USE = """# {name}

```python
import spacy

nlp = spacy.load("{name}")
doc = nlp(open("paper.md").read())
for paragraph in doc.spans["imrad_paragraphs"]:
    print(paragraph.label_, paragraph._.imrad_scores, paragraph.text[:60])
```

"""


def performance(metrics: dict[str, Any]) -> dict[str, Any]:
    """The test scores of the first pipeline, by names that say what it was shown."""
    by_view = next(iter(metrics["pipelines"].values()))
    scores: dict[str, Any] = {}
    for view, name in VIEWS.items():
        figures, labels = by_view[view]["all"], by_view[view]["labels"]
        scores |= {
            f"{name}_acc": figures["accuracy"],
            f"{name}_macro_f": figures["macro_f1"],
            f"{name}_weighted_f": figures["weighted_f1"],
            f"{name}_ece": figures["ece"],
            f"{name}_per_type": {
                label: {part: row[part] for part in "prf"}
                for label, row in labels.items()
                if row["paragraphs"]
            },
        }
    return scores


def measured_on(metrics: dict[str, Any]) -> str:
    by_view = next(iter(metrics["pipelines"].values()))
    figures = by_view["hide"]["all"]
    low, high = figures["intervals"]["accuracy"]
    return (
        f"The scores are those of {metrics['papers']:,} papers with "
        f"{figures['paragraphs']:,} labelled paragraphs that training did not see; "
        "with as many other papers the accuracy with headings hidden would lie between "
        f"{low:.3f} and {high:.3f} in 95% of the cases."
    )


def compared(metrics: dict[str, Any]) -> list[str]:
    """Whether it is better than the pipelines that it was compared with."""
    return [
        verdict(other, gains["hide"]["accuracy"], metrics["papers"])
        for other, gains in metrics["gains"].items()
    ]


def learned_nothing(pipeline: Path) -> bool:
    """Whether it is the best of a training that was never better than at first."""
    log = read_log(pipeline.parent)
    is_best = pipeline.name == DIR_MODEL_BEST
    return is_best and bool(log) and best_step(log) == log[0]["step"]


def requirements(pipeline: Path) -> list[str]:
    """What the pipeline needs beside spacy-imrad: what its extra `torch` brings, unless
    the weights are exported."""
    if any(pipeline.rglob(GRAPH_FILE)):
        return []
    everything = map(Requirement, metadata.requires("spacy-imrad") or [])
    return [
        f"{needed.name}{needed.specifier}"
        for needed in everything
        if needed.marker and needed.marker.evaluate({"extra": "torch"})
    ]


def licenses(papers: Iterable[Paper], sources: list[dict[str, str]]) -> str:
    """What a pipeline learned from, and under which licences that is."""
    lines = ["This pipeline was made from:", ""]
    for source in sources:
        parts = (source[key] for key in ("name", "author", "license", "url"))
        lines.append("* " + ", ".join(part for part in parts if part))
    named: dict[str, list[str]] = {}
    for paper in papers:
        named.setdefault(paper.license or "No licence named", []).append(paper.id)
    few = sum(map(len, named.values())) <= MOST_NAMED
    lines += ["", "What it was trained on, by licence:"]
    for license, identities in sorted(named.items()):
        lines += ["", f"* {license} ({len(identities):,})"]
        lines += [f"    {identity}" for identity in identities if few]
    return "\n".join([*lines, ""])


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n\n")[0])
    parser.add_argument("pipeline", type=Path)
    parser.add_argument("output", type=Path)
    for name in ("metrics", "papers", "dataset", "base", "name", "version"):
        parser.add_argument(f"--{name}", required=True)
    args = parser.parse_args()
    known = json.loads((PROJECT / "sources.json").read_text(encoding="utf8"))
    common = json.loads((PROJECT / "meta.json").read_text(encoding="utf8"))
    own = json.loads((args.pipeline / "meta.json").read_text(encoding="utf8"))
    metrics = json.loads(Path(args.metrics).read_text(encoding="utf8"))
    unknown = {"url": "", "author": "", "license": "see its own"}
    sources = [
        known.get(name, {"name": name, **unknown}) for name in (args.dataset, args.base)
    ]
    notes = [common["notes"], measured_on(metrics), *compared(metrics)]
    if learned_nothing(args.pipeline):
        notes.append(
            "Training never raised the score on the development papers: this pipeline "
            "is the one that training began with."
        )
        print(f"warning: {notes[-1]}")
    meta = {
        **own,
        **common,
        "name": args.name,
        "version": args.version,
        "notes": " ".join(notes),
        "sources": sources,
        "requirements": [*own.get("requirements", []), *requirements(args.pipeline)],
        "performance": performance(metrics),
    }
    # spaCy makes a link of the author, even to nowhere.
    card = {key: value for key, value in meta.items() if key != "url" or value}
    pages = {
        "meta.json": json.dumps(meta, indent=2, ensure_ascii=False) + "\n",
        "README.md": USE.format(name=f"{own['lang']}_{args.name}")
        + generate_readme(card),
        "LICENSES_SOURCES": licenses(read_papers(args.papers), sources),
    }
    inputs = [args.pipeline, args.metrics, args.papers]
    taken = claim(args.output, "stage_package", inputs=inputs, overwrite=True)
    with taken as output:
        output.begin()
        shutil.copytree(args.pipeline, output.part)
        for name, page in pages.items():
            (output.part / name).write_text(page, encoding="utf8")
        shutil.copy(LICENSE, output.part / "LICENSE")
        output.put()
        output.finish()


if __name__ == "__main__":
    main()
