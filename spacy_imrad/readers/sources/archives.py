"""Archives of papers, unpacked with distrust."""

import gzip
import lzma
import shutil
import stat
import tarfile
import tempfile
import zipfile
import zlib
from collections.abc import Iterator, Set
from operator import attrgetter
from pathlib import Path, PurePosixPath
from typing import IO, Final, NamedTuple, TypeAlias

from spacy_imrad.readers.formats import get_format
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.sources.types import Failure

SUFFIXES: Final = (
    *(".zip", ".whl", ".tar", ".tgz", ".txz", ".tbz2"),
    *(".tar.gz", ".tar.xz", ".tar.bz2"),
)
_ZIPS: Final = (".zip", ".whl")
# What all of today's tar files have, and where.
_TAR: Final = b"ustar"
_TAR_AT: Final = 257
MOST_UNPACKED: Final = 2_000_000_000
"""Bytes that an archive may unpack to."""
MOST_MEMBERS: Final = 100_000
"""Files that an archive may have."""
_DAMAGE: Final = (
    *(zipfile.BadZipFile, tarfile.TarError, zlib.error, lzma.LZMAError),
    *(gzip.BadGzipFile, EOFError, RuntimeError),
)
_Archive: TypeAlias = zipfile.ZipFile | tarfile.TarFile


class _Member(NamedTuple):
    name: str
    size: int
    info: zipfile.ZipInfo | tarfile.TarInfo


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


def unpack(source: Source, suffixes: Set[str]) -> list[Source | Failure]:
    """Unpack an archive into a folder that is removed with the last of the sources.

    suffixes: Suffixes of the papers in it; other files are unpacked for those that
        need them.
    RETURNS: The papers, by name, and a `Failure` for each that is damaged or encrypted;
        the archive's name is part of theirs.
    RAISES: ValueError if the whole is damaged, has a name or a link that leads out of
        the folder, or unpacks to more than `MOST_UNPACKED` bytes or `MOST_MEMBERS`
        files; OSError if it can't be read.
    """
    path = source.path
    assert path is not None
    folder = tempfile.TemporaryDirectory(prefix="spacy-imrad-")
    found: list[Source | Failure] = []
    try:
        with _open(path, source.name) as archive:
            members, damage = _list(archive)
            for member in members:
                part = Source(
                    f"{source.name}/{member.name}",
                    Path(folder.name, member.name),
                    owner=folder,
                )
                failure = _extract(archive, member, part)
                is_hidden = PurePosixPath(member.name).name.startswith(".")
                if part.suffix in suffixes and not is_hidden:
                    found.append(failure or part)
    except _DAMAGE as error:
        raise ValueError(f"not readable as an archive ({error})") from error
    if damage is not None:
        found.append(Failure(source.name, ValueError(f"damaged ({damage})")))
    return sorted(found, key=attrgetter("name"))


def _open(path: Path, name: str) -> _Archive:
    if zipfile.is_zipfile(path) or name.lower().endswith(_ZIPS):
        return zipfile.ZipFile(path)
    return tarfile.open(path)


def _list(archive: _Archive) -> tuple[list[_Member], Exception | None]:
    """The files of an archive, in its order, and what is wrong with it.

    RAISES: ValueError if it is not to be unpacked.
    """
    members: dict[str, _Member] = {}
    damage = None
    try:
        for member in _members(archive):
            members[member.name] = member
    except _DAMAGE as error:
        if not members:
            raise
        damage = error
    _check(list(members), sum(member.size for member in members.values()))
    return list(members.values()), damage


def _members(archive: _Archive) -> Iterator[_Member]:
    if isinstance(archive, zipfile.ZipFile):
        for entry in archive.infolist():
            if stat.S_ISLNK(entry.external_attr >> 16):
                raise ValueError("it has a link, refused")
            if not entry.is_dir():
                yield _Member(entry.filename, entry.file_size, entry)
        return
    for info in archive:
        if not (info.isfile() or info.isdir()):
            kind = "a link" if info.islnk() or info.issym() else "no file"
            raise ValueError(f"its member '{info.name}' is {kind}, refused")
        if info.isfile():
            yield _Member(info.name, info.size, info)
    # The checksum of a compressed archive comes after all that `tarfile` reads.
    while archive.fileobj is not None and archive.fileobj.read(1 << 20):
        pass


def _extract(archive: _Archive, member: _Member, part: Source) -> Failure | None:
    """Write a member to the path of its source; what is wrong with it is returned."""
    path = part.path
    assert path is not None
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        if isinstance(member.info, zipfile.ZipInfo):
            assert isinstance(archive, zipfile.ZipFile)
            content: IO[bytes] | None = archive.open(member.info)
        else:
            assert isinstance(archive, tarfile.TarFile)
            content = archive.extractfile(member.info)
        assert content is not None
        with content, path.open("wb") as file:
            shutil.copyfileobj(content, file, 1 << 20)
    # A name may also be too long, or that of a folder.
    except (*_DAMAGE, FileExistsError, NotADirectoryError, IsADirectoryError) as error:
        return Failure(part.name, ValueError(f"damaged in its archive ({error})"))
    return None


def _check(names: list[str], size: int) -> None:
    for name in names:
        path = PurePosixPath(name.replace("\\", "/"))
        if path.is_absolute() or ".." in path.parts or ":" in path.parts[0]:
            raise ValueError(f"its member '{name}' lies outside of it, refused")
    if len(names) > MOST_MEMBERS:
        raise ValueError(
            f"it has {len(names):,} files, more than {MOST_MEMBERS:,}; unpack it "
            "yourself"
        )
    if size > MOST_UNPACKED:
        raise ValueError(
            f"it unpacks to {size // 1_000_000:,} MB, more than "
            f"{MOST_UNPACKED // 1_000_000:,}; unpack it yourself"
        )
