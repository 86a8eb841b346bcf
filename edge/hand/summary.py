"""Summary: how a watch went, and Tallies: what is counted on the way."""

from dataclasses import dataclass, field

from edge.link.latency import Latency
from edge.link.report import FrameReport

# The rate is the mean over about so many seconds.
RATE_SECONDS = 5.0


@dataclass(frozen=True)
class Summary:
    """Why a watch ended, what it saw, and when the first alarm was raised."""

    ended_by: str
    frames: int
    dropped: int
    lost: int
    last_s: float | None
    alarm_at_s: float | None


@dataclass
class Tallies:
    """What is counted while the watch runs; `last_s` and `alarm_at_s` are the camera's times.

    `fps` is the rate of the reports, smoothed.
    """

    frames: int = 0
    dropped: int = 0
    lost: int = 0
    last_s: float | None = None
    alarm_at_s: float | None = None
    fps: float = 0.0
    heard_s: float | None = None
    latency: Latency = field(default_factory=Latency)

    def count(self, report: FrameReport, now: float) -> None:
        """Count a report that came at `now`, in seconds of the monotonic clock."""
        self.frames += 1
        self.dropped = report.dropped
        self.lost += report.problem is not None
        self.last_s = report.time_s
        if report.scores is not None or report.tile is not None:
            self.latency.add(report.invoke_ms)
        if self.heard_s is not None and now > self.heard_s:
            gap_s = now - self.heard_s
            # Weighed by its length, the rate of a gap has the right mean over time.
            share = min(1.0, gap_s / RATE_SECONDS) if self.fps else 1.0
            self.fps += (1 / gap_s - self.fps) * share
        self.heard_s = now

    def summary(self, ended_by: str) -> Summary:
        """Return how the watch went."""
        return Summary(ended_by, self.frames, self.dropped, self.lost, self.last_s, self.alarm_at_s)
