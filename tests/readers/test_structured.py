"""TEI, S2ORC, unarXive, Word, reStructuredText."""

import io
import json
import zipfile

import pytest
from spacy.tokens import Doc, Span

from spacy_imrad.document.paper import Aside, PaperSection
from spacy_imrad.readers import Source, read_papers
from spacy_imrad.readers.spacy_layout import paper_from_layout

TEI = """<?xml version="1.0" encoding="UTF-8"?>
<TEI xmlns="http://www.tei-c.org/ns/1.0"><teiHeader><fileDesc><titleStmt>
<title level="a">On old snow</title></titleStmt><sourceDesc><biblStruct>
<idno type="DOI">10.5555/snow</idno></biblStruct></sourceDesc></fileDesc>
<profileDesc><abstract><div><p>Snow is old.</p></div></abstract></profileDesc>
</teiHeader>
<text><body>
<div><head n="1">Introduction</head><p>It is <ref type="bibr">[1]</ref> old
<formula>x = 1</formula>.</p><p>Twice.</p></div>
<div><head n="2">Methods</head></div>
<div><head n="2.1">Sites</head><p>North.</p></div>
<figure><head>Figure 1</head><figDesc>The pit.</figDesc></figure>
<note place="foot">At night.</note>
</body><back><div type="acknowledgement"><p>Thanks.</p></div></back></text></TEI>"""


def test_tei(read, nlp):
    paper = read("snow.xml", TEI)
    assert (paper.id, paper.title, paper.abstract) == (
        "10.5555/snow",
        "On old snow",
        "Snow is old.",
    )
    introduction, methods, sites = paper.sections
    text = "It is [1] old [formula] ."
    assert introduction == PaperSection("Introduction", (text, "Twice."), 1, "1")
    assert methods == PaperSection("Methods", (), 1, "2")
    assert sites.depth == 2
    assert sites.asides == (
        Aside("The pit.", "caption"),
        Aside("At night.", "caption"),
    )


RECORD = {
    "paper_id": "7",
    "title": "On old snow",
    "abstract": [{"text": "Snow is old."}],
    "body_text": [
        {"section": "Introduction", "sec_num": "1", "text": "It is old."},
        {"section": "Introduction", "sec_num": "1", "text": "Twice."},
        {"section": "Sites", "sec_num": "2.1", "text": "North."},
    ],
}


@pytest.mark.parametrize(
    "record",
    [
        RECORD,
        {"paper_id": "7", "title": "On old snow", "latex_parse": RECORD},
        {
            "paper_id": "7",
            "title": "On old snow",
            "abstract": "Snow is old.",
            "pdf_parse": {"body_text": RECORD["body_text"]},
        },
    ],
)
def test_s2orc(record, read):
    for content in (json.dumps(record), json.dumps(record, indent=2)):
        paper = read("7.json", content)
        assert (paper.id, paper.title, paper.abstract) == (
            "7",
            "On old snow",
            "Snow is old.",
        )
        assert [(s.heading, s.number, s.paragraphs) for s in paper.sections] == [
            ("Introduction", "1", ("It is old.", "Twice.")),
            ("Sites", "2.1", ("North.",)),
        ]


UNARXIVE = {
    "paper_id": "2301.00001",
    "_source_hash": "x",
    "metadata": {"title": "On old\n snow", "license": "CC BY"},
    "discipline": "Physics",
    "abstract": {"text": " Snow is old.\n"},
    "body_text": [
        {
            "section": "Introduction",
            "sec_number": "1",
            "sec_type": "section",
            "text": "By {{cite:a}} and {{cite:b}} and {{cite:a}}, {{formula:f}} or "
            "{{formula:g}} in {{figure:h}}.\n",
        },
        {
            "section": "Introduction",
            "sec_number": "1",
            "sec_type": "section",
            "text": "{{cite:b}} again.",
        },
        {
            "section": "Sites {{cite:a}}",
            "sec_number": "-1",
            "sec_type": "subsection",
            "text": "North.",
        },
    ],
    "ref_entries": {"f": {"type": "formula", "latex": "x = 1"}},
}


def test_unarxive_markers_are_those_of_the_data_set():
    lines = (json.dumps(UNARXIVE) + "\n").encode() * 2
    papers = list(read_papers(Source("a.jsonl", content=lines)))
    assert len(papers) == 2
    paper = papers[1]
    assert (paper.id, paper.title, paper.field) == (
        "2301.00001",
        "On old snow",
        "Physics",
    )
    introduction, sites = paper.sections
    assert introduction.paragraphs == (
        r"By [1] and [2] and [1], \(x = 1\) or [formula] in <FIGURE>.",
        "[1] again.",
    )
    assert (sites.heading, sites.level, sites.number) == ("Sites [1]", 1, None)


def docx(body: str, **parts: str) -> bytes:
    namespace = 'xmlns:w="urn:w" xmlns:m="urn:m"'
    files = {
        "[Content_Types].xml": "<Types/>",
        "word/document.xml": f"<w:document {namespace}><w:body>{body}</w:body>"
        "</w:document>",
        "word/styles.xml": f"""<w:styles {namespace}>
            <w:style w:styleId="Titel"><w:name w:val="Title"/></w:style>
            <w:style w:styleId="H1"><w:name w:val="heading 1"/></w:style>
            <w:style w:styleId="Mine"><w:name w:val="My heading"/>
              <w:basedOn w:val="H1"/></w:style>
            <w:style w:styleId="Cap"><w:name w:val="caption"/></w:style></w:styles>""",
    }
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        for name, text in {**files, **parts}.items():
            archive.writestr(name, text)
    return content.getvalue()


def word(text: str, style: str = "", properties: str = "") -> str:
    style = f'<w:pStyle w:val="{style}"/>' if style else ""
    return f"<w:p><w:pPr>{style}{properties}</w:pPr><w:r><w:t>{text}</w:t></w:r></w:p>"


def test_word(read):
    listed = "<w:numPr><w:numId w:val='1'/></w:numPr>"
    paper = read(
        "snow.docx",
        docx(
            word("On old snow", "Titel")
            + word("Methods", "Mine")
            + "<w:p><w:r><w:t>We </w:t></w:r><w:del><w:r><w:t>never</w:t></w:r></w:del>"
            "<w:ins><w:r><w:t>dug </w:t></w:r></w:ins><m:oMath><m:r><m:t>x</m:t></m:r>"
            "</m:oMath></w:p>"
            + word("Sites", properties='<w:outlineLvl w:val="1"/>')
            + word("first", properties=listed)
            + word("second", properties=listed)
            + word("Figure 1. The pit.", "Cap")
            + f"<w:tbl><w:tr><w:tc>{word('a')}</w:tc><w:tc>{word('1')}</w:tc></w:tr>"
            "</w:tbl>"
        ),
    )
    assert paper.title == "On old snow"
    methods, sites = paper.sections
    assert (methods.heading, methods.paragraphs) == ("Methods", ("We dug [formula]",))
    assert (sites.heading, sites.level) == ("Sites", 2)
    assert sites.paragraphs == ("first second",)
    assert sites.asides == (
        Aside("Figure 1. The pit.", "caption"),
        Aside("a | 1", "table"),
    )


def bold(text: str, rest: str = "") -> str:
    run = f"<w:r><w:rPr><w:b/></w:rPr><w:t>{text}</w:t></w:r>"
    return f"<w:p>{run}<w:r><w:t>{rest}</w:t></w:r></w:p>"


def test_headings_of_word_that_are_none_and_those_that_are_bold(read):
    paper = read(
        "snow.docx",
        docx(
            word("On old snow", "Titel")
            + word("Astrid Moen1*, Li Tan2 and Ole B. Dahl", "H1")
            + word("Methods", "H1")
            + word("We dug.")
            + word("Figure 1. The pit.", "H1")
            + word("Table S2: Depths", "Mine")
            + word("Results", "H1")
            + word("Ice.")
        ),
    )
    assert [s.heading for s in paper.sections] == ["", "Methods", "Results"]
    assert paper.sections[0].matter == "front"
    assert [aside.kind for aside in paper.sections[1].asides] == ["caption"] * 2
    paper = read(
        "snow.docx",
        docx(
            bold("Introduction")
            + word("Snow is old.")
            + bold("Methods")
            + word("We dug.")
            + bold("Results")
            + word("Ice.")
        ),
    )
    assert [s.heading for s in paper.sections] == ["Introduction", "Methods", "Results"]


def test_endnotes_of_word_are_kept_and_what_is_left_out_is_said(read):
    box = f"<w:p><w:r><w:pict><w:txbxContent>{word('Beside.')}</w:txbxContent></w:pict>"
    body = word("Methods", "H1") + word("We dug.") + f"{box}</w:r></w:p><w:altChunk/>"
    notes = '<w:endnotes xmlns:w="urn:w"><w:endnote>' + word("At night.")
    parts = {"word/endnotes.xml": f"{notes}</w:endnote></w:endnotes>"}
    paper = read("snow.docx", docx(body, **parts))
    assert paper.sections[0].asides == (Aside("At night.", "caption"),)
    assert paper.warnings == (
        "text boxes that were left out: 1",
        "parts from other files that were left out: 1",
    )


def test_what_is_no_word_document(read):
    with pytest.raises(ValueError, match=r"a\.docx: not readable as a Word document"):
        read("a.docx", b"PK\x03\x04 cut off")
    bomb = '<!DOCTYPE x [<!ENTITY a "aa"><!ENTITY b "&a;&a;">]><x>&b;</x>'
    with pytest.raises(ValueError, match="made of other entities"):
        read("a.docx", docx("", **{"word/document.xml": bomb}))


RST = r"""
On old snow
===========

:Author: A. Moen

.. topic:: Abstract
   :class: abstract

   Snow is old.

Introduction
------------

It is :math:`x_1` as [Moen]_ says [#]_.

* first
* second

.. include:: /etc/passwd

.. raw:: html

   <p>raw</p>

Sites
~~~~~

.. figure:: pit.png

   The pit.

::

   dig()

.. [#] At night.
"""


def test_restructured_text(read):
    paper = read("snow.rst", RST)
    assert (paper.title, paper.abstract) == ("On old snow", "Snow is old.")
    introduction, sites = paper.sections
    assert introduction.heading == "Introduction"
    first, second = introduction.paragraphs
    assert first.startswith(r"It is \(x_1\) as ")
    assert second == "first second"
    assert (sites.heading, sites.level) == ("Sites", 2)
    assert sites.asides == (
        Aside("The pit.", "caption"),
        Aside("dig()", "code"),
        Aside("At night.", "caption"),
    )


def test_documents_of_spacy_layout(nlp):
    words = ["On old snow", "\n\n", "Methods", "\n\n", "We dug.", "\n\n", "The pit."]
    doc = Doc(nlp.vocab, words=words, spaces=[False] * len(words))
    labels = {0: "title", 2: "section_header", 4: "text", 6: "caption"}
    doc.spans["layout"] = [Span(doc, i, i + 1, label=x) for i, x in labels.items()]
    paper = paper_from_layout(doc)
    assert paper.title == "On old snow"
    (methods,) = paper.sections
    assert (methods.heading, methods.paragraphs) == ("Methods", ("We dug.",))
    assert methods.asides == (Aside("The pit.", "caption"),)


def test_every_substitution_of_a_long_paragraph(read):
    definition = ".. |s| replace:: old snow"
    sentences = "We dug in |s|.\n" * 400
    text = f"Methods\n=======\n\n{definition}\n\n{sentences}"
    (section,) = read("snow.rst", text).sections
    assert section.paragraphs == (" ".join(["We dug in old snow."] * 400),)
