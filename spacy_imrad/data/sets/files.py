"""The files of a data set."""

from pathlib import Path


def list_files(path: Path, suffixes: tuple[str, ...]) -> list[Path]:
    """The file itself, or all files in a folder, at any depth, with these suffixes.

    RETURNS: Paths, in the order of their names.
    RAISES: FileNotFoundError if there is none.
    """
    if path.is_dir():
        files = [p for p in path.rglob("*") if p.name.lower().endswith(suffixes)]
        if not files:
            raise FileNotFoundError(
                f"Folder without a file that ends in {', '.join(suffixes)}: {path}"
            )
        return sorted(files)
    if not path.exists():
        raise FileNotFoundError(f"File or folder not found: {path}")
    return [path]
