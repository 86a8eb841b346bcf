"""Judge: reports in, a verdict out; no clock, no pins, no files."""

import math
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from edge.alarm.policy import AlarmPolicy
from edge.alarm.state import AlarmState, Level
from edge.config.config import Config
from edge.contract.condition import Condition, Signal
from edge.contract.labels import Labels
from edge.inference.prediction import Prediction
from edge.link.report import FrameReport


@dataclass(frozen=True)
class Verdict:
    """The alarm state, its trouble and supervisory words included, and each condition by itself."""

    state: AlarmState
    conditions: tuple[Condition, ...] = ()

    def joined(self, more: tuple[Condition, ...]) -> "Verdict":
        """Return the verdict with conditions of others added to its own."""
        conditions = (*self.conditions, *more)
        state = replace(
            self.state,
            trouble=_words("trouble", conditions),
            supervisory=_words("supervisory", conditions),
        )
        return Verdict(state, conditions)


class Judge:
    """Decides, report by report: the alarm policy, and what the frames say of the camera.

    It is the one decision code: the watch runs it in its hand, `replay` over recordings.

    Raises:
        ConfigError: the rules name a class that is not in `labels`.
    """

    def __init__(self, config: Config, labels: Labels, live: bool) -> None:
        self.labels = labels
        self.live = live
        self._policy = AlarmPolicy(config.alarm, labels)
        self._verdict = Verdict(AlarmState(Level.CLEAR, math.nan, 0, 0.0))

    @property
    def verdict(self) -> Verdict:
        """Return the verdict as it is now."""
        return self._verdict

    def take(self, report: FrameReport, now: float, local: datetime | None = None) -> Verdict:
        """Take in what the eye said of a frame; `now` is its time in seconds."""
        return self._settled(self._alarm(report, now, local), now)

    def miss(self, problem: str, now: float) -> Verdict:
        """Take in that nothing comes from the eye, and why."""
        return self._settled(self._policy.miss(problem), now, ())

    def _alarm(self, report: FrameReport, now: float, local: datetime | None) -> AlarmState:
        if report.problem is not None:
            return self._policy.miss(report.problem)
        if report.scores is None:
            return self._verdict.state
        return self._policy.update(prediction(report, self.labels), now)

    def _settled(
        self, state: AlarmState, now: float, conditions: tuple[Condition, ...] | None = None
    ) -> Verdict:
        if conditions is None:
            conditions = ()
            if state.trouble is not None:
                conditions = (Condition("trouble", "frame", state.trouble, now),)
        self._verdict = Verdict(replace(state, trouble=None), ()).joined(conditions)
        return self._verdict


def prediction(report: FrameReport, labels: Labels) -> Prediction:
    """Return a report's scores as what a classifier gives."""
    scores = np.array(report.scores, np.float32)
    return Prediction(labels, scores, report.class_map, report.time_s)


def _words(signal: Signal, conditions: tuple[Condition, ...]) -> str | None:
    return "; ".join(c.problem for c in conditions if c.signal == signal) or None
