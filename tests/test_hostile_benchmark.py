"""What `benchmarks.hostile` measures is what it says."""

import math
import sys
from collections import Counter
from collections.abc import Callable
from functools import partial
from itertools import pairwise
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks.hostile import (
    LIMIT,
    Growth,
    Pattern,
    bounded_caches,
    grow,
    lines,
    patterns,
    work_of,
)

PATTERN = Pattern("text", "lines", partial(lines, "- a"))


@pytest.mark.parametrize("power", [0, 1, 2])
def test_the_exponent_is_that_of_the_time(power: int) -> None:
    times = {size: 2e-2 * (size / 1000) ** power for size in (1000, 2000, 4000, 8000)}
    # The first lies below the noise.
    assert Growth(PATTERN, {500: 1e-3, **times}).exponent == pytest.approx(power)


def test_what_was_ended_has_no_exponent_and_what_is_too_fast_has_none_either() -> None:
    assert Growth(PATTERN, {1000: 1.0}, ended=2000).exponent == math.inf
    assert Growth(PATTERN, {1000: 1.0}, error="status 1").exponent == math.inf
    assert Growth(PATTERN, {1000: 1e-4, 2000: 2e-4, 4000: 1e-2}).exponent == 0


def test_an_input_is_doubled_until_it_takes_long_and_is_ended_if_too_long() -> None:
    found = grow(PATTERN, 0.2)
    sizes = list(found.times)
    assert len(sizes) >= 3
    assert {b // a for a, b in pairwise(sizes)} == {2}
    assert not found.ended
    assert not found.error
    long = Pattern("text", "long", partial(lines, "- a\n" * 20_000))
    ended = grow(long, 0.01)
    assert ended.ended
    assert ended.exponent > LIMIT


def test_every_format_has_patterns_and_every_pattern_has_an_input() -> None:
    every = list(patterns())
    counts = Counter(pattern.format for pattern in every)
    assert len(counts) == 12
    assert min(counts.values()) > 50
    assert len({(pattern.format, pattern.name) for pattern in every}) == len(every)
    for pattern in every:
        small, large = (work_of(pattern, n)[0] for n in (4, 64))
        assert 0 < small < large, pattern


NUMBERED = [pattern for pattern in patterns() if pattern.name.startswith("numbered")]


@pytest.mark.parametrize("pattern", NUMBERED, ids=lambda p: f"{p.format} {p.name}")
def test_four_times_as_many_lines_are_four_times_the_calls(pattern: Pattern) -> None:
    """Definitions of links, notes and substitutions, which parsers gather."""
    few, many = (_calls_of(work_of(pattern, n)[1]) for n in (100, 400))
    assert many < 4.5 * few


def _calls_of(work: Callable[[], object]) -> int:
    """The calls of functions, C's and Python's, with what caches hold forgotten."""
    calls = 0

    def count(frame: object, event: str, argument: object) -> None:
        nonlocal calls
        calls += event in ("call", "c_call")

    work()
    for cache in bounded_caches():
        cache.cache_clear()
    sys.setprofile(count)
    try:
        work()
    finally:
        sys.setprofile(None)
    return calls
