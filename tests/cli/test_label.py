import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import spacy
from spacy.language import Language
from spacy.tokens import Doc
from typer.testing import CliRunner

from spacy_imrad import LABELS
from spacy_imrad.cli import app
from spacy_imrad.readers import read_doc

LONG_HEADING = (
    "Participants of the first, of the second and of the third centre, with the "
    "reasons for which they left the study before its end"
)
PAPER = f"""# A study of two groups

## Introduction

Prior work on this problem is of two kinds, and the results of the earlier studies
show no significant increase. The problem is important, and in this section we show
what is known.

## Methods

### {LONG_HEADING}

Patients were in two groups. The samples of the first group were from the data of
earlier studies, and those of the second group were from the model.

### Statistical analysis

We propose a method for the training of the model. The loss was that of prior work.

## Discussion

We conclude that the decrease was significant, with limitations for future work.
"""
HEADINGS = ["Introduction", LONG_HEADING, "Statistical analysis", "Discussion"]
# All headings below the title, with their depth.
OUTLINE = [
    ("Introduction", 0),
    ("Methods", 0),
    (LONG_HEADING, 1),
    ("Statistical analysis", 1),
    ("Discussion", 0),
]


@Language.component("test_fail_on_request")
def fail_on_request(doc: Doc) -> Doc:
    if "FAIL HERE" in doc.text:
        raise RuntimeError("no luck")
    return doc


@pytest.fixture
def paper(tmp_path: Path) -> str:
    path = tmp_path / "paper.md"
    path.write_text(PAPER, encoding="utf8")
    return str(path)


def run(*args: str, **kwargs: Any) -> Any:
    return CliRunner().invoke(app, ["label", *args], **kwargs)


def run_process(*args: str, stdin: str = "") -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-m", "spacy_imrad", "label", *args],
        input=stdin,
        capture_output=True,
        encoding="utf8",
        env={**os.environ, "HF_HUB_OFFLINE": "1", "PYTHONIOENCODING": "utf8"},
        check=False,
    )


def records(output: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in output.splitlines()]


def classified(record: dict[str, Any]) -> list[dict[str, Any]]:
    """The sections that the pipe has labelled by their own text."""
    return [s for s in record["sections"] if s["why"] not in (None, "children")]


def test_table_shows_every_section_whole(paper: str, pipeline: str) -> None:
    result = run(paper, "--pipeline", pipeline)
    assert result.exit_code == 0, result.output
    assert result.stderr == ""
    assert "\x1b" not in result.stdout
    lines = result.stdout.splitlines()
    assert [line.strip() for line in lines[:2]] == ["A study of two groups", paper]
    rows = [line for line in lines[4:] if any(label in line for label in LABELS)]
    assert len(rows) == len(OUTLINE) + 1
    for row, (heading, depth) in zip(rows, OUTLINE, strict=False):
        assert row.startswith(f" {'  ' * depth}{heading}  ")
    assert rows[-1].startswith("Share of the text: ")
    # A terminal has these beside, to go on and to look at.
    assert "Next:" not in result.stdout
    assert "█" not in result.stdout


def test_table_on_a_terminal_has_colour(paper: str, pipeline: str) -> None:
    result = run(paper, "-p", pipeline, env={"FORCE_COLOR": "1"})
    assert result.exit_code == 0, result.output
    assert "\x1b[" in result.stdout


def test_json_says_what_the_pipe_says(paper: str, pipeline: str) -> None:
    result = run("--json", "-p", pipeline, paper)
    assert result.exit_code == 0, result.output
    (record,) = records(result.stdout)
    nlp = spacy.load(pipeline)
    doc = nlp(read_doc(nlp, paper))
    assert record["file"] == paper
    assert record["label"] == doc._.imrad
    assert record["scores"] == pytest.approx(doc._.imrad_scores, abs=1e-5)
    assert [section["heading"] for section in classified(record)] == HEADINGS
    for section, span in zip(classified(record), doc.spans["imrad"], strict=True):
        assert section["label"] == span.label_
        assert section["scores"] == pytest.approx(span._.imrad_scores, abs=1e-5)
        assert section["score"] == max(section["scores"].values())
        in_file = PAPER[section["start"] : section["end"]]
        assert in_file.startswith("##")
        assert in_file.lstrip("# ").split() == span.text.split()
        assert section["length"] == len(span.text.split())


def test_json_has_a_line_for_each_file_in_order(paper: str, pipeline: str) -> None:
    result = run("--json", "-p", pipeline, paper, "-", paper, input=PAPER)
    assert result.exit_code == 0, result.output
    first, second, third = records(result.stdout)
    assert [first["file"], second["file"]] == [paper, "-"]
    assert first == third == {**second, "file": paper}


@pytest.mark.parametrize("newline", ["\n", "\r\n"])
def test_offsets_fit_the_text_without_byte_order_mark(
    newline: str, pipeline: str, tmp_path: Path
) -> None:
    path = tmp_path / "windows.md"
    text = PAPER.replace("\n", newline)
    path.write_bytes(text.encode("utf-8-sig"))
    (record,) = records(run("--json", "-p", pipeline, str(path)).stdout)
    found = [text[s["start"] : s["end"]] for s in classified(record)]
    for heading, section in zip(HEADINGS, found, strict=True):
        assert section.lstrip("# ").startswith(heading)


def test_text_without_headings_shows_its_opening(pipeline: str) -> None:
    text = "We propose a method, and the results of this method show an increase. " * 9
    result = run("-p", pipeline, "-", input=text)
    assert result.exit_code == 0, result.output
    assert "“We propose a method, and the results of …”" in result.stdout
    (record,) = records(run("--json", "-p", pipeline, "-", input=text).stdout)
    assert [section["heading"] for section in record["sections"]] == [None]


def test_control_characters_of_a_heading_stay_off_the_terminal(pipeline: str) -> None:
    text = PAPER.replace("## Discussion", "## Discussion \x1b[2J of it")
    result = run("-p", pipeline, "-", input=text)
    assert "\x1b" not in result.stdout


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (None, "No such file"),
        ("a folder", "directory"),
        (b"\x00\x01\x02", "NUL"),
        (PAPER.encode("utf-16"), "NUL"),
        ("Mach\xe8re".encode("latin-1"), "not UTF-8 text (byte 4 is 0xe8)"),
        (b"%PDF-1.7\n\xe2\xe3", "a PDF"),
        (b"FAIL HERE", "RuntimeError: no luck"),
    ],
)
def test_a_bad_file_is_reported_and_the_others_are_done(
    content: bytes | str | None,
    reason: str,
    make_nlp: Callable[..., Language],
    paper: str,
    tmp_path: Path,
) -> None:
    nlp = make_nlp()
    nlp.add_pipe("test_fail_on_request", first=True)
    nlp.to_disk(tmp_path / "pipeline")
    bad = tmp_path / "bad.txt"
    if isinstance(content, bytes):
        bad.write_bytes(content)
    elif content:
        bad.mkdir()
    args = ["--json", "-p", str(tmp_path / "pipeline"), paper, str(bad), paper]
    result = run(*args)
    assert result.exit_code == 1
    assert [record["file"] for record in records(result.stdout)] == [paper, paper]
    (line,) = result.stderr.splitlines()
    assert line.startswith(f"error: {bad}: ")
    assert reason in line


@pytest.mark.parametrize("text", ["", " \n\t\n"])
def test_a_file_without_text_is_no_failure(text: str, pipeline: str) -> None:
    result = run("-p", pipeline, "-", input=text)
    assert result.exit_code == 0, result.output
    assert result.stdout == ""
    assert result.stderr == "note: -: nothing to label\n"
    (record,) = records(run("--json", "-p", pipeline, "-", input=text).stdout)
    assert record == {
        "file": "-",
        "label": None,
        "scores": {},
        "sections": [],
        "title": None,
        "warnings": [],
    }


def test_text_longer_than_the_limit_of_spacy(pipeline: str) -> None:
    text = PAPER + "\n" * 1_000_000
    result = run("--json", "-p", pipeline, "--from", "text", "-", input=text)
    assert result.exit_code == 0, result.output
    assert len(classified(records(result.stdout)[0])) == len(HEADINGS)


def test_the_limit_stays_where_a_parser_needs_it(
    make_nlp: Callable[..., Language], tmp_path: Path, paper: str
) -> None:
    nlp = make_nlp()
    nlp.add_pipe("ner", first=True).add_label("X")
    nlp.initialize()
    nlp.to_disk(tmp_path / "pipeline")
    text = PAPER + "\n" * 1_000_000
    pipeline = str(tmp_path / "pipeline")
    result = run("--json", "-p", pipeline, "--from", "text", "-", paper, input=text)
    assert result.exit_code == 1
    assert "error: -: [E088]" in result.stderr
    assert [record["file"] for record in records(result.stdout)] == [paper]


def test_sections_of_another_key(
    make_nlp: Callable[..., Language], tmp_path: Path, paper: str
) -> None:
    keys = {"spans_key": "parts", "paragraphs_key": "part_paragraphs"}
    nlp = make_nlp(**keys, attrs={"label": "part", "scores": "part_scores"})
    nlp.to_disk(tmp_path / "pipeline")
    pipeline = str(tmp_path / "pipeline")
    result = run("--json", "-p", pipeline, "--spans-key", "parts", paper)
    assert result.exit_code == 0, result.output
    (record,) = records(result.stdout)
    assert record["label"] in LABELS
    assert [section["heading"] for section in classified(record)] == HEADINGS
    result = run("-p", pipeline, paper)
    assert result.exit_code == 2
    assert "writes no span group 'imrad' (it writes: parts)" in result.stderr


def test_labels_by_another_convention(pipeline: str) -> None:
    text = "# Experiments\n\nWe ran it on three machines of one kind, and timed it.\n"
    scores = []
    for convention in ([], ["--convention", "unarxive"]):
        (record,) = records(
            run("--json", "-p", pipeline, *convention, "-", input=text).stdout
        )
        scores.append(classified(record)[0]["scores"]["Methods"])
    # The heading has a share of 0.45 by the one convention, and of 0.9 by the other.
    assert 0.45 <= scores[0] < 0.9 < scores[1]
    result = run("-p", pipeline, "--convention", "lax", "-", input=text)
    assert result.exit_code == 2
    assert "'lax' is not one of 'ancestor', 'unarxive'" in " ".join(
        result.stderr.replace("│", " ").split()
    )


def test_a_convention_that_the_pipeline_has_not_learned_is_a_usage_error(
    tiny_model: dict[str, object], tmp_path: Path
) -> None:
    nlp = spacy.blank("en")
    context = {
        "@architectures": "spacy-imrad.DocumentContext.v1",
        "paragraphs": tiny_model,
    }
    nlp.add_pipe("imrad_classifier", config={"model": context})
    nlp.initialize()
    nlp.to_disk(tmp_path / "pipeline")
    result = run(
        "-p", str(tmp_path / "pipeline"), "--convention", "unarxive", "-", input="A."
    )
    assert result.exit_code == 2
    assert "labels by the convention ancestor, not by unarxive" in result.stderr


def test_unlabelled_sections(
    make_nlp: Callable[..., Language], tmp_path: Path, paper: str
) -> None:
    make_nlp(threshold=1.0).to_disk(tmp_path / "pipeline")
    args = ["-p", str(tmp_path / "pipeline"), paper]
    (record,) = records(run("--json", *args).stdout)
    assert record["label"] is None
    assert {section["label"] for section in record["sections"]} == {None}
    assert run(*args).exit_code == 0


@pytest.mark.parametrize("kind", ["missing", "no classifier", "damaged"])
def test_an_unusable_pipeline_is_a_usage_error(
    kind: str, pipeline: str, tmp_path: Path, paper: str
) -> None:
    folder = tmp_path / "other"
    expected = "Can't find model"
    if kind == "no classifier":
        nlp = spacy.blank("en")
        nlp.add_pipe("sentencizer")
        nlp.to_disk(folder)
        expected = "it has no imrad_classifier (its pipes: sentencizer)"
    elif kind == "damaged":
        (Path(pipeline) / "imrad_classifier" / "model").write_bytes(b"damage")
        folder = Path(pipeline)
        expected = "damaged"
    result = run("-p", str(folder), paper)
    assert result.exit_code == 2
    assert result.stdout == ""
    assert result.stderr.startswith(f"error: {folder}: ")
    assert expected in result.stderr


def test_no_files_is_a_usage_error() -> None:
    assert run().exit_code == 2
    assert CliRunner().invoke(app, []).exit_code == 2


def test_progress_of_many_files_goes_to_stderr(paper: str, pipeline: str) -> None:
    args = ["--json", "-p", pipeline, paper, paper]
    assert run(*args).stderr == ""
    result = run(*args, env={"FORCE_COLOR": "1"})
    assert "Labelling" in result.stderr
    assert len(records(result.stdout)) == 2


def test_module_reads_standard_input(pipeline: str) -> None:
    result = run_process("--json", "-p", pipeline, "-", stdin=PAPER)
    assert result.returncode == 0, result.stderr
    (record,) = records(result.stdout)
    assert [section["heading"] for section in classified(record)] == HEADINGS


def test_module_fails_without_traceback(pipeline: str, paper: str) -> None:
    result = run_process("-p", pipeline, "missing.txt", paper)
    assert result.returncode == 1
    assert result.stderr == "error: missing.txt: No such file or directory\n"
    assert LONG_HEADING in result.stdout


@pytest.mark.parametrize("output_format", ["table", "jsonl", "csv"])
def test_a_reader_that_stops_ends_the_run_quietly(
    output_format: str, pipeline: str, paper: str
) -> None:
    reading, writing = os.pipe()
    os.close(reading)
    command = ["label", "-f", output_format, "-p", pipeline, paper]
    result = subprocess.run(
        [sys.executable, "-m", "spacy_imrad", *command],
        stdout=writing,
        stderr=subprocess.PIPE,
        check=False,
    )
    os.close(writing)
    assert (result.returncode, result.stderr) == (141, b"")


def test_help_loads_no_model() -> None:
    # The package registers attributes with spaCy, and that imports torch if it can.
    code = (
        "import sys; from spacy_imrad.cli import app\n"
        "try: app(['label', '--help'])\n"
        "except SystemExit: pass\n"
        "pipe = 'spacy_imrad.pipeline.imrad_classifier'\n"
        "print({pipe, 'onnxruntime', 'transformers', 'ray'} & set(sys.modules))"
    )
    output = subprocess.check_output([sys.executable, "-c", code], text=True)
    assert output.endswith("set()\n")


@pytest.mark.parametrize("name", ["md", ".md", "markdown"])
def test_a_format_by_name_or_suffix(name: str, pipeline: str) -> None:
    text = "# Methods\n\nWe dug.\n"
    result = run("--json", "-p", pipeline, "--from", name, "-", input=text)
    assert result.exit_code == 0, result.output
    assert [s["heading"] for s in classified(records(result.stdout)[0])] == ["Methods"]


@pytest.mark.parametrize(
    ("name", "reason"),
    [
        ("wav", "Unknown format 'wav'. There are: abstracts,"),
        ("xml", "Several formats have '.xml': jats, tei."),
    ],
)
def test_a_format_that_no_name_settles(name: str, reason: str, paper: str) -> None:
    result = run("--from", name, paper)
    assert result.exit_code == 2
    assert reason in result.stderr


def test_the_same_of_many_files_is_said_once(pipeline: str, tmp_path: Path) -> None:
    papers = []
    for number in range(6):
        papers.append(tmp_path / f"{number}.pdf")
        papers[-1].write_bytes(b"%PDF-1.4")
        papers.append(tmp_path / f"{number}.md")
        papers[-1].write_text("# Methods\n")
    errors = tmp_path / "errors.jsonl"
    result = run("--json", "-p", pipeline, *map(str, papers), "--errors", str(errors))
    assert result.exit_code == 1
    pdfs, notes = papers[2::2], papers[3::2]
    first_error, first_note, other_errors, other_notes = result.stderr.splitlines()
    assert first_error.startswith(f"error: {papers[0]}: not readable as a PDF")
    assert first_note == f"note: {papers[1]}: nothing to label"
    named = ", ".join(map(str, pdfs[:3]))
    assert other_errors.startswith(f"error: {named}, 2 more: not readable as a PDF")
    named = ", ".join(map(str, notes[:3]))
    assert other_notes == f"note: {named}, 2 more: nothing to label"
    assert len(records(errors.read_text())) == 6


@pytest.mark.parametrize("command", ["label", "view"])
def test_a_gpu_that_is_not_there(
    command: str, pipeline: str, paper: str, tmp_path: Path
) -> None:
    from thinc.util import has_gpu

    if has_gpu:
        pytest.skip("there is one")
    output = () if command == "label" else ("-o", str(tmp_path / "page.html"))
    arguments = [command, paper, "-p", pipeline, "--gpu-id", "0", *output]
    result = CliRunner().invoke(app, arguments)
    assert result.exit_code == 2
    assert "GPU" in result.stderr
