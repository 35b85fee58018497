"""The next pieces are made while one is worked on."""

from threading import Event

import pytest

from classlift.storage.read.ahead import DEPTH, ahead


def test_the_next_items_are_made_while_one_is_used():
    made = [Event() for _ in range(9)]

    def items():
        for k, event in enumerate(made):
            event.set()
            yield k

    found = []
    for k in ahead(items()):
        found.append(k)
        assert all(event.wait(10) for event in made[: k + 1 + DEPTH])
    assert found == list(range(9))


def test_what_goes_wrong_is_told_in_its_place():
    def items():
        yield 1
        raise ValueError("torn")

    found = ahead(items())
    assert next(found) == 1
    with pytest.raises(ValueError, match="torn"):
        next(found)


def test_who_stops_early_leaves_no_thread_at_work():
    asked = []

    def items():
        for k in range(1000):
            asked.append(k)
            yield k

    found = ahead(items())
    assert next(found) == 0
    found.close()
    assert len(asked) <= 1 + DEPTH
