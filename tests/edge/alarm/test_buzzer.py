"""The buzzer's patterns, second by second."""

from dataclasses import replace

import pytest

from edge.alarm.buzzer import Buzzer
from edge.alarm.state import AlarmState, Level

WELL = AlarmState(Level.CLEAR, 0.0, 0, 0.0)
ALARM = AlarmState(Level.ALARM, 0.9, 3, 0.0, sounding=True)
STEP_S = 0.05


def beeps(buzzer: Buzzer, state: AlarmState, start: float, seconds: float) -> list[float]:
    """Return how long each beep lasts while a state holds."""
    lengths: list[float] = []
    was = False
    for step in range(round(seconds / STEP_S)):
        now = start + step * STEP_S
        buzzer.show(state, now)
        on = buzzer.on(now + STEP_S / 2)
        if on and not was:
            lengths.append(0.0)
        if on:
            lengths[-1] += STEP_S
        was = on
    return lengths


def test_all_well_is_quiet():
    buzzer = Buzzer(60.0, 3600.0)
    assert beeps(buzzer, WELL, 0.0, 10.0) == []
    assert buzzer.wait_seconds(10.0) is None


def test_an_alarm_is_three_long_beeps_and_a_rest():
    buzzer = Buzzer(60.0, 3600.0)
    assert beeps(buzzer, ALARM, 100.0, 8.0) == pytest.approx([0.5] * 6)
    assert buzzer.on(108.1) and not buzzer.on(111.0)


def test_a_silenced_alarm_is_quiet_here_too():
    buzzer = Buzzer(60.0, 3600.0)
    beeps(buzzer, ALARM, 0.0, 3.0)
    assert beeps(buzzer, replace(ALARM, sounding=False, silenced=True), 3.0, 10.0) == []


def test_an_alarm_with_a_trouble_still_sounds_as_an_alarm():
    buzzer = Buzzer(60.0, 3600.0)
    buzzer.show(replace(ALARM, trouble="no frame"), 0.0)
    assert buzzer.pattern == "alarm"


def test_a_pattern_goes_on_where_it_is_while_the_figures_change():
    buzzer = Buzzer(60.0, 3600.0)
    buzzer.show(ALARM, 0.0)
    buzzer.show(replace(ALARM, hazard=0.7, frames_over=5), 0.9)
    assert not buzzer.on(0.9) and buzzer.on(1.0)


def test_a_trouble_chirps_once_a_minute():
    buzzer = Buzzer(60.0, 3600.0)
    trouble = replace(WELL, trouble="the camera is covered")
    assert len(beeps(buzzer, trouble, 0.0, 121.0)) == 3


def test_a_supervisory_signal_chirps_more_seldom_than_a_trouble():
    buzzer = Buzzer(60.0, 3600.0)
    assert len(beeps(buzzer, replace(WELL, supervisory="warm"), 0.0, 121.0)) == 2
    buzzer.show(replace(WELL, supervisory="warm", trouble="no frame"), 121.0)
    assert buzzer.pattern == "trouble"


def test_a_trouble_never_chirps_if_told_so():
    buzzer = Buzzer(0.0, 3600.0)
    assert beeps(buzzer, replace(WELL, trouble="no frame"), 0.0, 100.0) == []


def test_hushed_chirps_come_back_with_another_trouble_and_after_their_time():
    buzzer = Buzzer(60.0, 3600.0)
    covered = replace(WELL, trouble="the camera is covered")
    buzzer.show(covered, 0.0)
    buzzer.hush(1.0)
    assert beeps(buzzer, covered, 2.0, 200.0) == []
    assert beeps(buzzer, replace(WELL, trouble="disk"), 300.0, 1.0) != []
    buzzer.show(covered, 400.0)
    buzzer.hush(401.0)
    buzzer.show(covered, 4000.0)
    assert buzzer.pattern == ""
    buzzer.show(covered, 4002.0)
    assert buzzer.pattern == "trouble"


def test_a_hushed_trouble_hides_no_alarm():
    buzzer = Buzzer(60.0, 3600.0)
    buzzer.show(replace(WELL, trouble="no frame"), 0.0)
    buzzer.hush(0.0)
    buzzer.show(replace(ALARM, trouble="no frame"), 1.0)
    assert buzzer.pattern == "alarm" and buzzer.on(1.0)


def test_no_two_patterns_can_be_taken_for_one_another():
    states = [
        replace(WELL, testing=True),
        replace(WELL, level=Level.PRE_ALARM),
        ALARM,
        replace(WELL, trouble="no frame"),
        replace(WELL, supervisory="warm"),
        WELL,
    ]
    heard = set()
    for state in states:
        buzzer = Buzzer(60.0, 3600.0)
        buzzer.show(state, 0.0)
        heard.add(tuple(buzzer.on(step / 20 + 0.01) for step in range(80)))
    assert len(heard) == len(states)


@pytest.mark.parametrize("state", [ALARM, replace(WELL, testing=True)])
def test_whoever_waits_as_long_as_told_misses_no_edge(state):
    waiting, asked = Buzzer(60.0, 3600.0), Buzzer(60.0, 3600.0)
    waiting.show(state, 0.0)
    asked.show(state, 0.0)
    now, edges = 0.0, []
    while now < 12.0:
        edges.append((round(now, 6), waiting.on(now + 1e-9)))
        wait = waiting.wait_seconds(now + 1e-9)
        assert wait is not None and wait > 0
        now += wait + 1e-9
    for step in range(1, 1200):
        at = step / 100 + 0.005
        assert asked.on(at) == [on for when, on in edges if when <= at][-1]
