"""Judge: reports in, a verdict out; no clock, no pins, no files."""

import math
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np

from edge.alarm.latch import Latch
from edge.alarm.policy import AlarmPolicy
from edge.alarm.state import AlarmState, Level
from edge.alarm.zones import Zone
from edge.config.config import Config
from edge.contract.condition import Condition, Signal
from edge.contract.labels import Labels
from edge.eye.governor import Governor
from edge.hand.depth_watch import DepthWatch
from edge.health.monitor import HealthMonitor
from edge.inference.board_state import BoardState
from edge.inference.prediction import Prediction
from edge.link.report import FrameReport


@dataclass(frozen=True)
class Verdict:
    """The alarm state, its trouble and supervisory words included, and each condition by itself."""

    state: AlarmState
    conditions: tuple[Condition, ...] = ()

    def joined(self, more: Iterable[Condition]) -> "Verdict":
        """Return the verdict with conditions of others added; the first of each source counts."""
        found: dict[str, Condition] = {}
        for condition in (*self.conditions, *more):
            found.setdefault(condition.source, condition)
        conditions = tuple(found.values())
        state = replace(
            self.state,
            trouble=_words("trouble", conditions),
            supervisory=_words("supervisory", conditions),
        )
        return Verdict(state, conditions)


class Judge:
    """Decides, report by report: the alarm policy, and what the frames say of the camera.

    It is the one decision code: the watch runs it in its hand, `replay` over recordings.
    Every `now` is in seconds on one clock: the monotonic one for a `live` camera, that of a
    recording for a recording. `zones` stand for those of the configuration, `latch` is an
    alarm from before a restart, `fps` what the camera was asked for, 0 if nothing. `fresh`
    says that the last report was of a picture of this moment that the model has seen.

    Raises:
        ConfigError: the rules name a class that is not in `labels`.
    """

    def __init__(
        self,
        config: Config,
        labels: Labels,
        live: bool,
        latch: Latch | None = None,
        *,
        zones: Sequence[Zone] | None = None,
        fps: float = 0.0,
    ) -> None:
        self.labels = labels
        self.live = live
        self.fresh = False
        self.policy = AlarmPolicy(
            config.alarm,
            labels,
            config.zones if zones is None else zones,
            config.sweep,
            latch,
            config.schedules,
        )
        self._stale_s = config.health.blind_after_seconds
        # An exposure that may grow in the dark takes the rate down with it, as was asked.
        steady_fps = 0.0 if config.camera.night_exposure_ms is not None else fps
        self._health = HealthMonitor(config.health, live, steady_fps)
        self._governor = Governor(config.board)
        self._depth = DepthWatch()
        # What the policy's trouble is called; None while somebody else tells of it.
        self._source: str | None = None
        self._camera: tuple[Condition, ...] = ()
        self._board: tuple[Condition, ...] = ()
        self._verdict = Verdict(AlarmState(Level.CLEAR, math.nan, 0, 0.0))

    @property
    def verdict(self) -> Verdict:
        """Return the verdict as it is now."""
        return self._verdict

    @property
    def depth(self) -> float | None:
        """Return how far the scene lies from what the model was trained on; above 1, out."""
        return self._depth.last

    def take(self, report: FrameReport, now: float, local: datetime | None = None) -> Verdict:
        """Take in what the eye said of a frame; `local` is the time on the wall."""
        age_s = now - report.time_s
        if self.live and report.problem is None and age_s >= self._stale_s:
            late = f"the picture is {age_s:.1f} s old"
            report = replace(report, scores=None, tile=None, facts=None, problem=late)
        self.fresh = report.scores is not None or report.tile is not None
        if report.problem is not None:
            self._camera = self._health.update(None, now)
        elif report.facts is not None:
            captured = report.number + 1 if self.live else None
            alarm = self._verdict.state.level is Level.ALARM
            self._camera = self._health.update(report.facts, now, captured, alarm=alarm)
        if self.live:
            _, self._board = self._governor.update(BoardState(report.celsius, report.flags), now)
        self._depth.take(report.depth, now)
        state = self._alarm(report, now, local)
        self._source = "scores-unknown" if report.problem is None else "camera-lost"
        return self._settled(state, now)

    def tick(self, now: float, local: datetime | None = None) -> Verdict:
        """Take in that it is `now`, though nothing came."""
        self._camera = self._health.tick(now)
        return self._settled(self.policy.tick(now, local), now)

    def miss(self, problem: str, now: float) -> Verdict:
        """Take in that nothing comes from the eye, and why; whoever knows why says so."""
        self._source = None
        return self._settled(self.policy.miss(problem, now), now)

    def settle(self, state: AlarmState, now: float) -> Verdict:
        """Take in the state that the policy gave for what a person did."""
        return self._settled(state, now)

    def _alarm(self, report: FrameReport, now: float, local: datetime | None) -> AlarmState:
        if report.problem is not None:
            return self.policy.miss(report.problem, now)
        if report.tile is not None:
            one = report.tile
            return self.policy.update_tile(one.tile, one.scores, now, local, one.class_map)
        if report.scores is None:
            return self.policy.tick(now, local)
        return self.policy.update(prediction(report, self.labels), now, local)

    def _settled(self, state: AlarmState, now: float) -> Verdict:
        conditions = [*self._camera, *self.policy.conditions, *self._board]
        conditions += self._depth.conditions
        if state.trouble is not None and self._source is not None:
            conditions.append(Condition("trouble", self._source, state.trouble, now))
        self._verdict = Verdict(state).joined(conditions)
        return self._verdict


def prediction(report: FrameReport, labels: Labels) -> Prediction:
    """Return a report's scores as what a classifier gives."""
    scores = np.array(report.scores, np.float32)
    left, top, right, bottom = report.seen
    seen = (left, top, right, bottom)
    return Prediction(labels, scores, report.class_map, report.time_s, seen=seen)


def _words(signal: Signal, conditions: Iterable[Condition]) -> str | None:
    return "; ".join(c.problem for c in conditions if c.signal == signal) or None
