"""The one rule by which commands write: nothing of the user's is ever replaced."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from spacy_imrad.outputs import OutputError, Outputs, claim, claim_in


def write(output, text="ours"):
    with output:
        output.begin()
        output.part.write_text(text)
        output.put()
        output.finish({"n": 1})


def write_folder(output, **files):
    with output:
        output.begin()
        for name, text in files.items():
            path = output.part / f"{name}.md"
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        output.put()
        output.finish()


def tree(folder: Path) -> dict[str, tuple[bytes, int]]:
    """All but our markers."""
    return {
        str(path.relative_to(folder)): (path.read_bytes(), path.lstat().st_mtime_ns)
        for path in folder.rglob("*")
        if path.is_file() and not path.name.endswith(".spacy-imrad")
    }


def test_a_free_path_is_taken_and_its_own_output_replaced_on_demand(tmp_path):
    path = tmp_path / "new" / "a.csv"
    write(claim(path, "label"))
    with pytest.raises(OutputError, match="from an earlier run"):
        claim(path, "label")
    write(claim(path, "label", overwrite=True), "again")
    assert path.read_text() == "again"
    assert {p.name for p in path.parent.iterdir()} == {"a.csv", ".a.csv.spacy-imrad"}


def theirs(path):
    path.write_text("theirs")


def changed(path):
    write(claim(path, "label"))
    path.write_text("edited")


def by_another_command(path):
    write(claim(path, "view"))


def folder(path):
    path.mkdir()
    (path / "thesis.txt").write_text("precious")


def link(path):
    theirs(path.with_name("target"))
    path.symlink_to("target")


def link_to_nowhere(path):
    path.symlink_to("nowhere")


def own_folder_with_more_in_it(path):
    write_folder(claim(path, "label"), a="a")
    (path / "notes.txt").write_text("theirs")


def own_folder_with_a_folder_in_it(path):
    write_folder(claim(path, "label"), a="a")
    (path / "empty").mkdir()


def marker_of_theirs(path):
    path.with_name(f".{path.name}.spacy-imrad").write_text("no marker of ours\n")


def part_of_theirs(path):
    path.with_name(f".part-{path.name}").write_text("theirs")


@pytest.mark.parametrize(
    "make",
    [
        *(theirs, changed, by_another_command, folder, link, link_to_nowhere),
        *(own_folder_with_more_in_it, own_folder_with_a_folder_in_it),
        *(marker_of_theirs, part_of_theirs),
    ],
)
def test_anything_else_is_left_alone(make, tmp_path):
    path = tmp_path / "out"
    make(path)
    before = tree(tmp_path), os.path.islink(path), sorted(os.listdir(tmp_path))
    for settings in ({}, {"overwrite": True}, {"resume": True}):
        with pytest.raises(OutputError, match="is nothing that `label` wrote"):
            claim(path, "label", **settings)
    assert before == (
        *(tree(tmp_path), os.path.islink(path)),
        sorted(os.listdir(tmp_path)),
    )


def test_what_comes_while_a_command_works_stays(tmp_path):
    path = tmp_path / "out"
    with claim(path, "label") as output:
        output.begin()
        output.part.write_text("ours")
        path.write_text("theirs")
        with pytest.raises(OutputError, match="left alone"):
            output.put()
    assert path.read_text() == "theirs"


def test_a_copy_with_its_marker_is_ours_also_with_another_time(tmp_path):
    write(claim(tmp_path / "out", "label"))
    os.utime(tmp_path / "out", (1, 1))
    write(claim(tmp_path / "out", "label", overwrite=True), "again")
    assert (tmp_path / "out").read_text() == "again"


def test_an_empty_folder_is_free_and_stays_the_same_folder(tmp_path):
    (tmp_path / "out").mkdir()
    number = (tmp_path / "out").stat().st_ino
    write_folder(claim(tmp_path / "out", "label"), a="a", b="b")
    write_folder(claim(tmp_path / "out", "label", overwrite=True), c="c")
    assert sorted(os.listdir(tmp_path / "out")) == ["c.md"]
    assert (tmp_path / "out").stat().st_ino == number


def test_names_in_a_folder_of_the_users(tmp_path):
    (tmp_path / "thesis.txt").write_text("precious")
    (tmp_path / "docs").mkdir()
    (tmp_path / "docs" / "manual.md").write_text("mine")
    with pytest.raises(OutputError, match="docs' is nothing"):
        claim_in(tmp_path, ["papers", "docs"], "convert")
    with claim_in(tmp_path, ["papers", "report"], "convert") as output:
        output.writes(tmp_path / "papers" / "0.jsonl", tmp_path / "report")
        (tmp_path / "papers").mkdir()
        (tmp_path / "papers" / "0.jsonl").write_text("ours")
    # It was interrupted, and something of the user's has come between.
    (tmp_path / "papers" / "notes").write_text("theirs")
    with pytest.raises(OutputError, match="notes"):
        claim_in(tmp_path, ["papers", "report"], "convert", overwrite=True)
    (tmp_path / "papers" / "notes").unlink()
    with claim_in(tmp_path, ["papers", "report"], "convert") as output:
        output.clear()
    assert set(tree(tmp_path)) == {"thesis.txt", "docs/manual.md"}


@pytest.mark.parametrize("name", ["in", "in/a.md", "link"])
def test_an_output_is_no_input_nor_around_one(name, tmp_path):
    (tmp_path / "in").mkdir()
    paper = tmp_path / "in" / "a.md"
    paper.write_text("# a")
    (tmp_path / "link").symlink_to("in")
    with pytest.raises(OutputError, match="is an input, or has one in it"):
        claim(tmp_path / name, "label", inputs=[paper], overwrite=True)
    assert paper.read_text() == "# a"


HOLD = """
import sys
from spacy_imrad.outputs import claim
with claim(sys.argv[1], "label") as output:
    output.begin()
    print("held", flush=True)
    sys.stdin.read()
"""


def test_a_lock_dies_with_its_process(tmp_path):
    path = tmp_path / "out"
    command = [sys.executable, "-c", HOLD, str(path)]
    pipes = {"stdin": subprocess.PIPE, "stdout": subprocess.PIPE}
    with subprocess.Popen(command, **pipes) as process:
        assert process.stdout.readline() == b"held\n"
        for settings in ({}, {"resume": True}, {"overwrite": True}):
            with pytest.raises(OutputError, match="another process is writing there"):
                claim(path, "label", **settings)
        process.kill()
    write(claim(path, "label"))
    assert path.read_text() == "ours"


def test_a_marker_that_a_kill_cut_in_two(tmp_path):
    path = tmp_path / "out"
    write(claim(path, "label"))
    with (tmp_path / ".out.spacy-imrad").open("ab") as file:
        file.write(b'\n{"command": "label", "wri')
    write(claim(path, "label", overwrite=True), "again")
    assert path.read_text() == "again"


def test_a_command_that_makes_nothing_leaves_nothing(tmp_path):
    with claim(tmp_path / "out", "label") as output:
        output.begin()
        output.part.write_text("half")
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_within_a_run_takes_its_folders_along_and_no_others(tmp_path):
    (tmp_path / "theirs/fold-1").mkdir(parents=True)
    for folder in (tmp_path / "theirs", tmp_path / "ours/below"):
        with pytest.raises(KeyError), claim_in(folder, ["fold-1", "a"], "label"):
            raise KeyError
        with claim_in(folder, ["fold-1", "a"], "label") as output:
            output.clear()
    assert [path.name for path in tmp_path.rglob("*")] == ["theirs", "fold-1"]


def test_outputs_are_known_from_above_and_one_by_one(tmp_path):
    write(claim(tmp_path / "labels.md", "label"))
    write_folder(claim(tmp_path / "pages", "view"), a="a")
    with claim_in(tmp_path / "corpus", ["papers"], "convert") as output:
        paper = tmp_path / "corpus" / "papers" / "0.jsonl"
        output.writes(paper)
        paper.parent.mkdir()
        paper.write_text("{}")
        output.finish()
    (tmp_path / "paper.md").write_text("theirs")
    ours = [tmp_path / "labels.md", tmp_path / "pages" / "a.md"]
    for outputs in (Outputs(tmp_path), Outputs()):
        assert all(path in outputs for path in ours)
        assert tmp_path / "paper.md" not in outputs
    # What `convert` makes is for reading.
    assert paper in Outputs(tmp_path)
    assert paper not in Outputs()
    assert paper not in Outputs(paper.parent)
    # A file that the user has put in the place of an output is theirs.
    ours[0].write_text("theirs")
    assert ours[0] not in Outputs(tmp_path)


def test_names_that_are_not_utf8(tmp_path):
    path = tmp_path / os.fsdecode(b"caf\xe9")
    try:
        write(claim(path, "label"))
    except OSError:
        pytest.skip("the file system has no such names")
    write(claim(path, "label", overwrite=True), "again")
    assert path in Outputs(tmp_path)
