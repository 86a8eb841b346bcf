"""Silence, sounding again, wearing out, tests and notices: by the second."""

import numpy as np
import pytest

from edge.alarm.latch import Latch
from edge.alarm.policy import AlarmPolicy
from edge.alarm.refused import Refused
from edge.alarm.rules import AlarmRules
from edge.alarm.state import AlarmState, Level
from edge.alarm.sweep_rules import SweepRules
from edge.contract.errors import InputError
from edge.contract.labels import Labels
from edge.inference.prediction import Prediction
from edge.inference.tile import Tile

LABELS = Labels(("fire", "misc"))
LEFT, RIGHT = Tile(0, (0.0, 0.0, 0.5, 1.0)), Tile(1, (0.5, 0.0, 1.0, 1.0))
SWEEP = SweepRules(on=True, rows=1, columns=2, k=2, n=3)


def make(latch: Latch | None = None, **rules: object) -> AlarmPolicy:
    values = {"hazard": ("fire",), "k": 2, "n": 3} | rules
    return AlarmPolicy(AlarmRules(**values), LABELS, sweep=SWEEP, latch=latch)


def frames(policy: AlarmPolicy, fire: float, start: float, count: int = 3) -> AlarmState:
    for number in range(count):
        scores = np.array([fire, 1 - fire], np.float32)
        state = policy.update(Prediction(LABELS, scores, None, 0.0), start + number * 0.1)
    return state


def test_silence_stops_the_siren_and_not_the_alarm():
    policy = make()
    assert frames(policy, 1.0, 0.0).sounding
    state = policy.silence(1.0)
    assert (state.level, state.sounding, state.silenced) == (Level.ALARM, False, True)
    assert not frames(policy, 1.0, 2.0).sounding


def test_a_silenced_siren_sounds_again_when_the_hazard_falls_and_rises():
    policy = make()
    frames(policy, 1.0, 0.0)
    policy.silence(1.0)
    assert not frames(policy, 0.0, 2.0).sounding
    assert frames(policy, 1.0, 3.0).sounding


def test_a_dip_that_is_no_quiet_does_not_bring_the_siren_back():
    policy = make()
    frames(policy, 1.0, 0.0)
    policy.silence(1.0)
    frames(policy, 0.0, 2.0, count=2)
    assert not frames(policy, 1.0, 3.0).sounding


def test_a_silenced_siren_sounds_again_when_another_tile_burns():
    policy = make()
    for now in (0.0, 1.0):
        state = policy.update_tile(LEFT, (1.0, 0.0), now)
    assert state.where == "tile 0"
    policy.silence(2.0)
    assert not policy.update_tile(LEFT, (1.0, 0.0), 3.0).sounding
    assert not policy.update_tile(RIGHT, (1.0, 0.0), 4.0).sounding
    assert policy.update_tile(RIGHT, (1.0, 0.0), 5.0).sounding


def test_two_tiles_with_one_look_each_are_no_alarm():
    policy = make()
    policy.update_tile(LEFT, (1.0, 0.0), 0.0)
    assert policy.update_tile(RIGHT, (1.0, 0.0), 1.0).level is Level.PRE_ALARM


def test_a_silenced_siren_sounds_again_after_its_time():
    policy = make(resound_after_seconds=600.0)
    frames(policy, 1.0, 0.0)
    policy.silence(10.0)
    assert policy.tick(609.9).silenced
    state = policy.tick(610.0)
    assert (state.sounding, state.silenced) == (True, False)


def test_silence_lasts_where_no_time_is_set():
    policy = make(resound_after_seconds=0.0)
    frames(policy, 1.0, 0.0)
    policy.silence(10.0)
    assert policy.tick(1e6).silenced


def test_a_siren_wears_out_and_comes_back_with_a_new_rise():
    policy = make(max_siren_seconds=180.0)
    frames(policy, 1.0, 0.0)
    assert policy.tick(180.0).sounding
    state = policy.tick(180.2)
    assert (state.level, state.sounding, state.silenced) == (Level.ALARM, False, False)
    frames(policy, 0.0, 200.0)
    assert frames(policy, 1.0, 201.0).sounding


def test_a_latched_alarm_sounds_at_once_after_a_restart():
    latch = Latch("2026-03-01T10:00:00+01:00", None, 0.9, ("",))
    policy = make(latch)
    state = policy.tick(5.0)
    assert (state.level, state.sounding, state.since_s) == (Level.ALARM, True, 5.0)


def test_a_silenced_alarm_stays_silent_over_a_restart_while_it_burns_on():
    policy = make()
    frames(policy, 1.0, 0.0)
    policy.silence(1.0)
    again = make(policy.latch)
    assert not frames(again, 1.0, 0.0, count=5).sounding


def test_a_tile_that_is_looked_at_no_more_does_not_hold_a_reset_up():
    policy = AlarmPolicy(
        AlarmRules(hazard=("fire",), k=2, n=3),
        LABELS,
        latch=Latch(None, "tile 1", 0.9, ("tile 1", "zone that is gone")),
    )
    frames(policy, 0.0, 0.0)
    assert policy.reset(1.0).level is Level.CLEAR


def test_a_reset_is_refused_while_it_burns_and_says_where():
    policy = make()
    frames(policy, 1.0, 0.0)
    with pytest.raises(Refused, match="still there: the picture.*silence the siren"):
        policy.reset(1.0)
    assert policy.tick(1.0).sounding


def test_a_reset_is_refused_while_nobody_can_see():
    policy = make()
    frames(policy, 1.0, 0.0)
    frames(policy, 0.0, 1.0)
    policy.miss("the camera is gone", 2.0)
    with pytest.raises(Refused, match="nobody can see.*the camera is gone"):
        policy.reset(2.0)


def test_a_latched_alarm_cannot_be_reset_before_a_frame_was_seen():
    policy = make(Latch(None, None, 0.9, ()))
    with pytest.raises(Refused, match="nobody can see.*no frame so far"):
        policy.reset(0.0)


def test_resets_before_the_alarm_do_not_hold_it_up():
    policy = make(k=3, n=3)
    for now in range(2):
        assert frames(policy, 1.0, float(now), count=1).level is Level.PRE_ALARM
        policy.reset(now + 0.5)
    assert frames(policy, 1.0, 2.0, count=1).level is Level.ALARM


def test_a_test_sounds_for_its_time_and_is_told():
    policy = make(test_seconds=10.0)
    state = policy.test(100.0)
    assert (state.level, state.sounding, state.testing) == (Level.CLEAR, True, True)
    assert "test" in (state.supervisory or "")
    assert policy.tick(109.9).testing
    state = policy.tick(110.0)
    assert (state.sounding, state.testing, state.supervisory) == (False, False, None)


def test_a_test_ends_when_asked():
    policy = make()
    policy.test(0.0)
    assert not policy.end_test(1.0).sounding


def test_a_real_alarm_ends_a_test_and_stays_after_its_time():
    policy = make(test_seconds=10.0)
    policy.test(0.0)
    state = frames(policy, 1.0, 1.0)
    assert (state.level, state.sounding, state.testing) == (Level.ALARM, True, False)
    assert policy.tick(20.0).sounding


def test_an_alarm_is_noticed_once_and_again_only_after_the_time_between():
    policy = make(notice_every_seconds=60.0, resound_after_seconds=0.0)
    assert frames(policy, 1.0, 0.0).notices == 1
    assert policy.tick(500.0).notices == 1
    frames(policy, 0.0, 501.0)
    assert frames(policy, 1.0, 502.0).notices == 2
    frames(policy, 0.0, 510.0)
    assert frames(policy, 1.0, 511.0).notices == 2
    # What was held back is not forgotten.
    assert policy.tick(562.2).notices == 3
    assert policy.tick(9e9).notices == 3


@pytest.mark.parametrize(
    "data",
    [
        None,
        [],
        {},
        {"raised_at": None},
        {"places": 3},
        Latch().to_json() | {"more": 1},
        Latch().to_json() | {"silenced": "no"},
        Latch().to_json() | {"hazard": "0.9"},
        Latch().to_json() | {"where": 3},
    ],
)
def test_what_is_no_latch_is_refused(data):
    with pytest.raises(InputError, match="not a latched alarm"):
        Latch.from_json(data)
