"""The files of a data set."""

import os
from pathlib import Path

from spacy_imrad.outputs import Outputs


def list_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The file itself, or all files in a folder, at any depth, with these suffixes,
    but for hidden ones and our own outputs.

    RETURNS: Paths, in the order of their names.
    RAISES: FileNotFoundError if there is none.
    """
    if not path.exists():
        raise FileNotFoundError(f"File or folder not found: {path}")
    if not path.is_dir():
        return [path]
    outputs = Outputs(path)
    found = []
    for where, folders, files in os.walk(path):
        folders[:] = [name for name in folders if not name.startswith(".")]
        for name in files:
            file = Path(where, name)
            if name.lower().endswith(suffixes) and not name.startswith("."):
                found += [] if file in outputs else [file]
    if not found:
        raise FileNotFoundError(
            f"Folder without a file that ends in {', '.join(suffixes)}: {path}"
        )
    return sorted(found)
