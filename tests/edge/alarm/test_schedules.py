"""Schedules: what holds when, across midnight and across a changed clock."""

from datetime import UTC, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from edge.alarm.hours import Hours
from edge.alarm.policy import AlarmPolicy
from edge.alarm.rules import AlarmRules
from edge.alarm.schedule import Schedule
from edge.alarm.state import AlarmState, Level
from edge.alarm.sweep_rules import SweepRules
from edge.contract.errors import ConfigError
from edge.contract.labels import Labels
from edge.inference.prediction import Prediction
from edge.inference.tile import Tile

LABELS = Labels(("fire", "smoke", "misc"))
BERLIN = ZoneInfo("Europe/Berlin")


def at(hour: int, minute: int = 0, day: int = 4) -> datetime:
    # 4 March 2026 is a Wednesday.
    return datetime(2026, 3, day, hour, minute)


def judge(
    local: datetime | None, *schedules: Schedule, fire: float = 0.7, smoke: float = 0.0
) -> AlarmState:
    policy = AlarmPolicy(AlarmRules(k=1, n=1), LABELS, schedules=schedules)
    scores = np.array([fire, smoke, 1 - fire - smoke], np.float32)
    return policy.update(Prediction(LABELS, scores, None, 0.0), 0.0, local)


@given(st.datetimes(datetime(2026, 1, 1), datetime(2027, 1, 1)))
def test_a_span_and_the_rest_of_the_day_leave_no_minute_out(local):
    assert Hours(("22:30-06:00",)).hold(local) != Hours(("06:00-22:30",)).hold(local)


def test_a_span_across_midnight_belongs_to_the_day_on_which_it_begins():
    night = Hours(("22:00-06:00",), ("wed",))
    assert not night.hold(at(5))
    assert night.hold(at(23))
    assert night.hold(at(5, day=5))
    assert not night.hold(at(23, day=5))


def test_days_alone_are_all_day():
    assert Hours((), ("wed",)).hold(at(0))
    assert not Hours((), ("thu",)).hold(at(0))


def test_the_end_of_a_span_is_not_in_it():
    hours = Hours(("17:00-23:00",))
    assert [hours.hold(at(*t)) for t in ((16, 59), (17, 0), (22, 59), (23, 0))] == [
        *(False, True, True, False)
    ]


def test_midnight_may_be_written_as_24():
    assert Hours(("20:00-24:00",)).hold(at(23, 59))
    assert not Hours(("20:00-24:00",)).hold(at(0, 0))


def walk(start: datetime, minutes: int) -> list[datetime]:
    """Return local times, minute by minute of real time."""
    return [
        (start.astimezone(UTC) + timedelta(minutes=n)).astimezone(BERLIN) for n in range(minutes)
    ]


def test_the_hour_that_comes_twice_in_autumn_is_twice_in_its_span():
    times = walk(datetime(2026, 10, 25, 1, 0, tzinfo=BERLIN), 240)
    assert sum(map(Hours(("02:00-03:00",)).hold, times)) == 120


def test_the_hour_that_is_left_out_in_spring_is_in_no_span():
    times = walk(datetime(2026, 3, 29, 1, 0, tzinfo=BERLIN), 240)
    assert sum(map(Hours(("02:00-03:00",)).hold, times)) == 0
    assert sum(map(Hours(("01:30-03:30",)).hold, times)) == 60


COOKING = Schedule("cooking", ("11:30-13:00",), raise_at=0.8, clear_at=0.5)


def test_a_schedule_has_thresholds_of_its_own():
    assert judge(at(12), COOKING).level is Level.CLEAR
    assert judge(at(12), COOKING, fire=0.85).level is Level.ALARM
    assert judge(at(14), COOKING).level is Level.ALARM


def test_at_an_unknown_time_the_usual_rules_hold_and_that_is_told():
    state = judge(None, COOKING)
    assert state.level is Level.ALARM
    assert "time of the day" in (state.supervisory or "")


def test_a_class_may_not_count_for_a_while():
    fog = Schedule("fog machine", ("20:00-23:00",), without=("smoke",))
    assert judge(at(21), fog, fire=0.1, smoke=0.85).level is Level.CLEAR
    state = judge(at(21), fog, fire=0.7, smoke=0.2)
    assert state.level is Level.ALARM
    assert "smoke would raise no alarm" in (state.supervisory or "")


def test_a_class_that_does_not_count_does_not_count_in_tiles_either():
    works = Schedule("welding", ("08:00-16:00",), without=("fire",))
    sweep = SweepRules(on=True)
    policy = AlarmPolicy(AlarmRules(), LABELS, sweep=sweep, schedules=(works,))
    tile = Tile(0, (0.0, 0.0, 0.5, 0.5))
    for second in range(5):
        state = policy.update_tile(tile, (1.0, 0.0, 0.0), float(second), at(9))
    assert state.level is Level.CLEAR
    for second in range(5, 10):
        state = policy.update_tile(tile, (1.0, 0.0, 0.0), float(second), at(17))
    assert state.level is Level.ALARM


def test_disarmed_is_told_and_ends_by_itself():
    holiday = Schedule("works", ("08:00-16:00",), armed=False)
    policy = AlarmPolicy(AlarmRules(k=2, n=3), LABELS, schedules=(holiday,))
    scores = Prediction(LABELS, np.array([0.9, 0.05, 0.05], np.float32), None, 0.0)
    for second in range(5):
        state = policy.update(scores, float(second), at(15, 59))
    assert state.level is Level.CLEAR
    assert state.hazard == pytest.approx(0.95)
    assert "disarmed by the schedule 'works'" in (state.supervisory or "")
    assert policy.update(scores, 60.0, at(16)).level is Level.PRE_ALARM
    assert policy.update(scores, 61.0, at(16)).level is Level.ALARM


def test_an_alarm_from_before_stays_while_disarmed():
    works = Schedule("works", ("08:00-16:00",), armed=False)
    policy = AlarmPolicy(AlarmRules(k=1, n=1), LABELS, schedules=(works,))
    hot = Prediction(LABELS, np.array([0.9, 0.0, 0.1], np.float32), None, 0.0)
    policy.update(hot, 0.0, at(7, 59))
    assert policy.update(hot, 60.0, at(8)).sounding


def test_leaving_out_all_classes_is_disarming():
    both = Schedule("all", ("08:00-16:00",), without=("fire", "smoke"))
    assert judge(at(9), both).level is Level.CLEAR
    assert "disarmed" in (judge(at(9), both).supervisory or "")


def test_the_first_schedule_that_holds_decides():
    strict = Schedule("strict", ("12:00-12:30",), raise_at=0.3, clear_at=0.2)
    assert judge(at(12), strict, COOKING, fire=0.4).level is Level.ALARM
    assert judge(at(12, 45), strict, COOKING, fire=0.4).level is Level.CLEAR


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"name": ""}, "no name"),
        ({"times": ()}, "neither times nor days"),
        ({"times": ("8-9",)}, "no span"),
        ({"raise_at": 0.0}, "raise_at"),
        ({"clear_at": 1.5}, "clear_at"),
    ],
)
def test_schedules_that_cannot_be_are_refused(wrong, says):
    with pytest.raises(ConfigError, match=says):
        Schedule(**({"name": "a", "times": ("08:00-09:00",)} | wrong))


def test_a_class_that_never_counts_cannot_be_left_out():
    with pytest.raises(ConfigError, match="does not count anyway"):
        judge(None, Schedule("a", ("08:00-09:00",), without=("misc",)))
