"""Play: a recording through the decision code of the watch."""

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from edge.alarm.refused import Refused
from edge.alarm.state import Level
from edge.contract.condition import Condition
from edge.hand.judge import Judge, Verdict
from edge.replay.recording import Recording

# In a gap of the recording time passes all the same, in steps of so much.
STEP_S = 1.0


@dataclass(frozen=True)
class Point:
    """What was made of one frame; `hazard` is None where it is not known.

    `raised` says that an alarm began with it.
    """

    time_s: float
    hazard: float | None
    level: Level
    raised: bool = False
    where: str | None = None
    troubles: tuple[str, ...] = ()
    supervisory: tuple[str, ...] = ()


@dataclass(frozen=True)
class Played:
    """A recording and what was made of each of its frames.

    `judged` counts the frames, or tiles of them, that were classified.
    """

    recording: Recording
    points: tuple[Point, ...]
    judged: int

    @property
    def alarms(self) -> tuple[Point, ...]:
        """Return the moments at which an alarm was raised."""
        return tuple(point for point in self.points if point.raised)

    @property
    def pre_alarm(self) -> Point | None:
        """Return the first moment of a pre-alarm, or of an alarm that had none."""
        return next((point for point in self.points if point.level is not Level.CLEAR), None)

    @property
    def trouble(self) -> Point | None:
        """Return the first moment of a trouble."""
        return next((point for point in self.points if point.troubles), None)

    @property
    def supervisory(self) -> list[str]:
        """Return the supervisory signals that there were, each once."""
        return list(dict.fromkeys(note for point in self.points for note in point.supervisory))

    @property
    def hazards(self) -> list[float]:
        """Return the hazards that are known."""
        return [point.hazard for point in self.points if point.hazard is not None]


def play(
    recording: Recording,
    judge: Judge,
    *,
    starts: datetime | None = None,
    resets: bool = False,
    gaps: bool = True,
) -> Played:
    """Have a judge take in each frame at the time at which it was taken.

    `starts` is the local time of the first frame, for schedules. With `resets` somebody
    presses reset all the time while there is an alarm, so that each one counts by itself.
    Without `gaps`, time does not pass by itself where frames were left out.
    """
    points: list[Point] = []
    judged, last_s, standing = 0, None, False
    for report in recording.reports:
        now = report.time_s
        if last_s is not None and gaps:
            _wait(judge, last_s, now, starts)
        verdict = judge.take(report, now, _local(starts, now))
        alarm = verdict.state.level is Level.ALARM
        points.append(_point(verdict, now, raised=alarm and not standing))
        standing = alarm
        judged += report.scores is not None or report.tile is not None
        last_s = now
        if resets and alarm:
            standing = not _reset(judge, now)
    if recording.problem is not None:
        now = last_s or 0.0
        broken = Condition("trouble", "camera-lost", recording.problem, now)
        points.append(_point(judge.miss(recording.problem, now).joined((broken,)), now))
    return Played(recording, tuple(points), judged)


def _reset(judge: Judge, now: float) -> bool:
    try:
        judge.settle(judge.policy.reset(now), now)
    except Refused:
        return False
    return True


def _wait(judge: Judge, last_s: float, now: float, starts: datetime | None) -> None:
    at = last_s + STEP_S
    while at < now:
        judge.tick(at, _local(starts, at))
        at += STEP_S


def _local(starts: datetime | None, time_s: float) -> datetime | None:
    return None if starts is None else starts + timedelta(seconds=time_s)


def _point(verdict: Verdict, now: float, *, raised: bool = False) -> Point:
    state = verdict.state
    troubles = [one.problem for one in verdict.conditions if one.signal == "trouble"]
    others = [one.problem for one in verdict.conditions if one.signal == "supervisory"]
    return Point(
        now,
        None if math.isnan(state.hazard) else state.hazard,
        state.level,
        raised,
        state.where,
        tuple(troubles),
        tuple(others),
    )
