"""Papers from web pages: ar5iv and arXiv (LaTeXML), PubMed Central, journals."""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.outline import Kind, Matter
from spacy_imrad.document.paper import Paper
from spacy_imrad.readers.flow import Flow
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.html_metadata import Metadata, read_metadata
from spacy_imrad.readers.parsing import parsing
from spacy_imrad.readers.placeholders import formula
from spacy_imrad.readers.source import Source

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_LEFT_OUT: Final = _words(
    "script style nav footer aside form button noscript template svg iframe head "
    "select input object video audio canvas dialog img d-bibliography d-citation-list "
    "d-front-matter d-byline d-toc mjx-container"
)
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
# Their text is not part of that around them.
_BLOCKS: Final = _words(
    "address article blockquote body center dd details div dl dt fieldset figcaption "
    "figure header hr li main ol p pre section summary table tbody td tfoot th thead "
    "tr ul html d-article d-title d-abstract d-appendix"
)
_LISTS: Final = _words("ul ol dl")
_BOLD: Final = _words("b strong u")
_BOLD_STYLE: Final = re.compile(
    r"font-weight:\s*(?:bold|[6-9]00)|text-decoration:\s*underline"
)
_ROLES: Final = _words(
    "navigation complementary banner search dialog menu menubar toolbar tooltip"
)
_REFERENCES: Final = re.compile(
    r"(?:^|[\s_-])(?:ltx_bibliography|ref-?list|references|bibliography)(?:$|\s)"
)
# A last resort, and never for an element with much of the page's text in it.
_FURNITURE: Final = re.compile(
    r"(?:^|\s)(?:ltx_page_header|ltx_page_footer|ltx_authors|ltx_dates|ltx_TOC|ltx_role_"
    r"\w+|ltx_classification|ltx_keywords|contrib-group|affiliations|breadcrumb\S*|toc|"
    r"skip-link\S*|author|date|abstract-title|usa-\S+|pmc-sidenav\S*|permissions|"
    r"author-list|authors|kwd-group|keywords?|sr-only|visually-hidden|goto|"
    r"MathJax(?:_\S+)?|footnote-back)(?:$|\s)"
)
_MOST_FURNITURE: Final = 0.3
_SHORTEST_TITLE: Final = 6
_NOTES: Final = re.compile(r"(?:^|\s)(?:ltx_note|footnotes?|fn)(?:$|\s)")
_TITLES: Final = re.compile(r"(?:^|\s)(?:title|ltx_title_document|\S*-title)(?:$|\s)")
_FIGURES: Final = re.compile(r"(?:^|\s)(?:fig|ltx_figure|tw|table-wrap)(?:$|\s)")
_RUN_IN: Final = re.compile(r"(?:^|\s)ltx_title_(?:theorem|proof)(?:$|\s)")
_TEX: Final = re.compile(
    r"\\\((.{1,2000}?)\\\)|\\\[(.{1,2000}?)\\\]|\$\$([^$]{1,2000})\$\$"
    r"|(?<![\\$\w])\$(?=[^$\n]*[\\^_]|[A-Za-z]\$)([^$\s](?:[^$\n]{0,500}[^$\s\\])?)\$(?!\d)",
    re.DOTALL,
)
_END: Final = re.compile(
    r"(?:\d+\.?\s*)?(?:references?(?:\s(?:cited|list|and\snotes))?|bibliography|"
    r"literature(?:\scited)?|works\scited|notes\sand\sreferences|reference\slist)",
    re.IGNORECASE,
)
# Headings of a site in the middle of, or behind, a paper.
_OF_SITE: Final = re.compile(
    r"(?:article|table\sof)\scontents|contents|on\sthis\spage|in\sthis\s(?:article|page)|"
    r"cite|cite\s(?:as|this(?:\sarticle)?)|how\sto\scite(?:\sthis\sarticle)?|share(?:\s"
    r"this(?:\sarticle)?)?|metrics(?:\s.*)?|information(?:\s(?:&|and)\sauthors)?|"
    r"article\s(?:metrics|tools|information|menu|outline)|(?:related|recommended|similar|"
    r"linked)\s(?:articles?|content|papers?|reading|links|information)|(?:most|trending)\s"
    r"(?:read|cited|viewed|popular|recent).*|"
    r"cited\sby.*|citing\sarticles?.*|(?:e-?mail\s)?alerts|download(?:s|\spdf)?|"
    r"login(?:\soptions)?|(?:get\s)?access(?:\soptions)?|view\soptions|figures?(?:\s(?:&|and"
    r")\s(?:tables?|media|data))?|comments?|browse.*|sign\s(?:in|up).*|subscribe.*|"
    r"published\sin|publication\shistory|authors?|journal\s\w+|follow\sus|quick\slinks|"
    r"rights\s(?:&|and)\spermissions|outline|actions|resources|purchase.*|advertisement"
    r"|footnotes?|altmetric|citation\stools|jump\sto.*|article\sversions?.*",
    re.IGNORECASE,
)

Role: TypeAlias = Literal["heading", "paragraph", "abstract", "aside", "references"]


class Block(NamedTuple):
    """What stands in a page.

    level: Level of a heading.
    classes: Classes of its element.
    lead: How much of a paragraph stands in bold type at its beginning.
    """

    role: Role
    text: str = ""
    level: int = 0
    kind: Kind = "text"
    classes: str = ""
    lead: str = ""


def _read(source: Source) -> Paper:
    return paper_from_html(source.read())


def paper_from_html(content: bytes) -> Paper:
    """The paper in a page: what lies between its title and its references.

    RAISES: ValueError if there is no page.
    """
    root = _parse(content)
    metadata = read_metadata(root)
    blocks = list(_Page(root))
    flow = Flow()
    _take(flow, blocks, metadata)
    return flow.paper(metadata.doi, source="html", field=metadata.journal)


def blocks_of_fragment(html: str) -> list[Block]:
    """What stands in HTML that is a part of something else."""
    root = _parse(f"<html><body>{html}</body></html>".encode())
    return list(_Page(root))


def _parse(content: bytes) -> "HtmlElement":
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
    return root


# --- From blocks to the paper ---------------------------------------------------------


def _take(flow: Flow, blocks: list[Block], metadata: Metadata) -> None:
    title = _find_title(blocks, metadata)
    start = 0 if title is None else title + 1
    flow.title(metadata.title if title is None else blocks[title].text)
    blocks = _without_site(blocks[start:])
    end = _find_end(blocks)
    body = blocks[_find_start(blocks[:end]) : end]
    has_abstract = any(block.role == "abstract" for block in body)
    for block in body:
        match block.role:
            case "heading" if has_abstract and _is_abstract_title(block.text):
                pass
            case "heading":
                is_appendix = "ltx_title_appendix" in block.classes
                matter: Matter | None = "back" if is_appendix else None
                flow.heading(block.text, block.level, matter=matter)
            case "paragraph":
                flow.paragraph(block.text, lead=block.lead)
            case "abstract":
                flow.abstract(block.text)
            case "aside":
                flow.aside(block.text, block.kind)
    for block in _appendices(blocks[end:]):
        if block.role == "heading":
            flow.heading(block.text, block.level, matter="back")
        elif block.role == "paragraph":
            flow.paragraph(block.text)
        elif block.role == "aside":
            flow.aside(block.text, block.kind)
    if not has_abstract and not any(_is_abstract_title(b.text) for b in body):
        flow.abstract(metadata.abstract)


def _find_title(blocks: list[Block], metadata: Metadata) -> int | None:
    """The heading that is the paper's title: the one that the metadata name, else the
    one that is marked as such, else the only one of the first level."""
    headings = [i for i, block in enumerate(blocks) if block.role == "heading"]
    for title in metadata.titles:
        wanted = _letters(title)
        for i in headings:
            if wanted and _letters(blocks[i].text) == wanted:
                return i
    firsts = [i for i in headings if blocks[i].level == 1]
    marked = [i for i in firsts if _TITLES.search(blocks[i].classes)]
    if marked:
        return marked[0]
    page = _letters(metadata.page_title)
    named = [
        i
        for i in headings
        if blocks[i].level <= 2
        and section_label(blocks[i].text) is None
        and len(letters := _letters(blocks[i].text)) >= _SHORTEST_TITLE
        and letters in page
    ]
    if named:
        return max(named, key=lambda i: len(blocks[i].text))
    is_title = len(firsts) == 1 and section_label(blocks[firsts[0]].text) is None
    return firsts[0] if is_title and len(headings) > 1 else None


def _find_start(blocks: list[Block]) -> int:
    """What stands before the abstract is of authors and of the site."""
    for i, block in enumerate(blocks):
        if block.role == "abstract" or (
            block.role == "heading" and _is_abstract_title(block.text)
        ):
            before = blocks[:i]
            is_body = any(b.role == "heading" and section_label(b.text) for b in before)
            return 0 if is_body else i
    return 0


def _find_end(blocks: list[Block]) -> int:
    """Where the references begin, if no part of the body comes behind them."""
    last = max((i for i, b in enumerate(blocks) if _is_body(b)), default=-1)
    for i in range(last + 1, len(blocks)):
        block = blocks[i]
        if block.role == "references" or (
            block.role == "heading" and _END.fullmatch(block.text.strip(" .:"))
        ):
            return i
    return len(blocks)


def _is_body(block: Block) -> bool:
    return block.role == "heading" and section_label(block.text) is not None


def _appendices(blocks: list[Block]) -> Iterator[Block]:
    is_inside = False
    for block in blocks:
        if block.role == "heading" and (
            "ltx_title_appendix" in block.classes or block.text.startswith("Appendix")
        ):
            is_inside = True
        elif block.role == "references" or (
            block.role == "heading" and _END.fullmatch(block.text.strip(" .:"))
        ):
            is_inside = False
        if is_inside:
            yield block


def _without_site(blocks: list[Block]) -> list[Block]:
    """Without sections that the site has put in: a heading of its own, with all that is
    below it."""
    kept: list[Block] = []
    level = 7
    for block in blocks:
        if block.role == "heading":
            if block.level <= level:
                level = 7
            if level == 7 and _OF_SITE.fullmatch(block.text.strip(" .:")):
                level = block.level
        if level == 7 or block.role in ("abstract", "references"):
            kept.append(block)
    return kept


def _is_abstract_title(text: str) -> bool:
    return text.strip(" .:").lower() in ("abstract", "structured abstract")


def _letters(text: str) -> str:
    return "".join(char for char in text.lower() if char.isalnum())


# --- From the page to blocks ----------------------------------------------------------


class _Page:
    """Walks through the page; text gathers until a block begins or ends."""

    def __init__(self, root: "HtmlElement") -> None:
        self._root = root
        self._blocks: list[Block] = []
        self._gathered: list[str] = []
        self._in_abstract = False
        self._run_in = ""
        self._lead = ""
        self._lengths = _text_lengths(root)
        self._all = self._lengths.get(root, 0)

    def __iter__(self) -> Iterator[Block]:
        for body in self._root.xpath("//body")[:1] or [self._root]:
            self._element(body)
            self._finish()
        return iter(self._blocks)

    def _element(self, element: "HtmlElement") -> None:
        tag = element.tag if isinstance(element.tag, str) else ""
        classes = element.get("class") or ""
        if tag == "script" and "math/tex" in (element.get("type") or ""):
            self._gathered.append(formula(element.text))
            return
        if not tag or tag in _LEFT_OUT or self._is_furniture(element, classes):
            return
        if _is_formula(tag, classes):
            self._math(element, tag)
        elif tag in _HEADINGS:
            self._heading(element, classes)
        elif tag == "d-footnote" or (_NOTES.search(classes) and tag != "li"):
            self._aside(_text(element), "caption")
        elif tag == "figure" or _FIGURES.search(classes):
            self._figure(element)
        elif tag == "table":
            self._table(element)
        elif tag == "pre" or tag == "d-code":
            self._aside(element.text_content(), "code")
        elif _is_abstract(element) and not self._in_abstract:
            self._finish()
            self._in_abstract = True
            self._content(element)
            self._finish()
            self._in_abstract = False
        elif self._is_references(element, classes):
            self._finish()
            self._blocks.append(Block("references"))
        elif tag in _LISTS and not self._is_layout(element):
            self._finish()
            self._paragraph(" ".join(_text(item) for item in element))
        elif tag == "br":
            self._gathered.append(" ")
        elif tag in _BLOCKS:
            self._finish()
            self._content(element)
            if _is_bold(element):
                self._lead = "".join(self._gathered)
            self._finish()
        elif _is_bold(element) and not "".join(self._gathered).strip():
            self._content(element)
            self._lead = "".join(self._gathered)
        else:
            self._content(element)

    def _is_furniture(self, element: "HtmlElement", classes: str) -> bool:
        is_furniture = (
            element.get("role") in _ROLES
            or element.get("hidden") is not None
            or _FURNITURE.search(classes) is not None
        )
        return is_furniture and self._is_small(element)

    def _is_references(self, element: "HtmlElement", classes: str) -> bool:
        found = _REFERENCES.search(f"{classes} {element.get('id') or ''}")
        return found is not None and element.tag not in ("a", "span", "cite", "sup")

    def _is_small(self, element: "HtmlElement") -> bool:
        return self._lengths.get(element, 0) <= _MOST_FURNITURE * self._all

    def _content(self, element: "HtmlElement") -> None:
        self._gathered.append(_with_formulas(element.text))
        for child in element:
            self._element(child)
            self._gathered.append(_with_formulas(child.tail))

    def _heading(self, element: "HtmlElement", classes: str) -> None:
        self._finish()
        text = _text(element)
        if _RUN_IN.search(classes):
            self._run_in = f"{text} "
        elif not self._in_abstract:
            level = _HEADINGS[element.tag]
            self._blocks.append(Block("heading", text, level, classes=classes))

    def _math(self, element: "HtmlElement", tag: str) -> None:
        is_block = tag == "d-math" and element.get("block") is not None
        if is_block:
            self._finish()
        self._gathered.append(_formula(element))
        if is_block:
            self._finish()

    def _figure(self, element: "HtmlElement") -> None:
        for caption in element.xpath(
            ".//figcaption | .//*[contains(@class, 'caption')]"
        )[:1]:
            self._aside(_text(caption), "caption")
        for table in element.iter("table"):
            self._table(table)

    def _table(self, element: "HtmlElement") -> None:
        if "ltx_equation" in (element.get("class") or ""):
            formulas = [_formula(math) for math in element.iter("math")]
            self._gathered.append(f" {' '.join(formulas)} ")
            return
        self._finish()
        if self._is_layout(element):
            self._content(element)
            self._finish()
            return
        rows = [
            " | ".join(_text(cell) for cell in row if cell.tag in ("td", "th"))
            for row in element.iter("tr")
        ]
        if len(rows) == 1 and (section_label(rows[0]) or matter_of(rows[0])):
            self._blocks.append(Block("heading", rows[0], 2))
        else:
            self._aside("\n".join(rows), "table")

    def _is_layout(self, element: "HtmlElement") -> bool:
        """Whether a table or a list holds parts of a page: headings, or paragraphs in
        so few cells that it is no data."""
        if next((e for e in element.iter(*_HEADINGS)), None) is not None:
            return True
        if element.tag != "table":
            return False
        cells = list(
            takewhile(lambda n: n[0] < 10, enumerate(element.iter("td", "th")))
        )
        paragraphs = sum(1 for _ in element.iter("p"))
        return paragraphs > 0 and paragraphs >= len(cells) - 1 and len(cells) < 10

    def _finish(self) -> None:
        text = "".join(self._gathered)
        self._gathered = []
        lead, self._lead = self._lead, ""
        self._paragraph(text, lead)

    def _paragraph(self, text: str, lead: str = "") -> None:
        if text := " ".join(text.split()):
            role: Role = "abstract" if self._in_abstract else "paragraph"
            lead = self._run_in or lead
            self._blocks.append(Block(role, self._run_in + text, lead=lead))
            self._run_in = ""

    def _aside(self, text: str, kind: Kind) -> None:
        if not self._in_abstract:
            self._blocks.append(Block("aside", text, kind=kind))


def _is_bold(element: "HtmlElement") -> bool:
    style = element.get("style") or ""
    return element.tag in _BOLD or _BOLD_STYLE.search(style) is not None


def _text_lengths(root: "HtmlElement") -> dict["HtmlElement", int]:
    """How many characters are in each element."""
    lengths: dict[HtmlElement, int] = {}
    for element in reversed(list(root.iter())):
        own = len(element.text or "") if isinstance(element.tag, str) else 0
        if element.tag in ("script", "style"):
            own = 0
        lengths[element] = lengths.get(element, 0) + own
        parent = element.getparent()
        if parent is not None:
            tail = len(element.tail or "")
            lengths[parent] = lengths.get(parent, 0) + lengths[element] + tail
    return lengths


def _text(element: "HtmlElement") -> str:
    """The text of an element, with formulas by their LaTeX and without notes."""
    parts: list[str] = []
    _collect(element, parts)
    return " ".join("".join(parts).split())


def _collect(element: "HtmlElement", parts: list[str]) -> None:
    parts.append(_with_formulas(element.text))
    for child in element:
        tag = child.tag if isinstance(child.tag, str) else ""
        classes = child.get("class") or "" if tag else ""
        if _is_formula(tag, classes):
            parts.append(_formula(child))
        elif tag == "script" and "math/tex" in (child.get("type") or ""):
            parts.append(formula(child.text))
        elif tag and tag not in _LEFT_OUT and not _is_note(classes):
            space = " " if tag in _BLOCKS or tag == "br" else ""
            parts.append(space)
            _collect(child, parts)
            parts.append(space)
        parts.append(_with_formulas(child.tail))


def _is_formula(tag: str, classes: str) -> bool:
    return tag in ("math", "d-math") or not {"ltx_Math", "katex"}.isdisjoint(
        classes.split()
    )


def _formula(element: "HtmlElement") -> str:
    latex = element.get("alttext")
    if latex is None:
        found = element.xpath(".//annotation[@encoding='application/x-tex']")
        latex = found[0].text_content() if found else None
    if latex is None and element.tag == "d-math":
        latex = element.text_content()
    return formula(latex)


def _with_formulas(text: str | None) -> str:
    """A text in which formulas may stand as TeX."""
    if not text or ("$" not in text and "\\" not in text):
        return text or ""
    return _TEX.sub(lambda m: formula(m[1] or m[2] or m[3] or m[4]), text)


def _is_note(classes: str) -> bool:
    return _NOTES.search(classes) is not None or "footnote-back" in classes


def _is_abstract(element: "HtmlElement") -> bool:
    classes = (element.get("class") or "").split()
    return (
        "abstract" in classes
        or "ltx_abstract" in classes
        or element.tag == "d-abstract"
    )


def _recognises(head: bytes) -> bool:
    start = re.sub(rb"^\s*(?:<\?xml[^>]*>|<!--.*?-->|\s)*", b"", head, flags=re.DOTALL)
    return re.match(rb"<!doctype html|<html[\s>]", start, re.IGNORECASE) is not None


HTML: Final = PaperFormat("HTML", _read, (".html", ".htm", ".xhtml"), _recognises)
