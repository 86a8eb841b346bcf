"""Album: the newest picture, the last minute's, and the hazard's course, all in memory."""

from collections.abc import Mapping
from datetime import datetime

from edge.alarm.rules import AlarmRules
from edge.hand.history import History
from edge.hand.portrait import LastPicture, heat
from edge.link.report import FrameReport
from edge.store.picture import Picture
from edge.store.recorder import Recorder
from edge.store.scribe import Scribe


class Album:
    """Remembers what the eye showed; the recorder has some of it written on an alarm."""

    def __init__(self, scribe: Scribe) -> None:
        self.recorder = Recorder(scribe)
        self.history = History()
        self.picture: LastPicture | None = None

    def see(
        self,
        report: FrameReport,
        rules: AlarmRules,
        scores: Mapping[str, float],
        now: float,
        at: datetime,
        state: str,
    ) -> None:
        """Take in a report; `now` is on the judge's clock, `scores` are empty if not judged."""
        if not report.jpeg:
            return
        hazard, cells, seen = None, None, report.seen
        if scores:
            hazard = min(1.0, sum(scores[name] for name in rules.hazard))
            cells = heat(report.class_map, [list(scores).index(name) for name in rules.hazard])
        elif report.problem is None and self.picture is not None:
            # A still frame, or one whose turn went to a tile: what was last seen holds.
            hazard, cells, seen = self.picture.hazard, self.picture.cells, self.picture.seen
        self.picture = LastPicture(
            report.jpeg, report.number, report.time_s, at, hazard, cells, seen
        )
        self.recorder.see(Picture(at, now, report.number, report.jpeg, scores, state))
