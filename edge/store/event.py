"""Event: one thing that happened, as the event log keeps it."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any, Literal, get_args

Kind = Literal["started", "state_changed", "line_moved", "trouble", "trouble_cleared", "stopped"]
KINDS: tuple[str, ...] = get_args(Kind)


@dataclass(frozen=True)
class Event:
    """What happened, when, and in which state.

    `at` is the wall clock's time with its zone; `frame_s` the frame's time on the camera's
    clock and `hazard` its hazard in [0, 1], where there is one; `detail` plain JSON.
    """

    at: datetime
    kind: Kind
    state: str
    frame_s: float | None = None
    hazard: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)

    def row(self) -> tuple[str, float | None, str, str, float | None, str]:
        """Return the fields for the table, the time as ISO 8601 in UTC to the millisecond."""
        at_utc = self.at.astimezone(UTC).isoformat(timespec="milliseconds")
        hazard = None if self.hazard is None or math.isnan(self.hazard) else self.hazard
        detail = json.dumps(self.detail, ensure_ascii=False, sort_keys=True, default=str)
        return at_utc, self.frame_s, self.kind, self.state, hazard, detail

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> "Event":
        """Read what `row` gave."""
        at_utc, frame_s, kind, state, hazard, detail = row
        at = datetime.fromisoformat(at_utc)
        return cls(at, kind, state, frame_s, hazard, json.loads(detail))
