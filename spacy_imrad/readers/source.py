"""Where a paper is read from: a file, or bytes that came from elsewhere."""

import bz2
import gzip
import io
import lzma
import os
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO, Final, cast

# How much of a file tells its format.
HEAD: Final = 1 << 16

LARGEST: Final = 100_000_000
"""Bytes that one paper may have: none has more, and noise should not fill memory."""

_OPENERS: Final = (
    (b"\x1f\x8b", gzip.open),
    (b"\xfd7zXZ\x00", lzma.open),
    (b"BZh", bz2.open),
)
_DAMAGE: Final = (EOFError, lzma.LZMAError, zlib.error, OSError)
_COMPRESSED: Final = (".gz", ".xz", ".bz2")


@dataclass(frozen=True, slots=True)
class Source:
    """One file, or content in memory. Compression (gzip, xz, bzip2) is undone.

    name: What messages and output call it.
    path: The file. Without `content`, it is read; with it, it says where the content
        came from.
    content: The bytes, where they are in memory.
    owner: Kept as long as the source: what removes the file that it is read from.
    notes: What the paper's warnings are to say of where it comes from.
    """

    name: str
    path: Path | None = None
    content: bytes | None = None
    owner: object = None
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, path: str | os.PathLike[str]) -> "Source":
        """The source that is a file."""
        return cls(str(path), Path(path))

    @property
    def suffix(self) -> str:
        """Of the name, in small letters, without that of a compression."""
        name = Path(self.name.lower())
        return Path(name.stem).suffix if name.suffix in _COMPRESSED else name.suffix

    @property
    def stem(self) -> str:
        """The file's name without its suffixes."""
        name = Path(self.name)
        if name.suffix.lower() in _COMPRESSED:
            name = Path(name.stem)
        return name.stem

    @contextmanager
    def open(self) -> Iterator[IO[bytes]]:
        """The content as a file, decompressed.

        RAISES: OSError if there is no such file or it can't be read, ValueError if its
            compression is damaged.
        """
        with self._raw() as raw:
            start = raw.read(6)
            raw.seek(0)
            opener = next((o for magic, o in _OPENERS if start.startswith(magic)), None)
            if opener is None:
                yield raw
                return
            try:
                with opener(raw, "rb") as file:
                    yield cast(IO[bytes], file)
            except _DAMAGE as error:
                raise ValueError(f"damaged compressed file ({error})") from error

    def head(self) -> bytes:
        """The first bytes, by which formats know their own."""
        with self.open() as file:
            return file.read(HEAD)

    def read(self) -> bytes:
        """All bytes.

        RAISES: ValueError if there are more than `LARGEST`; otherwise as `open`.
        """
        with self.open() as file:
            content = file.read(LARGEST + 1)
        if len(content) > LARGEST:
            raise ValueError(
                f"larger than {LARGEST // 1_000_000} MB, which is no paper; split it"
            )
        return content

    def text(self) -> str:
        """The content as UTF-8 text, without byte order mark and with its newlines as
        they are, so that positions fit the file.

        RAISES: ValueError if it is something else; otherwise as `read`.
        """
        return decode(self.read())

    def beside(self, name: str) -> "Source | None":
        """A file that this one names, such as a chapter; None if there is none, or if
        it lies outside the folder that this one is in."""
        if self.path is None:
            return None
        folder = real_path(self.path.parent)
        path = real_path(folder / name)
        if not path.is_relative_to(folder) or not path.is_file():
            return None
        return Source(str(Path(self.name).parent / name), path, owner=self.owner)

    def _raw(self) -> IO[bytes]:
        if self.content is not None:
            return io.BytesIO(self.content)
        if self.path is None:
            raise ValueError("neither a file nor content to read")
        return self.path.open("rb")


def real_path(path: Path) -> Path:
    """The path without links. `Path.resolve` raises a RuntimeError where they go in a
    circle."""
    return Path(os.path.realpath(path))


def decode(content: bytes) -> str:
    """RAISES: ValueError if the bytes are no UTF-8 text."""
    if b"\0" in content:
        raise ValueError("binary data, not text (it has NUL bytes)")
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise ValueError(
            f"not UTF-8 text (byte {error.start} is 0x{content[error.start]:02x}); "
            "convert it, for example with iconv"
        ) from None
