"""PDF files for tests: lines of text at places, in the fonts that every viewer has."""

import io
import zlib
from collections.abc import Sequence
from typing import NamedTuple

_FONTS = ("Times-Roman", "Times-Bold", "Times-Italic", "Helvetica", "Helvetica-Bold")


class Printed(NamedTuple):
    """A text at a place in points from the lower left corner of the page."""

    text: str
    left: float
    baseline: float
    size: float = 10.0
    font: str = "Times-Roman"


def make_pdf(
    pages: Sequence[Sequence[Printed]],
    *,
    names: dict[str, str] | None = None,
    bookmarks: Sequence[tuple[str, int]] = (),
    tags: dict[str, int] | None = None,
) -> bytes:
    """A PDF with these pages.

    names: What fonts are called in the file, such as a publisher's hashed name.
    bookmarks: Titles, with the page that each leads to, from 0.
    tags: Texts that the structure tree has as headings, with their levels.
    """
    names, tags = names or {}, tags or {}
    objects = ["", ""]
    fonts = {}
    for font in _FONTS:
        name = names.get(font, font)
        objects.append(
            f"<< /Type /Font /Subtype /Type1 /BaseFont /{name} "
            "/Encoding /WinAnsiEncoding >>"
        )
        fonts[font] = len(objects)
    resources = " ".join(f"/F{number} {number} 0 R" for number in fonts.values())
    kids, tagged = [], []
    for page in pages:
        shown = ""
        contents = []
        for text, left, baseline, size, font in page:
            line = (
                f"BT /F{fonts[font]} {size} Tf {left} {baseline} Td "
                f"({_escape(text)}) Tj ET\n"
            )
            if text in tags:
                line = f"/H{tags[text]} << /MCID {len(contents)} >> BDC\n{line}EMC\n"
                contents.append(tags[text])
            shown += line
        objects.append(f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream")
        objects.append(
            "<< /Type /Page /Parent 2 0 R /MediaBox [0 0 612 792] "
            f"/Contents {len(objects)} 0 R /StructParents {len(kids)} "
            f"/Resources << /Font << {resources} >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
        tagged.append(contents)
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    catalog = "/Type /Catalog /Pages 2 0 R"
    if bookmarks:
        catalog += f" /Outlines {_bookmarks(objects, bookmarks, kids)} 0 R"
    if tags:
        root = _structure(objects, tagged, kids)
        catalog += f" /MarkInfo << /Marked true >> /StructTreeRoot {root} 0 R"
    objects[0] = f"<< {catalog} >>"
    return _file(objects)


def _bookmarks(
    objects: list[str], bookmarks: Sequence[tuple[str, int]], pages: Sequence[str]
) -> int:
    """RETURNS: The number of the object that holds them."""
    root = len(objects) + 1
    last = root + len(bookmarks)
    objects.append(
        f"<< /First {root + 1} 0 R /Last {last} 0 R /Count {len(bookmarks)} >>"
    )
    for number, (title, page) in enumerate(bookmarks, root + 1):
        following = f"/Next {number + 1} 0 R" if number < last else ""
        objects.append(
            f"<< /Title ({_escape(title)}) /Parent {root} 0 R {following} "
            f"/Dest [{pages[page]} /Fit] >>"
        )
    return root


def _structure(
    objects: list[str], tagged: Sequence[Sequence[int]], pages: Sequence[str]
) -> int:
    """RETURNS: The number of the root of the tree."""
    root = len(objects) + 1
    objects.append("")
    elements, parents = [], []
    for number, (page, levels) in enumerate(zip(pages, tagged, strict=True)):
        own = []
        for content, level in enumerate(levels):
            objects.append(
                f"<< /Type /StructElem /S /H{level} /P {root} 0 R /Pg {page} "
                f"/K {content} >>"
            )
            own.append(f"{len(objects)} 0 R")
        elements += own
        parents.append(f"{number} [{' '.join(own)}]")
    objects[root - 1] = (
        f"<< /Type /StructTreeRoot /K [{' '.join(elements)}] "
        f"/ParentTree << /Nums [{' '.join(parents)}] >> >>"
    )
    return root


def scan(content: bytes, *, dots_per_inch: int = 200) -> bytes:
    """The pages of a PDF as pictures, without text."""
    import pypdfium2

    document = pypdfium2.PdfDocument(content)
    objects = ["<< /Type /Catalog /Pages 2 0 R >>", ""]
    kids = []
    for page in document:
        width, height = page.get_size()
        picture = page.render(scale=dots_per_inch / 72, grayscale=True).to_numpy()
        rows, columns = picture.shape[:2]
        packed = zlib.compress(picture.tobytes()).decode("latin-1")
        objects.append(
            f"<< /Type /XObject /Subtype /Image /Width {columns} /Height {rows} "
            "/ColorSpace /DeviceGray /BitsPerComponent 8 /Filter /FlateDecode "
            f"/Length {len(packed)} >>\nstream\n{packed}\nendstream"
        )
        shown = f"{width} 0 0 {height} 0 0 cm /I Do"
        objects.append(f"<< /Length {len(shown)} >>\nstream\n{shown}\nendstream")
        objects.append(
            f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 {width} {height}] "
            f"/Contents {len(objects)} 0 R "
            f"/Resources << /XObject << /I {len(objects) - 1} 0 R >> >> >>"
        )
        kids.append(f"{len(objects)} 0 R")
    objects[1] = f"<< /Type /Pages /Kids [{' '.join(kids)}] /Count {len(kids)} >>"
    return _file(objects)


def join(files: Sequence[bytes]) -> bytes:
    """The pages of all files, one behind the other."""
    import pypdfium2

    joined = pypdfium2.PdfDocument.new()
    for content in files:
        joined.import_pages(pypdfium2.PdfDocument(content))
    saved = io.BytesIO()
    joined.save(saved)
    return saved.getvalue()


def _escape(text: str) -> str:
    return text.replace("\\", "\\\\").replace("(", "\\(").replace(")", "\\)")


def _file(objects: Sequence[str]) -> bytes:
    content = "%PDF-1.4\n"
    places = []
    for number, item in enumerate(objects, 1):
        places.append(len(content))
        content += f"{number} 0 obj\n{item}\nendobj\n"
    table = "".join(f"{place:010} 00000 n \n" for place in places)
    size = len(objects) + 1
    return (
        f"{content}xref\n0 {size}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {size} /Root 1 0 R >>\nstartxref\n{len(content)}\n%%EOF\n"
    ).encode("latin-1")
