"""AlarmPolicy: scores in, alarm state out; no clock, no pins, no files."""

import math
from collections import deque

import numpy as np

from edge.alarm.rules import AlarmRules
from edge.alarm.state import AlarmState, Level
from edge.contract.labels import Labels
from edge.inference.prediction import Prediction


class AlarmPolicy:
    """Decides, frame by frame, by the rules given.

    Raises:
        ConfigError: the rules name a class that is not in `labels`.
    """

    def __init__(self, rules: AlarmRules, labels: Labels) -> None:
        self.rules = rules
        self._hazard_at = list(rules.indexes(labels))
        self._over: deque[bool] = deque(maxlen=rules.n)
        self._low_run = 0
        self._average: float | None = None
        self._level = Level.CLEAR
        self._since_s = 0.0

    def update(self, prediction: Prediction, now: float) -> AlarmState:
        """Take in one frame's scores; `now` is its time in seconds.

        A score that is no number is a trouble. It counts neither for an alarm nor towards
        clearing one: unknown is never "no fire".
        """
        scores = prediction.scores.astype(np.float64)
        if not np.isfinite(scores).all():
            return self.miss("the scores are not numbers")
        hazard = self._smooth(min(1.0, max(0.0, float(scores[self._hazard_at].sum()))))
        self._over.append(hazard >= self.rules.raise_at)
        self._low_run = self._low_run + 1 if hazard < self.rules.clear_at else 0
        self._become(self._next_level(), now)
        return self._state(hazard, None)

    def miss(self, problem: str) -> AlarmState:
        """Take in that a frame could not be had or judged, and why."""
        self._low_run = 0
        return self._state(math.nan, problem)

    def reset(self, now: float) -> None:
        """Forget the alarm and all frames: a person has looked."""
        self._over.clear()
        self._low_run = 0
        self._average = None
        self._become(Level.CLEAR, now)

    def _smooth(self, hazard: float) -> float:
        if self._average is not None and self.rules.smoothing:
            hazard += self.rules.smoothing * (self._average - hazard)
        self._average = hazard
        return hazard

    def _next_level(self) -> Level:
        over = sum(self._over)
        if over >= self.rules.k:
            return Level.ALARM
        if self._level is Level.ALARM and (self.rules.latch or self._low_run < self.rules.n):
            return Level.ALARM
        return Level.PRE_ALARM if over else Level.CLEAR

    def _become(self, level: Level, now: float) -> None:
        if level is not self._level:
            self._level, self._since_s = level, now

    def _state(self, hazard: float, trouble: str | None) -> AlarmState:
        over, sounding = sum(self._over), self._level is Level.ALARM
        return AlarmState(self._level, hazard, over, self._since_s, trouble, sounding)
