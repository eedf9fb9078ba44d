"""What a paragraph written in Markdown says, without its marks."""

import re
from typing import Final

_TAG: Final = re.compile(r"</?[a-z][a-z0-9]{0,12}(?:\s[^<>]{0,80})?/?>|<!--[^<>]*-->")
_IMAGE: Final = re.compile(r"!\[[^\[\]]*\]\([^()]*\)(?:\{[^{}]*\})?")
_LINK: Final = re.compile(r"\[([^\[\]]*)\]\([^()]*\)")
_NOTE: Final = re.compile(r"\[\^[^\[\]\s]{1,40}\]")
_CITED: Final = re.compile(r"\[-?@[^\[\]]*\]|(?<![\w@])@[\w:-]+\w")
_KEY: Final = re.compile(r"@[\w:.#$%&+?<>~/-]*\w")
_FORMULA: Final = re.compile(
    r"(?<![\\\w$])(?P<mark>\$\$?)(?=[^\s$])(?P<latex>[^$]+)(?<=\S)(?P=mark)(?![\d$])"
)
_CODE: Final = re.compile(r"`+([^`]+)`+")
_STARS: Final = re.compile(r"(?<![*\\])(\*{1,3})(?=[^\s*])([^*]+)(?<=\S)\1(?!\*)")
_UNDERSCORES: Final = re.compile(r"(?<![\w\\])(_{1,3})(?=[^\s_])([^_]+)(?<=\S)\1(?!\w)")
_ESCAPE: Final = re.compile(r"\\([*_#`])")


def plain_text(text: str) -> str:
    """The text as the reader of Markdown files gives it: without marks for emphasis,
    code, links and notes, with formulas and citations in the style of the IMRaD data
    set."""
    if "<" in text:
        text = _TAG.sub("", text)
    if "[" in text:
        text = _LINK.sub(r"\1", _IMAGE.sub("<FIGURE>", _NOTE.sub("", text)))
    if "@" in text:
        numbers: dict[str, int] = {}
        text = _CITED.sub(lambda cited: _cite(cited[0], numbers), text)
    if "$" in text:
        text = _FORMULA.sub(lambda found: rf"\({found['latex']}\)", text)
    if "`" in text:
        text = _CODE.sub(r"\1", text)
    if "*" in text:
        text = _STARS.sub(r"\2", _STARS.sub(r"\2", text))
    if "_" in text:
        text = _UNDERSCORES.sub(r"\2", text)
    if "\\" in text:
        text = _ESCAPE.sub(r"\1", text)
    return " ".join(text.split())


def _cite(cited: str, numbers: dict[str, int]) -> str:
    keys = _KEY.findall(cited)
    return ", ".join(f"[{numbers.setdefault(key, len(numbers) + 1)}]" for key in keys)
