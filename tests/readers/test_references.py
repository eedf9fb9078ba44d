"""Abstracts out of reference managers, databases and tables."""

from pathlib import Path

import pytest

from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.reading import read_papers

RIS = """TY  - JOUR
TI  - On old snow
DO  - 10.1234/snow
JO  - Journal of Snow
AB  - Background: It is old. Methods: We dug
 and dug. Results: It fell.
ER  - 

TY  - JOUR
T1  - On ice
N2  - Ice is cold. We melt it.
ER  - 
"""
MEDLINE = """
PMID- 123
TI  - On old snow
      of yesteryear.
AB  - BACKGROUND: It is old. METHODS: We dug
      and dug. RESULTS: It fell.
JT  - Journal of Snow

PMID- 124
TI  - On ice.
AB  - Ice is cold. We melt it.
"""
TABLE = (
    'Title,Abstract Note,DOI\r\n"On snow, old","Aims: Snow.\nMethods: ""Dug"".",10.1/s'
    "\r\nOn ice,Ice is cold.,\r\n"
)
EUROPE_PMC = """<?xml version="1.0"?><responseWrapper><resultList>
<result><id>1</id><title>On snow</title><journalInfo><journal><title>J Snow</title>
</journal></journalInfo><abstractText>&lt;h4&gt;Background&lt;/h4&gt;It is old.
&lt;h4&gt;Methods&lt;/h4&gt;We dug.</abstractText></result>
<result><id>2</id><title>On ice</title><abstractText>Ice.</abstractText></result>
</resultList></responseWrapper>"""
PUBMED = """<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>5</PMID><Article>
<ArticleTitle>On snow</ArticleTitle><Abstract>
<AbstractText Label="WHY WE DUG" NlmCategory="OBJECTIVE">To see.</AbstractText>
<AbstractText Label="FINDINGS" NlmCategory="RESULTS">It fell.</AbstractText>
<AbstractText NlmCategory="CONCLUSIONS">It helps.</AbstractText>
<AbstractText Label="SNOW" NlmCategory="UNASSIGNED">It is so.</AbstractText>
</Abstract><OtherAbstract Language="ger"><AbstractText>Schnee.</AbstractText>
</OtherAbstract></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"""


def read(
    tmp_path: Path, name: str, text: str, format: str | None = None
) -> list[Paper]:
    (tmp_path / name).write_text(text, encoding="utf8", newline="")
    return list(read_papers(tmp_path / name, format=format))


@pytest.mark.parametrize(
    ("name", "text"),
    [
        ("a.ris", RIS),
        ("export.txt", "\ufeff" + RIS),
        ("b.ris", RIS.replace("\n", "\r\n")),
    ],
)
def test_ris(tmp_path: Path, name: str, text: str) -> None:
    snow, ice = read(tmp_path, name, text)
    assert (snow.id, snow.title) == ("10.1234/snow", "On old snow")
    assert snow.field == "Journal of Snow"
    assert snow.abstract == (
        "Background: It is old. Methods: We dug and dug. Results: It fell."
    )
    assert ice.abstract == "Ice is cold. We melt it."


def test_medline(tmp_path: Path) -> None:
    snow, ice = read(tmp_path, "pubmed-set.nbib", MEDLINE)
    assert (snow.id, snow.title) == ("123", "On old snow of yesteryear.")
    assert snow.abstract.endswith("METHODS: We dug and dug. RESULTS: It fell.")
    assert ice.id == "124"


@pytest.mark.parametrize("separator", [",", "\t", ";"])
def test_a_table_has_a_column_of_abstracts(tmp_path: Path, separator: str) -> None:
    text = TABLE.replace('"On snow, old"', "On snow").replace(",", separator)
    snow, ice = read(tmp_path, "zotero.csv", text)
    assert (snow.id, snow.title) == ("10.1/s", "On snow")
    assert snow.abstract == 'Aims: Snow. Methods: "Dug".'
    assert ice.title == "On ice"


def test_quoted_cells_may_hold_the_separator(tmp_path: Path) -> None:
    assert read(tmp_path, "a.csv", TABLE)[0].title == "On snow, old"


def test_europe_pmc_has_labels_as_headings(tmp_path: Path) -> None:
    snow, ice = read(tmp_path, "epmc.xml", EUROPE_PMC)
    assert (snow.id, snow.field, ice.abstract) == ("1", "J Snow", "Ice.")
    assert snow.abstract == "Background: It is old.\n\nMethods: We dug."


def test_pubmeds_category_counts_where_the_label_says_nothing(tmp_path: Path) -> None:
    (paper,) = read(tmp_path, "pubmed.xml", PUBMED)
    assert paper.abstract.split("\n\n") == [
        "OBJECTIVE: WHY WE DUG: To see.",
        "FINDINGS: It fell.",
        "CONCLUSIONS: It helps.",
        "SNOW: It is so.",
    ]


def test_one_abstract_a_line_if_the_user_says_so(tmp_path: Path) -> None:
    papers = read(tmp_path, "a.txt", "Snow is cold.\n\n  Ice too. \n", "lines")
    assert [paper.abstract for paper in papers] == ["Snow is cold.", "Ice too."]


@pytest.mark.parametrize(
    ("name", "format", "text"),
    [
        ("a.ris", "ris", "no tags here"),
        ("a.csv", "table", "a,b\n1,2\n"),
        ("a.nbib", "medline", ""),
    ],
)
def test_what_is_none_of_these_is_a_value_error(
    tmp_path: Path, name: str, format: str, text: str
) -> None:
    with pytest.raises(ValueError, match=name):
        read(tmp_path, name, text, format)
