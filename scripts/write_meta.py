"""Write what a packaged pipeline says of itself: sources, licences, scores.

    python scripts/write_meta.py training/finetune/model-best \
        metrics/finetune/metrics.json training/finetune/meta.json \
        --dataset plos --base bundled

The result is for `spacy package --meta-path`. `project/meta.json` has what is the same
for every pipeline, and the sources of each data set and base.
"""

import argparse
import json
from pathlib import Path
from typing import Any

PROJECT = Path("project/meta.json")


def scores_of(metrics: dict[str, Any]) -> dict[str, Any]:
    """The test scores of the first pipeline, by names that say how it read."""
    views = next(iter(metrics.values()))
    return {
        f"test_{figure}_{view.replace(' ', '_')}": value
        for view, summary in views.items()
        for figure, value in summary["all"].items()
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("pipeline", type=Path)
    parser.add_argument("metrics", type=Path)
    parser.add_argument("output", type=Path)
    parser.add_argument("--dataset", required=True)
    parser.add_argument("--base", required=True)
    args = parser.parse_args()
    project = json.loads(PROJECT.read_text(encoding="utf8"))
    own = json.loads((args.pipeline / "meta.json").read_text(encoding="utf8"))
    scores = scores_of(json.loads(args.metrics.read_text(encoding="utf8")))
    known = project.pop("known_sources")
    unknown = {"url": "", "author": "", "license": "see its own"}
    project["sources"] = [
        known.get(name, {"name": name, **unknown})
        for name in dict.fromkeys((args.dataset, args.base))
    ]
    project["performance"] = {**own["performance"], **scores}
    args.output.write_text(json.dumps(project, indent=2) + "\n", encoding="utf8")


if __name__ == "__main__":
    main()
