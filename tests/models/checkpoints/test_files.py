"""Checksums beside a model's files."""

from pathlib import Path

import pytest

from spacy_imrad.models.checkpoints.files import SUMS_FILE, read_files, write_files

FILES = {"config.json": b"{}", "model": b"weights"}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    write_files(tmp_path, FILES)
    return tmp_path


def test_what_was_written_is_read(folder: Path) -> None:
    assert read_files(folder, FILES) == FILES
    assert read_files(folder, [*FILES, "other"]) == FILES


@pytest.mark.parametrize(
    "kept", range(1, 2 * (64 + 2) + len("config.jsonmodel") + 2, 7)
)
def test_checksums_that_were_cut_short_hide_no_file(kept: int, folder: Path) -> None:
    sums = folder / SUMS_FILE
    whole = sums.read_bytes()
    assert kept < len(whole)
    sums.write_bytes(whole[:kept])
    with pytest.raises(ValueError, match=SUMS_FILE):
        read_files(folder, FILES)


def test_checksums_without_a_line_hide_no_file(folder: Path) -> None:
    sums = folder / SUMS_FILE
    sums.write_text(sums.read_text().splitlines(keepends=True)[0])
    with pytest.raises(ValueError, match="lacks 'model'"):
        read_files(folder, FILES)


def test_a_folder_without_checksums_is_not_checked(folder: Path) -> None:
    (folder / SUMS_FILE).unlink()
    (folder / "model").write_bytes(b"other")
    assert read_files(folder, FILES)["model"] == b"other"
