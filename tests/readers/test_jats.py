import logging
import zipfile
from dataclasses import asdict, replace

import pytest
import srsly

from spacy_imrad.document.naming import sec_type_label
from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.jats import read_jats, read_jats_wheel
from spacy_imrad.readers.jsonl import read_papers
from spacy_imrad.training.gold import section_gold

INTRO, M, R, W, D = ("Introduction", "Methods", "Results", "Related Work", "Discussion")

DOCTYPE = (
    '<!DOCTYPE article PUBLIC "-//NLM//DTD JATS (Z39.96) v1.1//EN" '
    '"http://nowhere.invalid/JATS.dtd">'
)
FRONT = """
<front>
  <journal-meta>
    <journal-title-group>
      <journal-title>Snow Letters</journal-title>
    </journal-title-group>
  </journal-meta>
  <article-meta>
    <article-id pub-id-type="publisher-id">snow-7</article-id>
    <article-id pub-id-type="doi">10.5555/snow.7</article-id>
    <title-group><article-title>On <italic>old</italic> snow<xref
      ref-type="fn">*</xref><fn><p>A note.</p></fn></article-title></title-group>
    <abstract abstract-type="toc"><p>Digest.</p></abstract>
    <abstract>
      <sec><title>Background</title><p>Snow is old.</p></sec>
      <sec><title>Results</title><p>It melts.</p></sec>
    </abstract>
    <permissions><license xlink:href="http://creativecommons.org/licenses/by/4.0/">
      <license-p>Free to use.</license-p></license></permissions>
  </article-meta>
</front>"""


def _article(body, front=FRONT, doctype=DOCTYPE, back=""):
    return (
        f'<?xml version="1.0" encoding="UTF-8"?>{doctype}'
        '<article xmlns:xlink="http://www.w3.org/1999/xlink" '
        'xmlns:mml="http://www.w3.org/1998/Math/MathML">'
        f"{front}<body>{body}</body>{back}</article>"
    ).encode()


def _sections(body):
    return list(read_jats(_article(body)).sections)


def _paragraph(content):
    (section,) = _sections(f"<p>{content}</p>")
    (paragraph,) = section.paragraphs
    return paragraph


def test_front_matter():
    paper = read_jats(_article("<p>We dug.</p>"), "tests")
    assert paper == Paper(
        id="10.5555/snow.7",
        sections=(PaperSection("", ("We dug.",)),),
        source="tests",
        field="Snow Letters",
        license="http://creativecommons.org/licenses/by/4.0/",
        title="On old snow*",
        abstract="Background: Snow is old.\n\nResults: It melts.",
    )


@pytest.mark.parametrize(
    ("permissions", "license"),
    [
        ("<license><license-p>CC\n  BY 4.0</license-p></license>", "CC BY 4.0"),
        (
            '<license><ali:license_ref xmlns:ali="http://www.niso.org/ali">'
            "http://x.org/by </ali:license_ref></license>",
            "http://x.org/by",
        ),
        (
            '<license><license-p>Under <ext-link xlink:href="http://x.org/by">this'
            "</ext-link>.</license-p></license>",
            "http://x.org/by",
        ),
        ("<copyright-statement>© Snow</copyright-statement>", "© Snow"),
    ],
)
def test_license(permissions, license):
    front = f"""<front><article-meta><permissions>{permissions}</permissions>
        </article-meta></front>"""
    paper = read_jats(_article("", front))
    assert paper.license == license
    assert (paper.id, paper.title, paper.field, paper.abstract) == ("", "", "", "")
    assert paper.sections == ()


def test_nested_sections():
    assert _sections("""
      <p>Before any section.</p>
      <sec sec-type=" Materials | Methods"><label>2.</label>
        <title>What <bold>we</bold>
          did</title>
        <p>We dug.</p>
        <sec><label>2.1</label><title>Sites</title>
          <p>North.</p><p>South.</p>
          <sec><title>North</title></sec>
        </sec>
        <p>Behind a sub-section.</p>
      </sec>
      <sec sec-type=""><p>No title.</p></sec>
      <p>Behind it all.</p>
    """) == [
        PaperSection("", ("Before any section.",)),
        PaperSection("What we did", ("We dug.",), 1, "2.", "materials|methods"),
        PaperSection("Sites", ("North.", "South."), 2, "2.1"),
        PaperSection("North", (), 3),
        PaperSection("", ("Behind a sub-section.",), 2),
        PaperSection("", ("No title.",)),
        PaperSection("", ("Behind it all.",)),
    ]


def test_back_matter_and_responses_are_left_out():
    back = """<back><ack><p>Thanks.</p></ack><app-group><app><sec><title>Methods</title>
        <p>More.</p></sec></app></app-group><ref-list><ref/></ref-list></back>
        <sub-article><body><p>A reply.</p></body></sub-article>"""
    (section,) = read_jats(_article("<p>We dug.</p>", back=back)).sections
    assert section.paragraphs == ("We dug.",)


@pytest.mark.parametrize(
    ("content", "text"),
    [
        ("  We\n dug \u00a0 deep. ", "We dug deep."),
        (
            'Snow [<xref ref-type="bibr">1</xref>]–[<xref>3</xref>] is',
            "Snow [1]–[3] is",
        ),
        ("10<sup>3</sup> H<sub>2</sub>O <!-- not --> fell<?pi x?>", "103 H2O fell"),
        (
            "with <inline-formula><alternatives><inline-graphic/><mml:math><mml:mi>x"
            "</mml:mi></mml:math></alternatives></inline-formula>, and",
            "with [formula], and",
        ),
        (
            "so that<disp-formula><label>(3)</label></disp-formula>holds",
            "so that [formula] holds",
        ),
        ("so <mml:math><mml:mi>x</mml:mi></mml:math> holds", "so [formula] holds"),
        (
            "we had<list><list-item><label>1.</label><p>ice</p></list-item>"
            "<list-item><p>snow</p></list-item></list>both cold",
            "we had 1. ice snow both cold",
        ),
        (
            "as seen<fig><label>Fig 1</label><caption><p>Ice.</p></caption></fig>here",
            "as seen here",
        ),
        ("a pit<fn><p>Not ours.</p></fn>.", "a pit."),
        ("first<break/>second", "first second"),
        ("old<boxed-text><p>Box.</p></boxed-text>snow", "old snow"),
    ],
)
def test_text_of_a_paragraph(content, text):
    assert _paragraph(content) == text


def test_what_counts_as_a_paragraph():
    (section,) = _sections("""<sec><title>Results</title>
      <p>First.</p>
      <fig><label>Fig 1</label><caption><title>A</title><p>Caption.</p></caption></fig>
      <table-wrap><table><tr><td><p>Cell</p></td></tr></table></table-wrap>
      <boxed-text><sec><title>Box</title><p>Boxed.</p></sec></boxed-text>
      <supplementary-material><caption><p>S1.</p></caption></supplementary-material>
      <disp-formula><mml:math><mml:mi>x</mml:mi></mml:math></disp-formula>
      <list><list-item><p>one</p></list-item><list-item><p>two</p></list-item></list>
      <disp-quote><p>Cold,</p><p>they said.</p><attrib>A guide</attrib></disp-quote>
      <p> <fig/> </p>
      <p>Last.</p>
    </sec>""")
    assert section.paragraphs == (
        "First.",
        "one two",
        "Cold,",
        "they said.",
        "Last.",
    )


def test_entities():
    body = "<p>5&thinsp;&deg;C &amp; &alpha;&#x2013;&beta;</p>"
    (section,) = read_jats(_article(body)).sections
    assert section.paragraphs == ("5 °C & α–β",)
    inner = DOCTYPE[:-1] + ' [<!ENTITY ice "frozen water">]>'
    (section,) = read_jats(_article("<p>&ice;</p>", doctype=inner)).sections
    assert section.paragraphs == ("frozen water",)


def test_default_namespace():
    content = (
        b'<article xmlns="http://jats.nlm.nih.gov"><body><p>We.</p></body></article>'
    )
    assert read_jats(content).sections == (PaperSection("", ("We.",)),)


OUTSIDE = '<!DOCTYPE article [<!ENTITY file SYSTEM "file:///etc/hostname">]>'


@pytest.mark.parametrize(
    ("content", "reason"),
    [
        (b"", "not readable as XML"),
        (b"%PDF-1.4", "not readable as XML"),
        (b"<article><body></article>", r"XML \(mismatched tag"),
        (b'<?xml version="1.0" encoding="no-such"?><article/>', "not readable as XML"),
        (_article("<p>&snowflake;</p>"), "undefined entity &snowflake;"),
        (_article("<p>&file;</p>", doctype=OUTSIDE), "undefined entity &file;"),
        (b"<html><body/></html>", "root is 'html', not 'article'"),
        (b"<article><h1>News</h1></article>", "neither 'front' nor 'body'"),
        (_article("<sec>" * 20_000 + "</sec>" * 20_000), "nested too deeply"),
    ],
)
def test_what_is_no_article(tmp_path, content, reason):
    with pytest.raises(ValueError, match=reason):
        read_jats(content)
    path = tmp_path / "a.xml"
    path.write_bytes(content)
    with pytest.raises(ValueError, match=rf"a\.xml: .*{reason}"):
        read_jats(path)


def test_file(tmp_path):
    path = tmp_path / "snow.xml"
    path.write_bytes(_article("<p>We dug.</p>", front=""))
    assert read_jats(path).id == "snow"
    path.write_bytes(_article("<p>We dug.</p>"))
    assert read_jats(path).id == "10.5555/snow.7"
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_jats(tmp_path / "nowhere.xml")


def _wheel(path, **members):
    with zipfile.ZipFile(path, "w") as archive:
        for name, content in members.items():
            archive.writestr(f"papers/{name.replace('_', '.')}", content)
    return path


def test_wheel(tmp_path, caplog):
    path = _wheel(
        tmp_path / "papers-1.whl",
        b_xml=_article("<p>B.</p>", front=""),
        c_xml="<html/>",
        a_xml=_article("<p>A.</p>"),
        a_txt="no article",
    )
    with caplog.at_level(logging.WARNING):
        papers = list(read_jats_wheel(path, "tests"))
    assert [(paper.id, paper.source) for paper in papers] == [
        ("10.5555/snow.7", "tests"),
        ("b", "tests"),
    ]
    skipped, counted = (record.getMessage() for record in caplog.records)
    assert "papers/c.xml" in skipped
    assert "root is 'html'" in skipped
    assert "1 of 3" in counted


def test_bad_archives_are_found_before_reading(tmp_path):
    with pytest.raises(FileNotFoundError, match="nowhere"):
        read_jats_wheel(tmp_path / "nowhere.whl")
    with pytest.raises(ValueError, match=r"without a file .* \.xml: .*empty"):
        read_jats_wheel(_wheel(tmp_path / "empty.whl", a_txt="x"))
    (tmp_path / "text.whl").write_text("no zip")
    with pytest.raises(ValueError, match=r"Not a wheel or zip file: .*text"):
        read_jats_wheel(tmp_path / "text.whl")
    with pytest.raises(ValueError, match="without a readable JATS article"):
        list(read_jats_wheel(_wheel(tmp_path / "html.whl", a_xml="<html/>")))


@pytest.mark.parametrize(
    ("sec_type", "label"),
    [
        ("intro", INTRO),
        ("materials|methods", M),
        ("Materials | Methods", M),
        ("results", R),
        ("related-work", W),
        ("conclusions", D),
        ("results|discussion", None),
        ("cases|methods", None),
        ("supplementary-material", None),
        ("", None),
    ],
)
def test_label_of_a_sec_type(sec_type, label):
    assert sec_type_label(sec_type) == label


def _labels(*sections):
    """Sections as `(heading, level, sec_type)`."""
    paper = Paper(
        "p", tuple(PaperSection(h, ("x",), n, None, t) for h, n, t in sections)
    )
    return [label for label, _ in section_gold(paper)]


def test_sec_type_names_what_the_heading_does_not():
    assert _labels(
        ("Why snow", 1, "intro"),
        ("How we dug", 1, "materials|methods"),
        ("Shovels", 2, None),
        ("Ethics statement", 2, None),
        ("", 1, "results"),
        ("What it means", 2, "discussion"),
        ("Depth", 2, "subsection"),
    ) == [INTRO, M, M, M, R, D, None]


def test_heading_beats_the_sec_type():
    assert _labels(
        ("Discussion", 1, "results"),
        ("Snow", 2, None),
        ("Results and Discussion", 1, "conclusions"),
        ("Depth", 2, None),
        ("Results/Discussion", 1, "results"),
        ("Acknowledgements", 1, "methods"),
        ("Experiments", 1, "results"),
        ("Pits", 2, None),
    ) == [D, D, None, None, None, None, M, None]


def test_sec_type_does_not_count_by_the_unarxive_convention():
    paper = Paper("p", (PaperSection("How we dug", ("x",), sec_type="methods"),))
    assert section_gold(paper, "unarxive") == [(None, None)]


def test_sec_type_in_json_lines(tmp_path):
    paper = read_jats(
        _article('<sec sec-type="methods"><title>Pits</title><p>We dug.</p></sec>')
    )
    path = tmp_path / "papers.jsonl"
    srsly.write_jsonl(path, [asdict(paper), asdict(replace(paper, sections=()))])
    assert list(read_papers(path)) == [paper, replace(paper, sections=())]


def test_sec_type_that_is_no_string(tmp_path, caplog):
    path = tmp_path / "papers.jsonl"
    section = {"heading": "", "paragraphs": [], "sec_type": 3}
    srsly.write_jsonl(path, [{"id": "p", "sections": [section]}])
    with pytest.raises(ValueError, match="1 bad"):
        list(read_papers(path))
    assert "'sec_type' is not a string" in caplog.text
