"""Readers raise ValueError for bad content, with what was wrong, and nothing else."""

import gzip
import io
import json
import zipfile

import pytest

from spacy_imrad.readers import Source, read_doc, read_paper


def s2orc(**fields: object) -> bytes:
    return json.dumps({"paper_id": "1", "body_text": [], **fields}).encode()


def unarxive(**fields: object) -> bytes:
    return s2orc(_source_hash="x", **fields)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("x.json", s2orc(body_text=["a"]), r"body_text\[0\] is not a JSON object"),
        (
            "x.json",
            s2orc(body_text=[{}, {"section": ["a"], "text": "b"}]),
            r"'body_text\[1\]\.section' is not a string",
        ),
        ("x.json", s2orc(body_text=[{"text": 1}]), r"text' is not a string"),
        ("x.json", s2orc(abstract=3), "'abstract' is not a list"),
        ("x.json", s2orc(abstract=[3]), r"abstract\[0\] is not a JSON object"),
        ("x.json", s2orc(title=[]), "'title' is not a string"),
        ("x.json", s2orc(metadata="a"), "'metadata' is not a JSON object"),
        ("x.json", s2orc(pdf_parse=[1]), "'pdf_parse' is not a JSON object"),
        ("x.json", b'[{"paper_id": "1"}]', "not a JSON object"),
        ("x.jsonl", unarxive(body_text=["a"]), r"body_text\[0\] is not a JSON object"),
        ("x.jsonl", unarxive(abstract="a"), "'abstract' is not a JSON object"),
        ("x.jsonl", unarxive(discipline=7), "'discipline' is not a string"),
        (
            "x.jsonl",
            unarxive(
                body_text=[{"text": "{{formula:f}}"}], ref_entries={"f": {"latex": 2}}
            ),
            r"'ref_entries\.f\.latex' is not a string",
        ),
        ("x.jsonl", unarxive(ref_entries=[]), "'ref_entries' is not a JSON object"),
    ],
)
def test_a_field_of_the_wrong_type_is_named(name, content, reason):
    with pytest.raises(ValueError, match=rf"^{name}.*{reason}"):
        read_paper(Source(name, content=content))


def damaged(part: str) -> bytes:
    """A Word document whose part is compressed, and has a byte that is not."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name in ("[Content_Types].xml", "word/styles.xml", "word/document.xml"):
            archive.writestr(name, "<x>" + "snow " * 200 + "</x>")
    raw = bytearray(content.getvalue())
    at = raw.index(part.encode()) + len(part)
    raw[at : at + 6] = b"\xff" * 6
    return bytes(raw)


@pytest.mark.parametrize("part", ["word/styles.xml", "word/document.xml"])
def test_a_damaged_part_of_a_word_document_is_named(part):
    with pytest.raises(ValueError, match=rf"a\.docx: its part '{part}' is damaged"):
        read_paper(Source("a.docx", content=damaged(part)))


def test_compressed_data_that_is_damaged_inside():
    content = bytearray(gzip.compress(b"snow " * 2000))
    content[12:20] = b"\xff" * 8
    with pytest.raises(ValueError, match=r"a\.txt\.gz: damaged compressed file"):
        read_paper(Source("a.txt.gz", content=bytes(content)))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.md", "<!-- " * 20_000),
        ("a.md", "[@" + "a" * 50_000),
        ("a.rst", ".. _a:\n" * 2000),
        ("a.rst", "+--" * 5000 + "\n| a\n" + "+--" * 5000),
        ("a.rst", "a-" * 20_000),
        ("a.rst", "`a <" * 5000),
        ("a.html", "<html><!-- " + "<!-- " * 50_000),
    ],
)
def test_openings_without_an_end_are_read_through(name, text):
    assert read_paper(Source(name, content=text.encode())).id == "a"


def test_a_long_line_of_restructured_text_is_kept():
    text = "Methods\n-------\n\n" + "We dug *old* snow. " * 1000
    (methods,) = read_paper(Source("a.rst", content=text.encode())).sections
    assert methods.paragraphs == (" ".join(["We dug old snow."] * 1000),)


@pytest.mark.parametrize("format", ["latex", "markdown", None])
def test_a_link_to_itself_cannot_be_read(format, tmp_path):
    path = tmp_path / "a.tex"
    path.symlink_to(path)
    with pytest.raises(OSError, match=r"a\.tex"):
        read_paper(path, format=format)


def test_a_chapter_that_is_a_link_to_itself_is_missing(tmp_path):
    (tmp_path / "b.tex").symlink_to(tmp_path / "b.tex")
    path = tmp_path / "a.tex"
    path.write_text("\\documentclass{article}\\begin{document}\\input{b} We dug.\n")
    assert read_paper(path).sections[0].paragraphs == ("We dug.",)


def test_a_section_of_blank_paragraphs_is_none(nlp):
    blank = {"heading": "", "paragraphs": [" "], "sec_type": "intro"}
    methods = {"heading": "Methods", "paragraphs": ["We dug."]}
    for sections in ([blank, methods], [methods, blank]):
        record = {"id": "1", "title": "Snow", "sections": sections}
        doc = read_doc(nlp, Source("a.jsonl", content=json.dumps(record).encode()))
        assert doc.text == "Snow\n\nMethods\n\nWe dug."


def test_tables_of_contents_are_no_text():
    text = (
        ".. contents:: Table\n   :depth: 2\n\n" * 3000 + "Methods\n=======\n\nWe dug.\n"
    )
    (methods,) = read_paper(Source("a.rst", content=text.encode())).sections
    assert methods.paragraphs == ("We dug.",)
