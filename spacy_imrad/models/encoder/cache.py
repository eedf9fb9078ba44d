"""The encodings of texts that an encoder has read before."""

from hashlib import blake2b
from itertools import islice
from typing import cast

import numpy
from numpy.typing import NDArray
from thinc.api import Ops
from thinc.types import Floats2d

from spacy_imrad.models.encoder.layer import encoder_shim
from spacy_imrad.models.encoder.shim import SequenceClassifierShim
from spacy_imrad.models.types import (
    ClassifierInT,
    ClassifierModelT,
    EncodedParagraphs,
)


class EncodingCache:
    """The encodings of texts, for passes over papers that have texts in common.

    It serves one encoder, or several with the same weights, as long as these stay. A
    text takes some 1,600 bytes.

    size: Most texts that it holds; None for no limit.
    """

    def __init__(self, size: int | None = None) -> None:
        self._size = size
        # By a digest of the text: vector and logits in one float32 row.
        self._rows: dict[bytes, NDArray[numpy.float32]] = {}

    def encode_docs(
        self, model: ClassifierModelT, X: ClassifierInT
    ) -> list[EncodedParagraphs]:
        """RETURNS: What the classifier's encoder makes of each Doc's paragraphs."""
        texts = [outlined.texts() for outlined in X]
        if not any(texts):
            return model.get_ref("encoder").predict(X)
        flat = self.encode(
            [text for of_doc in texts for text in of_doc],
            encoder_shim(model),
            model.ops,
        )
        return flat.by_doc(map(len, texts))

    def encode(
        self, texts: list[str], shim: SequenceClassifierShim, ops: Ops
    ) -> EncodedParagraphs:
        """texts: At least one.
        shim: The encoder's, always of the same weights.
        RETURNS: Arrays of `ops`, a row for each text.
        """
        keys = [blake2b(text.encode(), digest_size=16).digest() for text in texts]
        known = {key: self._rows[key] for key in keys if key in self._rows}
        new = {k: t for k, t in zip(keys, texts, strict=True) if k not in known}
        if new:
            read = shim.encode(list(new.values()), ops)
            rows = numpy.hstack([ops.to_numpy(part) for part in read])
            known.update(zip(new, rows, strict=True))
        room = None if self._size is None else max(0, self._size - len(self._rows))
        for key in islice(new, room):
            self._rows[key] = known[key]
        both = ops.asarray2f(cast(Floats2d, numpy.stack([known[key] for key in keys])))
        return EncodedParagraphs(both[:, : shim.width], both[:, shim.width :])
