"""Track: the hazard and the state of every frame of a recording."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from edge.alarm.policy import AlarmPolicy
from edge.camera.camera import LostFrame, Shot
from edge.contract.errors import InputError
from edge.inference.classifier import Classifier


@dataclass(frozen=True)
class Point:
    """One frame on the track; `hazard` is None where it is not known."""

    number: int
    time_s: float
    hazard: float | None
    state: str


@dataclass(frozen=True)
class Track:
    """The frames that were looked at, in their order; at least one."""

    points: tuple[Point, ...]

    def first(self, state: str) -> Point | None:
        """Return the first frame in a state."""
        return next((point for point in self.points if point.state == state), None)

    def decisive(self, count: int) -> list[Point]:
        """Return up to `count` frames, in order: the first alarm, the ends, and an even spread.

        After those that must be there, the frame farthest in time from all chosen comes next.
        """
        ends = [self.points[0], self.points[-1]]
        wanted = [self.first("alarm"), *ends, self.first("pre-alarm")]
        chosen = list(dict.fromkeys(point for point in wanted if point is not None))[:count]
        usable = [point for point in self.points if point.hazard is not None]
        while len(chosen) < min(count, len(usable)):
            rest = [point for point in usable if point not in chosen]
            if not rest:
                break
            chosen.append(
                max(rest, key=lambda point: min(abs(point.time_s - c.time_s) for c in chosen))
            )
        return sorted(chosen, key=lambda point: point.number)

    @classmethod
    def watched(cls, shots: Iterable[Shot], classifier: Classifier, policy: AlarmPolicy) -> "Track":
        """Watch a recording, frame by frame."""
        points = []
        for shot in shots:
            if isinstance(shot, LostFrame):
                points.append(Point(shot.number, shot.time_s, None, "trouble"))
                continue
            state = policy.update(classifier.classify(shot), shot.time_s)
            points.append(Point(shot.number, shot.time_s, state.hazard, state.name))
        return cls(tuple(points))

    @classmethod
    def read(cls, path: Path) -> "Track":
        """Read what `emberwatch-edge run --timeline` wrote.

        Raises:
            InputError: no such file, or not one of those, or an empty one.
        """
        try:
            records = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
            points = tuple(
                Point(int(r["frame"]), float(r["time_s"]), r["hazard"], str(r["state"]))
                for r in records
            )
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(
                f"cannot read the timeline {path}",
                found=error,
                expected="what `emberwatch-edge run --timeline` wrote",
            ) from error
        if not points:
            raise InputError(f"the timeline {path} is empty")
        return cls(points)
