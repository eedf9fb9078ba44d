"""Papers from web pages: ar5iv and arXiv (LaTeXML), PubMed Central, journals."""

import re
from typing import TYPE_CHECKING, Final

from spacy_imrad.document.outline import Matter
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.parsing import parsing
from spacy_imrad.readers.placeholders import formula
from spacy_imrad.readers.source import Source

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_LEFT_OUT: Final = _words(
    "script style nav footer aside form button noscript template svg iframe head "
    "select input object video audio canvas dialog img"
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
# Their text is not part of that around them.
_BLOCKS: Final = _words(
    "address article blockquote body center dd details div dl dt fieldset figcaption "
    "figure header hr li main ol p pre section summary table tbody td tfoot th thead "
    "tr ul html"
)
_LISTS: Final = _words("ul ol dl")
_REFERENCES: Final = re.compile(
    r"(?:^|[\s_-])(?:ltx_bibliography|ref-?list|references|bibliography)(?:$|\s)"
)
_ASIDES: Final = re.compile(
    r"(?:^|\s)(?:ltx_page_header|ltx_page_footer|ltx_authors|ltx_dates|ltx_TOC|ltx_role_"
    r"\w+|ltx_keywords|contrib-group|affiliations|breadcrumb\S*|toc|skip-link\S*|"
    r"author|date|abstract-title|usa-\S+|pmc-sidenav\S*|permissions|author-list|authors)(?:$|\s)"
)
_NOTES: Final = re.compile(r"(?:^|\s)(?:ltx_note|footnotes?|fn)(?:$|\s)")
_TITLES: Final = re.compile(r"(?:^|\s)(?:title|ltx_title_document|\S*-title)(?:$|\s)")
_FIGURES: Final = re.compile(r"(?:^|\s)(?:fig|ltx_figure|tw|table-wrap)(?:$|\s)")


def _read(source: Source) -> Paper:
    return paper_from_html(source.read())


def paper_from_html(content: bytes) -> Paper:
    """The paper in a page: its longest `article`, else its `main`, else all of it.

    RAISES: ValueError if there is no page.
    """
    from lxml import html as lxml_html

    encoding = None if re.search(rb"charset", content[:4096]) else "utf-8"
    parser = lxml_html.HTMLParser(
        encoding=encoding, remove_comments=True, huge_tree=True
    )
    with parsing("not readable as HTML"):
        root = lxml_html.document_fromstring(content, parser=parser)
    # The parser itself drops what is behind.
    if any("Excessive depth" in entry.message for entry in parser.error_log):
        raise ValueError("nested too deeply")
    flow = _HtmlFlow()
    flow.read(_content_of(root))
    return flow.paper(source="html")


def _content_of(root: "HtmlElement") -> "HtmlElement":
    for path in ("//article", "//main", "//body"):
        if found := root.xpath(path):
            return max(found, key=lambda element: len(element.text_content()))
    return root


class _HtmlFlow(Flow):
    """Walks through the page; text gathers until a block begins or ends."""

    def __init__(self) -> None:
        super().__init__()
        self._gathered: list[str] = []
        self._in_abstract = False

    def read(self, element: "HtmlElement") -> None:
        """Take what stands in an element."""
        self._finish()
        self._element(element)
        self._finish()

    def _element(self, element: "HtmlElement") -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        classes = element.get("class") or ""
        if "footnote-back" in classes:
            return
        if not tag or tag in _LEFT_OUT or element.get("role") == "navigation":
            return
        if _ASIDES.search(classes) or element.get("hidden") is not None:
            return
        if tag == "math" or "ltx_Math" in classes.split():
            self._gathered.append(_formula(element))
        elif tag in _HEADINGS:
            self._heading(element)
        elif _NOTES.search(classes) and tag != "li":
            self.aside(_text(element), "caption")
        elif tag == "figure" or _FIGURES.search(classes):
            self._figure(element)
        elif tag == "table":
            self._table(element)
        elif tag == "pre":
            self.aside(element.text_content(), "code")
        elif _is_abstract(element) and not self._in_abstract:
            self._finish()
            self._in_abstract = True
            self._content(element)
            self._finish()
            self._in_abstract = False
        elif _REFERENCES.search(f"{classes} {element.get('id') or ''}"):
            self._finish()
        elif tag in _LISTS:
            self._finish()
            self._paragraph(" ".join(_text(item) for item in element))
        elif tag == "br":
            self._gathered.append(" ")
        elif tag in _BLOCKS:
            self._finish()
            self._content(element)
            self._finish()
        else:
            self._content(element)

    def _content(self, element: "HtmlElement") -> None:
        self._gathered.append(element.text or "")
        for child in element:
            self._element(child)
            self._gathered.append(child.tail or "")

    def _heading(self, element: "HtmlElement") -> None:
        self._finish()
        if self._in_abstract:
            return
        text = _text(element)
        level = _HEADINGS[element.tag]
        if level == 1 and _TITLES.search(element.get("class") or ""):
            self.title(text)
        else:
            matter: Matter | None = "back" if _in_appendix(element) else None
            self.heading(text, level, matter=matter)

    def _figure(self, element: "HtmlElement") -> None:
        for caption in element.xpath(
            ".//figcaption | .//*[contains(@class, 'caption')]"
        )[:1]:
            self.aside(_text(caption), "caption")
        for table in element.iter("table"):
            self._table(table)

    def _table(self, element: "HtmlElement") -> None:
        if "ltx_equation" in (element.get("class") or "") or element.get("role") == (
            "presentation"
        ):
            formulas = [_formula(math) for math in element.iter("math")]
            self._gathered.append(f" {' '.join(formulas)} ")
            return
        self._finish()
        rows = (
            " | ".join(_text(cell) for cell in row if cell.tag in ("td", "th"))
            for row in element.iter("tr")
        )
        self.aside("\n".join(rows), "table")

    def _finish(self) -> None:
        text = "".join(self._gathered)
        self._gathered = []
        self._paragraph(text)

    def _paragraph(self, text: str) -> None:
        if self._in_abstract:
            self.abstract(text)
        else:
            self.paragraph(text)


def _text(element: "HtmlElement") -> str:
    """The text of an element, with formulas by their LaTeX and without notes."""
    parts: list[str] = []
    _collect(element, parts)
    return " ".join("".join(parts).split())


def _collect(element: "HtmlElement", parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        if tag == "math":
            parts.append(_formula(child))
        elif tag and tag not in _LEFT_OUT and not _is_note(child):
            space = " " if tag in _BLOCKS or tag == "br" else ""
            parts.append(space)
            _collect(child, parts)
            parts.append(space)
        parts.append(child.tail or "")


def _formula(element: "HtmlElement") -> str:
    latex = element.get("alttext")
    if latex is None:
        found = element.xpath(".//annotation[@encoding='application/x-tex']")
        latex = found[0].text_content() if found else None
    return formula(latex)


def _is_note(element: "HtmlElement") -> bool:
    classes = element.get("class") or ""
    return _NOTES.search(classes) is not None or "footnote-back" in classes


def _is_abstract(element: "HtmlElement") -> bool:
    classes = (element.get("class") or "").split()
    return "abstract" in classes or "ltx_abstract" in classes


def _in_appendix(element: "HtmlElement") -> bool:
    return "ltx_title_appendix" in (element.get("class") or "")


def _recognises(head: bytes) -> bool:
    start = re.sub(rb"^\s*(?:<\?xml[^>]*>|<!--.*?-->|\s)*", b"", head, flags=re.DOTALL)
    return re.match(rb"<!doctype html|<html[\s>]", start, re.IGNORECASE) is not None


HTML: Final = PaperFormat("HTML", _read, (".html", ".htm", ".xhtml"), _recognises)
