"""Text → wordpiece windows → batches: what goes through the encoder, and in which
company."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, TypeAlias

import numpy
from numpy.typing import NDArray

if TYPE_CHECKING:
    from tokenizers import Tokenizer

Ids: TypeAlias = NDArray[numpy.int32]


@dataclass(frozen=True, slots=True)
class Windows:
    """The windows of a list of texts; a text beyond one window has several.

    ids: Wordpiece ids with special tokens, one int32 array a window.
    owner: int array (windows,), the text that each window comes from, ascending.
    share: float32 array (windows,), the window's part of its text's wordpieces;
        the shares of one text sum to 1.
    """

    ids: list[Ids]
    owner: NDArray[numpy.intp]
    share: NDArray[numpy.float32]

    @property
    def lengths(self) -> NDArray[numpy.intp]:
        return numpy.fromiter(map(len, self.ids), dtype=numpy.intp, count=len(self.ids))


class WindowMaker:
    """Cuts texts into overlapping windows, as the tokenizer's truncation is set.

    cache_size: How many texts' windows to remember, for training that reads the same
        texts again and again.
    """

    def __init__(self, tokenizer: "Tokenizer", cache_size: int = 0) -> None:
        self._tokenizer = tokenizer
        self._cache_size = cache_size
        self._cache: dict[str, list[Ids]] = {}

    def __call__(
        self, texts: Sequence[str], most_per_text: int | None = None
    ) -> Windows:
        """most_per_text: Take the first so many windows of each text only."""
        known = [self._cache.get(text) for text in texts]
        missing = [i for i, windows in enumerate(known) if windows is None]
        encodings = self._tokenizer.encode_batch_fast([texts[i] for i in missing])
        for index, encoding in zip(missing, encodings, strict=True):
            windows = [
                numpy.asarray(window.ids, dtype=numpy.int32)
                for window in (encoding, *encoding.overflowing)
            ]
            known[index] = windows
            if len(self._cache) < self._cache_size:
                self._cache[texts[index]] = windows
        taken = [(windows or [])[:most_per_text] for windows in known]
        ids = [window for windows in taken for window in windows]
        owner = numpy.repeat(numpy.arange(len(texts)), [len(w) for w in taken])
        lengths = numpy.fromiter(map(len, ids), dtype=numpy.float32, count=len(ids))
        totals = numpy.bincount(owner, weights=lengths, minlength=len(texts))
        return Windows(ids, owner, (lengths / totals[owner]).astype(numpy.float32))


def split_by_characters(texts: Sequence[str], characters: int) -> Iterator[list[str]]:
    """Divide texts, in their order, into parts that end where they reach so many
    characters."""
    part: list[str] = []
    size = 0
    for text in texts:
        part.append(text)
        size += len(text)
        if size >= characters:
            yield part
            part, size = [], 0
    if part:
        yield part


def batch_by_padded_tokens(
    lengths: Sequence[int] | NDArray[numpy.intp], budget: int
) -> Iterator[NDArray[numpy.intp]]:
    """Group sequences of similar length so that no padded batch exceeds the budget.

    lengths: Length of each sequence.
    budget: Most tokens in a batch, padding included. A longer sequence is a batch
        of its own.
    YIELDS: int arrays of indices into `lengths`; together each index once.
    """
    order = numpy.argsort(-numpy.asarray(lengths), kind="stable")
    start = 0
    while start < len(order):
        size = max(1, budget // max(1, int(lengths[order[start]])))
        yield order[start : start + size]
        start += size


def pad(
    windows: Sequence[Ids], padding_id: int, multiple: int = 1
) -> tuple[NDArray[numpy.int64], NDArray[numpy.int64]]:
    """multiple: Of which the rows' length is to be one.
    RETURNS: ids and attention mask, both int64 (windows, longest window or a little
        more).
    """
    longest = -(-max(map(len, windows)) // multiple) * multiple
    ids = numpy.full((len(windows), longest), padding_id, dtype=numpy.int64)
    mask = numpy.zeros((len(windows), longest), dtype=numpy.int64)
    for row, window in enumerate(windows):
        ids[row, : len(window)] = window
        mask[row, : len(window)] = 1
    return ids, mask
