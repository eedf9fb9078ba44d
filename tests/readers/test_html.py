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
</section>
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
    introduction, depth, proofs = paper.sections
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
