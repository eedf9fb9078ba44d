"""A stream in batches, each begun before the one before it is given out."""

import threading
from collections.abc import Callable, Iterator

import pytest
import spacy
from spacy.tokens import Doc
from thinc.api import Ops, get_current_ops, use_ops

from spacy_imrad.pipeline.batching import THREAD_NAME, in_batches, prefetched

NLP = spacy.blank("en")


def docs(*sizes: int) -> Iterator[Doc]:
    for size in sizes:
        yield NLP.make_doc(" ".join(["word"] * size))


def lengths(batch: list[Doc]) -> list[int]:
    return [len(doc) for doc in batch]


def later(sizes: list[int]) -> Callable[[], int]:
    return lambda: sum(sizes)


def nothing() -> None:
    pass


def threads() -> list[threading.Thread]:
    return [t for t in threading.enumerate() if t.name.startswith(THREAD_NAME)]


@pytest.mark.parametrize(
    ("batch_size", "n_tokens", "expected"),
    [
        (10, 100, [[3, 1, 50, 2, 7]]),
        (2, 100, [[3, 1], [50, 2], [7]]),
        (10, 4, [[3, 1], [50], [2, 7]]),
        (1, 1, [[3], [1], [50], [2], [7]]),
    ],
)
def test_batches_end_by_docs_or_by_tokens(
    batch_size: int, n_tokens: int, expected: list[list[int]]
) -> None:
    batches = in_batches(docs(3, 1, 50, 2, 7), batch_size, n_tokens)
    assert [lengths(batch) for batch in batches] == expected


def test_a_stream_without_docs_has_no_batches() -> None:
    assert list(in_batches(docs(), 2, 10)) == []
    assert list(prefetched([], lengths, later, nothing)) == []


def test_each_batch_is_begun_before_the_one_before_it_is_given_out() -> None:
    prepared: list[int] = []

    def prepare(batch: list[Doc]) -> list[int]:
        prepared.extend(lengths(batch))
        return lengths(batch)

    stream = prefetched(in_batches(docs(1, 2, 3), 1, 9), prepare, later, nothing)
    seen = [(lengths(batch), finish(), list(prepared)) for batch, finish in stream]
    assert seen == [([1], 1, [1, 2]), ([2], 2, [1, 2, 3]), ([3], 3, [1, 2, 3])]
    assert threads() == []


def test_what_is_begun_runs_in_one_thread_that_has_the_ops_in_use() -> None:
    entered: list[str] = []
    ran: list[tuple[str, Ops]] = []

    def enter() -> None:
        entered.append(threading.current_thread().name)

    def begin(sizes: list[int]) -> Callable[[], int]:
        ran.append((threading.current_thread().name, get_current_ops()))
        return later(sizes)

    with use_ops("numpy"):
        ops = get_current_ops()
        batches = in_batches(docs(1, 2, 3), 1, 9)
        list(prefetched(batches, lengths, begin, enter))
    assert len(entered) == 1
    assert entered[0].startswith(THREAD_NAME)
    assert [name for name, _ in ran] == entered * 3
    assert all(found is ops for _, found in ran)


@pytest.mark.parametrize("where", ["prepare", "begin", "finish"])
def test_an_error_is_raised_for_its_batch_alone(where: str) -> None:
    def fail(sizes: list[int], here: str) -> None:
        if where == here and sizes == [2]:
            raise ValueError("two")

    def prepare(batch: list[Doc]) -> list[int]:
        fail(lengths(batch), "prepare")
        return lengths(batch)

    def begin(sizes: list[int]) -> Callable[[], int]:
        fail(sizes, "begin")

        def finish() -> int:
            fail(sizes, "finish")
            return sum(sizes)

        return finish

    found = []
    batches = in_batches(docs(1, 2, 3), 1, 9)
    for batch, finish in prefetched(batches, prepare, begin, nothing):
        if lengths(batch) == [2]:
            with pytest.raises(ValueError, match="two"):
                finish()
        else:
            found.append(finish())
    assert found == [1, 3]


def test_who_breaks_off_leaves_no_thread() -> None:
    endless = in_batches((doc for _ in iter(int, 1) for doc in docs(1)), 1, 9)
    stream = prefetched(endless, lengths, later, nothing)
    _, finish = next(stream)
    assert finish() == 1
    assert len(threads()) == 1
    stream.close()
    assert threads() == []


def test_an_error_of_the_stream_itself_is_raised() -> None:
    def broken() -> Iterator[list[Doc]]:
        yield list(docs(1))
        raise OSError("the file ended")

    with pytest.raises(OSError, match="the file ended"):
        list(prefetched(broken(), lengths, later, nothing))
    assert threads() == []
