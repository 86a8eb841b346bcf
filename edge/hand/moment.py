"""Moment: all that is known after one frame, but for its pixels."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field

from edge.alarm.outputs import Moved
from edge.alarm.state import AlarmState


@dataclass(frozen=True)
class Moment:
    """A frame (or the lack of one), what the model and the policy made of it, and the lines.

    `scores` are in [0, 1] by class, empty for a frame that was not judged; `moved` lists the
    lines that moved and whether they are energised now; `invoke_ms` is the model's own time
    in milliseconds, 0 for a frame that it did not see.
    """

    number: int
    time_s: float
    state: AlarmState
    scores: Mapping[str, float] = field(default_factory=dict)
    moved: tuple[Moved, ...] = ()
    invoke_ms: float = 0.0

    def ranked(self) -> list[tuple[str, float]]:
        """Return (label, score) pairs, highest score first."""
        return sorted(self.scores.items(), key=lambda pair: -pair[1])

    def to_json(self) -> str:
        """Return one line of JSON; an unknown hazard is null."""
        hazard = self.state.hazard
        record = {
            "frame": self.number,
            "time_s": round(self.time_s, 4),
            "scores": {name: round(score, 6) for name, score in self.ranked()},
            "hazard": None if math.isnan(hazard) else round(hazard, 6),
            "state": self.state.name,
            "moved": [list(line) for line in self.moved],
            "invoke_ms": round(self.invoke_ms, 3),
        }
        if self.state.trouble is not None:
            record["trouble"] = self.state.trouble
        if self.state.supervisory is not None:
            record["supervisory"] = self.state.supervisory
        return json.dumps(record, ensure_ascii=False)
