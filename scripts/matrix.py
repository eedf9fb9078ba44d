"""Run the tests in fresh environments, one for each combination of versions.

python scripts/matrix.py                          # all of them
python scripts/matrix.py trf numpy-1              # some
python scripts/matrix.py --wheel dist/*.whl trf   # with a wheel that is there
python scripts/matrix.py -- -q tests/neighbours   # with arguments for pytest

Each environment gets the built wheel, and the tests run where the package's source is
not. Needs git, the interpreters (on the PATH or in pyenv) and a package index. Prints a
table in Markdown; the exit code is 1 if a test failed.
"""

import argparse
import re
import shutil
import subprocess
import sys
import tempfile
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).parents[1]
SHOWN = ("spacy", "thinc", "numpy", "torch", "transformers", "spacy-transformers")
# These are as in constraints.txt unless a corner says otherwise; all other packages are
# the newest that fit them.
HELD = ("spacy", "thinc", "torch", "transformers")
# The newest datasets that takes such a transformers' huggingface-hub, which pip looks
# for in vain for a quarter of an hour.
TRF = {"transformers": "4.52.4", "spacy-transformers": "1.4.0", "datasets": "5.0.1"}
# Newer pyarrow refuses NumPy 1 when it is imported, which pip is not told.
NUMPY_1 = {"numpy": "1.26.4", "pyarrow": "24.0.0"}


@dataclass(frozen=True)
class Corner:
    """An environment.

    python: Minor version of Python 3.
    pins: Versions beside `HELD`, or other ones of them.
    extras: Of the package, beside `test-all`.
    """

    python: int
    pins: dict[str, str] = field(default_factory=dict)
    extras: tuple[str, ...] = ()


CORNERS = {
    "current": Corner(11),
    "newest-python": Corner(14),
    "numpy-1": Corner(12, NUMPY_1),
    "trf": Corner(11, TRF, ("trf",)),
    "oldest-python": Corner(10, {**TRF, **NUMPY_1}, ("trf",)),
}


@dataclass(frozen=True)
class Outcome:
    """versions: Of `SHOWN`, as installed; None where a distribution is not."""

    python: str
    versions: dict[str, str | None]
    tests: str
    passed: bool


def find_python(minor: int) -> str | None:
    """The path of an interpreter that runs."""
    in_pyenv = sorted((Path.home() / ".pyenv/versions").glob(f"3.{minor}.*/bin/python"))
    for candidate in (shutil.which(f"python3.{minor}"), *map(str, in_pyenv)):
        if (
            candidate
            and not subprocess.run(
                [candidate, "-c", ""], capture_output=True
            ).returncode
        ):
            return candidate
    return None


def copy_tree(target: Path) -> Path:
    """Copy what git knows, or would add."""
    listed = subprocess.run(
        ["git", "ls-files", "-z", "--cached", "--others", "--exclude-standard"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=True,
    )
    for name in filter(None, listed.stdout.split("\0")):
        if (ROOT / name).is_file():
            (target / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy2(ROOT / name, target / name)
    return target


def build_wheel(tree: Path, work: Path) -> Path:
    pip = (sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps")
    subprocess.run([*pip, "--wheel-dir", str(work), str(tree)], check=True)
    return next(work.glob("*.whl"))


def make_environment(corner: Corner, python: str, wheel: Path, work: Path) -> Path:
    """RETURNS: The interpreter of a new virtual environment."""
    subprocess.run([python, "-m", "venv", work / "venv"], check=True)
    tested = dict(
        line.split("==")
        for line in (ROOT / "constraints.txt").read_text().splitlines()
        if "==" in line
    )
    pins = {name: tested[name] for name in HELD} | corner.pins
    constraints = work / "constraints.txt"
    constraints.write_text("".join(f"{k}=={v}\n" for k, v in pins.items()))
    inside = work / "venv/bin/python"
    extras = ",".join(("test-all", *corner.extras))
    install = ("-m", "pip", "install", "--quiet", "--constraint", str(constraints))
    subprocess.run([str(inside), *install, f"{wheel}[{extras}]"], check=True)
    return inside


def run(corner: Corner, wheel: Path, tree: Path, pytest_args: list[str]) -> Outcome:
    python = find_python(corner.python)
    if python is None:
        return Outcome(f"3.{corner.python}", {}, "no such interpreter here", False)
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        inside = make_environment(corner, python, wheel, Path(folder))
        done = subprocess.run(
            [inside, "-m", "pytest", *pytest_args],
            cwd=tree,
            stdout=subprocess.PIPE,
            text=True,
        )
        sys.stderr.write(done.stdout)
        return Outcome(
            python=ask(inside, "platform.python_version()"),
            versions={name: version_in(inside, name) for name in SHOWN},
            tests=summary(done.stdout),
            passed=done.returncode == 0,
        )


def ask(python: Path, expression: str) -> str:
    script = f"import platform, importlib.metadata as metadata; print({expression})"
    done = subprocess.run([python, "-c", script], capture_output=True, text=True)
    return done.stdout.strip()


def version_in(python: Path, name: str) -> str | None:
    return ask(python, f"metadata.version({name!r})") or None


def summary(output: str) -> str:
    """The last line of pytest, without its time and decoration."""
    found = re.findall(r"^=* ?(\d+ \w+.*?) in [\d.]+s", output, re.MULTILINE)
    return str(found[-1]) if found else "no tests ran"


def table(outcomes: dict[str, Outcome]) -> str:
    rows = [["", "Python", *SHOWN, "tests"]]
    rows.append(["---"] * len(rows[0]))
    for name, outcome in outcomes.items():
        versions = [outcome.versions.get(shown) or "–" for shown in SHOWN]
        rows.append([name, outcome.python, *versions, outcome.tests])
    return "\n".join(f"| {' | '.join(row)} |" for row in rows)


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("corners", nargs="*", help=f"some of {', '.join(CORNERS)}")
    parser.add_argument("--wheel", type=Path, help="the wheel to test, if there is one")
    given = sys.argv[1:]
    split = given.index("--") if "--" in given else len(given)
    args = parser.parse_args(given[:split])
    unknown = set(args.corners) - set(CORNERS)
    if unknown:
        parser.error(f"there is no {', '.join(sorted(unknown))}")
    with tempfile.TemporaryDirectory(prefix="matrix-") as folder:
        tree = copy_tree(Path(folder) / "tree")
        wheel = args.wheel or build_wheel(tree, Path(folder))
        shutil.rmtree(tree / "spacy_imrad")
        outcomes = {
            name: run(CORNERS[name], wheel.resolve(), tree, given[split + 1 :])
            for name in args.corners or CORNERS
        }
    print(table(outcomes))
    return 0 if all(outcome.passed for outcome in outcomes.values()) else 1


if __name__ == "__main__":
    sys.exit(main())
