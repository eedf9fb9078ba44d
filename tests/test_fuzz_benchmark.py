"""Bad input by chance; `benchmarks.fuzz` says how."""

import random
import sys
from contextlib import suppress
from pathlib import Path

import pytest

sys.path.append(str(Path(__file__).parents[1]))

from benchmarks import fuzz
from benchmarks.fuzz_pdf import mutated_pdf
from spacy_imrad.readers import Source, get_format
from spacy_imrad.readers.reading import read_source

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


def test_changed_pdfs_are_read_or_refused() -> None:
    chance = random.Random(26)
    pdf = get_format("pdf")
    read = 0
    for _ in range(60):
        content = mutated_pdf(chance, chance.choice(fuzz.examples("pdf")))
        with suppress(*fuzz.DOCUMENTED):
            read += bool(read_source(Source("x.pdf", content=content), pdf).sections)
    assert 30 < read < 60
