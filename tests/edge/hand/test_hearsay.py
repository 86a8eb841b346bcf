"""What others say of themselves: supervisory at most, and believed only while it is said."""

import pytest

from edge.contract.errors import InputError
from edge.hand.hearsay import BELIEVED_SECONDS, MOST_WORDS, Hearsay

AWAY = {"tell": "mqtt-away", "problem": "nobody answers"}


@pytest.fixture
def held():
    return {}


@pytest.fixture
def hearsay(held):
    def hold(source, condition):
        if condition is None:
            del held[source]
        else:
            held[source] = condition

    return Hearsay(hold)


def test_it_is_believed_while_it_is_said_and_no_longer(hearsay, held):
    hearsay.hear(AWAY, 0.0)
    hearsay.hear(AWAY, 20.0)
    hearsay.tick(20.0 + BELIEVED_SECONDS)
    assert held["mqtt-away"].signal == "supervisory"
    hearsay.tick(21.0 + BELIEVED_SECONDS)
    assert held == {}


def test_it_is_over_when_that_is_said(hearsay, held):
    hearsay.hear(AWAY, 0.0)
    hearsay.hear({**AWAY, "problem": None}, 1.0)
    hearsay.hear({**AWAY, "problem": None}, 2.0)
    assert held == {}


def test_no_flood_of_words_gets_in(hearsay, held):
    hearsay.hear({**AWAY, "problem": "x" * 100_000}, 0.0)
    assert len(held["mqtt-away"].problem) == MOST_WORDS


@pytest.mark.parametrize("source", ["camera-black", "pins", None, 7, ["mqtt-away"]])
def test_nobody_speaks_for_the_watch_itself(hearsay, held, source):
    with pytest.raises(InputError):
        hearsay.hear({"tell": source, "problem": "a lie"}, 0.0)
    assert held == {}
