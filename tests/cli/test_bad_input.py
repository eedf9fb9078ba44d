"""Bad input of every kind in one run: a clear message each, and the rest is done."""

import gzip
import io
import json
import os
import subprocess
import sys
import tarfile
import zipfile
from pathlib import Path

import pytest
from typer.testing import CliRunner

from spacy_imrad.cli import app

FORMATS = Path(__file__).parents[2] / "examples" / "formats"
GOOD = "# Methods\n\nWe dug.\n"
ARTICLE = b"<article><front/><body><sec><title>Methods</title><p>%s</p></sec></body>"
LATEX = r"\documentclass{article}%s\begin{document}\section{Methods}\a.\end{document}"
LAUGHS = b"".join(
    b'<!ENTITY l%d "%s">' % (i, b"&l%d;" % (i - 1) * 10 if i else b"ha")
    for i in range(10)
)
DOUBLING = "".join(
    rf"\newcommand{{\{a}}}{{\{b}\{b}}}"
    for a, b in zip("abcdefghijklmnopqrstuv", "bcdefghijklmnopqrstuvw", strict=True)
)


def doctype(declarations: bytes, text: bytes) -> bytes:
    return b"<!DOCTYPE article [%s]>" % declarations + ARTICLE % text + b"</article>"


def zipped(members: dict[str, str]) -> bytes:
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in members.items():
            archive.writestr(name, text)
    return content.getvalue()


def tarred(kind: bytes) -> bytes:
    content = io.BytesIO()
    with tarfile.open(fileobj=content, mode="w:gz") as archive:
        member = tarfile.TarInfo("papers")
        member.type, member.linkname = kind, "/etc"
        archive.addfile(member)
    return content.getvalue()


def etc(entity: bytes) -> bytes:
    return doctype(b'<!ENTITY x SYSTEM "%s">' % entity, b"&x;")


BAD: dict[str, tuple[bytes, str]] = {
    "truncated.xml": (ARTICLE % b"We", "not readable as XML"),
    "truncated.pdf": (b"%PDF-1.7\n1 0 obj", "not readable as a PDF"),
    "truncated.docx": (zipped({"a": "b"})[:40], "not readable as a Word document"),
    "truncated.xml.gz": (gzip.compress(ARTICLE)[:30], "damaged compressed file"),
    "truncated.json": (b'{"paper_id": "1", "body', "not readable as JSON"),
    "bomb.xml": (doctype(LAUGHS, b"&l9;"), "made of other entities: refused"),
    "quadratic.xml": (
        doctype(b'<!ENTITY a "%s">' % (b"ha" * 4000), b"&a;" * 9000),
        "the entity 'a' is too long: refused",
    ),
    "many.xml": (
        doctype(b'<!ENTITY a "%s">' % (b"ha" * 450), b"&a;" * 90_000),
        "not readable as XML (limit on input amplification",
    ),
    "outside.xml": (etc(b"file:///etc/passwd"), "undefined entity &x;"),
    "network.xml": (etc(b"http://127.0.0.1:9/x"), "undefined entity &x;"),
    "bomb.docx": (
        zipped({"word/document.xml": doctype(LAUGHS, b"&l9;").decode()}),
        "made of other entities: refused",
    ),
    **{
        f"empty.{suffix}": (b"", "an empty file (0 bytes)")
        for suffix in ("xml", "pdf", "docx", "html", "json")
    },
    "empty.jsonl": (b"", "no paper in it"),
    "empty.zip": (b"", "not readable as an archive"),
    "latin.txt": ("Mach\xe8re".encode("latin-1"), "not UTF-8 text (byte 4 is 0xe8)"),
    "japanese.md": ("# \u65b9\u6cd5".encode("shift-jis"), "not UTF-8 text"),
    "lie.xml": (
        b'<?xml version="1.0" encoding="utf-8"?>' + ARTICLE % b"Mach\xe8re",
        "not readable as XML",
    ),
    "klingon.xml": (
        b'<?xml version="1.0" encoding="klingon"?><article/>',
        "unknown encoding: klingon",
    ),
    "deep.xml": (b"<article><body>" + b"<sec>" * 100_000, "nested too deeply"),
    "deep.html": (b"<html><body>" + b"<div>" * 100_000, "nested too deeply"),
    "deep.md": (b"[" * 100_000, "more than 5,000 punctuation marks in a row"),
    "deep.txt": (b"(" * 100_000, "more than 5,000 punctuation marks in a row"),
    "deep.json": (b'{"paper_id":' + b"[" * 200_000, "nested too deeply"),
    "endless.tex": ((LATEX % DOUBLING).encode(), "macros that expand without end"),
    "traversal.zip": (zipped({"a.md": GOOD, "../../x.md": GOOD}), "outside of it"),
    "link.tar.gz": (tarred(tarfile.SYMTYPE), "'papers' is a link, refused"),
    "device.tar.gz": (tarred(tarfile.CHRTYPE), "'papers' is no file, refused"),
}
# Odd, but with a paper in it: none of these may be refused.
ODD: dict[str, bytes] = {
    "paper_pdf.xml": (FORMATS / "paper.pdf").read_bytes(),
    "paper_xml.pdf": (FORMATS / "paper.xml").read_bytes(),
    "paper_docx.md": (FORMATS / "paper.docx").read_bytes(),
    "no_dtd.xml": b'<!DOCTYPE article SYSTEM "http://127.0.0.1:9/x.dtd">'
    + ARTICLE % b"We dug."
    + b"</article>",
    "latin.xml": b'<?xml version="1.0" encoding="iso-8859-1"?>'
    + ARTICLE % b"We dug with a mach\xe8re."
    + b"</article>",
    "deep.tex": (LATEX % "").replace(r"\a.", "{" * 100_000 + "We dug.").encode(),
    "recursive.tex": (LATEX % r"\newcommand{\a}{We dug \a\a}").encode(),
    "itself.tex": (LATEX % r"\newcommand{\a}{We dug \input{itself}}").encode(),
    "passwords.tex": (LATEX % r"\newcommand{\a}{We dug \input{/etc/passwd}}").encode(),
}


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "papers"
    folder.mkdir()
    for name, (content, _) in BAD.items():
        (folder / name).write_bytes(content)
    for name, content in ODD.items():
        (folder / name).write_bytes(content)
    (folder / "good.md").write_text(GOOD)
    return folder


@pytest.mark.parametrize("workers", ["1", "2"])
def test_each_is_reported_and_the_rest_is_done(
    workers: str, folder: Path, pipeline: str, tmp_path: Path
) -> None:
    errors = tmp_path / "errors.jsonl"
    args = ["label", "--json", "-p", pipeline, str(folder), "--workers", workers]
    result = CliRunner().invoke(app, [*args, "--errors", str(errors)])
    assert result.exit_code == 1
    done = {Path(json.loads(x)["file"]).name for x in result.stdout.splitlines()}
    assert done == {*ODD, "good.md"}
    entries = [json.loads(line) for line in errors.read_text().splitlines()]
    found = {Path(entry["file"]).name: entry["error"] for entry in entries}
    assert found.keys() == BAD.keys()
    for name, (_, reason) in BAD.items():
        assert reason in found[name], name
    # The same about several files is said once more, with all their names.
    assert len(result.stderr.splitlines()) <= len(BAD)
    assert "root:" not in result.stdout + result.stderr


def test_links_that_lead_round(folder: Path, pipeline: str) -> None:
    for path in folder.iterdir():
        path.unlink()
    (folder / "below").mkdir()
    (folder / "below" / "good.md").write_text(GOOD)
    (folder / "below" / "up").symlink_to(folder)
    (folder / "one.md").symlink_to(folder / "two.md")
    (folder / "two.md").symlink_to(folder / "one.md")
    result = CliRunner().invoke(app, ["label", "--json", "-p", pipeline, str(folder)])
    assert result.exit_code == 1
    assert len(result.stdout.splitlines()) == 1
    first, second = result.stderr.splitlines()
    assert "one.md: Too many levels of symbolic links" in first
    assert "two.md: Too many levels of symbolic links" in second


# The peak of getrusage would be that of the process that starts this one, if larger.
MEMORY = """
import re, resource, sys
from spacy_imrad.cli import app
resource.setrlimit(resource.RLIMIT_CPU, (240, 240))
try:
    app(sys.argv[1:])
finally:
    with open("/proc/self/status") as status:
        kilobytes = re.search("VmHWM:[^0-9]*([0-9]+)", status.read())[1]
    print(int(kilobytes) // 1024, file=sys.stderr)
"""


@pytest.mark.skipif(sys.platform != "linux", reason="measures memory as Linux does")
def test_noise_of_200_megabytes(pipeline: str, tmp_path: Path) -> None:
    folder = tmp_path / "noise"
    folder.mkdir()
    block = os.urandom(1 << 20)
    with (folder / "noise.txt").open("wb") as file:
        for _ in range(200):
            file.write(block)
    suffixes = (
        *("xml", "pdf", "docx", "html", "tex"),
        *("md", "rst", "json", "jsonl", "zip"),
    )
    for suffix in suffixes:
        os.link(folder / "noise.txt", folder / f"noise.{suffix}")
    (folder / "good.md").write_text(GOOD)
    errors = tmp_path / "errors.jsonl"
    command = ["label", "--json", "-p", pipeline, str(folder), "--errors", str(errors)]
    result = subprocess.run(
        [sys.executable, "-c", MEMORY, *command],
        capture_output=True,
        text=True,
        check=False,
        env={**os.environ, "HF_HUB_OFFLINE": "1"},
    )
    assert result.returncode == 1, result.stderr
    assert len(result.stdout.splitlines()) == 1
    entries = [json.loads(line) for line in errors.read_text().splitlines()]
    assert len(entries) == len(suffixes) + 1
    for entry in entries:
        assert (
            ("larger than 100 MB" in entry["error"])
            or ("binary data" in entry["error"])
            or ("not readable as an archive" in entry["error"])
        )
    assert int(result.stderr.splitlines()[-1]) < 1_200
