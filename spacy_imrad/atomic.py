"""Files that are there whole or not at all, whenever the program is killed."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """Where to write a file's content, which then takes the place of the file.

    YIELDS: A path beside it. If the block raises, the file stays as it was.
    """
    part = part_of(path)
    path.parent.mkdir(parents=True, exist_ok=True)
    try:
        yield part
    except BaseException:
        part.unlink(missing_ok=True)
        raise
    os.replace(part, path)


def part_of(path: Path) -> Path:
    """Where what is to take a path's place is made: hidden, so that nobody reads it."""
    return path.with_name(f".part-{path.name}")
