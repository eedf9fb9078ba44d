"""Bad input by chance; `benchmarks.fuzz` says how."""

import sys
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks import fuzz

pytestmark = pytest.mark.skipif(
    not fuzz.EXAMPLES.is_dir(), reason="run from the root of the project"
)


def test_an_input_follows_from_its_seed_and_number() -> None:
    cases = [fuzz.make_case(0, number) for number in range(300)]
    again = [fuzz.make_case(0, number) for number in range(300)]
    others = [fuzz.make_case(1, number) for number in range(300)]
    assert [case[:2] for case in cases] == [case[:2] for case in again]
    assert [case[:2] for case in cases] != [case[:2] for case in others]
    assert len({case.kind.partition(" ")[0] for case in cases}) == len(fuzz._KINDS)


def test_what_takes_too_long_is_reported_and_the_run_goes_on() -> None:
    said: list[str] = []
    found = fuzz.fuzz(0, range(40), seconds=0.004, say=said.append)
    assert found.inputs == 40
    assert 0 < len(found.failed) == len(said) < 40
    assert sum(found.kinds.values()) + len(found.failed) == 40
    assert all("processor time" in failed.error for failed in found.failed)
    assert said[0].startswith(f"0:{found.failed[0].number} ")


def test_inputs_raise_what_is_documented_and_take_no_time() -> None:
    found = fuzz.fuzz(0, range(1_000), say=print)
    assert found.failed == []
    assert found.refused > 100
