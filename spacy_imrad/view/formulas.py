"""TeX → MathML, which browsers draw by themselves."""

import re
from collections.abc import Iterator
from functools import lru_cache
from html import escape, unescape
from typing import Final
from xml.etree.ElementTree import Element

from latex2mathml.converter import convert_to_element

_LONGEST: Final = 2_000
# What holds no more than one formula, and marks that are not part of it.
_AROUND: Final = re.compile(
    r"\\(?:begin|end)\{(?:equation|displaymath|math)\*?\}|\\(?:label|tag)\{[^{}]*\}"
    r"|\\(?:nonumber|notag)\b"
)
_ALIGNED: Final = re.compile(r"(\\(?:begin|end))\{(?:aligned|gathered|align|gather)\}")
_TAG: Final = re.compile(
    r"math|menclose|mfrac|m[ino]|m(under|over|underover)|m(padded|phantom|root|row|space)"
    r"|msqrt|mstyle|m(sub|sup|subsup)|mtable|m(td|tr)|mtext"
)
# None of these leads anywhere or has a colour.
_ATTRIBUTE: Final = re.compile(
    r"accent(under)?|(column|row)(align|spacing)|(depth|height|width|voffset)|display(style)?"
    r"|fence|form|largeop|linethickness|[lr]space|mathvariant|(max|min)size|movablelimits"
    r"|notation|scriptlevel|separator|stretchy|symmetric"
)
_VALUE: Final = re.compile(r"[\w .%+-]{1,40}")


@lru_cache(maxsize=4096)
def to_mathml(tex: str, *, is_block: bool = False) -> str | None:
    """RETURNS: The formula as HTML; None if it has something that can't be drawn, so
    that its TeX has to be shown.

    is_block: Whether it stands on lines of its own.
    """
    if len(tex) > _LONGEST:
        return None
    tex = _ALIGNED.sub(r"\1{align*}", _AROUND.sub(" ", tex)).strip()
    try:
        element = convert_to_element(tex, display="block" if is_block else "inline")
        return "".join(_write(element))
    # Damaged TeX makes errors of every kind.
    except Exception:
        return None


def _write(element: Element) -> Iterator[str]:
    """Only what is known to be harmless: the library takes over what TeX brings, such
    as addresses and tags.

    RAISES: ValueError if there is anything else, or a command that is not known.
    """
    if not _TAG.fullmatch(element.tag):
        raise ValueError(element.tag)
    yield f"<{element.tag}"
    for name, value in element.attrib.items():
        if _ATTRIBUTE.fullmatch(name) and _VALUE.fullmatch(value):
            yield f' {name}="{value}"'
    yield ">"
    text = unescape(element.text or "")
    if text[:1] in ("\\", "&") and text[1:]:
        raise ValueError(text)
    yield escape(text)
    for child in element:
        yield from _write(child)
    yield f"</{element.tag}>"
