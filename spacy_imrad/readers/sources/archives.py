"""Archives of papers, unpacked with distrust."""

import stat
import tarfile
import tempfile
import zipfile
from collections.abc import Iterator, Set
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Final

from spacy_imrad.readers.formats import get_format
from spacy_imrad.readers.source import Source

SUFFIXES: Final = (
    *(".zip", ".whl", ".tar", ".tgz", ".txz", ".tbz2"),
    *(".tar.gz", ".tar.xz", ".tar.bz2"),
)
_ZIPS: Final = (".zip", ".whl")
# What all of today's tar files have, and where.
_TAR: Final = b"ustar"
_TAR_AT: Final = 257
MOST_UNPACKED: Final = 20_000_000_000
"""Bytes that an archive may unpack to."""


def has_archive_name(name: str) -> bool:
    """Whether a file is an archive by its suffix."""
    return name.lower().endswith(SUFFIXES)


def is_archive(source: Source, known: Set[str] = frozenset()) -> bool:
    """Whether a source is an archive, by its name or, if it has none of the `known`
    suffixes, by its content: arXiv's have no suffix but `.gz`.

    RAISES: OSError if it can't be read, ValueError if its compression is damaged.
    """
    if has_archive_name(source.name):
        return True
    if source.suffix in known:
        return False
    head = source.head()
    is_word = (recognises := get_format("docx").recognises) and recognises(head)
    is_zip = head.startswith(b"PK\x03\x04") and not is_word
    return is_zip or head[_TAR_AT : _TAR_AT + len(_TAR)] == _TAR


def unpack(source: Source) -> list[Source]:
    """Unpack an archive into a folder that is removed with the last of the sources.

    RETURNS: Its files, by name; the archive's name is part of theirs.
    RAISES: ValueError if it is damaged or encrypted, has a name or a link that leads
        out of the folder, or unpacks to more than `MOST_UNPACKED` bytes; OSError if it
        can't be read.
    """
    path = source.path
    assert path is not None
    folder = tempfile.TemporaryDirectory(prefix="spacy-imrad-")
    root = Path(folder.name)
    with _damage():
        if zipfile.is_zipfile(path) or source.name.lower().endswith(_ZIPS):
            names = _unpack_zip(path, root)
        else:
            names = _unpack_tar(path, root)
    return [
        Source(f"{source.name}/{name}", root / name, owner=folder)
        for name in sorted(names)
        if not PurePosixPath(name).name.startswith(".")
    ]


def _unpack_zip(path: Path, root: Path) -> list[str]:
    with zipfile.ZipFile(path) as archive:
        members = [m for m in archive.infolist() if not m.is_dir()]
        _check([m.filename for m in members], sum(m.file_size for m in members))
        if any(stat.S_ISLNK(member.external_attr >> 16) for member in members):
            raise ValueError("it has a link, refused")
        archive.extractall(root, members)
    return [member.filename for member in members]


def _unpack_tar(path: Path, root: Path) -> list[str]:
    with tarfile.open(path) as archive:
        members = []
        for member in archive:
            if not (member.isfile() or member.isdir()):
                kind = "a link" if member.islnk() or member.issym() else "no file"
                raise ValueError(f"its member '{member.name}' is {kind}, refused")
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
