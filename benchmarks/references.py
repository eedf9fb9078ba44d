"""What others find in a file that one of our readers reads: headings, and words of the
body.

Markdown, Word and LaTeX are read by pandoc. A file with another of its name beside it
that ends in `.gold.md` is compared with that one: its headings and paragraphs, one a
line, as somebody who looked at it wrote them down.
"""

import json
import re
import subprocess
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from pathlib import Path
from typing import Any, Final

from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.paper import Paper, PaperSection

GOLD: Final = ".gold.md"
_MARKDOWN: Final = "markdown+tex_math_single_backslash-blank_before_header"
# By suffix, what pandoc calls a format.
PANDOC: Final = {
    ".docx": "docx+styles",
    ".md": _MARKDOWN,
    ".odt": "odt",
    ".qmd": _MARKDOWN,
    ".rmd": _MARKDOWN,
    ".rst": "rst",
    ".tex": "latex",
}
_SECONDS: Final = 60
_LIKE: Final = 0.8
# Packages beside a paper, whose look of headings pandoc would print in place of them.
_PACKAGES: Final = re.compile(rb"\\(?:usepackage|RequirePackage)\b")
# The options of a code chunk, which knitr takes out before pandoc sees them.
_CHUNK: Final = re.compile(rb"^([ \t]*```+)[ \t]*\{[a-zA-Z{][^\n]*$", re.MULTILINE)
_FEWEST_HEADINGS: Final = 3
# What pandoc has that is no running text.
_LEFT_OUT: Final = [
    "Cite",
    "Code",
    "CodeBlock",
    "Figure",
    "Image",
    "Math",
    "Note",
    "RawBlock",
    "RawInline",
    "Table",
]
_COMPUTED: Final = re.compile(r"r\s")
_SPACES: Final = ("Space", "SoftBreak", "LineBreak")
_BESIDE_TEXT: Final = (*_SPACES, "Image", "Span")
_REFERENCES: Final = re.compile(r"references?|bibliography|literaturecited")
_WORD: Final = re.compile(r"[a-z]{3,}")
_FORMULA: Final = re.compile(r"\\\(.*?\\\)", re.DOTALL)
_MARKUP: Final = re.compile(
    r"\\[A-Za-z]{2,}|\{[#.]|:::|</?(?!FIGURE|TABLE|REF)[A-Za-z][\w-]*[ >]|\$\$|\]\(|\[@"
    r"|@\w+:|&\w+;"
)


@dataclass
class Reference:
    """Headings in order, the text of the body, and paragraphs in bold type, which may
    be meant as headings or not."""

    headings: list[str] = field(default_factory=list)
    text: str = ""
    bold: list[str] = field(default_factory=list)


@dataclass
class Found:
    """What of references our readers found, summed up over papers.

    expected, found, false: Headings of the references, those of them that we have in
        the same order, and those of ours that no reference has.
    words, kept: Words of the references' bodies, and those of them in our papers.
    own_words, debris: Words of our paragraphs, and pieces of markup among them.
    """

    papers: int = 0
    expected: int = 0
    found: int = 0
    false: int = 0
    words: int = 0
    kept: int = 0
    own_words: int = 0
    debris: int = 0

    def add(self, paper: Paper, reference: Reference) -> list[str]:
        """Compare one paper.

        RETURNS: What differs, a line each.
        """
        expected = [h for h in reference.headings if _counts(h, paper)]
        bold = {_bare(text) for text in reference.bold}
        ours = [
            s
            for s in paper.sections
            if _counts(s.heading, paper)
            and (s.heading in expected or _bare(s.heading) not in bold)
        ]
        wanted = [_bare(heading) for heading in expected]
        got = [_bare(section.heading) for section in ours]
        matcher = SequenceMatcher(None, wanted, got, autojunk=False)
        missed, false = [], []
        for tag, a, b, c, d in matcher.get_opcodes():
            # Formulas and references to tables may be written differently.
            if tag == "equal" or (b - a == d - c and _are_like(wanted[a:b], got[c:d])):
                continue
            missed += expected[a:b]
            # References may leave out front and back matter.
            false += [s.heading for s in ours[c:d] if not _is_matter(s)]
        self.papers += 1
        self.expected += len(expected)
        self.found += len(expected) - len(missed)
        self.false += len(false)
        words = Counter(_words(reference.text))
        lost = words - Counter(_words(_all_text(paper)))
        self.words += words.total()
        self.kept += words.total() - lost.total()
        body = _FORMULA.sub("", "\n".join(_paragraphs(paper)))
        self.own_words += len(body.split())
        debris = _MARKUP.findall(body)
        self.debris += len(debris)
        lines = [f"missed: {heading}" for heading in missed]
        lines += [f"false: {heading}" for heading in false]
        if lost.total() > 0.01 * words.total():
            most = ", ".join(f"{word} {n}" for word, n in lost.most_common(12))
            lines.append(f"words: {1 - lost.total() / words.total():.3f}: {most}")
        if debris:
            lines.append(f"debris: {Counter(debris).most_common(5)}")
        return lines


def find_reference(path: Path) -> Reference | None:
    """What a file is compared with; None if nothing reads it.

    RAISES: FileNotFoundError if pandoc is needed and not installed.
    """
    gold = path.with_name(path.stem + GOLD)
    if gold.exists():
        return _read_gold(gold.read_text(encoding="utf8"))
    name = PANDOC.get(path.suffix.lower())
    if name is None or path.name.endswith(GOLD):
        return None
    content = path.read_bytes()
    if name == _MARKDOWN:
        content = _CHUNK.sub(rb"\1", content)
    elif name == "latex":
        content = _PACKAGES.sub(rb"\\package", content)
    try:
        done = subprocess.run(
            ["pandoc", "-f", name, "-t", "json"],
            input=content,
            capture_output=True,
            cwd=path.parent,
            timeout=_SECONDS,
        )
        document = json.loads(done.stdout)
    except (subprocess.TimeoutExpired, ValueError):
        return None
    text: list[str] = []
    reference = Reference()
    _walk(document["blocks"], reference, text)
    reference.text = " ".join(text)
    return reference if len(reference.headings) >= _FEWEST_HEADINGS else None


def _read_gold(markdown: str) -> Reference:
    lines = [line.strip() for line in markdown.split("\n")]
    return Reference(
        [line.lstrip("# ") for line in lines if line.startswith("#")],
        " ".join(line for line in lines if not line.startswith("#")),
    )


def _walk(node: Any, reference: Reference, text: list[str]) -> None:
    last = _bare(reference.headings[-1]) if reference.headings else ""
    if isinstance(node, list):
        for child in node:
            _walk(child, reference, text)
    elif isinstance(node, dict):
        kind: str = node.get("t", "")
        content: Any = node.get("c")
        if kind == "Header":
            reference.headings.append("".join(_strings(content[2])))
        elif kind in ("Para", "Plain"):
            inlines = [part for part in content if part["t"] not in _BESIDE_TEXT]
            strings = "".join(_strings(content))
            if inlines and all(part["t"] in ("Strong", "Emph") for part in inlines):
                reference.bold.append(strings)
            if not _REFERENCES.fullmatch(last):
                text.append(strings)
        elif kind not in _LEFT_OUT and not _is_references(kind, content):
            _walk(content, reference, text)


def _is_references(kind: str, content: Any) -> bool:
    if kind != "Div":
        return False
    _, classes, attributes = content[0]
    style = dict(attributes).get("custom-style", "")
    is_list = not {"references", "thebibliography"}.isdisjoint(classes)
    return is_list or style in ("Bibliography", "TOC Heading")


def _strings(node: Any) -> Iterator[str]:
    if isinstance(node, list):
        for child in node:
            yield from _strings(child)
    elif isinstance(node, dict):
        kind: str = node.get("t", "")
        content: Any = node.get("c")
        if kind == "Str":
            yield content
        elif kind in _SPACES:
            yield " "
        elif kind == "Link" and "reference-type" in dict(content[0][2]):
            return
        elif kind == "Code" and not _COMPUTED.match(content[1]):
            yield content[1]
        elif kind not in _LEFT_OUT and content is not None:
            yield from _strings(content)


def _counts(heading: str, paper: Paper) -> bool:
    bare = _bare(heading)
    is_part = _REFERENCES.fullmatch(bare) or bare in ("abstract", _bare(paper.title))
    return bool(bare) and not is_part


def _are_like(wanted: list[str], got: list[str]) -> bool:
    pairs = zip(wanted, got, strict=True)
    return all(SequenceMatcher(None, *pair).ratio() > _LIKE for pair in pairs)


def _is_matter(section: PaperSection) -> bool:
    matter = section.matter or matter_of(section.heading)
    return matter in ("front", "back")


def _paragraphs(paper: Paper) -> Iterator[str]:
    for section in paper.sections:
        yield from section.paragraphs


def _all_text(paper: Paper) -> str:
    asides = [aside.text for section in paper.sections for aside in section.asides]
    headings = [section.heading for section in paper.sections]
    return "\n".join(
        [paper.title, paper.abstract, *headings, *_paragraphs(paper), *asides]
    )


def _words(text: str) -> list[str]:
    return _WORD.findall(text.lower())


def _bare(text: str) -> str:
    text = re.sub(r"\\\(.*?\\\)|\[(?:\d+|formula)\]", "", text)
    return "".join(char for char in text.lower() if char.isalnum())
