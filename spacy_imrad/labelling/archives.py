"""Archives of papers, unpacked with distrust."""

import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from ..readers.source import Source

SUFFIXES: Final = (
    *(".zip", ".whl", ".tar", ".tgz", ".txz", ".tbz2"),
    *(".tar.gz", ".tar.xz", ".tar.bz2"),
)
MOST_UNPACKED: Final = 20_000_000_000
"""Bytes that an archive may unpack to."""


def is_archive(name: str) -> bool:
    return name.lower().endswith(SUFFIXES)


def unpack(path: Path) -> list[Source]:
    """Unpack an archive into a folder that is removed with the last of the sources.

    RETURNS: Its files, by name; the archive's name is part of theirs.
    RAISES: ValueError if it is damaged or encrypted, has a name or a link that leads
        out of the folder, or unpacks to more than `MOST_UNPACKED` bytes; OSError if it
        can't be read.
    """
    folder = tempfile.TemporaryDirectory(prefix="spacy-imrad-")
    root = Path(folder.name)
    with _damage():
        if path.name.lower().endswith((".zip", ".whl")):
            names = _unpack_zip(path, root)
        else:
            names = _unpack_tar(path, root)
    return [
        Source(f"{path}/{name}", root / name, owner=folder)
        for name in sorted(names)
        if not PurePosixPath(name).name.startswith(".")
    ]


def _unpack_zip(path: Path, root: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
        _check([m.filename for m in members], sum(m.file_size for m in members))
        if any(stat.S_ISLNK(member.external_attr >> 16) for member in members):
            raise ValueError("the archive has a link, refused")
        archive.extractall(root, members)
    return [member.filename for member in members]


def _unpack_tar(path: Path, root: Path) -> list[str]:
    with tarfile.open(path) as archive:
        members = []
        for member in archive:
            if not (member.isfile() or member.isdir()):
                raise ValueError(f"its member '{member.name}' is no file, refused")
            if member.isfile():
                members.append(member)
        _check([m.name for m in members], sum(m.size for m in members))
        for member in members:
            target = root / member.name
            target.parent.mkdir(parents=True, exist_ok=True)
            content = archive.extractfile(member)
            assert content is not None
            with content, target.open("wb") as file:
                while block := content.read(1 << 20):
                    file.write(block)
    return [member.name for member in members]


def _check(names: list[str], size: int) -> None:
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise ValueError(f"its member '{name}' lies outside of it, refused")
    if size > MOST_UNPACKED:
        raise ValueError(
            f"it unpacks to {size // 1_000_000:,} MB, more than "
            f"{MOST_UNPACKED // 1_000_000:,}; unpack it yourself"
        )


@contextmanager
def _damage() -> Iterator[None]:
    try:
        yield
    except (zipfile.BadZipFile, tarfile.TarError, EOFError, RuntimeError) as error:
        raise ValueError(f"not readable as an archive ({error})") from error
