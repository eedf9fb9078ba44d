"""Papers through spacy-layout, which reads PDF, Word and more with its own models."""

from typing import TYPE_CHECKING, Final

from spacy_imrad.document.paper import Paper
from spacy_imrad.extras import require
from spacy_imrad.readers.formats import PaperFormat
from spacy_imrad.readers.source import Source
from spacy_imrad.readers.text import paper_from_outline
from spacy_imrad.segmenters.span_group import make_span_group_segmenter_v1

if TYPE_CHECKING:
    from spacy.tokens import Doc


def _read(source: Source) -> Paper:
    import spacy

    spacy_layout = require("spacy_layout", "layout")
    layout = spacy_layout.spaCyLayout(spacy.blank("en"))
    whole_file = source.path if source.content is None else None
    return paper_from_layout(layout(whole_file or source.read()))


def paper_from_layout(doc: "Doc") -> Paper:
    """The paper of a Doc that spacy-layout has made.

    RAISES: KeyError if the Doc has no span group `layout`.
    """
    return paper_from_outline(doc.text, make_span_group_segmenter_v1()(doc))


# No suffix: it is used where `--from layout` names it.
LAYOUT: Final = PaperFormat("documents through spacy-layout", _read, ())
