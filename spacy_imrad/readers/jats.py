"""Papers from JATS XML, the format of PubMed Central, PLOS and many publishers."""

import logging
import re
import xml.etree.ElementTree as ET
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Final

from spacy_imrad.document.paper import Paper, PaperSection
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.jsonl import OnSkip
from spacy_imrad.readers.placeholders import FORMULA
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.xml import is_xml, parse_xml
from spacy_imrad.segmenters.completing import complete_sections

_FORMULAS: Final = frozenset({"inline-formula", "disp-formula", "math", "tex-math"})

# Text that is printed beside a paragraph, or not at all.
_LEFT_OUT: Final = frozenset(
    {
        "alt-text",
        "array",
        "boxed-text",
        "chem-struct",
        "chem-struct-wrap",
        "fig",
        "fig-group",
        "fn",
        "fn-group",
        "graphic",
        "index-term",
        "inline-graphic",
        "long-desc",
        "media",
        "object-id",
        "supplementary-material",
        "table-wrap",
        "table-wrap-group",
    }
)
_INLINE: Final = frozenset({"fn", "index-term", "inline-graphic"})

# Whose text begins on a line of its own, even where the XML has no space before it.
_BLOCKS: Final = frozenset(
    {
        "break",
        "def",
        "def-item",
        "def-list",
        "disp-formula",
        "disp-formula-group",
        "disp-quote",
        "label",
        "list",
        "list-item",
        "p",
        "term",
        "title",
    }
)

_BOLD: Final = frozenset({"bold", "underline"})
_PARAGRAPHS: Final = frozenset({"p", "list", "def-list"})
_GROUPS_OF_PARAGRAPHS: Final = frozenset({"disp-quote", "statement", "speech"})

logger = logging.getLogger(__name__)


@dataclass(slots=True)
class _Draft:
    """A section to be."""

    level: int
    heading: str = ""
    number: str | None = None
    sec_type: str | None = None
    paragraphs: list[str] = field(default_factory=list)
    leads: list[str] = field(default_factory=list)


def read_jats(source: bytes | Path, source_name: str = "jats") -> Paper:
    """Read one article.

    Of the body, the paper has every section with its heading, its depth as `level`,
    its label as `number` and its `sec_type`; text outside of any section is a section
    with an empty heading, and so is text behind a sub-section, one level below its own.
    White space is collapsed, citations stand as printed, formulas as `[formula]`.
    Figures, tables, boxes, footnotes, supplements and back matter are left out.

    source: The XML, or the file that it is in. Nothing that it refers to is fetched.
    source_name: Value of the paper's `source`.
    RETURNS: The paper. Its `id` is the DOI, or another identifier of the article, or
        the file's name; its `field` is the journal.
    RAISES: FileNotFoundError if there is no such file; ValueError if its content is no
        well-formed XML, has an entity that neither the file nor JATS defines, or is no
        JATS article.
    """
    name = str(source) if isinstance(source, Path) else "JATS"
    content = source.read_bytes() if isinstance(source, Path) else source
    try:
        paper = _read_article(parse_xml(content), source_name)
    except ValueError as error:
        raise ValueError(f"{name}: {error}") from error
    if not paper.id and isinstance(source, Path):
        return replace(paper, id=source.stem)
    return paper


def read_jats_wheel(
    path: str | Path, source_name: str = "jats", on_skip: OnSkip = logger.warning
) -> Iterator[Paper]:
    """Stream the articles of a wheel or another zip file.

    path: The archive; its `*.xml` are read in the order of their names. One that is no
        article is skipped.
    source_name: Value of each paper's `source`.
    on_skip: Told of each file that is skipped; by default this is logged.
    YIELDS: The papers.
    RAISES: FileNotFoundError, before anything is read, if there is no such file;
        ValueError, then too, if it is no zip file or has no `*.xml`, and at the end
        if none of them was an article.
    """
    path = Path(path)
    try:
        with zipfile.ZipFile(path) as archive:
            names = sorted(n for n in archive.namelist() if n.lower().endswith(".xml"))
    except zipfile.BadZipFile as error:
        raise ValueError(f"Not a wheel or zip file: {path} ({error})") from error
    if not names:
        raise ValueError(f"Archive without a file that ends in .xml: {path}")
    return _read_members(path, names, source_name, on_skip)


def _read_members(
    path: Path, names: list[str], source_name: str, on_skip: OnSkip
) -> Iterator[Paper]:
    good = 0
    with zipfile.ZipFile(path) as archive:
        for name in names:
            try:
                paper = read_jats(archive.read(name), source_name)
            except (ValueError, zipfile.BadZipFile) as error:
                on_skip(f"{path}, {name} skipped: {error}")
            else:
                good += 1
                yield paper if paper.id else replace(paper, id=Path(name).stem)
    if not good:
        raise ValueError(f"Archive without a readable JATS article: {path}")
    if good < len(names):
        logger.warning(
            "%s: %d of %d files skipped", path, len(names) - good, len(names)
        )


def _read_article(root: ET.Element, source_name: str) -> Paper:
    if root.tag != "article":
        raise ValueError(f"no JATS article: its root is '{root.tag}', not 'article'")
    body = root.find("body")
    if body is None and root.find("front") is None:
        raise ValueError("no JATS article: it has neither 'front' nor 'body'")
    drafts: list[_Draft] = []
    if body is not None:
        _read_content(body, 0, None, drafts)
    # Where sections have headings, the structure is whole.
    is_whole = any(draft.heading for draft in drafts)
    sections = [
        PaperSection(
            heading=draft.heading,
            paragraphs=tuple(draft.paragraphs),
            level=draft.level,
            number=draft.number,
            sec_type=draft.sec_type,
            leads=() if is_whole else tuple(draft.leads),
        )
        for draft in drafts
    ]
    return Paper(
        id=_identifier(root),
        sections=complete_sections(sections, is_titled=True),
        source=source_name,
        field=_text(root.find("front/journal-meta//journal-title")),
        license=_license(root),
        title=_text(root.find("front/article-meta/title-group/article-title")),
        abstract=_abstract(root),
    )


def _read_content(
    element: ET.Element, level: int, draft: _Draft | None, drafts: list[_Draft]
) -> None:
    """Add what stands in a section, or at level 0 in the body, to the drafts."""
    for child in element:
        if child.tag == "sec":
            section = _Draft(
                level + 1,
                _text(child.find("title")),
                _text(child.find("label")) or None,
                _sec_type(child),
            )
            drafts.append(section)
            _read_content(child, level + 1, section, drafts)
            continue
        paragraphs = _paragraphs(child)
        if paragraphs and (draft is None or draft is not drafts[-1]):
            draft = _Draft(level + 1)
            drafts.append(draft)
        if draft is not None:
            draft.paragraphs += [text for text, _ in paragraphs]
            draft.leads += [lead for _, lead in paragraphs]


def _paragraphs(element: ET.Element) -> list[tuple[str, str]]:
    """The paragraphs, and how much of each stands in bold type at its beginning."""
    if element.tag in _PARAGRAPHS:
        text = _text(element)
        return [(text, _lead(element))] if text else []
    if element.tag in _GROUPS_OF_PARAGRAPHS:
        return [found for child in element for found in _paragraphs(child)]
    return []


def _lead(element: ET.Element) -> str:
    while len(element) and not (element.text or "").strip():
        element = element[0]
        if element.tag in _BOLD:
            return _text(element)
        if element.tag != "italic":
            break
    return ""


def _text(element: ET.Element | None) -> str:
    if element is None:
        return ""
    parts: list[str] = []
    _collect(element, parts)
    return " ".join("".join(parts).split())


def _collect(element: ET.Element, parts: list[str]) -> None:
    parts.append(element.text or "")
    for child in element:
        if child.tag in _LEFT_OUT:
            parts.append("" if child.tag in _INLINE else " ")
        else:
            space = " " if child.tag in _BLOCKS else ""
            parts.append(space)
            if child.tag in _FORMULAS:
                parts.append(FORMULA)
            else:
                _collect(child, parts)
            parts.append(space)
        parts.append(child.tail or "")


def _sec_type(section: ET.Element) -> str | None:
    parts = (section.get("sec-type") or "").lower().split("|")
    return "|".join(part.strip() for part in parts if part.strip()) or None


def _identifier(root: ET.Element) -> str:
    found = {
        element.get("pub-id-type"): _text(element)
        for element in root.findall("front/article-meta/article-id")
    }
    for kind in ("doi", "pmc", "pmcid", "pmid"):
        if found.get(kind):
            return found[kind]
    return next(iter(found.values()), "")


def _license(root: ET.Element) -> str:
    for element in root.findall("front/article-meta/permissions//license"):
        for part in element.iter():
            address = part.get("href") or (
                _text(part) if part.tag == "license_ref" else ""
            )
            if address:
                return address
        return _text(element)
    return _text(root.find("front/article-meta/permissions/copyright-statement"))


def _abstract(root: ET.Element) -> str:
    # Others are a digest, for a table of contents, or a picture.
    for element in root.findall("front/article-meta/abstract"):
        if not element.get("abstract-type"):
            return "\n\n".join(_labelled(element, ""))
    return ""


def _labelled(element: ET.Element, label: str) -> Iterator[str]:
    """The paragraphs of an abstract, the first of each part with its printed label."""
    for child in element:
        if child.tag == "sec":
            yield from _labelled(child, _text(child.find("title")) or label)
        elif child.tag == "p" and (text := _text(child)):
            yield f"{label.rstrip(' :.')}: {text}" if label else text
            label = ""
        elif child.tag not in ("p", "title", "label"):
            yield from _labelled(child, label)


def _recognises(head: bytes) -> bool:
    return (
        is_xml(head)
        and re.search(rb"<(?:\w+:)?article[\s>]", head) is not None
        and (b"<front" in head or b"<body" in head or b"JATS" in head or b"NLM" in head)
    )


def _read(source: Source) -> Paper:
    return _read_article(parse_xml(source.read()), "jats")


JATS: Final = PaperFormat("JATS XML", _read, (".xml", ".nxml"), _recognises)
