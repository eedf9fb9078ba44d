"""Install the wheel into clean environments, alone and with each extra, and use it.

python scripts/extras.py                        # alone, and with each extra
python scripts/extras.py none export trf         # some; none is the wheel alone
python scripts/extras.py --wheel dist/*.whl trf # with a wheel that is there

In each environment everything is tried that needs an extra, and what needs none
(`extras_probe.py`). Where an extra's packages are installed its feature has to work,
elsewhere it has to say what to install. Needs git and a package index. Prints a table
in Markdown; the exit code is 1 if something was not as it has to be.
"""

import argparse
import json
import re
import subprocess
import sys
import tempfile
import time
from configparser import ConfigParser
from dataclasses import dataclass
from pathlib import Path

from matrix import ROOT, build_wheel, copy_tree
from packaging.requirements import Requirement

ALONE = "none"
# It brings the torchvision of PyPI, which fits no torch without CUDA.
ANY_TORCH = ("layout", "all")

SAYS = {
    "torch": "spacy-imrad[torch]",
    "parquet": "spacy-imrad[parquet]",
    "layout": "spacy-imrad[layout]",
    "ocr": "spacy-imrad[ocr]",
    "ray": "spacy-imrad[ray]",
    "hub": "spacy-imrad[hub]",
    "report": "spacy-imrad[report]",
    "export": "spacy-imrad[export]",
    "dataframe": "pip install pandas",
    # These are spaCy's own messages.
    "project": "pip install build",
    "trf": "spacy-transformers",
    # What only developers call, or users' own code.
    "spark": "No module named 'pyspark'",
    "browser": "No module named 'playwright'",
    "docs": "No module named 'griffe'",
    "test": "No module named 'pytest'",
    "dev": "No module named 'mypy'",
}
"""What a feature's message has to name where what it needs is missing."""


def extras() -> dict[str, list[Requirement]]:
    """The extras of setup.cfg, with what each one brings."""
    parser = ConfigParser(delimiters=("=",))
    parser.read(ROOT / "setup.cfg", encoding="utf8")
    return {
        name: [Requirement(line) for line in value.split("\n") if line.strip()]
        for name, value in parser["options.extras_require"].items()
    }


@dataclass(frozen=True)
class Outcome:
    """seconds: Of the installation.
    megabytes: Of what was installed.
    works: The features that do.
    wrong: What was not as it has to be, in words.
    """

    seconds: float
    megabytes: float
    works: list[str]
    wrong: list[str]


def judge(
    found: dict[str, str | None], installed: set[str], needs: dict[str, set[str]]
) -> list[str]:
    """What is not as it has to be, in words.

    found: For each feature its error, None if it worked.
    installed: Names of the distributions in the environment.
    needs: Names of those that a feature needs beside what is always installed.
    """
    wrong = []
    for feature, error in found.items():
        missing = needs.get(feature, set()) - installed
        if not missing and error is not None:
            wrong.append(f"{feature} does not work: {error}")
        elif missing and error is None:
            wrong.append(f"{feature} works without {sorted(missing)}")
        elif missing and SAYS[feature] not in str(error):
            wrong.append(f"{feature} does not say '{SAYS[feature]}': {error}")
    return wrong


def run(extra: str, wheel: Path, tree: Path) -> Outcome:
    with tempfile.TemporaryDirectory(prefix="extras-") as folder:
        work = Path(folder)
        subprocess.run([sys.executable, "-m", "venv", work / "venv"], check=True)
        python = work / "venv/bin/python"
        begin = time.monotonic()
        what = str(wheel) if extra == ALONE else f"{wheel}[{extra}]"
        pip = (str(python), "-m", "pip", "--disable-pip-version-check")
        small = () if extra in ANY_TORCH else ("--constraint", str(small_torch(work)))
        subprocess.run([*pip, "install", "--quiet", *small, what], check=True)
        seconds = time.monotonic() - begin
        listed = subprocess.check_output([*pip, "list", "--format", "json"], text=True)
        installed = {canonical(entry["name"]) for entry in json.loads(listed)}
        megabytes = size(work / "venv")
        (work / "empty").mkdir()
        printed = subprocess.check_output(
            [str(python), str(tree / "scripts/extras_probe.py"), str(tree)],
            cwd=work / "empty",
            text=True,
        )
    found = json.loads(printed.strip().splitlines()[-1])
    works = [feature for feature, error in found.items() if error is None]
    wrong = judge(found, installed, needs())
    if missing := needs().get(extra, set()) - installed:
        wrong.append(f"not installed: {sorted(missing)}")
    return Outcome(seconds, megabytes, works, wrong)


def needs() -> dict[str, set[str]]:
    """The distributions that each feature needs beside what is always installed."""
    brought = {
        name: {canonical(requirement.name) for requirement in requirements}
        for name, requirements in extras().items()
    }
    return {**brought, "dataframe": {"pandas"}}


def small_torch(folder: Path) -> Path:
    """Constraints with the tested torch alone, since others bring gigabytes of CUDA."""
    pinned = (ROOT / "constraints.txt").read_text(encoding="utf8")
    path = folder / "constraints.txt"
    path.write_text(
        "\n".join(line for line in pinned.splitlines() if line.startswith("torch=="))
    )
    return path


def canonical(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()


def size(folder: Path) -> float:
    """In megabytes, all files."""
    paths = folder.rglob("*")
    return sum(p.stat().st_size for p in paths if p.is_file()) / 1e6


def table(outcomes: dict[str, Outcome]) -> str:
    lines = [
        "| extra | MB | seconds | what works | what is wrong |",
        "|---|---|---|---|---|",
    ]
    for extra, outcome in outcomes.items():
        lines.append(
            f"| {extra} | {outcome.megabytes:,.0f} | {outcome.seconds:.0f} "
            f"| {', '.join(outcome.works)} | {'; '.join(outcome.wrong) or '–'} |"
        )
    return "\n".join(lines)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    names = [ALONE, *extras()]
    parser.add_argument("extras", nargs="*", metavar="EXTRA", help=", ".join(names))
    parser.add_argument("--wheel", type=Path, help="the wheel to test, if there is one")
    args = parser.parse_args()
    unknown = set(args.extras) - set(names)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    outcomes: dict[str, Outcome] = {}
    with tempfile.TemporaryDirectory(prefix="extras-") as folder:
        tree = copy_tree(Path(folder) / "tree")
        wheel = (args.wheel or build_wheel(tree, Path(folder))).resolve()
        for extra in args.extras or names:
            outcomes[extra] = run(extra, wheel, tree)
            print(f"{extra}: {outcomes[extra]}", file=sys.stderr)
    print(table(outcomes))
    return 1 if any(outcome.wrong for outcome in outcomes.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
