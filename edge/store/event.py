"""Event: one thing that happened, as the event log keeps it."""

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import IntEnum
from typing import Any, Literal, get_args

Kind = Literal[
    "started",
    "stopped",
    "restarted",
    "state_changed",
    "line_moved",
    "trouble",
    "trouble_cleared",
    "supervisory",
    "supervisory_cleared",
    "acknowledged",
    "model_changed",
]
KINDS: tuple[str, ...] = get_args(Kind)


class Weight(IntEnum):
    """How much an event matters when not all can be kept, or not all at once."""

    LOW = 0
    NORMAL = 1
    HIGH = 2


HEAVY = ("started", "stopped", "acknowledged", "model_changed")
LIGHT = ("line_moved", "state_changed")


@dataclass(frozen=True)
class Event:
    """What happened, when, and in which state.

    `at` is the wall clock's time with its zone; `frame_s` the frame's time on the camera's
    clock and `hazard` its hazard in [0, 1], where there is one; `by` who did it, where it was
    a person or a program that asked (`acknowledged`: `detail["what"]` is `silence`, `reset`,
    `test`, `end-test`, `keep` or `set-zones`); `detail` plain JSON. `number` is its number in
    the log, 0 before it is there; no two events of a camera have the same one.
    """

    at: datetime
    kind: Kind
    state: str
    frame_s: float | None = None
    hazard: float | None = None
    detail: Mapping[str, Any] = field(default_factory=dict)
    by: str | None = None
    number: int = field(default=0, compare=False)

    @property
    def weight(self) -> Weight:
        """Return how much it matters: alarms and what people did are kept to the last."""
        if self.kind in HEAVY or "alarm" in self._states():
            return Weight.HIGH
        return Weight.LOW if self.kind in LIGHT else Weight.NORMAL

    @property
    def is_alarm(self) -> bool:
        """Say whether this is an alarm being raised."""
        return self.kind == "state_changed" and self.state == "alarm"

    def _states(self) -> tuple[str, ...]:
        if self.kind != "state_changed":
            return ()
        return self.state, str(self.detail.get("from"))

    def row(self) -> tuple[str, float | None, str, str, float | None, str | None, str]:
        """Return the fields for the table, the time as ISO 8601 in UTC to the millisecond."""
        at_utc = self.at.astimezone(UTC).isoformat(timespec="milliseconds")
        hazard = None if self.hazard is None or math.isnan(self.hazard) else self.hazard
        detail = json.dumps(self.detail, ensure_ascii=False, sort_keys=True, default=str)
        return at_utc, self.frame_s, self.kind, self.state, hazard, self.by, detail

    @classmethod
    def from_row(cls, row: tuple[Any, ...]) -> "Event":
        """Read the table's columns: its number, then what `row` gave."""
        number, at_utc, frame_s, kind, state, hazard, by, detail = row
        at = datetime.fromisoformat(at_utc)
        return cls(at, kind, state, frame_s, hazard, json.loads(detail), by, number)

    def to_json(self) -> dict[str, Any]:
        """Return plain JSON, the time as ISO 8601 in UTC."""
        at_utc, frame_s, kind, state, hazard, by, _ = self.row()
        return {
            "id": self.number,
            "at": at_utc,
            "kind": kind,
            "state": state,
            "by": by,
            "frame_s": frame_s,
            "hazard": hazard,
            "detail": dict(self.detail),
        }
