"""Texts become windows, windows become batches; nothing is lost on the way."""

from pathlib import Path

import numpy
import pytest
from tokenizers import Tokenizer

from spacy_imrad.models.encoder.windows import (
    WindowMaker,
    batch_by_padded_tokens,
    pad,
    split_by_characters,
)

TEXTS = ["we propose a method", "", " ".join(f"model{i}" for i in range(30)), "data"]


@pytest.fixture
def tokenizer(tiny_checkpoint: Path) -> Tokenizer:
    tokenizer = Tokenizer.from_file(str(tiny_checkpoint / "tokenizer.json"))
    tokenizer.enable_truncation(20, stride=4)
    return tokenizer


def test_windows_overlap_by_the_stride_and_hold_every_wordpiece(
    tokenizer: Tokenizer,
) -> None:
    windows = WindowMaker(tokenizer)(TEXTS)
    tokenizer.no_truncation()
    for index, text in enumerate(TEXTS):
        own = [
            w
            for w, owner in zip(windows.ids, windows.owner, strict=True)
            if owner == index
        ]
        assert all(len(window) <= 20 for window in own)
        joined = list(own[0][1:-1])
        for window in own[1:]:
            pieces = window[1:-1]
            assert list(pieces[:4]) == joined[-4:]
            joined.extend(pieces[4:])
        assert joined == tokenizer.encode(text, add_special_tokens=False).ids


def test_shares_of_a_text_sum_to_one(tokenizer: Tokenizer) -> None:
    windows = WindowMaker(tokenizer)(TEXTS)
    assert windows.lengths.tolist() == [len(window) for window in windows.ids]
    sums = numpy.bincount(windows.owner, weights=windows.share)
    numpy.testing.assert_allclose(sums, numpy.ones(len(TEXTS)), rtol=1e-6)
    assert (numpy.diff(windows.owner) >= 0).all()


def test_only_the_first_windows_are_taken_if_asked(tokenizer: Tokenizer) -> None:
    make = WindowMaker(tokenizer)
    windows = make(TEXTS, 1)
    assert windows.owner.tolist() == [0, 1, 2, 3]
    numpy.testing.assert_array_equal(windows.share, numpy.ones(4))


@pytest.mark.parametrize("cache_size", [1, 100])
def test_remembered_texts_have_the_same_windows(
    cache_size: int, tokenizer: Tokenizer
) -> None:
    make = WindowMaker(tokenizer, cache_size)
    # A limit on one call must not limit the next.
    make(TEXTS, 1)
    first, again, fresh = make(TEXTS), make(TEXTS), WindowMaker(tokenizer)(TEXTS)
    for other in (again, fresh):
        assert first.owner.tolist() == other.owner.tolist()
        for one, two in zip(first.ids, other.ids, strict=True):
            numpy.testing.assert_array_equal(one, two)


@pytest.mark.parametrize("budget", [1, 7, 64, 10_000])
@pytest.mark.parametrize("lengths", [[], [5], [3, 90, 3, 1, 64, 64, 2, 7, 90]])
def test_batches_hold_each_sequence_once_within_the_budget(
    lengths: list[int], budget: int
) -> None:
    batches = [batch.tolist() for batch in batch_by_padded_tokens(lengths, budget)]
    assert sorted(i for batch in batches for i in batch) == list(range(len(lengths)))
    for batch in batches:
        padded = len(batch) * max(lengths[i] for i in batch)
        assert padded <= budget or len(batch) == 1


def test_sequences_of_similar_length_share_a_batch() -> None:
    lengths = [100, 10] * 20
    batches = list(batch_by_padded_tokens(lengths, 500))
    padded = sum(len(batch) * max(lengths[i] for i in batch) for batch in batches)
    assert padded <= 1.2 * sum(lengths)


def test_padding_fills_up_and_is_masked() -> None:
    windows = [numpy.asarray(ids, dtype=numpy.int32) for ids in ([5, 6, 7], [8])]
    ids, mask = pad(windows, 1)
    assert ids.tolist() == [[5, 6, 7], [8, 1, 1]]
    assert mask.tolist() == [[1, 1, 1], [1, 0, 0]]
    assert ids.dtype == mask.dtype == numpy.int64


@pytest.mark.parametrize("characters", [1, 7, 1000])
def test_parts_hold_all_texts_in_order(characters: int) -> None:
    texts = ["abc", "", "d" * 9, "ef", "gh"]
    parts = list(split_by_characters(texts, characters))
    assert [text for part in parts for text in part] == texts
    for part in parts:
        assert sum(map(len, part[:-1])) < characters
    assert list(split_by_characters([], characters)) == []
