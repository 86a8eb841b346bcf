"""The alarm over any course of frames, tiles, time, restarts and people's hands."""

import json
import math

import numpy as np
from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, precondition, rule

from edge.alarm.latch import Latch
from edge.alarm.policy import AlarmPolicy
from edge.alarm.refused import Refused
from edge.alarm.rules import AlarmRules
from edge.alarm.state import AlarmState, Level
from edge.alarm.sweep_rules import SweepRules
from edge.contract.labels import Labels
from edge.inference.prediction import Prediction
from edge.inference.tile import Tile

LABELS = Labels(("fire", "misc"))
TILE = Tile(0, (0.0, 0.0, 0.5, 1.0))
HOT, QUIET = 0.95, 0.05


def row(fire: float) -> np.ndarray:
    return np.array([fire, 1 - fire], np.float32)


class Alarm(RuleBasedStateMachine):
    """A model of what a person may rely on, told apart from how the policy does it."""

    state: AlarmState

    @initialize(
        k=st.integers(1, 3),
        more=st.integers(0, 2),
        resound=st.sampled_from([0.0, 20.0]),
        most=st.sampled_from([0.0, 30.0]),
    )
    def begin(self, k: int, more: int, resound: float, most: float) -> None:
        self.rules = AlarmRules(
            hazard=("fire",),
            k=k,
            n=k + more,
            resound_after_seconds=resound,
            max_siren_seconds=most,
            test_seconds=5.0,
            notice_every_seconds=7.0,
        )
        self.sweep = SweepRules(on=True, rows=1, columns=2, overlap=0.0)
        self.policy = AlarmPolicy(self.rules, LABELS, sweep=self.sweep)
        self.now = 0.0
        self.state = self.policy.tick(0.0)
        self.alarm = False
        self.hot_run = self.quiet_run = 0
        self.tile_hot = False
        self.blind = False
        self.silenced_s: float | None = None
        self.notice_times: list[float] = []
        self.notices_before = 0

    def show(self, state: AlarmState) -> None:
        if self.state.notices < state.notices:
            self.notice_times += [self.now] * (state.notices - self.state.notices)
        self.state = state
        if state.level is Level.ALARM:
            self.alarm = True

    @rule(seconds=st.sampled_from([0.1, 1.0, 3.0, 25.0]))
    def time_passes(self, seconds: float) -> None:
        self.now += seconds
        self.show(self.policy.tick(self.now))

    @rule(fire=st.sampled_from([HOT, QUIET, 0.5]))
    def a_frame(self, fire: float) -> None:
        self.now += 0.2
        self.hot_run = self.hot_run + 1 if fire == HOT else 0
        self.quiet_run = self.quiet_run + 1 if fire == QUIET else 0
        self.blind = False
        self.show(self.policy.update(Prediction(LABELS, row(fire), None, self.now), self.now))
        if self.hot_run >= self.rules.k:
            assert self.state.level is Level.ALARM

    @rule(fire=st.sampled_from([HOT, QUIET]))
    def a_tile(self, fire: float) -> None:
        self.now += 0.2
        self.tile_hot = fire == HOT
        self.show(self.policy.update_tile(TILE, row(fire), self.now))

    @rule()
    def a_lost_frame(self) -> None:
        self.now += 0.2
        self.quiet_run, self.blind = 0, True
        self.show(self.policy.miss("no frame", self.now))
        assert self.state.trouble == "no frame"
        assert math.isnan(self.state.hazard)

    @rule()
    def silence(self) -> None:
        was = self.state.level
        self.show(self.policy.silence(self.now))
        assert self.state.level is was
        if was is Level.ALARM:
            self.silenced_s = self.now
            assert not self.state.sounding
            assert self.state.silenced

    @rule()
    def reset(self) -> None:
        try:
            self.show(self.policy.reset(self.now))
        except Refused:
            assert self.state.level is Level.ALARM
            return
        assert self.state.level is not Level.ALARM
        if self.alarm:
            assert not self.blind
            assert self.quiet_run > 0 or self.hot_run == 0
            assert not self.tile_hot
        self.alarm, self.silenced_s = False, None

    @rule()
    def test_lines(self) -> None:
        try:
            self.show(self.policy.test(self.now))
        except Refused:
            assert self.state.level is Level.ALARM
            return
        assert self.state.testing
        assert self.state.sounding
        assert self.state.level is not Level.ALARM

    @rule()
    def restart(self) -> None:
        before = self.policy.latch
        kept = None if before is None else Latch.from_json(json.loads(json.dumps(before.to_json())))
        assert kept == before
        self.policy = AlarmPolicy(self.rules, LABELS, sweep=self.sweep, latch=kept)
        self.hot_run = self.quiet_run = 0
        self.tile_hot = False
        was = self.state
        # The count of notices starts anew, as the process does.
        self.state = self.policy.tick(self.now)
        assert self.state.notices == 0
        self.notice_times.clear()
        if was.level is Level.ALARM:
            assert self.state.level is Level.ALARM
            assert self.state.sounding == was.sounding
            assert self.state.silenced == was.silenced
            self.silenced_s = None if self.silenced_s is None else self.now
        else:
            assert self.state.level is Level.CLEAR

    @precondition(lambda self: self.alarm)
    @rule()
    def quiet_comes_and_a_person_resets(self) -> None:
        for _ in range(self.rules.n):
            self.a_frame(QUIET)
        for _ in range(self.sweep.n):
            self.a_tile(QUIET)
        self.reset()
        assert self.state.level is Level.CLEAR
        assert self.policy.latch is None

    @precondition(lambda self: self.state.level is Level.ALARM)
    @rule()
    def it_burns_anew_after_quiet(self) -> None:
        for _ in range(self.rules.n):
            self.a_frame(QUIET)
        self.silence()
        for _ in range(self.rules.k):
            self.a_frame(HOT)
        assert self.state.sounding
        assert not self.state.silenced
        self.silenced_s = None

    @precondition(lambda self: self.alarm)
    @rule()
    def nobody_comes_after_a_silence(self) -> None:
        self.silence()
        self.time_passes(25.0)
        assert self.state.silenced == (self.rules.resound_after_seconds == 0)

    @invariant()
    def an_alarm_stays_until_a_reset(self) -> None:
        assert (self.state.level is Level.ALARM) == self.alarm
        assert (self.policy.latch is not None) == self.alarm

    @invariant()
    def the_siren_is_silent_only_for_a_reason(self) -> None:
        if self.alarm and not self.state.sounding:
            assert self.state.silenced or self.rules.max_siren_seconds
        if self.state.sounding and not self.alarm:
            assert self.state.testing
        assert not (self.state.testing and self.alarm)

    @invariant()
    def a_silenced_siren_sounds_again_in_time(self) -> None:
        again = self.rules.resound_after_seconds
        if self.state.silenced and again:
            assert self.silenced_s is not None
            assert self.now - self.silenced_s < again

    @invariant()
    def notices_keep_their_distance(self) -> None:
        for earlier, later in zip(self.notice_times, self.notice_times[1:], strict=False):
            assert later - earlier >= self.rules.notice_every_seconds


Alarm.TestCase.settings = settings(max_examples=40, stateful_step_count=40)
TestAlarm = Alarm.TestCase
