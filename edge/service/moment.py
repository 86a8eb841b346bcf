"""Moment: all that is known after one frame."""

import json
import math
from dataclasses import dataclass

from edge.alarm.outputs import Moved
from edge.alarm.state import AlarmState
from edge.camera.camera import Shot
from edge.inference.prediction import Prediction


@dataclass(frozen=True)
class Moment:
    """A frame (or the lack of one), what the model and the policy made of it, and the lines.

    `moved` lists the lines that moved and whether they are energised now; `invoke_ms` is the
    model's own time in milliseconds, 0 for a lost frame.
    """

    shot: Shot
    prediction: Prediction | None
    state: AlarmState
    moved: tuple[Moved, ...]
    invoke_ms: float

    def to_json(self) -> str:
        """Return one line of JSON; an unknown hazard is null."""
        scores = {} if self.prediction is None else dict(self.prediction.ranked())
        hazard = self.state.hazard
        record = {
            "frame": self.shot.number,
            "time_s": round(self.shot.time_s, 4),
            "scores": {name: round(score, 6) for name, score in scores.items()},
            "hazard": None if math.isnan(hazard) else round(hazard, 6),
            "state": self.state.name,
            "moved": [list(line) for line in self.moved],
            "invoke_ms": round(self.invoke_ms, 3),
        }
        if self.state.trouble is not None:
            record["trouble"] = self.state.trouble
        return json.dumps(record, ensure_ascii=False)
