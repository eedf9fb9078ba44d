import pytest

from spacy_imrad.document.paper import Aside

LATEXML = """<!DOCTYPE html><html><head><title>x</title><style>p {}</style></head><body>
<nav><h2>Contents</h2><ol><li>1 Introduction</li></ol></nav>
<article class="ltx_document">
<h1 class="ltx_title ltx_title_document">On <em>old</em> snow</h1>
<div class="ltx_authors"><span>A. Moen</span></div>
<div class="ltx_abstract"><h6 class="ltx_title">Abstract</h6><p>Snow is old.</p></div>
<section class="ltx_section"><h2 class="ltx_title"><span class="ltx_tag">1 </span>
Introduction</h2>
<div class="ltx_para"><p class="ltx_p">It is <math alttext="x_{1}"><mi>x</mi></math> as
<cite>[<a href="#b">1</a>]</cite>.<span class="ltx_note"><sup>1</sup>At night.</span>
</p>
<table class="ltx_equation"><tr><td><math alttext="y=2"/></td></tr></table>
<ul><li><p>first</p></li><li>second</li></ul></div>
<figure class="ltx_figure"><img src="pit.png"><figcaption>The pit.</figcaption></figure>
<section class="ltx_subsection"><h3>Depth</h3><p>Deep<p>and deeper.</section></section>
<section class="ltx_appendix"><h2 class="ltx_title_appendix">Proofs</h2><p>None.</p>
<h3>Results</h3><p>Of proofs.</p></section>
<section class="ltx_bibliography"><h2>References</h2><ul><li>Moen.</li></ul></section>
</article><footer>Made by a machine.</footer></body></html>"""

PMC = """<html><body><header>PubMed</header><main><article>
<h1 class="content-title">On old snow</h1>
<section class="abstract" id="abs1"><h2>Abstract</h2>
<h3>Background</h3><p>Snow is old.</p><h3>Results</h3><p>It melts.</p></section>
<section id="s1"><h2 class="pmc_sec_title">Methods</h2><p>We dug.</p>
<section class="tw"><h4>Table 1.</h4><div class="caption"><p>Depths.</p></div>
<table><tr><th>a</th><td>1</td></tr></table></section>
<section id="s2"><h3>Sites</h3><p>North.</p></section></section>
<section class="ref-list"><h2>References</h2><p>Moen.</p></section>
</article></main><script>alert(1)</script></body></html>"""


def test_latexml(read):
    paper = read("snow.html", LATEXML)
    assert (paper.title, paper.abstract) == ("On old snow", "Snow is old.")
    introduction, depth, proofs, results = paper.sections
    assert introduction.heading == "1 Introduction"
    assert introduction.paragraphs == (
        r"It is \(x_{1}\) as [1].",
        r"\(y=2\)",
        "first second",
    )
    assert introduction.asides == (
        Aside("1At night.", "caption"),
        Aside("The pit.", "caption"),
    )
    assert (depth.level, depth.paragraphs) == (2, ("Deep", "and deeper."))
    assert (proofs.heading, proofs.matter) == ("Proofs", "back")
    assert (results.heading, results.matter) == ("Results", "back")


def test_pubmed_central(read):
    paper = read("page", PMC)
    assert (paper.title, paper.abstract) == ("On old snow", "Snow is old.\n\nIt melts.")
    methods, sites = paper.sections
    assert (methods.heading, methods.paragraphs) == ("Methods", ("We dug.",))
    assert methods.asides == (Aside("Depths.", "caption"), Aside("a | 1", "table"))
    assert (sites.heading, sites.level) == ("Sites", 2)


def test_what_is_no_page_has_no_sections(read):
    assert read("a.html", "<p>Only <b>this").sections[0].paragraphs == ("Only this",)
    with pytest.raises(ValueError, match=r"a\.html: not readable as HTML"):
        read("a.html", " ")


def test_nothing_is_lost_where_a_page_is_deep(read):
    deep = "<p>Before.</p>" + "<div>" * 300 + "<h2>Methods</h2><p>We dug.</p>"
    _, methods = read("a.html", deep).sections
    assert methods.paragraphs == ("We dug.",)
    for depth in (1500, 3000):
        with pytest.raises(ValueError, match="nested too deeply"):
            read("a.html", "<div>" * depth + "<p>We dug.</p>")


def page(body: str, head: str = "<title>Snow | Journal</title>") -> str:
    return f"<!DOCTYPE html><html><head>{head}</head><body>{body}</body></html>"


BODY = (
    "<h2>Introduction</h2><p>Snow is old.</p><h2>Methods</h2><p>We dug.</p>"
    "<h3>Sites</h3><p>North.</p><h2>References</h2><ol><li>Moen.</li></ol>"
)
SITE = "<h2>Most read</h2><p>Ice.</p><h3>Share</h3><p>Send this to a friend.</p>"
NAMED = '<meta name="citation_title" content="On old snow">'


@pytest.mark.parametrize(
    ("head", "body"),
    [
        (NAMED, f"<h1>Journal of Snow</h1>{SITE}<h2>On old  snow</h2>{BODY}{SITE}"),
        ("", f"{SITE}<article><h1>On old snow</h1>{BODY}</article>{SITE}"),
        (
            "<title>On old snow - J. Snow</title>",
            f"<h1>J. Snow</h1><div><h1>On old snow</h1>{SITE}{BODY}</div>",
        ),
        (
            '<script type="application/ld+json">'
            '{"@graph": [{"headline": "On old snow"}]}</script>',
            f"{SITE}<h1>News</h1><h1>On old snow</h1>{BODY}<h2>Share</h2><p>x</p>",
        ),
        (NAMED, f"<form id=m0>{SITE}<h1>On old snow</h1>{BODY}{SITE}</form>"),
        (NAMED, f"<div><h1>On old snow</h1></div><h1>On old snow</h1>{BODY}"),
        (
            NAMED,
            "<div><h2>Article tools</h2><p>Save.</p></div><h1>On old snow</h1>"
            "<div><h2>Share</h2><p>Send.</p></div><h3>Keywords:</h3><p>ice, snow</p>"
            + BODY.replace("h3", "h4").replace("h2", "h3"),
        ),
        (
            NAMED,
            f"<article><h1>On old snow</h1>{BODY.replace('<h2>Ref', '<footer><h2>Ref')}"
            f"</footer></article><h2>Results</h2><p>{'Ten papers cite this. ' * 9}</p>",
        ),
        (
            NAMED,
            f"<h1>On old snow</h1>{BODY}<h2>Author information</h2><h3>Contributions"
            "</h3><p>Moen dug, and wrote the paper.</p>",
        ),
        (NAMED, f'<div class="usa-layout date"><h1>On old snow</h1>{BODY}</div>'),
        (NAMED, f'<h1 class="title">On old snow</h1><div role="main">{BODY}</div>'),
        (
            NAMED,
            f'<div role="navigation"><h2>Methods</h2></div><h1>On old snow</h1>{BODY}'
            "<h2>Information &amp; Authors</h2><p>Moen digs.</p>",
        ),
    ],
)
def test_the_paper_lies_between_its_title_and_its_references(head, body, read):
    paper = read("a.html", page(body, head))
    assert paper.title == "On old snow"
    assert [(s.heading, s.level, s.paragraphs) for s in paper.sections] == [
        ("Introduction", 1, ("Snow is old.",)),
        ("Methods", 1, ("We dug.",)),
        ("Sites", 2, ("North.",)),
    ]


def test_metadata(read):
    head = NAMED + (
        '<meta name="citation_doi" content="doi:10.5555/snow">'
        '<meta name="citation_journal_title" content="J. Snow">'
        f'<meta name="citation_abstract" content="{"Snow is old. " * 20}">'
    )
    paper = read("a.html", page(BODY, head))
    assert (paper.id, paper.field, paper.title) == (
        "10.5555/snow",
        "J. Snow",
        "On old snow",
    )
    assert paper.abstract.startswith("Snow is old. Snow is old.")


@pytest.mark.parametrize(
    ("html", "text"),
    [
        ("costs $5 and $6", "costs $5 and $6"),
        ("of $x$ and $x_1$.", r"of \(x\) and \(x_1\)."),
        (r"of \(x\) and \[y\]", r"of \(x\) and \(y\)"),
        (
            '<span class="MathJax_Preview">x</span><span class="MathJax">x</span>'
            '<script type="math/tex">x^2</script> holds',
            r"\(x^2\) holds",
        ),
        (
            '<span class="katex"><math><annotation encoding="application/x-tex">y'
            "</annotation></math><span>y</span></span> holds",
            r"\(y\) holds",
        ),
        ('a<span class="sr-only">Opens a window</span> pit', "a pit"),
        ("<d-math>z</d-math> holds<d-footnote>Not here.</d-footnote>", r"\(z\) holds"),
    ],
)
def test_formulas_and_what_is_not_read(html, text, read):
    (methods,) = read(
        "a.html", page(f"<h2>Methods</h2><p>{html}</p>" + "x" * 200)
    ).sections
    assert methods.paragraphs[0] == text


def test_tables_of_data_and_of_layout(read):
    data = "<tr><th>a</th><th>b</th></tr>" + "<tr><td><p>1</p></td><td>2</td></tr>" * 5
    paper = read(
        "a.html",
        page(
            f"<table><tr><td><h2>Methods</h2><p>We dug.</p><table>{data}</table></td>"
            "</tr></table>"
        ),
    )
    (methods,) = paper.sections
    assert methods.paragraphs == ("We dug.",)
    assert [aside.kind for aside in methods.asides] == ["table"]


@pytest.mark.parametrize(
    ("html", "level"),
    [
        ('<div class="h3 cb"><div class="heading-text">Deep pits</div></div>', 3),
        ('<div><span class="title2">Deep pits</span> ', 2),
        ('<p class="subsectionTitle">Deep pits</p>', 3),
        ('<div role="heading" aria-level="4">Deep pits</div>', 4),
        (
            '<table class="sectionHeading"><tr><th>Deep pits</th><td>Section:</td></tr>'
            "</table>",
            2,
        ),
        ('<ul class="refList footnote"><li><h3>Deep pits</h3></li></ul>', 3),
    ],
)
def test_headings_that_are_none_by_their_element(html, level, read):
    body = f"<h1>On snow</h1><h1>Methods</h1><p>We dug.</p>{html}<p>Some were deep.</p>"
    _, _, pits = read("a.html", page(f"{body}{'<p>It is cold.</p>' * 9}")).sections
    assert (pits.heading, pits.level) == ("Deep pits", level)


@pytest.mark.parametrize(
    "html",
    [
        '<div class="title2">Table 1. Depths</div>',
        "<h4>Fig. 2</h4>",
        "<h4>1</h4>",
        '<p>Dug <b class="title3">twice</b> there.</p>',
        "<p><a href='#a'>Methods</a><br><a href='#b'>Results</a></p>",
        "<h2>Keywords</h2><p>ice, snow</p>",
        "<p><b>Contents</b></p>",
    ],
)
def test_what_is_no_section(html, read):
    rest = f"<h2>Methods</h2><p>We dug.</p>{'<p>It is cold.</p>' * 9}"
    (methods,) = read("a.html", page(f"<h1>On snow</h1>{rest}{html}")).sections
    assert "Contents" not in methods.paragraphs
    assert methods.heading == "Methods"


def test_marks_in_a_paragraph_are_kept_and_notes_are_asides(read):
    text = (
        '<p>As <a class="usa-link date">Moen, 2004</a> says<span class="ltx_note '
        'ltx_role_footnote">At night.</span>, <dt-math>x</dt-math> melts.</p>'
    )
    (methods,) = read("a.html", page(f"<h2>Methods</h2>{text}")).sections
    assert methods.paragraphs == (r"As Moen, 2004 says, \(x\) melts.",)
    assert methods.asides == (Aside("At night.", "caption"),)


def test_an_appendix_is_back_matter(read):
    body = (
        f"<h1>On snow</h1>{BODY}<d-appendix><h3>Discussion and Review</h3><p>Good.</p>"
    )
    *_, review = read("a.html", page(f"{body}</d-appendix>")).sections
    assert (review.heading, review.matter) == ("Discussion and Review", "back")


def test_a_page_whose_references_are_not_found_has_a_warning(read):
    head = NAMED + '<meta name="citation_journal_title" content="J. Snow">'
    without = BODY.partition("<h2>References")[0]
    assert read("a.html", page(BODY, head)).warnings == ()
    (warning,) = read("a.html", page(without, head)).warnings
    assert "references was not found" in warning
