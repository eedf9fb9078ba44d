"""Which reader a file gets, what readers give back, and what they refuse."""

import contextlib
import gzip
import os
import time
from collections.abc import Iterator
from dataclasses import replace

import pytest
from spacy.tokens import Doc, DocBin

from spacy_imrad.document.outline import Outline
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.document.stored_outline import OUTLINE_KEY, places_of, stored_outline
from spacy_imrad.readers import (
    PaperFormat,
    Source,
    find_format,
    get_format,
    make_doc,
    read_doc,
    read_docs,
    read_paper,
    read_papers,
    readers,
)

ARTICLE = (
    b"<article><front/><body><sec><title>Methods</title><p>We dug.</p></sec></body>"
)
JATS = ARTICLE + b"</article>"


@pytest.mark.parametrize(
    ("name", "content", "format"),
    [
        ("a.xml", JATS, "jats"),
        ("a.xml", b"<TEI><text/></TEI>", "tei"),
        ("a.md", b"# x", "markdown"),
        ("a.txt", b"# x\n# y", "text"),
        ("a", b"# x\n\ntext\n\n# y\n", "markdown"),
        ("a", "über".encode(), "text"),
        ("a.md", rb"\documentclass{article}", "latex"),
        ("a.tex", b"Only text", "latex"),
        ("a", b"% c\n\n\\documentclass[x]{article}", "latex"),
        ("a.xml", b"%PDF-1.7", "pdf"),
        ("a.txt", b"<!DOCTYPE HTML><html>", "html"),
        ("a.json", b'{"paper_id": "1", "body_text": []}', "s2orc"),
        ("a.jsonl", b'{"paper_id": "1", "_source_hash": ""}', "unarxive"),
        ("a.jsonl", b'{"id": "1", "sections": []}', "jsonl"),
        ("a.xml.gz", gzip.compress(JATS), "jats"),
        ("a.rst", b"x\n=", "rst"),
        ("a.md", b"# x\n\n    <TEI><text/></TEI>\n", "markdown"),
        ("a.md", b"# x\n\n```\n<article><front/><body/></article>\n```\n", "markdown"),
        ("a.txt", b"x <PubmedArticle> <collection><document><passage>", "text"),
    ],
)
def test_content_counts_more_than_the_name(name, content, format):
    assert find_format(Source(name, content=content)) is get_format(format)


def test_other_packages_add_formats(nlp):
    def read(source: Source) -> Paper:
        lines = source.text().splitlines()
        return Paper("", (PaperSection(lines[0], tuple(lines[1:])),))

    readers.register("shout", func=PaperFormat("shouts", read, (".shout",)))
    try:
        paper = read_paper(Source("ice.shout", content=b"Methods\nWE DUG"))
        assert paper == Paper("ice", (PaperSection("Methods", ("WE DUG",)),))
    finally:
        from catalogue import REGISTRY

        del REGISTRY[("spacy_imrad", "readers", "shout")]
    with pytest.raises(
        ValueError, match=r"Unknown format 'shout'\. There are: abstracts, "
    ):
        get_format("shout")


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.xml", ARTICLE, "not readable as XML"),
        ("a.xml", b"", "an empty file"),
        ("a.pdf", b"", "an empty file"),
        ("a.json", b"", "an empty file"),
        ("a.json", b"{", "not readable as JSON"),
        ("a.xml", b"<svg/>", "root is 'svg'"),
        ("a.txt", b"\x00\x01", "NUL"),
        ("a.txt", "Mach\xe8re".encode("latin-1"), "not UTF-8 text"),
        ("a.md", "# Mach\xe8re".encode("utf-16"), "NUL"),
        ("a", os.urandom(1000) + b"\0", "NUL|not UTF-8"),
        ("a.jsonl", b"[1]\n", "not a JSON object"),
        ("a.json", b"{}", "no list 'body_text'"),
        ("a.xml.gz", gzip.compress(JATS)[:-20], "damaged compressed file"),
        ("a.docx", b"PK\x03\x04", "not readable as a Word document"),
    ],
)
def test_bad_files(name, content, reason):
    with pytest.raises(ValueError, match=rf"^{name}.*({reason})"):
        read_paper(Source(name, content=content))


BOMB = (
    b'<!DOCTYPE article [<!ENTITY a "ha"><!ENTITY b "&a;&a;&a;&a;">]>'
    b"<article><body><p>&b;</p></body></article>"
)
LONG = (
    b'<!DOCTYPE article [<!ENTITY a "' + b"ha" * 5000 + b'">]>'
    b"<article><body><p>&a;&a;</p></body></article>"
)
OUTSIDE = (
    b'<!DOCTYPE article [<!ENTITY a SYSTEM "file:///etc/hostname">]>'
    b"<article><body><p>&a;</p></body></article>"
)


@pytest.mark.parametrize(
    ("content", "reason"),
    [(BOMB, "made of other"), (LONG, "too long"), (OUTSIDE, "undefined entity &a;")],
)
def test_entities_that_blow_up_or_lead_outside(content, reason):
    with pytest.raises(ValueError, match=rf"a\.xml: .*{reason}"):
        read_paper(Source("a.xml", content=content))


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("a.xml", b"<article><body>" + b"<sec>" * 5000),
        ("a.tex", b"{" * 20_000),
        ("a.html", b"<html><body>" + b"<div>" * 5000 + b"<p>x"),
        ("a.md", b"> " * 5000 + b"x"),
    ],
)
def test_deep_nesting_ends_soon(name, content):
    start = time.perf_counter()
    with contextlib.suppress(ValueError):
        read_paper(Source(name, content=content))
    assert time.perf_counter() - start < 20


def test_a_file_that_is_larger_than_a_paper(tmp_path):
    path = tmp_path / "noise.txt"
    with path.open("wb") as file:
        for _ in range(200):
            file.write(b"noise " * 170_000)
    with pytest.raises(ValueError, match=r"noise\.txt: larger than 100 MB"):
        read_paper(path)


def test_many_papers_in_a_file(tmp_path, nlp):
    path = tmp_path / "papers.jsonl"
    line = (
        '{"id": "p%d", "sections": [{"heading": "Methods", "paragraphs": ["We."]}]}\n'
    )
    path.write_text("".join(line % i for i in range(3)))
    assert [paper.id for paper in read_papers(path)] == ["p0", "p1", "p2"]
    assert len(list(read_docs(nlp, path))) == 3
    for read in (read_paper, lambda path: read_doc(nlp, path)):
        with pytest.raises(ValueError, match="more than one paper"):
            read(path)


def test_a_missing_file():
    with pytest.raises(FileNotFoundError):
        read_paper("nowhere.md")


# --- Docs ----------------------------------------------------------------------------

PAPER = Paper(
    "p",
    (
        PaperSection("", ("A. Moen, University of Snow",), matter="front"),
        PaperSection("Introduction", ("Snow is old.",), number="1"),
        PaperSection("Methods", (), number="2"),
        PaperSection("Sites", ("North.", "South."), 2, "2.1"),
        PaperSection("", ("Behind a sub-section.",), 2),
        PaperSection("Lost its section", ("East.",), 2, "4.1"),
        PaperSection("And this", ("West.",), 2, "4.2"),
        PaperSection("Discussion", ("We conclude.",), number="5"),
        PaperSection("References", ("Moen.",)),
    ),
    title="On old snow",
    abstract="Snow is old.\n\nIt melts.",
)


def describe(outline: Outline) -> Iterator[tuple[str, str, int | None, int]]:
    for section in outline.sections:
        yield section.matter, section.title, section.parent, len(section.paragraphs)


def test_a_doc_has_the_outline_of_its_paper(nlp):
    doc = make_doc(nlp, PAPER)
    outline = stored_outline(doc)
    assert list(describe(outline)) == [
        ("front", "On old snow", None, 0),
        ("front", "", None, 1),
        ("front", "Abstract", None, 2),
        ("body", "Introduction", None, 1),
        ("body", "Methods", None, 0),
        ("body", "Sites", 4, 2),
        ("body", "", 4, 1),
        ("body", "Lost its section", None, 1),
        ("body", "And this", None, 1),
        ("body", "Discussion", None, 1),
        ("back", "References", None, 1),
    ]
    texts = [doc.text[s.start : s.end] for s in outline.sections]
    assert texts[5] == "2.1 Sites\n\nNorth.\n\nSouth."
    assert texts[6] == "Behind a sub-section."


@pytest.mark.parametrize("how", ["DocBin", "bytes", "copy"])
def test_the_outline_travels_with_the_doc(how, nlp):
    doc = make_doc(nlp, PAPER)
    if how == "DocBin":
        content = DocBin(docs=[doc]).to_bytes()
        (again,) = DocBin().from_bytes(content).get_docs(nlp.vocab)
    elif how == "bytes":
        again = Doc(nlp.vocab).from_bytes(doc.to_bytes())
    else:
        again = doc.copy()
    assert stored_outline(again) == stored_outline(doc)


def test_an_outline_that_lost_its_attrs(nlp):
    doc = make_doc(nlp, PAPER)
    doc.spans[OUTLINE_KEY].attrs.clear()
    with pytest.raises(ValueError, match="has lost its attrs"):
        stored_outline(doc)
    assert stored_outline(nlp("Only text.")) is None


def test_places_lead_back_to_the_file(nlp):
    text = "# Introduction\n\nSnow *is*\nold.\n\n# Methods\n\nWe dug."
    doc = read_doc(nlp, Source("a.md", content=text.encode()))
    outline = stored_outline(doc)
    found = places_of(doc, [(s.start, s.end) for s in outline.sections])
    assert [text[start:end] for start, end in found] == [
        "# Introduction\n\nSnow *is*\nold.",
        "# Methods\n\nWe dug.",
    ]
    assert places_of(make_doc(nlp, PAPER), [(0, 10)]) == [None]


def test_plain_text_stays_as_it_is_and_has_no_outline(nlp):
    text = "INTRODUCTION\r\n\r\nSnow is old.\r\n"
    doc = read_doc(nlp, Source("a.txt", content=text.encode("utf-8-sig")))
    assert doc.text == text
    assert stored_outline(doc) is None


def test_an_empty_paper(nlp):
    doc = make_doc(nlp, Paper("p", ()))
    assert (doc.text, stored_outline(doc)) == ("", Outline(()))
    doc = make_doc(nlp, replace(PAPER, sections=(), title="", abstract=""))
    assert len(doc) == 0


def test_the_pipe_takes_the_outline_that_a_doc_has(make_nlp):
    nlp = make_nlp()
    paper = Paper("p", (PaperSection("Lorem", ("# Methods", "1 Results", "it is")),))
    doc = nlp(make_doc(nlp, paper))
    assert len(doc.spans["imrad"]) == 1
    assert doc.spans["imrad"].attrs["headings"] == ["Lorem"]
    assert [span.text for span in doc.spans["imrad_paragraphs"]] == [
        "# Methods",
        "1 Results",
        "it is",
    ]
    empty = nlp(make_doc(nlp, Paper("p", ())))
    assert not len(empty.spans["imrad"])


@pytest.mark.parametrize("noise", ["-" * 4000 + "x" + "(" * 4000, "http://a.b/" * 900])
def test_a_word_that_is_too_long_is_read_in_pieces(noise, nlp):
    text = f"We dug ({noise}) there.\n\nDon't!"
    doc = read_doc(nlp, Source("x.txt", content=text.encode()))
    assert doc.text == text
    assert [token.norm_ for token in doc[-3:]] == ["do", "not", "!"]
    assert max(map(len, doc)) <= 500
