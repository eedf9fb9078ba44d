"""Which of many texts are nearly the same, in little memory: MinHash in bands.

A library's index would hold every text's sketch in dictionaries, several times what
the sketches take as one array.
"""

from array import array
from hashlib import blake2b
from typing import Final
from zlib import crc32

import numpy
from numpy.typing import NDArray

# Texts that share three quarters of their runs of words meet in some band with a
# probability of 0.81, nine tenths with 0.9999, half with 0.06.
BANDS: Final = 16
ROWS: Final = 8
WORDS_IN_RUN: Final = 5

_U64 = numpy.uint64
_MIX: Final = _U64(0x9E3779B97F4A7C15)
_random = numpy.random.default_rng(0)
_FACTORS: Final = _random.integers(2**63, size=BANDS * ROWS, dtype=_U64) | _U64(1)
_OFFSETS: Final = _random.integers(2**63, size=BANDS * ROWS, dtype=_U64)
_POWERS: Final = _MIX ** numpy.arange(max(ROWS, WORDS_IN_RUN), dtype=_U64)


class NearDuplicates:
    """Sketches of texts, 136 bytes each."""

    def __init__(self) -> None:
        self._keys = array("Q")

    def add(self, text: str, identity: str) -> None:
        """identity: Texts of one identity are duplicates whatever they say."""
        digest = blake2b(identity.encode(), digest_size=8).digest()
        self._keys.append(int.from_bytes(digest, "big"))
        self._keys.extend(_bands(text).tolist())

    def find(self, priority: NDArray[numpy.integer]) -> NDArray[numpy.bool_]:
        """Which texts are to be dropped, so that one of each group stays.

        priority: One for each text; of a group the lowest stays, the first of several.
        """
        keys = numpy.frombuffer(self._keys, dtype=_U64).reshape(-1, BANDS + 1)
        order = numpy.argsort(priority, kind="stable")
        dropped = numpy.zeros(len(keys), dtype=bool)
        for band in range(BANDS + 1):
            _, first = numpy.unique(keys[order, band], return_index=True)
            later = numpy.ones(len(keys), dtype=bool)
            later[order[first]] = False
            dropped |= later
        return dropped


def _bands(text: str) -> NDArray[numpy.uint64]:
    words = text.lower().split()
    hashes = numpy.array([crc32(word.encode()) for word in words], dtype=_U64)
    n_runs = max(1, len(words) - WORDS_IN_RUN + 1)
    runs = numpy.zeros(n_runs, dtype=_U64)
    for place in range(min(WORDS_IN_RUN, len(words))):
        runs += _mixed(hashes[place : place + n_runs]) * _POWERS[place]
    runs = numpy.unique(_mixed(runs))
    least = (runs[:, None] * _FACTORS + _OFFSETS).min(axis=0) >> _U64(32)
    return (least.reshape(BANDS, ROWS) * _POWERS[:ROWS]).sum(axis=1, dtype=_U64)


def _mixed(values: NDArray[numpy.uint64]) -> NDArray[numpy.uint64]:
    mixed = (values ^ (values >> _U64(31))) * _MIX
    return mixed ^ (mixed >> _U64(29))
