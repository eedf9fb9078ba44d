"""What is installed: light to import, complete, and with versions that agree."""

import shutil
import subprocess
import sys
from configparser import ConfigParser
from importlib.metadata import version
from pathlib import Path
from zipfile import ZipFile

import pytest
from packaging.requirements import Requirement

import spacy_imrad

ROOT = Path(__file__).parents[1]


def setup_cfg() -> ConfigParser:
    parser = ConfigParser(delimiters=("=",))
    parser.read(ROOT / "setup.cfg", encoding="utf8")
    return parser


def requirements() -> list[Requirement]:
    lines = setup_cfg()["options"]["install_requires"].strip().splitlines()
    return [Requirement(line) for line in lines]


def extra_requirements() -> list[Requirement]:
    extras = setup_cfg()["options.extras_require"].values()
    lines = [line for extra in extras for line in extra.split("\n")]
    return [Requirement(line) for line in lines if line.strip()]


def run_python(script: str, **settings: object) -> str:
    done = subprocess.run(
        [sys.executable, "-c", script],
        capture_output=True,
        text=True,
        timeout=120,
        **settings,  # type: ignore[call-overload]
    )
    assert done.returncode == 0, done.stderr
    return str(done.stdout)


@pytest.mark.usefixtures("no_spacy_transformers")
def test_importing_and_listing_needs_neither_torch_nor_transformers() -> None:
    run_python(
        """
import sys

class Blocker:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in ("torch", "transformers", "safetensors"):
            raise ImportError(f"{name} is blocked")

sys.meta_path.insert(0, Blocker())
import spacy, spacy_imrad
assert spacy.blank("en").has_factory("imrad_classifier")
for kind in ("factories", "architectures", "misc", "readers", "scorers"):
    names = getattr(spacy.registry, kind).get_all()
    assert any("imrad" in name for name in names), kind
assert "torch" not in sys.modules and "transformers" not in sys.modules
"""
    )


def test_labelling_needs_neither_torch_nor_transformers() -> None:
    printed = run_python(
        """
import sys

sys.modules["torch"] = sys.modules["transformers"] = None
import spacy

from spacy.training import Example

TEXT = "# Methods\\n\\nWe dug, we measured and weighed the snow of three winters."

def make_nlp(**config):
    nlp = spacy.blank("en")
    nlp.add_pipe("imrad_classifier", config=config)
    return nlp

nlp = make_nlp()
doc = nlp(TEXT)
assert doc._.imrad == "Methods"
in_torch = make_nlp(model={"runtime": "torch"})
example = Example(nlp.make_doc(TEXT), doc)
for use in (lambda: in_torch(TEXT), lambda: nlp.update([example])):
    try:
        use()
    except ImportError as error:
        print(error)
"""
    )
    assert printed.count("pip install 'spacy-imrad[torch]'") == 2


def test_importing_the_package_imports_nothing_heavy() -> None:
    script = "import sys, spacy_imrad; print(*sys.modules)"
    modules = set(run_python(script).split())
    # spaCy is, since it gets our attributes, and it imports torch where that is.
    assert not modules & {"transformers", "onnxruntime", "pyarrow", "ray", "lxml"}


def test_versions_agree() -> None:
    assert version("spacy-imrad") == spacy_imrad.__version__


def test_tested_versions_are_within_the_requirements() -> None:
    pins = {}
    for line in (ROOT / "constraints.txt").read_text().splitlines():
        if line.strip() and not line.startswith("#"):
            name, _, pin = line.strip().partition("==")
            pins[name] = pin
    required = {r.name: r for r in (*extra_requirements(), *requirements())}
    for name, pin in pins.items():
        assert required[name].specifier.contains(pin), (name, pin)


@pytest.mark.parametrize("requirement", requirements(), ids=lambda r: r.name)
def test_installed_versions_are_within_the_requirements(
    requirement: Requirement,
) -> None:
    assert requirement.specifier.contains(version(requirement.name), prereleases=True)


def test_classifiers_name_the_python_versions() -> None:
    config = setup_cfg()
    lowest = config["options"]["python_requires"].removeprefix(">=")
    prefix = "Programming Language :: Python :: 3."
    minors = [
        int(line.removeprefix(prefix))
        for line in config["metadata"]["classifiers"].splitlines()
        if line.startswith(prefix)
    ]
    assert minors == list(range(minors[0], minors[-1] + 1))
    assert f"3.{minors[0]}" == lowest


@pytest.mark.slow
def test_the_wheel_works_in_a_process_of_its_own(tmp_path: Path) -> None:
    if not (ROOT / "spacy_imrad").is_dir():
        pytest.skip("these tests run without the package's source")
    tree = tmp_path / "tree"
    tree.mkdir()
    (tree / "docs").mkdir()
    for name in ("setup.cfg", "pyproject.toml", "LICENSE", "docs/DESCRIPTION.md"):
        shutil.copy(ROOT / name, tree / name)
    shutil.copytree(
        ROOT / "spacy_imrad",
        tree / "spacy_imrad",
        ignore=shutil.ignore_patterns("weights", "__pycache__"),
    )
    weights = tree / "spacy_imrad" / "weights" / "stand_in"
    weights.mkdir(parents=True)
    (weights / "model.safetensors").write_bytes(b"weights")
    pip = [sys.executable, "-m", "pip", "--disable-pip-version-check"]
    subprocess.run(
        [
            *(*pip, "wheel", "--no-deps", "--no-build-isolation", "--quiet"),
            *("--wheel-dir", str(tmp_path), str(tree)),
        ],
        check=True,
        timeout=120,
    )
    (wheel,) = tmp_path.glob("*.whl")
    with ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    sources = {
        path.relative_to(tree).as_posix()
        for path in (tree / "spacy_imrad").rglob("*")
        if path.is_file() and path.suffix != ".pyc"
    }
    assert {name for name in packed if ".dist-info/" not in name} == sources
    assert {
        "spacy_imrad/py.typed",
        "spacy_imrad/weights/stand_in/model.safetensors",
    } <= (packed)
    target = tmp_path / "installed"
    subprocess.run(
        [*pip, "install", "--no-deps", "--quiet", "--target", str(target), str(wheel)],
        check=True,
        timeout=120,
    )
    script = """
import spacy, spacy_imrad
print(spacy_imrad.__file__)
assert spacy.blank("en").has_factory("imrad_classifier")
try:
    spacy.blank("en").add_pipe(
        "imrad_classifier",
        config={"model": {"@architectures": "spacy-imrad.Pretrained.v1", "name": "no"}},
    )
except ValueError as error:
    print(error)
"""
    printed = run_python(
        script, cwd=tmp_path, env={"PYTHONPATH": str(target), "OMP_NUM_THREADS": "1"}
    )
    assert printed.startswith(str(target))
    assert "stand_in" in printed


def test_the_public_names_are_there() -> None:
    for name in spacy_imrad.__all__:
        assert getattr(spacy_imrad, name) is not None
    with pytest.raises(AttributeError, match="'read_dog'"):
        spacy_imrad.read_dog  # noqa: B018
