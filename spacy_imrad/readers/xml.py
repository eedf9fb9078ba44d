"""XML from strangers: nothing outside of the file is read, no entity blows up."""

import xml.etree.ElementTree as ET
from html.entities import html5
from typing import Final
from xml.parsers import expat

DEEPEST: Final = 400
LONGEST_ENTITY: Final = 1000

# The entity sets of the DTDs of JATS and NLM are those that HTML took over. The DTDs
# themselves are never read.
_ENTITIES: Final = {
    name.removesuffix(";"): text for name, text in html5.items() if name.endswith(";")
}


def is_xml(head: bytes) -> bool:
    """Whether a file that begins with these bytes may be XML: text that only quotes it
    is not."""
    return head.lstrip(b"\xef\xbb\xbf \t\r\n").startswith(b"<")


def parse_xml(content: bytes) -> ET.Element:
    """The root of a document, all its tags and attributes without namespace.

    RAISES: ValueError if it is no well-formed XML, has an entity that neither it nor
        HTML defines, one that is made of others, or elements more than `DEEPEST` deep.
    """
    reader = _Reader()
    try:
        return reader.parse(content)
    except (expat.ExpatError, LookupError) as error:
        raise ValueError(f"not readable as XML ({error})") from error


class _Reader:
    def __init__(self) -> None:
        self._tree = ET.TreeBuilder()
        self._depth = 0
        self._own: dict[str, str] = {}
        parser = expat.ParserCreate(namespace_separator="}")
        parser.buffer_text = True
        parser.UseForeignDTD(True)
        parser.SetParamEntityParsing(expat.XML_PARAM_ENTITY_PARSING_NEVER)
        parser.StartElementHandler = self._start
        parser.EndElementHandler = self._end
        parser.CharacterDataHandler = self._tree.data
        parser.EntityDeclHandler = self._declare
        parser.DefaultHandlerExpand = self._default
        self._parser = parser

    def parse(self, content: bytes) -> ET.Element:
        self._parser.Parse(content, True)
        return self._tree.close()

    def _start(self, tag: str, attributes: dict[str, str]) -> None:
        self._depth += 1
        if self._depth > DEEPEST:
            raise ValueError("elements are nested too deeply")
        self._tree.start(_local(tag), {_local(k): v for k, v in attributes.items()})

    def _end(self, tag: str) -> None:
        self._depth -= 1
        self._tree.end(_local(tag))

    def _declare(
        self,
        name: str,
        is_parameter: bool,
        value: str | None,
        base: str | None,
        system_id: str | None,
        public_id: str | None,
        notation: str | None,
    ) -> None:
        if value is not None and ("&" in value or "%" in value):
            raise ValueError(f"the entity '{name}' is made of other entities: refused")
        if value is not None and len(value) > LONGEST_ENTITY:
            raise ValueError(f"the entity '{name}' is too long: refused")

    def _default(self, data: str) -> None:
        # Comments and the like come by here as well.
        if not data.startswith("&"):
            return
        text = _ENTITIES.get(data[1:-1])
        if text is None:
            line = self._parser.ErrorLineNumber
            raise ValueError(
                f"not readable as XML (undefined entity {data}, line {line})"
            )
        self._tree.data(text)


def _local(name: str) -> str:
    return name.rpartition("}")[2]
