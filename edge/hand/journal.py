"""Journal: turns what the hand does into events, each change once."""

from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from edge.alarm.outputs import Moved
from edge.alarm.state import AlarmState
from edge.contract.condition import Condition
from edge.store.event import Event, Kind


class Journal:
    """Writes an event for each change of the state, of a line and of a condition.

    `write` takes an event and never waits; `wall` returns the wall clock's time, which only
    labels.
    """

    def __init__(self, write: Callable[[Event], object], wall: Callable[[], datetime]) -> None:
        self.name = "starting"
        self._write = write
        self._wall = wall
        self._open: dict[str, Condition] = {}
        self._frame_s: float | None = None

    def at_frame(self, time_s: float) -> None:
        """Note which frame the next events belong to."""
        self._frame_s = time_s

    def note(self, kind: Kind, detail: Mapping[str, Any], hazard: float | None = None) -> None:
        """Write an event."""
        self._write(Event(self._wall(), kind, self.name, self._frame_s, hazard, detail))

    def conditions(self, held: Iterable[Condition]) -> None:
        """Write what began and what is over since the last call."""
        now = {condition.source: condition for condition in held}
        for source in [source for source in self._open if source not in now]:
            trouble = self._open.pop(source).signal == "trouble"
            self.note("trouble_cleared" if trouble else "supervisory_cleared", {"source": source})
        for source, condition in now.items():
            before = self._open.get(source)
            self._open[source] = condition
            if before is None or before.signal != condition.signal:
                detail = {"source": source, "problem": condition.problem}
                self.note(condition.signal, detail)

    def state(self, state: AlarmState, scores: Mapping[str, float]) -> bool:
        """Write a change of state; say whether there was one."""
        if state.name == self.name:
            return False
        detail = {"from": self.name, "to": state.name, "scores": dict(scores)}
        self.name = state.name
        self.note("state_changed", detail, state.hazard)
        return True

    def moved(self, lines: Iterable[Moved], hazard: float | None) -> None:
        """Write which lines moved."""
        for line, on in lines:
            self.note("line_moved", {"line": line, "on": on}, hazard)
