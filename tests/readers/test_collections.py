"""BioC, PubMed and EndNote XML, text of PubMed Central, notebooks, OpenDocument."""

import io
import json
import zipfile

import pytest

from spacy_imrad.document.paper import Aside
from spacy_imrad.readers import Source, find_format, get_format, read_papers

PASSAGES = [
    ("TITLE", "front", "On old snow"),
    ("ABSTRACT", "abstract_title_1", "Background"),
    ("ABSTRACT", "abstract", "Snow is old."),
    ("INTRO", "title_1", "Introduction"),
    ("INTRO", "paragraph", "It is old & deep."),
    ("METHODS", "title_1", "Methods"),
    ("METHODS", "title_2", "Sites"),
    ("METHODS", "paragraph", "North."),
    ("FIG", "fig_caption", "The pit."),
    ("TABLE", "table", "a 1"),
    ("REF", "title", "References"),
    ("REF", "ref", "Moen."),
]


def bioc_json() -> bytes:
    passages = [
        {"infons": {"section_type": section, "type": kind}, "text": text}
        for section, kind, text in PASSAGES
    ]
    document = {"id": "PMC1", "infons": {}, "passages": passages}
    return json.dumps([{"source": "PMC", "documents": [document, document]}]).encode()


def bioc_xml() -> bytes:
    passages = "".join(
        f'<passage><infon key="section_type">{section}</infon><infon key="type">{kind}'
        f"</infon><offset>0</offset><text>{text.replace('&', '&amp;')}</text></passage>"
        for section, kind, text in PASSAGES
    )
    document = f"<document><id>PMC1</id>{passages}</document>"
    return f"<collection><source>PMC</source>{document * 2}</collection>".encode()


@pytest.mark.parametrize(
    ("name", "content"), [("a.json", bioc_json()), ("a.xml", bioc_xml())]
)
def test_bioc(name, content):
    papers = list(read_papers(Source(name, content=content)))
    assert len(papers) == 2
    paper = papers[0]
    assert (paper.id, paper.title, paper.abstract) == (
        "PMC1",
        "On old snow",
        "Snow is old.",
    )
    assert [(s.heading, s.level, s.paragraphs) for s in paper.sections] == [
        ("Introduction", 1, ("It is old & deep.",)),
        ("Methods", 1, ()),
        ("Sites", 2, ("North.",)),
    ]
    assert paper.sections[2].asides == (
        Aside("The pit.", "caption"),
        Aside("a 1", "table"),
    )


PUBMED = """<?xml version="1.0"?><PubmedArticleSet><PubmedArticle><MedlineCitation>
<PMID>7</PMID><Article><Journal><Title>J. Snow</Title></Journal>
<ArticleTitle>On <i>old</i> snow</ArticleTitle><Abstract>
<AbstractText Label="METHODS">We dug.</AbstractText>
<AbstractText Label="RESULTS">Ice.</AbstractText></Abstract></Article>
</MedlineCitation></PubmedArticle></PubmedArticleSet>"""
ENDNOTE = """<xml><records><record><accession-num>7</accession-num>
<titles><title><style>On old snow</style></title></titles>
<periodical><full-title>J. Snow</full-title></periodical>
<abstract><style>We dug.</style></abstract></record></records></xml>"""


@pytest.mark.parametrize(
    ("content", "abstract"),
    [(PUBMED, "METHODS: We dug.\n\nRESULTS: Ice."), (ENDNOTE, "We dug.")],
)
def test_abstracts(content, abstract):
    (paper,) = read_papers(Source("a.xml", content=content.encode()))
    assert (paper.id, paper.title, paper.field) == ("7", "On old snow", "J. Snow")
    assert (paper.abstract, paper.sections) == (abstract, ())


def test_notebooks(read):
    cells = [
        {"cell_type": "markdown", "source": ["# On old snow\n", "\n", "## Methods\n"]},
        {"cell_type": "code", "source": "dig()  # ```", "outputs": []},
        {"cell_type": "markdown", "source": "We dug $x_1$."},
        {"cell_type": "markdown", "source": "## Results\n\nIce."},
    ]
    paper = read("a.ipynb", json.dumps({"cells": cells, "nbformat": 4}))
    methods, results = paper.sections
    assert paper.title == "On old snow"
    assert methods.paragraphs == (r"We dug \(x_1\).",)
    assert [aside.text.strip() for aside in methods.asides] == ["dig()  # ```"]
    assert (results.heading, results.places) == ("Results", ())


def test_text_of_pubmed_central(read):
    text = (
        "\n==== Front\nJ. Snow\nOn old snow\n==== Body\n1. Introduction\n\n"
        "Snow is old.\n\n2. Methods\n\nWe dug.\n\n3. Results\n\nIce.\n"
        "==== Refs\nMoen.\n"
    )
    paper = read("PMC1.txt", text)
    front, *sections = paper.sections
    assert (front.matter, front.paragraphs) == ("front", ("J. Snow", "On old snow"))
    headings = [(s.heading, s.paragraphs) for s in sections]
    assert headings[1] == ("Methods", ("We dug.",))
    assert "Moen." not in str(paper)


ODT = """<office:document-content xmlns:office="o" xmlns:text="t" xmlns:style="s"
xmlns:table="b" xmlns:draw="d"><office:automatic-styles>
<style:style style:name="P1" style:parent-style-name="Title"/></office:automatic-styles>
<office:body><office:text><text:p text:style-name="P1">On old snow</text:p>
<text:h text:outline-level="1">Methods</text:h><text:p>We<text:s/>dug <draw:frame>
<draw:object/></draw:frame>.<text:note><text:note-body><text:p>At night.</text:p>
</text:note-body></text:note></text:p>
<text:h text:outline-level="2">Figure 1. The pit.</text:h>
<text:list><text:list-item><text:p>first</text:p></text:list-item>
<text:list-item><text:p>second</text:p></text:list-item></text:list>
<table:table><table:table-row><table:table-cell><text:p>a</text:p></table:table-cell>
<table:table-cell><text:p>1</text:p></table:table-cell></table:table-row></table:table>
</office:text></office:body></office:document-content>"""


def test_opendocument():
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w") as archive:
        archive.writestr("mimetype", "application/vnd.oasis.opendocument.text")
        archive.writestr("content.xml", ODT)
    source = Source("snow", content=content.getvalue())
    assert find_format(source) is get_format("odt")
    (paper,) = read_papers(source)
    (methods,) = paper.sections
    assert (paper.title, methods.heading) == ("On old snow", "Methods")
    assert methods.paragraphs == ("We dug [formula].", "first second")
    assert methods.asides == (
        Aside("At night.", "caption"),
        Aside("Figure 1. The pit.", "caption"),
        Aside("a | 1", "table"),
    )


NOTEBOOK = json.dumps(
    {
        "cells": [
            {"cell_type": "markdown", "source": "# Methods"},
            {
                "cell_type": "code",
                "source": "dig()",
                "outputs": [
                    {"output_type": "stream", "text": "1"},
                    {"output_type": "display_data", "data": {"text/html": "<p>2"}},
                ],
            },
        ]
    }
)


@pytest.mark.parametrize(
    ("name", "content", "reason"),
    [
        ("a.ipynb", '{"cells": [3]}', r"cells\[0\] is not a JSON object"),
        (
            "a.ipynb",
            '{"cells": [{"source": [3]}]}',
            r"source' is not a list of strings",
        ),
        ("a.ipynb", "{}", "no list 'cells'"),
        ("a.json", '{"documents": [{"passages": [3]}]}', r"passages\[0\] is not"),
        ("a.json", '{"passages": [{"text": 3}]}', r"'passages\[0\]\.text' is not"),
        ("a.odt", "PK", "not readable as an OpenDocument text"),
        ("a.xml", "<PubmedArticleSet/>", "no XML of PubMed, Europe PMC or EndNote"),
        ("a.xml", "<collection><document/><passage/>", "not readable as XML"),
        ("a.txt", "==== Front\n", "no line '==== Body'"),
    ],
)
def test_bad_content_of_collections(name, content, reason):
    with pytest.raises(ValueError, match=rf"^{name}.*{reason}"):
        list(read_papers(Source(name, content=content.encode())))


@pytest.mark.parametrize(
    ("name", "content", "warning"),
    [
        ("a.tex", "x " * 6000, "no section was found"),
        ("a.html", f"<html><p>{'x ' * 6000}</p>", "no section was found"),
        ("a.tex", r"\section{A} \input{lost}", "the file 'lost'"),
        ("a.tex", "\\section{A} \xf6", "read as Windows-1252"),
        ("a.tex", r"\section{A} a \section{B}" + "x " * 6000, None),
        ("a.txt", "x " * 6000, None),
        (
            "a.tex",
            r"\section{A} \includepdf{a} \includepdf[pages=-]{b}",
            "left out: 2",
        ),
        (
            "a.html",
            "<h2>Methods</h2><p>As <math/>, <math/>.",
            "[formula] in the text: 2",
        ),
        (
            "a.rst",
            "A\n=\n\n.. include:: b.rst",
            '"include" directive disabled',
        ),
        (
            "a.rst",
            "A\n=\n\nWe :dig:`it`.",
            'Unknown interpreted text role "dig"',
        ),
        ("a.rst", "A\n=\n\n.. diagram::\n\n   B", 'Unknown directive type "diagram"'),
        ("a.rst", f"A\n=\n\n{'.. note::' * 2}", None),
        (
            "a.ipynb",
            NOTEBOOK,
            "outputs of cells with text or tables that were left out: 1",
        ),
    ],
)
def test_what_could_not_be_read_is_said(name, content, warning):
    (paper,) = read_papers(Source(name, content=content.encode("latin-1")))
    assert len(paper.warnings) == (warning is not None)
    assert (warning or "") in "".join(paper.warnings)
