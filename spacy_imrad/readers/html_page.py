"""Walks through a web page: its headings, paragraphs, captions ... in reading order."""

import re
from collections.abc import Iterator
from itertools import takewhile
from typing import TYPE_CHECKING, Final, Literal, NamedTuple, TypeAlias

from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.outline import Kind
from spacy_imrad.readers.captions import is_caption
from spacy_imrad.readers.parsing import parsing
from spacy_imrad.readers.placeholders import formula

if TYPE_CHECKING:
    from lxml.html import HtmlElement


def _words(names: str) -> frozenset[str]:
    return frozenset(names.split())


_LEFT_OUT: Final = _words(
    "script style button noscript template svg iframe head select input object video "
    "audio canvas img d-bibliography d-citation-list d-front-matter d-byline d-toc "
    "dt-byline mjx-container"
)
# Of the site, unless much of the page's text is in them: some sites have all of it in
# one form.
_ASIDE: Final = _words("nav footer aside form dialog")
_HEADINGS: Final = {f"h{level}": level for level in range(1, 7)}
# Their text is not part of that around them.
_BLOCKS: Final = _words(
    "address article blockquote body center dd details dialog div dl dt fieldset "
    "figcaption figure footer form header hr li main nav ol p pre section summary "
    "table tbody td tfoot th thead tr ul html aside d-article d-title d-abstract "
    "d-appendix dt-article dt-appendix"
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
REFERENCES_TITLE: Final = re.compile(
    r"(?:\d+\.?\s*)?(?:references?(?:\s(?:cited|list|and\snotes))?|bibliography|"
    r"literature(?:\scited)?|works\scited|notes\sand\sreferences|reference\slist)",
    re.IGNORECASE,
)
"""The heading of a list of references, without punctuation at its ends."""
# A last resort, and never for an element with much of the page's text in it.
_FURNITURE: Final = re.compile(
    r"(?:^|\s)(?:ltx_page_header|ltx_page_footer|ltx_authors|ltx_dates|ltx_TOC|"
    r"ltx_classification|ltx_keywords|contrib-group|affiliations|breadcrumb\S*|toc|"
    r"skip-link\S*|author|date|abstract-title|pmc-sidenav\S*|permissions|"
    r"author-list|authors|kwd-group|keywords?|sr-only|visually-hidden|goto|"
    r"MathJax(?:_\S+)?|footnote-back)(?:$|\s)"
)
_MOST_FURNITURE: Final = 0.3
_NOTES: Final = re.compile(r"(?:^|\s)(?:ltx_note|footnotes?|fn)(?:$|\s)")
_FIGURES: Final = re.compile(r"(?:^|\s)(?:fig|ltx_figure|tw|table-wrap)(?:$|\s)")
_RUN_IN: Final = re.compile(r"(?:^|\s)ltx_title_(?:theorem|proof)(?:$|\s)")
_APPENDIX: Final = re.compile(r"(?:^|\s)ltx_(?:title_)?appendix(?:$|\s)")
_APPENDICES: Final = _words("d-appendix dt-appendix")
# Headings that are none by their element: `class="title2"`, `"h3"`, `"sectionTitle"`.
_TITLED: Final = re.compile(
    r"(?:^|\s)(?:(?:h|title|heading)-?([1-6])|((?:sub-?)*)sec(?:tion)?[-_]?"
    r"(?:title|heading|head))(?:$|\s)",
    re.IGNORECASE,
)
_TITLED_ELEMENTS: Final = _words("div span p strong b em i")
_LONGEST_TITLE: Final = 300
# What may stand beside a heading, such as an anchor, in an element of its own.
_MARGIN: Final = 3
_SHORTEST_ENTRY: Final = 5
_MOST_LINKED: Final = 0.8
_TEX: Final = re.compile(
    r"\\\((.{1,2000}?)\\\)|\\\[(.{1,2000}?)\\\]|\$\$([^$]{1,2000})\$\$"
    r"|(?<![\\$\w])\$(?=[^$\n]*[\\^_]|[A-Za-z]\$)([^$\s](?:[^$\n]{0,500}[^$\s\\])?)\$(?!\d)",
    re.DOTALL,
)

Role: TypeAlias = Literal["heading", "paragraph", "abstract", "aside", "references"]


class Block(NamedTuple):
    """What stands in a page.

    level: Level of a heading.
    classes: Classes of its element.
    lead: How much of a paragraph stands in bold type at its beginning.
    is_appendix: Whether it is in what the page marks as an appendix.
    scope: For a heading, the index of the first block that is not in the element around
        it any more.
    article: For a heading, the same of the `article` or `main` element that it is in; 0
        if it is in none.
    """

    role: Role
    text: str = ""
    level: int = 0
    kind: Kind = "text"
    classes: str = ""
    lead: str = ""
    is_appendix: bool = False
    scope: int = 0
    article: int = 0


def parse_html(content: bytes) -> "HtmlElement":
    """The root of a page.

    RAISES: ValueError if there is no page, or it is nested too deeply.
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
    return root


def page_blocks(root: "HtmlElement") -> list[Block]:
    """What stands in a page, in order."""
    return list(_Page(root))


class _Page:
    """Walks through the page; text gathers until a block begins or ends."""

    def __init__(self, root: "HtmlElement") -> None:
        self._root = root
        self._blocks: list[Block] = []
        self._gathered: list[str] = []
        self._in_abstract = False
        self._in_appendix = False
        self._scopes: dict[HtmlElement, list[int]] = {}
        self._articles: dict[HtmlElement, list[int]] = {}
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
        around = self._in_appendix
        self._in_appendix = (
            around or tag in _APPENDICES or _APPENDIX.search(classes) is not None
        )
        self._read(element, tag, classes)
        self._in_appendix = around

    def _read(self, element: "HtmlElement", tag: str, classes: str) -> None:
        if _is_formula(tag, classes):
            self._math(element, tag)
        elif level := self._heading_level(element, tag, classes):
            self._heading(element, level, classes)
        elif tag == "d-footnote" or _is_aside_note(element, tag, classes):
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
            self._append(Block("references"))
        elif _is_contents(element, tag):
            self._finish()
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
            (element.tag in _ASIDE and not self._holds_references(element))
            or element.get("role") in _ROLES
            or element.get("hidden") is not None
            or (_FURNITURE.search(classes) is not None and element.tag != "a")
        )
        return is_furniture and self._is_small(element)

    def _holds_references(self, element: "HtmlElement") -> bool:
        """Whether the foot of an article has its references, and so its back matter."""
        return element.tag == "footer" and any(
            REFERENCES_TITLE.fullmatch(_text(heading).strip(" .:"))
            for heading in element.iter(*_HEADINGS)
        )

    def _is_references(self, element: "HtmlElement", classes: str) -> bool:
        found = _REFERENCES.search(f"{classes} {element.get('id') or ''}")
        if found is None or element.tag in ("a", "span", "cite", "sup"):
            return False
        titles = (_text(heading) for heading in element.iter(*_HEADINGS))
        return all(REFERENCES_TITLE.fullmatch(title.strip(" .:")) for title in titles)

    def _is_small(self, element: "HtmlElement") -> bool:
        return self._lengths.get(element, 0) <= _MOST_FURNITURE * self._all

    def _content(self, element: "HtmlElement") -> None:
        self._gathered.append(_with_formulas(element.text))
        for child in element:
            self._element(child)
            self._gathered.append(_with_formulas(child.tail))
        if element in self._scopes or element in self._articles:
            self._finish()
            self._close(element)

    def _close(self, element: "HtmlElement") -> None:
        end = len(self._blocks)
        for i in self._scopes.pop(element, ()):
            self._blocks[i] = self._blocks[i]._replace(scope=end)
        for i in self._articles.pop(element, ()):
            self._blocks[i] = self._blocks[i]._replace(article=end)

    def _heading_level(self, element: "HtmlElement", tag: str, classes: str) -> int:
        """0 if an element is no heading."""
        if tag in _HEADINGS:
            return _HEADINGS[tag]
        if element.get("role") == "heading":
            level = element.get("aria-level") or ""
            return int(level) if level in tuple("123456") else 2
        found = _TITLED.search(classes)
        if found is None or tag not in _TITLED_ELEMENTS:
            return 0
        is_first = not "".join(self._gathered).strip()
        parts = {part.tag for part in element.iter() if part is not element}
        is_short = self._lengths.get(element, 0) < _LONGEST_TITLE
        if not is_first or not is_short or not parts.isdisjoint(_BLOCKS - {"div"}):
            return 0
        return int(found[1] or 2) + (found[2] or "").lower().count("sub")

    def _heading(self, element: "HtmlElement", level: int, classes: str) -> None:
        self._finish()
        text = _text(element)
        if _RUN_IN.search(classes):
            self._run_in = f"{text} "
        elif is_caption(text):
            self._aside(text, "caption")
        elif not self._in_abstract and any(char.isalpha() for char in text):
            length = self._lengths.get(element, 0) + _MARGIN
            for around in element.iterancestors():
                if self._lengths.get(around, 0) > length:
                    self._scopes.setdefault(around, []).append(len(self._blocks))
                    break
            for around in element.iterancestors("article", "main"):
                self._articles.setdefault(around, []).append(len(self._blocks))
                break
            self._append(Block("heading", text, level, classes=classes))

    def _append(self, block: Block) -> None:
        self._blocks.append(block._replace(is_appendix=self._in_appendix))

    def _math(self, element: "HtmlElement", tag: str) -> None:
        is_block = tag.endswith("-math") and element.get("block") is not None
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
            [cell for cell in row if cell.tag in ("td", "th")]
            for row in element.iter("tr")
        ]
        lines = [" | ".join(map(_text, row)) for row in rows]
        # Old sites print a heading as a table of one row.
        heads = [_text(cell) for row in rows for cell in row if cell.tag == "th"]
        is_titled = len(heads) == 1 and _TITLED.search(element.get("class") or "")
        title = heads[0] if is_titled else "".join(lines[:1])
        is_named = section_label(title) is not None or matter_of(title) is not None
        if len(rows) == 1 and not self._in_abstract and (is_named or is_titled):
            self._append(Block("heading", title, 2))
        else:
            self._aside("\n".join(lines), "table")

    def _is_layout(self, element: "HtmlElement") -> bool:
        """Whether a table or a list holds parts of a page: headings, other tables, or
        paragraphs in so few cells that it is no data."""
        if _has_heading(element):
            return True
        if element.tag != "table":
            return False
        if (
            next((e for e in element.iter("table") if e is not element), None)
            is not None
        ):
            return True
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
            self._append(Block(role, self._run_in + text, lead=lead))
            self._run_in = ""

    def _aside(self, text: str, kind: Kind) -> None:
        if not self._in_abstract:
            self._append(Block("aside", text, kind=kind))


def _is_bold(element: "HtmlElement") -> bool:
    style = element.get("style") or ""
    return element.tag in _BOLD or _BOLD_STYLE.search(style) is not None


def _is_aside_note(element: "HtmlElement", tag: str, classes: str) -> bool:
    """Whether an element holds notes, and no section that was put among them."""
    return _is_note(classes) and tag != "li" and not _has_heading(element)


def _has_heading(element: "HtmlElement") -> bool:
    return next(element.iter(*_HEADINGS), None) is not None


def _is_contents(element: "HtmlElement", tag: str) -> bool:
    """Whether a list or a paragraph is a table of contents: nothing but links into the
    page."""
    if tag not in _LISTS and tag != "p":
        return False
    links = [link for link in element.iter("a") if _is_inner(link)]
    texts = [" ".join(link.text_content().split()) for link in links]
    linked = sum(len(text) for text in texts if len(text) >= _SHORTEST_ENTRY)
    return len(links) > 1 and linked > _MOST_LINKED * len(
        element.text_content().strip()
    )


def _is_inner(link: "HtmlElement") -> bool:
    return (link.get("href") or "").startswith("#")


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
        elif tag and tag not in _LEFT_OUT | _ASIDE and not _is_note(classes):
            space = " " if tag in _BLOCKS or tag == "br" else ""
            parts.append(space)
            _collect(child, parts)
            parts.append(space)
        parts.append(_with_formulas(child.tail))


def _is_formula(tag: str, classes: str) -> bool:
    return (
        tag == "math"
        or tag.endswith("-math")
        or not {"ltx_Math", "katex"}.isdisjoint(classes.split())
    )


def _formula(element: "HtmlElement") -> str:
    latex = element.get("alttext")
    if latex is None:
        found = element.xpath(".//annotation[@encoding='application/x-tex']")
        latex = found[0].text_content() if found else None
    if latex is None and element.tag.endswith("-math"):
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
