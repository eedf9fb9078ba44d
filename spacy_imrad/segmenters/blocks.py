"""Blocks: neighbouring lines that belong together, and what they are."""

import re
from collections.abc import Sequence
from itertools import pairwise
from typing import Literal, NamedTuple, TypeAlias

from spacy_imrad.document.outline import Kind
from spacy_imrad.segmenters.lines import Line
from spacy_imrad.segmenters.standing import numbered_lines
from spacy_imrad.segmenters.titles import (
    MAX_TITLE,
    Title,
    ends_sentence,
    has_glyph,
    has_rules,
    is_capitals,
    read_title,
)

Markup: TypeAlias = Literal["atx", "setext", "latex", "wiki", "html", "yaml", "format"]

_ATX = re.compile(r"(#{1,6})(?:[ \t]+(?=\S)|(?<=##)(?=[^\W_]))")
_SETEXT = re.compile(r"={3,}|-{3,}")
_RULE_MIN = {"-": 3, "*": 3, "_": 3, "=": 3, "~": 4}
_HTML_HEADING = re.compile(
    r"<h([1-6])(?:\s[^<>]{0,200})?>(.{1,300})</h\1>", re.IGNORECASE
)
_LATEX_HEADING = re.compile(
    r"\\(part|chapter|section|subsection|subsubsection|paragraph|subparagraph)\*?"
    r"(?:\[[^\[\]]{0,200}\])?\{((?:[^{}]|\{[^{}]*\}){1,300})\}\s*(?:\\label\{[^{}]*\}\s*)?(?:%.*)?$"
)
_LATEX_DEPTH = {
    "part": 1,
    "chapter": 2,
    "section": 3,
    "subsection": 4,
    "subsubsection": 5,
    "paragraph": 6,
    "subparagraph": 7,
}
_ENVIRONMENT = re.compile(r"\\begin\{([a-zA-Z]{1,24})\*?\}")
_ENVIRONMENT_KINDS: dict[str, Kind] = {
    **dict.fromkeys(("equation", "align", "gather", "multline", "eqnarray"), "formula"),
    **dict.fromkeys(("displaymath", "math", "alignat", "flalign"), "formula"),
    **dict.fromkeys(("table", "tabular", "longtable", "tabularx"), "table"),
    "figure": "caption",
    **dict.fromkeys(("itemize", "enumerate", "description"), "list"),
    **dict.fromkeys(("verbatim", "lstlisting", "algorithm", "minted"), "code"),
}
_YAML_KEY = re.compile(r"[A-Za-z_][\w -]{0,40}:(?:\s|$)")
_YAML_MAX = 200
_BULLETS = frozenset("-*+•–—▪◦‣●○■□►▶▸·⁃∙✓➢➤")
_ITEM = re.compile(
    r"(?:\(?(\d{1,3}|[a-z]|[ivx]{1,5})[.)]|\(([A-Z])\)|\[(\d{1,3})\])\s+\S"
)
_CAPTION = re.compile(
    r"[*_]{0,3}(?:(?:extended\sdata|supplementa(?:ry|l)|appendix|online)\s)?"
    r"(?:fig(?:ure|s?\.)?|tab(?:le|\.)|scheme|algorithm|listing|chart|plate|box"
    r"|movie|video|exhibit)\s*"
    r"(?:[SA-Z]?\.?\d{1,3}(?:\.\d{1,2})?[a-z]?|[IVXL]{1,5})[*_]{0,3}"
    r"(?:\s*[.:|–—][*_]{0,3}(?:\s|$)|\s*[*_]{0,3}$|\s-\s|\s(?=(?-i:[A-Z]{2}[A-Z\s]{4})))",
    re.IGNORECASE,
)
_CELLS = re.compile(r"\t+|\s{3,}")
_MATH = re.compile(r"[=≤≥≠≈∑∫∏∈→↦∼∝<>]")
_LONG_WORD = re.compile(r"(?<![\\\w])[^\W\d_]{4,}")
_CODE = re.compile(
    r"[{};]$|^(?:def|class|for|if|elif|else|while|return|import|from|print|var|let"
    r"|const|function)\b|^(?:#include|>>>|\$ )|^\w+(?:\.\w+)*\s?(?:\(.*\)$|=\s?\S)"
)
_UNWRAPPED = 130
_MOST_TITLE_LINES = 3
_LONGEST_NAME = 60


class Block(NamedTuple):
    """Lines that belong together.

    kind: What a paragraph of it is.
    lines: Its lines, at least one.
    markup: The heading (or metadata) markup that it is written in, if any; "format" if
        the file's format has it as a heading.
    depth: The depth that the markup says, 0 if none.
    is_apart: Whether it ends no sentence, where all lines of the text do.
    is_filled: Whether its lines but the last are as long as lines of the text are, so
        that they may be those of one heading.
    lead: How much of its text, from its beginning, the format sets in bold type, where
        that is not written in the text itself.
    """

    kind: Kind
    lines: Sequence[Line]
    markup: Markup | None = None
    depth: int = 0
    lead: str = ""
    is_apart: bool = False
    is_filled: bool = False

    @property
    def start(self) -> int:
        return self.lines[0].start

    @property
    def end(self) -> int:
        return self.lines[-1].end


def read_blocks(lines: Sequence[Line]) -> list[Block]:
    """Group `lines` into typed blocks, in order; lines that only rule a line across
    the page are in none."""
    return _Reader(lines).read()


class _Reader:
    """Reads blocks off the front of the lines that are left."""

    def __init__(self, lines: Sequence[Line]) -> None:
        self.lines = lines
        self.layout = Layout.of(lines)
        self.standing = numbered_lines(lines)
        self.blocks: list[Block] = []
        self._closings: dict[str, int] = {}

    def read(self) -> list[Block]:
        i = self._metadata()
        while i < len(self.lines):
            end = self._marked(i)
            i = end if end > i else self._prose(i)
        return self.blocks

    def _add(
        self,
        kind: Kind,
        first: int,
        end: int,
        markup: Markup | None = None,
        depth: int = 0,
    ) -> int:
        self.blocks.append(Block(kind, self.lines[first:end], markup, depth))
        return end

    def _metadata(self) -> int:
        """YAML between `---` lines at the very start."""
        lines = self.lines
        if not lines or lines[0].text != "---":
            return 0
        for i in range(1, min(len(lines), _YAML_MAX)):
            if lines[i].text in ("---", "..."):
                keys = sum(bool(_YAML_KEY.match(line.text)) for line in lines[1:i])
                return self._add("code", 0, i + 1, "yaml") if keys else 0
        return 0

    def _marked(self, i: int) -> int:
        """Add the block that markup opens at line `i`, and return the line after it;
        `i` itself if there is none."""
        text = self.lines[i].text
        first = text[0]
        if first == "#":
            atx = _ATX.match(text)
            if atx and atx.end() < len(text):
                return self._add("text", i, i + 1, "atx", len(atx[1]))
        elif first == "\\":
            return self._latex(i)
        elif _is_fence(text):
            end = self._closing(i, text[:3])
            return self._add("code", i, end) if end else i
        elif first == "$" and text.startswith("$$"):
            if len(text) > 4 and text.endswith("$$"):
                return self._add("formula", i, i + 1)
            end = self._closing(i, "$$", at_end=True)
            return self._add("formula", i, end) if end else i
        elif first == "<" and (html := _HTML_HEADING.fullmatch(text[:600])):
            return self._add("text", i, i + 1, "html", int(html[1]))
        elif first == "=" and (depth := _wiki_depth(text)):
            return self._add("text", i, i + 1, "wiki", depth)
        elif _is_rule(text):
            return i + 1
        if "|" in text or "\t" in text or "   " in text:
            return self._table(i)
        return i

    def _latex(self, i: int) -> int:
        text = self.lines[i].text
        heading = _LATEX_HEADING.match(text[:400])
        if heading:
            return self._add("text", i, i + 1, "latex", _LATEX_DEPTH[heading[1]])
        if text.startswith("\\["):
            if text.endswith("\\]"):
                return self._add("formula", i, i + 1)
            end = self._closing(i, "\\]", at_end=True)
            return self._add("formula", i, end) if end else i
        environment = _ENVIRONMENT.match(text)
        if environment is None:
            return i
        name = environment[1]
        if name == "abstract":
            return self._add("text", i, i + 1, "latex", _LATEX_DEPTH["section"])
        kind = _ENVIRONMENT_KINDS.get(name)
        if kind is None:
            return i
        closing = f"\\end{{{name}"
        if closing in text:
            return self._add(kind, i, i + 1)
        end = self._closing(i, closing)
        return self._add(kind, i, end) if end else i

    def _closing(self, i: int, mark: str, at_end: bool = False) -> int:
        """The line after the next one that begins (or ends) with `mark`, 0 if none.

        Remembered per mark, so that many openings never closed stay linear."""
        known = self._closings.get(mark, 0)
        if known <= i:
            known = len(self.lines)
            for j in range(i + 1, len(self.lines)):
                text = self.lines[j].text
                if text.startswith(mark) or (at_end and text.endswith(mark)):
                    known = j
                    break
            self._closings[mark] = known
        return known + 1 if known < len(self.lines) else 0

    def _table(self, i: int) -> int:
        lines = self.lines
        for cells in (_pipe_cells, _column_cells):
            end = i
            while end < len(lines) and (end == i or not lines[end].blank_before):
                if cells(lines[end].text) < 2:
                    break
                end += 1
            if end - i >= 2:
                return self._add("table", i, end)
        return i

    def _prose(self, i: int) -> int:
        """Add the block without markup that starts at line `i`."""
        lines = self.lines
        line = lines[i]
        following = lines[i + 1] if i + 1 < len(lines) else None
        joined = following is not None and not following.blank_before
        if (
            following is not None
            and joined
            and _SETEXT.fullmatch(following.text)
            and line.blank_before | (i == 0)
            and len(line.text) <= 200
        ):
            return self._add("text", i, i + 2, "setext", 1 + (following.text[0] == "-"))
        end = i + 1
        kind = _kind_of(line)
        if i in self.standing:
            return self._add("text", i, end)
        if self._is_hyphenated(i):
            return self._add_title(i, i + 2)
        if (kind == "text" or has_glyph(line.text)) and opens_section(
            line, lines[i - 1] if i > 1 else None, following, self.layout.sentences
        ):
            return self._add_title(i, self._title_end(i))
        while end < len(lines) and not lines[end].blank_before:
            if self._ends_at(i, end, kind):
                break
            end += 1
        block = lines[i:end]
        if kind == "text" and _is_code(block, self.layout):
            kind = "code"
        self._add(kind, i, end)
        if 1 < len(block) <= _MOST_TITLE_LINES and self.layout.fills(block):
            self.blocks[-1] = self.blocks[-1]._replace(is_filled=True)
        return end

    def _add_title(self, i: int, end: int) -> int:
        """Add the block of the heading on the lines from `i` to `end`."""
        self._add("text", i, end)
        text = self.lines[end - 1].text
        self.blocks[-1] = self.blocks[-1]._replace(
            is_apart=self.layout.sentences and not ends_sentence(text),
            is_filled=end > i + 1,
        )
        return end

    def _title_end(self, i: int) -> int:
        """The line after the heading that begins at line `i`: as long as the next one
        had no room, and looks like more of it."""
        lines = self.lines
        end = i + 1
        while end < min(len(lines), i + _MOST_TITLE_LINES):
            line = lines[end]
            following = lines[end + 1] if end + 1 < len(lines) else None
            if line.blank_before or not self.layout.fills(lines[end - 1 : end + 1]):
                break
            if is_capitals(lines[i].text):
                if not is_capitals(line.text):
                    break
            elif (
                ends_sentence(line.text)
                or following is None
                or not self.layout.is_short(line)
                or not following.text[0].isupper()
            ):
                break
            end += 1
        return end

    def _is_hyphenated(self, i: int) -> bool:
        """Whether lines `i` and the next are a section's name, broken in a word."""
        lines = self.lines
        text = lines[i].text
        if text[-1] not in "-\u00ad\u2010" or len(text) > _LONGEST_NAME:
            return False
        if i + 1 == len(lines) or lines[i + 1].blank_before:
            return False
        return len(lines[i + 1].text) <= _LONGEST_NAME and (
            read_title(join_lines(lines[i : i + 2])).is_known
        )

    def _ends_at(self, first: int, i: int, kind: Kind) -> bool:
        """Whether the block from line `first` stops before line `i`."""
        lines = self.lines
        line, previous = lines[i], lines[i - 1]
        following = lines[i + 1] if i + 1 < len(lines) else None
        mark = line.text[0]
        if i in self.standing or self._is_hyphenated(i):
            return True
        if mark in "#\\`~$-*_=|<" and self._is_markup(line.text):
            return True
        if _is_item(line.text):
            if kind == "list":
                return False
            return _is_bullet(line.text) or _opens_list(line, previous)
        # Whatever the first line is: it may be the paper's title.
        around = previous if i > 1 else None
        if opens_section(line, around, following, self.layout.sentences):
            return True
        if "|" in line.text or "\t" in line.text:
            cells = min(_pipe_cells(line.text), 2) or _column_cells(line.text)
            if cells >= 2 and following and not following.blank_before:
                return _pipe_cells(following.text) >= 2 or (
                    _column_cells(following.text) >= 2
                )
        return self.layout.breaks(previous, line, lines[first].indent)

    @staticmethod
    def _is_markup(text: str) -> bool:
        return (
            _ATX.match(text) is not None
            or _LATEX_HEADING.match(text[:400]) is not None
            or _is_fence(text)
            or text.startswith(("$$", "\\[", "\\begin{"))
            or _is_rule(text)
            or (text[0] == "=" and _wiki_depth(text) > 0)
            or (text[0] == "<" and _HTML_HEADING.fullmatch(text[:600]) is not None)
        )


def join_lines(lines: Sequence[Line]) -> str:
    """One heading's lines as one; a word that is broken is joined where it is then the
    name of a section."""
    text = lines[0].text
    for line in lines[1:]:
        if text[-1] in "-\u00ad\u2010" and text[-2:-1].isalpha():
            joined = text[:-1] + line.text
            text = joined if read_title(joined).is_known else text + line.text
        else:
            text = f"{text} {line.text}"
    return text


def heading_text(block: Block) -> str:
    """The line of `block` without the markup that makes a heading of it."""
    text = block.lines[0].text
    if block.is_filled:
        return join_lines(block.lines)
    if block.markup == "atx":
        return text.lstrip("#").strip()
    if block.markup == "latex":
        match = _LATEX_HEADING.match(text[:400])
        return match[2] if match else "Abstract"
    if block.markup == "wiki":
        return text.strip("= ")
    if block.markup == "html":
        return text[text.index(">") + 1 : text.rindex("<")]
    return text


def _kind_of(line: Line) -> Kind:
    text = line.text
    if _is_item(text):
        return "list"
    if _CAPTION.match(text) or text.startswith("!["):
        return "caption"
    if text.startswith("<!--"):
        return "code"
    if _is_formula(text):
        return "formula"
    return "text"


def _is_fence(text: str) -> bool:
    return text[0] in "`~" and text[:3] in ("```", "~~~") and not has_rules(text)


def _is_rule(text: str) -> bool:
    """Whether a line only draws a rule: `-----`, `* * *`."""
    least = _RULE_MIN.get(text[0])
    if least is None or text.strip(f"{text[0]} "):
        return False
    return text.count(text[0]) >= least


def _wiki_depth(text: str) -> int:
    """The depth of a heading such as `== Methods ==` or `== Methods`, 0 if none."""
    depth = len(text) - len(text.lstrip("="))
    closing = len(text) - len(text.rstrip("="))
    if depth > 6 or len(text) > 200 or not text.strip("= \t"):
        return 0
    opens = depth > 1 and text[depth] == " " and not ends_sentence(text)
    is_marked = closing == depth or (opens and not closing)
    # An equation may be broken before its sign.
    return depth if is_marked and not read_title(text).is_broken else 0


def _is_item(text: str) -> bool:
    first = text[0]
    if first in _BULLETS:
        return _is_bullet(text)
    return (first in "([" or first.isdigit() or first.islower()) and (
        _ITEM.match(text) is not None
    )


def _is_bullet(text: str) -> bool:
    return text[0] in _BULLETS and text[1:2].isspace()


def _opens_list(line: Line, previous: Line) -> bool:
    match = _ITEM.match(line.text)
    first = match is not None and (match[1] or match[2] or match[3]) in set("1aAi")
    return first and ends_sentence(previous.text)


def _is_formula(text: str) -> bool:
    return (
        len(text) <= 300
        and _MATH.search(text) is not None
        and len(_LONG_WORD.findall(text)) < 2
        and not ends_sentence(text.rstrip(".,;"))
        and any(mark in text for mark in "=≤≥≈∑∫∏∝")
    )


def _is_code(lines: Sequence[Line], layout: "Layout") -> bool:
    if lines[0].indent < layout.indent + 4 or any(
        line.indent < layout.indent + 4 for line in lines
    ):
        return False
    return 2 * sum(bool(_CODE.search(line.text[:200])) for line in lines) >= len(lines)


def _pipe_cells(text: str) -> int:
    if text[0] != "|" and " | " not in text:
        return 0
    return text.strip("|").count("|") + 1


def _column_cells(text: str) -> int:
    if len(text) > 400 or ("\t" not in text and "   " not in text):
        return 0
    cells = _CELLS.split(text)
    # Text that was justified, or set in columns, has long cells.
    return len(cells) if len(text) <= 40 * len(cells) else 0


def opens_section(
    line: Line, previous: Line | None, following: Line | None, sentences: bool = False
) -> bool:
    """Whether `line` reads as a heading even with text right before or after it.

    sentences: Whether the text has a sentence on each line, so that a line that ends
        none is set apart by that.
    """
    text = line.text
    if len(text) > 100 or (following and following.text[0].islower()):
        return False
    is_set_off = has_glyph(text) or has_rules(text)
    if not (
        is_set_off or text[0].isupper() or text[0].isdigit() or text[0] in "§(*_<l"
    ):
        return False
    title = read_title(text)
    if text[0] == "l" and not title.text[0].isupper():
        return False
    if text[0].isdigit() and not title.readings:
        return False
    if (
        previous
        and not (line.blank_before or _can_precede(previous))
        and not (sentences and title.is_known)
    ):
        return False
    if title.is_bold:
        return not title.is_sentence
    if following and title.is_capitals and is_capitals(following.text):
        # The first line of a heading may end in a small word.
        title = read_title(f"{text} {following.text}")
    if title.is_broken or title.is_sentence:
        return False
    if title.readings:
        if following and not following.blank_before and _counts_on(title, following):
            return False
        return (
            not title.text.endswith(".")
            and not (title.readings[0].depth == 1 and title.begins_small)
            and (title.is_title_case or title.is_capitals or title.is_known)
        )
    if _is_formula(text):
        return False
    if ends_sentence(text):
        return text[-1] == ":" and title.is_known and title.label is not None
    if sentences and following and not title.begins_small and text[0].isupper():
        return True
    return title.is_known or (
        title.is_capitals and len(text) >= 5 and not any(map(str.isdigit, text))
    )


def _counts_on(title: Title, following: Line) -> bool:
    """Whether the next line has the next number, as in a list."""
    if len(following.text) > 4 * MAX_TITLE:
        return False
    parts = title.readings[0].parts
    return len(parts) == 1 and any(
        other.parts == (parts[0] + 1,) for other in read_title(following.text).readings
    )


def _can_precede(previous: Line) -> bool:
    """Whether a heading may follow `previous` without a blank line."""
    return ends_sentence(previous.text) or len(previous.text) <= 60


class Layout(NamedTuple):
    """How the text is set.

    width: Columns at which its lines are wrapped, None if they are not.
    blank_lines: Whether blank lines set its paragraphs off.
    indent: Columns of white space that most lines have.
    sentences: Whether each sentence has a line of its own, and nothing sets paragraphs
        off.
    """

    width: int | None
    blank_lines: bool
    indent: int
    sentences: bool = False

    @classmethod
    def of(cls, lines: Sequence[Line]) -> "Layout":
        sample = lines[:20_000]
        blanks = sum(line.blank_before for line in sample)
        indents = sorted(line.indent for line in sample)
        full = [
            (line.indent + len(line.text), len(following.text.split(None, 1)[0]))
            for line, following in pairwise(sample)
            if not following.blank_before and len(line.text) <= 400
        ]
        width = None
        if len(full) >= 2:
            lengths = sorted(length for length, _ in full)
            widest = lengths[int(0.9 * (len(lengths) - 1))]
            filled = sum(length + 1 + word > 0.85 * widest for length, word in full)
            if 30 <= widest <= _UNWRAPPED and 2 * filled >= len(full):
                width = widest
        ended = sum(ends_sentence(line.text) for line in sample)
        broken = sum(
            following.text[0].islower() and not ends_sentence(line.text)
            for line, following in pairwise(sample)
        )
        return cls(
            width=width,
            blank_lines=5 * blanks >= len(sample),
            indent=indents[len(indents) // 4] if indents else 0,
            sentences=width is None
            and 5 * blanks < len(sample)
            and len(sample) >= 8
            and 5 * ended >= 2 * len(sample)
            and 10 * broken <= len(sample),
        )

    def fills(self, lines: Sequence[Line]) -> bool:
        """Whether each of `lines` had no room for the first word of the next."""
        if self.width is None:
            return False
        return all(
            line.indent + len(line.text) + 1 + len(following.text.split(None, 1)[0])
            > 0.95 * self.width
            for line, following in pairwise(lines)
        )

    def is_short(self, line: Line) -> bool:
        return self.width is not None and len(line.text) < 0.7 * self.width

    def breaks(self, previous: Line, line: Line, first_indent: int) -> bool:
        """Whether a paragraph ends between two lines with no blank line between."""
        ended = ends_sentence(previous.text)
        if self.width is None:
            if len(previous.text) >= _UNWRAPPED:
                return ended or not line.text[0].islower()
            return ended and (not self.blank_lines or len(line.text) >= _UNWRAPPED)
        if not ended or line.text[0].islower():
            return False
        if line.indent >= previous.indent + 2 and line.indent >= self.indent + 2:
            return True
        first_word = line.text.split(None, 1)[0]
        room = self.width - (previous.indent + len(previous.text) + 1)
        return room - len(first_word) > 0.2 * self.width
