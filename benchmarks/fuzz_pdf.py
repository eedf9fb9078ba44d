"""PDF files whose objects and streams are changed by chance, for `benchmarks.fuzz`."""

import io
import random
import re
import zlib
from collections.abc import Callable
from functools import cache
from typing import Final, TypeAlias

import pypdfium2

Chance: TypeAlias = random.Random

_OBJECT: Final = re.compile(rb"(?<!\d)(\d+) 0 obj\b(.*?)\bendobj", re.DOTALL)
_STREAM: Final = re.compile(rb"stream\r?\n(.*?)\r?\nendstream", re.DOTALL)
_REFERENCE: Final = re.compile(rb"\d+ 0 R")
_NUMBER: Final = re.compile(rb"-?\d+(?:\.\d+)?")
_NAME: Final = re.compile(rb"/[A-Za-z]+")
_STRING: Final = re.compile(rb"\((?:[^()\\]|\\.)*\)|<[0-9A-Fa-f]*>")
_NUMBERS: Final = (
    *(b"0", b"-1", b"1", b"7", b"65536", b"2147483648", b"-1e30", b"1e30", b"9" * 40),
    *(b"0.0000001", b"NaN"),
)
# Right to left, mirrored, turned, flat, far away.
_MATRICES: Final = (
    *(b"-1 0 0 1 600 0", b"1 0 0 -1 0 800", b"0 1 -1 0 600 0", b"1 0 0 0 0 0"),
    *(b"0.7 0.7 -0.7 0.7 0 0", b"1 0 0 1 1e9 1e9", b"1e-9 0 0 1e-9 0 0"),
)
_ENCRYPTED: Final = (
    b"/Encrypt << /Filter /Standard /V 1 /R 2 /P -4 /O (a) /U (b) >> ",
    b"/Encrypt << /Filter /Standard /V 5 /R 6 /Length 256 /P -1 /O (a) /U (b) "
    b"/OE (c) /UE (d) /Perms (e) >> ",
    b"/Encrypt 1 0 R ",
)


@cache
def _objects(content: bytes) -> tuple[tuple[bytes, bytes], ...]:
    """The numbers and the contents of a PDF's objects, streams unpacked."""
    document = pypdfium2.PdfDocument(content)
    plain = io.BytesIO()
    document.save(plain)
    document.close()
    return tuple(
        (number, _STREAM.sub(_unpacked, body).replace(b"/Filter/FlateDecode", b""))
        for number, body in _OBJECT.findall(plain.getvalue())
    )


def _unpacked(found: re.Match[bytes]) -> bytes:
    try:
        return b"stream\n" + zlib.decompress(found[1]) + b"\nendstream"
    except zlib.error:
        return found[0]


def mutated_pdf(chance: Chance, content: bytes) -> bytes:
    """A PDF with a few objects that are not as they were."""
    objects = dict(_objects(content))
    root = next((n for n, body in objects.items() if b"/Catalog" in body), b"1")
    for _ in range(chance.choice((1, 1, 2, 4, 10, 30))):
        number = chance.choice(list(objects))
        change = chance.choice(_CHANGES)
        objects[number] = change(chance, objects[number])
        if chance.random() < 0.1:
            objects[number] = objects[chance.choice(list(objects))]
        if chance.random() < 0.05 and len(objects) > 1:
            del objects[number]
    trailer = chance.choice(_ENCRYPTED) if chance.random() < 0.05 else b""
    parts = [b"%PDF-1.7\n"]
    parts += [b"%b 0 obj%bendobj\n" % item for item in objects.items()]
    parts.append(b"trailer << /Root %b 0 R %b>>\n%%%%EOF\n" % (root, trailer))
    return b"".join(parts)


def _another(pattern: re.Pattern[bytes], new: tuple[bytes, ...]) -> "_Change":
    """A change of one match of a pattern, to something new or to another match."""

    def change(chance: Chance, body: bytes) -> bytes:
        found = list(pattern.finditer(body))
        if not found:
            return body
        at = chance.choice(found)
        given = chance.choice((*new, chance.choice(found)[0]))
        return body[: at.start()] + given + body[at.end() :]

    return change


def _page(chance: Chance, body: bytes) -> bytes:
    """Turn a page, or give it another size or no content."""
    new = chance.choice(
        (
            b"/Rotate %b " % chance.choice((b"90", b"180", b"270", b"45", b"-90")),
            b"/MediaBox [0 0 0 0] ",
            b"/MediaBox [%b] " % b" ".join(chance.choices(_NUMBERS, k=4)),
            b"/CropBox [9 9 -9 -9] ",
            b"/UserUnit 1e9 ",
            b"/Contents [] ",
            b"/Kids [] /Count 0 ",
            b"/Count %b " % chance.choice(_NUMBERS),
        )
    )
    return body.replace(b"<<", b"<< " + new, 1)


def _transform(chance: Chance, body: bytes) -> bytes:
    """Print a stream with another matrix."""
    matrix = chance.choice(_MATRICES) + b" cm\n"
    times = chance.choice((1, 1, 30))
    return body.replace(b"stream\n", b"stream\n" + matrix * times, 1)


def _repeat(chance: Chance, body: bytes) -> bytes:
    start = chance.randrange(len(body) + 1)
    piece = body[start : start + chance.randrange(1, 200)]
    return body[:start] + piece * chance.choice((2, 5, 50)) + body[start + len(piece) :]


def _cut(chance: Chance, body: bytes) -> bytes:
    start = chance.randrange(len(body) + 1)
    return body[:start] + body[start + chance.randrange(1, 300) :]


_Change: TypeAlias = Callable[[Chance, bytes], bytes]
_CHANGES: Final[tuple[_Change, ...]] = (
    _another(_REFERENCE, (b"1 0 R", b"9999 0 R", b"null")),
    _another(_NUMBER, _NUMBERS),
    _another(_NUMBER, _NUMBERS),
    _another(_NAME, (b"/H1", b"/Page", b"/Pages", b"/Kids", b"/First", b"/Next")),
    _another(
        _STRING, (b"(\\376\\377\\005\\320\\005\\321)", b"()", b"<00>", b"(" * 300)
    ),
    *(_page, _page, _transform, _repeat, _cut),
)
