"""How a line reads: its bare title, and whether it looks like one."""

import re
from functools import cached_property, lru_cache

from spacy_imrad.document.lexicon import section_label
from spacy_imrad.document.matter import matter_of
from spacy_imrad.document.outline import Matter
from spacy_imrad.segmenters.numbering import Number, read_number

MAX_TITLE = 160
"""Characters beyond which a line without markup is no heading."""

_SENTENCE_END = re.compile(
    r"[.!?…:;。！？][\"'”’»›)\]*_]*(?:\[?\d[\d,\s–-]{0,12}\]?)?$"
)
RULES = frozenset("-*_=~")
_STOPS = frozenset(".!?…:;。！？")
_EMPHASIS = ("***", "**", "__", "*", "_", "`")
_TRAILING_MARKUP = re.compile(r"(?:\{[#.][^{}]*\}|\\label\{[^{}]*\}|(?<=\s)#+)$")
_HTML_TAG = re.compile(r"</?[a-zA-Z][^<>]{0,80}>")
_LINK = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_LATEX_STYLE = re.compile(
    r"\\(?:textbf|textit|textsc|texttt|emph|text|mathbf|mathrm|uppercase)\s*"
    r"\{([^{}]*)\}"
)
_CITED = re.compile(
    r"\[\d+(?:\s?[,–-]\s?\d+)*\]|\((?:19|20)\d\d[a-z]?\)|,\s?(?:19|20)\d\d[a-z]?\)"
    r"|\bet al\b|https?:|www\.|\bdoi:|@\w|\w@|\s=\s|[≤≥∑∫∈]|\$\$|\\begin",
    re.IGNORECASE,
)
# Zero-width characters, soft hyphens, and marks that turn the direction of writing.
_INVISIBLE = re.compile("[\u00ad\u200b-\u200f\u202a-\u202e\u2060-\u2069\ufeff]+")
_GLYPHS = "■□▪▫●○◆◇◊♦►▶▸▷★☆❖➤➢✦✧⁃‣◦•▌┃│※"
_GLYPH = re.compile(rf"[{_GLYPHS}]{{1,3}}[ \t\xa0]*(?=\S)")
_NOTE = re.compile(
    r"(?:\[\^[^\[\]\s]{1,20}\]|(?<=\w)[¹²³⁰⁴-⁹†‡§¶]{1,3}|<sup>[^<>]{1,9}</sup>)$"
)
_OPENINGS = "([{\"'“‘«„ "
_EDGE_STOPS = " \t\xa0:;,"
_PRINTED_APART = re.compile(r"(?:figs?|figures?|tables?)\b\.?\s*S?\d", re.IGNORECASE)
_TWO_SENTENCES = re.compile(r"(?:\w[^\W\d_]{4,}|[)\]%])\.\s+[A-Z]")
_LONGEST_QUESTION = 15
_LONGEST_KNOWN = 80
_JOINT = re.compile(r"\s*(?:,\s*and\b|,|/|&|\band\b)\s*", re.IGNORECASE)
_WORD = re.compile(r"[^\W\d_]+(?:['’][^\W\d_]+)*")


def _words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_FUNCTION_WORDS = _words(
    "a an and as at but by for from in into nor of off on onto or over per so the to "
    "under up upon versus via vs with without within yet"
)
_RUNNING_WORDS = _words(
    "is are was were be been has have had does did do can could will would shall "
    "should may might must we our i they it he she there these those this"
)

_PRONOUNS = _words("we i they it he she there these those this")

# Enough to put back together the headings that name a section; other letter-spaced
# titles are closed up only where the letters themselves show how.
_TITLE_WORDS = _words(
    "abstract acknowledgement acknowledgements acknowledgment acknowledgments "
    "analyses analysis and appendix approach background bibliography conclusion "
    "conclusions concluding contribution contributions data design discussion "
    "discussions evaluation experiment experimental experiments findings future "
    "general implementation introduction keywords limitation limitations literature "
    "main material materials method methodology methods model motivation numerical of "
    "outlook participants patients preliminaries prior previous procedure procedures "
    "proposed reference references related remarks result results review section "
    "setup simulation simulations statement statistical study subjects summary "
    "supplementary the theory work works"
)
_LONGEST_TITLE_WORD = max(map(len, _TITLE_WORDS))
_SMALL_CAPS = re.compile(r"\b([A-Z]) ([A-Z]{2,})\b")


def ends_sentence(text: str) -> bool:
    """Whether `text` stops where a sentence, or a clause before a list, stops."""
    last = text[-1:]
    if last.isalpha():
        return False
    return last in _STOPS or _SENTENCE_END.search(text[-24:]) is not None


def strip_markup(text: str) -> str:
    """`text` without Markdown, HTML and LaTeX emphasis, anchors and closing marks."""
    if len(text) > 4 * MAX_TITLE:
        return text.strip()
    if not text.isascii():
        text = _INVISIBLE.sub("", text).strip()
        if glyph := _GLYPH.match(text):
            text = text[glyph.end() :]
    if text[-1:] in "]>" or not text[-1:].isascii():
        text = _NOTE.sub("", text)
    if text[:1] in RULES:
        text = _without_rules(text)
    if text[-1:] in "#}":
        text = _TRAILING_MARKUP.sub("", text)
    if "<" in text:
        text = _HTML_TAG.sub("", text)
    if "](" in text:
        text = _LINK.sub(r"\1", text)
    if "\\" in text:
        text = _LATEX_STYLE.sub(r"\1", text).replace("\\&", "&").replace("~", " ")
    return _strip_emphasis(text.strip())


def _without_rules(text: str) -> str:
    """`text` without the rule that stands on both sides of it: `*** Methods ***`."""
    mark = text[0]
    inner = text.strip(mark)
    bare = inner.strip()
    least = 1 if mark == "=" else 3
    first = len(text) - len(text.lstrip(mark))
    last = len(text) - len(text.rstrip(mark))
    is_ruled = first >= least and last >= least and len(bare) < len(inner)
    return bare if bare and (is_ruled or (mark == "=" and first > 1)) else text


def has_glyph(text: str) -> bool:
    """Whether a sign that is no letter stands before `text`, as before a heading."""
    return text[:1] in _GLYPHS and _GLYPH.match(text) is not None


def has_rules(text: str) -> bool:
    """Whether a rule stands on both sides of `text`."""
    return text[:1] in RULES and _without_rules(text) != text


def _clean(text: str) -> str:
    """A title without the punctuation that leads over to its text."""
    text = text.rstrip(_EDGE_STOPS) or text
    if text.endswith("*") and "*" not in text.rstrip("*"):
        text = text.rstrip("*") or text
    last = text.rsplit(None, 1)[-1:]
    if text.endswith(".") and last and len(last[0]) > 4 and "." not in last[0][:-1]:
        return text.rstrip(". ")
    return text


def _repaired(text: str) -> str:
    """`text` with I where a scanner read l: `lntroduction`, `DISCUSSlON`."""
    if "l" not in text or len(text) > MAX_TITLE:
        return text
    letters = text.replace("l", "")
    if is_capitals(letters) and len(letters) > text.count("l"):
        return text.replace("l", "I")
    repaired = re.sub(r"\bl(?=[nmst])", "I", text)
    if repaired != text and section_label(repaired) and not section_label(text):
        return repaired
    return text


def _strip_emphasis(text: str) -> str:
    if text[:1] not in ("*", "_", "`"):
        return text
    if text[-1] in ".:" and text[-2:-1] in ("*", "_"):
        return _strip_emphasis(text[:-1]) + text[-1]
    for mark in _EMPHASIS:
        if len(text) > 2 * len(mark) and text.startswith(mark) and text.endswith(mark):
            return _strip_emphasis(text[len(mark) : -len(mark)].strip())
    return text


def is_bold(text: str) -> bool:
    """Whether all of `text` is in one pair of Markdown, HTML or LaTeX bold marks."""
    for opening, closing in (
        ("**", "**"),
        ("__", "__"),
        ("<b>", "</b>"),
        ("<strong>", "</strong>"),
        ("\\textbf{", "}"),
    ):
        if text.startswith(opening):
            inner = text.rstrip(".:")[len(opening) : -len(closing)]
            return (
                text.rstrip(".:").endswith(closing)
                and bool(inner.strip("*_ "))
                and opening not in inner.strip("*_")
            )
    return False


def words_of(title: str) -> list[str]:
    return _WORD.findall(title)


def is_capitals(title: str) -> bool:
    """Whether `title` is in capital letters, with at least three of them."""
    return title.isupper() and sum(map(str.isalpha, title)) >= 3


def is_title_case(title: str) -> bool:
    """Whether all words of `title` but the small ones begin with a capital."""
    words = [word.strip("()[]“”\"'‘’,:;.?!") for word in title.split()]
    lower = sum(
        word.islower() and len(word) > 3 and word not in _FUNCTION_WORDS
        for word in words
    )
    return bool(words) and not title[0].islower() and lower == 0


def is_sentence(title: str) -> bool:
    """Whether `title` reads as running text rather than as a title: it has a verb
    or a pronoun in small letters, and asks no question."""
    words = words_of(title)
    is_question = title.endswith("?") and len(words) <= _LONGEST_QUESTION
    if len(words) <= 3:
        return False
    opens = words[0].lower() in _PRONOUNS and not is_title_case(title)
    return opens or (not is_question and any(word in _RUNNING_WORDS for word in words))


def looks_cited(title: str) -> bool:
    """Whether `title` holds what only text or a reference holds: a citation, an
    address, an equation."""
    return _CITED.search(title) is not None


def ends_open(title: str) -> bool:
    """Whether `title` breaks off where something has to follow."""
    last = title.rsplit(None, 1)[-1:]
    return title[-1:] in ",;-–—&(/+=" or (
        bool(last) and last[0].lower() in _FUNCTION_WORDS
    )


def close_letter_spacing(title: str) -> str:
    """`title` with letters that were set apart joined again: `M ETHODS`,
    `MATERIAL S AND ME THODS`, `R E S U L T S`."""
    pieces = title.split()
    if len(pieces) < 2 or len(title) > 80 or not _is_letter_spaced(title, pieces):
        return title
    joined = _break_words("".join(pieces))
    if joined is not None:
        return joined
    if all(len(piece) == 1 for piece in pieces):
        # Letters with one space between them, words with more.
        return " ".join(word.replace(" ", "") for word in re.split(r"\s{2,}", title))
    # One initial set apart may be an appendix: `B SITES`.
    closed, initials = _SMALL_CAPS.subn(r"\1\2", title)
    return closed if initials > 1 else title


def _is_letter_spaced(title: str, pieces: list[str]) -> bool:
    if all(piece.lower() in _TITLE_WORDS for piece in pieces):
        return False
    spread = all(len(piece) == 1 for piece in pieces) and len(pieces) >= 4
    return "".join(pieces).isalpha() and (
        spread or (title.isupper() and any(len(piece) <= 4 for piece in pieces))
    )


def _break_words(letters: str) -> str | None:
    """`letters` as words that headings are made of, or None."""
    lowered = letters.lower()
    starts: list[int | None] = [0] + [None] * len(letters)
    for end in range(1, len(letters) + 1):
        for start in range(max(0, end - _LONGEST_TITLE_WORD), end):
            if starts[start] is not None and lowered[start:end] in _TITLE_WORDS:
                starts[end] = start
                break
    words: list[str] = []
    end = len(letters)
    while end > 0:
        found = starts[end]
        if found is None:
            return None
        words.append(letters[found:end])
        end = found
    return " ".join(reversed(words))


class Title:
    """A line read as a heading; what is never asked for is never worked out.

    readings: The section numbers that it may begin with.
    text: Its title after the number; of a line without one, all of it.
    """

    def __init__(self, line: str) -> None:
        bare = close_letter_spacing(strip_markup(line))
        readings, start = read_number(bare)
        if readings and matter_of(bare.partition(".")[0]) == "back":
            start = 0
        self._line = line
        self._bare = bare
        self.readings: tuple[Number, ...] = tuple(readings)
        self.text = _repaired(close_letter_spacing(strip_markup(bare[start:])))

    @property
    def may_begin_with_article(self) -> bool:
        """Whether its number, the letter A and nothing more, can be a word: "A Tagger
        over Characters"."""
        return self._bare.startswith("A ")

    def without(self, number: Number | None) -> str:
        """The title, given the number that it was found to begin with, if any."""
        if number is None and self.may_begin_with_article:
            return _clean(self._bare)
        return _clean(self.text)

    @cached_property
    def label(self) -> str | None:
        """The IMRaD section that it names."""
        return section_label(self.text)

    @cached_property
    def matter(self) -> Matter | None:
        """The front or back matter that it names."""
        return matter_of(self.text)

    @cached_property
    def names(self) -> frozenset[str]:
        """The IMRaD sections that it names, several in `Results and Discussion`."""
        if self.label is not None:
            return frozenset({self.label})
        if len(self.text) > _LONGEST_KNOWN:
            return frozenset()
        parts = _JOINT.split(self.text)
        labels = [section_label(part) for part in parts]
        is_known = 1 < len(parts) < 5 and all(
            label is not None or matter_of(part) is not None
            for part, label in zip(parts, labels, strict=True)
        )
        return frozenset(filter(None, labels)) if is_known else frozenset()

    @cached_property
    def is_known(self) -> bool:
        """Whether it names sections that papers have: one, or several at once."""
        if len(self.text) > _LONGEST_KNOWN:
            return False
        if self.label is not None or self.matter is not None:
            return self.text[-1] != "." or (
                len(words_of(self.text)) <= 4 and ":" not in self.text
            )
        return bool(self.names)

    @cached_property
    def is_bold(self) -> bool:
        return is_bold(self._line)

    @cached_property
    def style(self) -> str:
        """What sets it off from text, but for a number: lines with the same style are
        weighed together."""
        if self.is_bold:
            return "bold"
        if has_glyph(self._line):
            return f"glyph {self._line[0]}"
        if has_rules(self._line):
            return "rules"
        if self.is_capitals:
            return "capitals"
        return "colon" if self._line.endswith(":") else ""

    @cached_property
    def is_capitals(self) -> bool:
        return is_capitals(self.text)

    @cached_property
    def is_title_case(self) -> bool:
        return is_title_case(self.text)

    @cached_property
    def is_sentence(self) -> bool:
        return is_sentence(self.text)

    @cached_property
    def is_broken(self) -> bool:
        """Whether it holds or lacks something that no title does."""
        return (
            looks_cited(self.text)
            or ends_open(self.text)
            or _TWO_SENTENCES.search(self.text) is not None
            or _PRINTED_APART.match(self.text) is not None
        )

    @cached_property
    def begins_small(self) -> bool:
        """Whether it begins with a word in small letters: `iOS` is none."""
        first = self.text.lstrip(_OPENINGS).split(None, 1)[:1]
        return bool(first) and first[0][0].islower() and first[0].islower()


@lru_cache(maxsize=1 << 13)
def read_title(line: str) -> Title:
    """`line` read as a heading. Lines come back: in a table, as a running header, at
    each stage of the segmenter."""
    return Title(line)
