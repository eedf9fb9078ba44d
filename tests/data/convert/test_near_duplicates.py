import random

import numpy

from spacy_imrad.data.convert.near_duplicates import NearDuplicates

WORDS = [f"word{i}" for i in range(500)]


def dropped(texts, priority=None, ids=None):
    sketches = NearDuplicates()
    for number, text in enumerate(texts):
        sketches.add(text, str(number) if ids is None else ids[number])
    return sketches.find(numpy.zeros(len(texts), int) if priority is None else priority)


def changed(text, every):
    return " ".join(
        "other" if place % every == every - 1 else word
        for place, word in enumerate(text.split())
    )


def test_of_nearly_the_same_texts_the_first_stays():
    chance = random.Random(0)
    texts = [" ".join(chance.choices(WORDS, k=150)) for _ in range(40)]
    copies = [changed(text, 80).upper() for text in texts]
    found = dropped([*texts, *copies])
    assert not found[:40].any()
    assert found[40:].all()


def test_texts_that_share_less_than_half_stay():
    chance = random.Random(1)
    texts = [" ".join(chance.choices(WORDS, k=150)) for _ in range(40)]
    assert not dropped([*texts, *(changed(text, 6) for text in texts)]).any()


def test_the_lower_priority_stays():
    found = dropped(["the same text"] * 3, numpy.array([2, 0, 1]))
    assert found.tolist() == [True, False, True]


def test_one_identity_is_one_paper():
    assert dropped(["one text", "another one"], ids="aa").tolist() == [False, True]


def test_short_and_empty_texts_are_compared_whole():
    assert dropped(["", "snow", "ice", "", "snow"]).tolist() == [
        *(False, False, False, True, True),
    ]
