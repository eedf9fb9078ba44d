"""What no heading begins with, though it is set like one."""

import re
from typing import Final

LETTERS: Final = re.compile(r"[^\W\d_]{2}")
LIST_ITEM: Final = re.compile(r"[•–*◦▪-]\s")
# What names a thing beside the text, or a statement in it, and no section.
NO_TITLE: Final = re.compile(
    r"(?:supplementa(?:ry|l)\s|extended\sdata\s)?"
    r"(?:figure|fig|table|scheme|algorithm|listing|box|chart|plate|video|movie|"
    r"additional\sfile|multimedia\sappendix|theorem|lemma|corollary|proposition|"
    r"property|definition|remark|example|observation|claim|conjecture|assumption|"
    r"invariant|fact|problem|axiom|criterion|"
    r"step)s?\.?\s?\(?S?\d+|S\d+\s(?:fig|table|movie|file|text|video|appendix|dataset|data)\b"
    r"|\[[^\[\]]*\]$|page\s\d+\sof\s\d+|//|\([^()]*\)$|\([a-z]\)\s|.*\s\d*\.\d+$"
    r"|keywords?\b.*[:.—–]|index\sterms\b.*[:.—–]",
    re.IGNORECASE,
)
