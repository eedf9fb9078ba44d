"""The files of a model in its folder, with checksums beside them.

`SHA256SUMS` is what `sha256sum` writes and checks. A folder may have none, as those of
other programs and of version 0.1.
"""

import re
from collections.abc import Iterable, Mapping
from hashlib import sha256
from pathlib import Path
from typing import Final

SUMS_FILE: Final = "SHA256SUMS"
_SUMS: Final = re.compile(r"(?:[0-9a-f]{64}  [^\n]+\n)+")


def write_files(folder: Path, files: Mapping[str, bytes]) -> None:
    """Write files and their checksums; those of the folder's other files stay."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    sums = _read_sums(folder)
    sums |= {name: sha256(content).hexdigest() for name, content in files.items()}
    lines = "".join(f"{sums[name]}  {name}\n" for name in sorted(sums))
    (folder / SUMS_FILE).write_text(lines, encoding="utf8")


def read_files(folder: Path, names: Iterable[str]) -> dict[str, bytes]:
    """Read those of the named files that there are.

    RAISES: ValueError if one has another checksum, or none where others have one;
        OSError if one can't be read.
    """
    sums = _read_sums(folder)
    files = {}
    for name in names:
        if (folder / name).is_file():
            files[name] = (folder / name).read_bytes()
            if sums and name not in sums:
                raise ValueError(
                    f"'{folder / SUMS_FILE}' lacks '{name}'. Copy or install the model "
                    f"again. If you have added the file yourself, delete {SUMS_FILE}."
                )
            if not is_intact(files[name], sums.get(name)):
                raise ValueError(
                    f"'{folder / name}' is damaged: its SHA-256 is not the one in "
                    f"{SUMS_FILE}. Copy or install the model again. If you have "
                    f"changed the file yourself, delete {SUMS_FILE}."
                )
    return files


def check_files(folder: Path, exclude: Iterable[str] = ()) -> None:
    """RAISES: ValueError if a file has another checksum than is written down, OSError
    if one can't be read."""
    read_files(folder, set(_read_sums(folder)).difference(exclude))


def is_intact(content: bytes, expected: str | None) -> bool:
    """Whether the content has that SHA-256; also if none is known."""
    return expected is None or sha256(content).hexdigest() == expected


def _read_sums(folder: Path) -> dict[str, str]:
    path = folder / SUMS_FILE
    if not path.is_file():
        return {}
    text = path.read_text(encoding="utf8", errors="replace")
    if not _SUMS.fullmatch(text):
        raise ValueError(
            f"'{path}' is damaged: it is not what `sha256sum` writes. Copy or install "
            "the model again."
        )
    return {
        name: value for value, _, name in (x.partition("  ") for x in text.splitlines())
    }
