"""An encoder that reads each text once, for passes over papers that have most of their
texts in common.
"""

from typing import Any, TypeAlias

from thinc.api import Ops

from spacy_imrad.models.encoder.layer import shim_of
from spacy_imrad.models.types import ClassifierModelT, EncodedParagraphs

# By text: vector and logits.
Memory: TypeAlias = dict[str, tuple[Any, Any]]


def read_texts_once(model: ClassifierModelT, known: Memory) -> None:
    """Make a classifier's encoder remember what it says, as long as its weights stay.

    known: What was said by it, or by others with the same weights; grows by some
        1,600 bytes a text.
    """
    shim = shim_of(model.get_ref("encoder"))
    encode = shim.encode

    def remember(texts: list[str], ops: Ops) -> EncodedParagraphs:
        new = [text for text in dict.fromkeys(texts) if text not in known]
        if new:
            known.update(zip(new, zip(*encode(new, ops), strict=True), strict=True))
        rows = zip(*(known[text] for text in texts), strict=True)
        return EncodedParagraphs(*(ops.xp.stack(part) for part in rows))

    shim.encode = remember  # type: ignore[method-assign]
