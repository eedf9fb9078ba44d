import numpy
import pytest

from spacy_imrad.data.convert.splits import assign_splits

SHARES = (0.8, 0.1, 0.1)


@pytest.fixture
def papers():
    random = numpy.random.default_rng(3)
    counts = random.poisson([6, 12, 10, 0.2, 7], size=(600, 5))
    return counts, random.integers(3, size=600)


def test_every_source_has_its_share_of_every_label(papers):
    counts, sources = papers
    split = assign_splits(counts, sources, SHARES, 0)
    for source in range(3):
        here = sources == source
        for index, share in enumerate(SHARES):
            part = counts[here & (split == index)].sum(axis=0)
            found = part / counts[here].sum(axis=0)
            # Of Related Work there are forty paragraphs in a source.
            assert found == pytest.approx([share] * 5, abs=0.04), (source, index)


def test_the_seed_settles_the_split(papers):
    first = assign_splits(*papers, SHARES, 0)
    assert (first == assign_splits(*papers, SHARES, 0)).all()
    assert (first != assign_splits(*papers, SHARES, 1)).any()


def test_a_share_of_nothing_gets_nothing(papers):
    assert set(assign_splits(*papers, (0.9, 0.1, 0.0), 0)) == {0, 1}
