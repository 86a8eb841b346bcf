"""A button's contact: presses, bounces and what is neither."""

from collections.abc import Iterable

from hypothesis import given
from hypothesis import strategies as st

from edge.alarm.press import Press

HOLD, BOUNCE = 3.0, 0.05


def play(press: Press, moves: Iterable[tuple[float, bool]]) -> list[tuple[float, str]]:
    return [(at, gesture) for at, closed in moves for gesture in press.update(closed, at)]


def test_a_press_counts_while_it_is_held_not_when_it_is_let_go():
    press = Press(HOLD, BOUNCE)
    moves = [(0.0, False), (1.0, True), (3.9, True), (4.0, True), (5.0, True), (9.0, False)]
    assert play(press, [*moves, (10.0, False)]) == [(4.0, "held")]


def test_a_press_that_is_too_short_is_told_apart():
    press = Press(HOLD, BOUNCE)
    assert play(press, [(0.0, False), (1.0, True), (2.0, False), (2.2, False)]) == [(2.2, "short")]


def test_a_press_counts_at_once_where_nothing_need_be_held():
    press = Press(0.0, BOUNCE)
    assert play(press, [(0.0, False), (1.0, True), (1.1, True), (2.0, False), (3.0, False)]) == [
        (1.1, "held")
    ]


def test_a_press_that_ended_before_anybody_looked_counts():
    press = Press(0.0, BOUNCE)
    assert play(press, [(0.0, False), (1.0, True), (1.2, False)]) == [(1.2, "held")]


def test_bouncing_is_one_press():
    press = Press(0.0, BOUNCE)
    chatter = [(1.0 + step * 0.004, step % 2 == 0) for step in range(9)]
    assert play(press, [(0.0, False), *chatter, (1.2, True), (2.0, False), (2.2, False)]) == [
        (1.2, "held")
    ]


def test_a_spark_shorter_than_a_bounce_is_nothing():
    press = Press(0.0, BOUNCE)
    assert play(press, [(0.0, False), (1.0, True), (1.01, False), (2.0, False)]) == []


def test_a_dropout_while_it_is_held_does_not_begin_anew():
    press = Press(HOLD, BOUNCE)
    moves = [(0.0, False), (1.0, True), (2.0, True), (2.5, False), (2.51, True), (4.0, True)]
    assert play(press, moves) == [(4.0, "held")]


def test_a_button_welded_down_at_the_start_presses_nothing():
    press = Press(HOLD, BOUNCE)
    assert play(press, [(float(at), True) for at in range(100)]) == []
    assert press.held_seconds(99.0) == 99.0
    assert play(press, [(100.0, False), (101.0, False), (102.0, True), (106.0, True)]) == [
        (106.0, "held")
    ]


@given(st.lists(st.tuples(st.floats(0.001, 5.0), st.booleans()), max_size=60))
def test_whatever_the_contact_does_a_hold_needs_its_time(moves):
    press, now, closed = Press(HOLD, BOUNCE), 0.0, False
    open_until = opened_at = 0.0
    held = 0
    press.update(closed, now)
    for pause, next_closed in moves:
        now += pause
        if not closed and now - opened_at >= BOUNCE:
            open_until = now
        if "held" in press.update(next_closed, now):
            held += 1
            assert now - open_until >= HOLD - 1e-9
        if closed and not next_closed:
            opened_at = now
        closed = next_closed
    assert held <= sum(pause for pause, _ in moves) / HOLD
