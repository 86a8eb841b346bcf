"""Journal: turns what the hand does into events, each change once."""

from collections import deque
from collections.abc import Callable, Iterable, Mapping
from datetime import datetime
from typing import Any

from edge.alarm.outputs import Moved
from edge.alarm.state import AlarmState
from edge.contract.condition import Condition
from edge.store.event import Event, Kind
from edge.store.ticket import Ticket

MOST_TICKETS = 1000


class Journal:
    """Writes an event for each change of the state, of a line and of a condition.

    `write` takes an event and never waits; `wall` returns the wall clock's time, which only
    labels. `name` is the state's name and `since` when it began.
    """

    def __init__(self, write: Callable[[Event], Ticket], wall: Callable[[], datetime]) -> None:
        self.name = "starting"
        self.since = wall()
        self._write = write
        self._wall = wall
        self._open: dict[str, tuple[Condition, datetime]] = {}
        self._frame_s: float | None = None
        self._tickets: deque[Ticket] = deque(maxlen=MOST_TICKETS)
        self._last_number = 0

    @property
    def open(self) -> tuple[tuple[Condition, datetime], ...]:
        """Return each condition that holds, and since when by the wall clock."""
        return tuple(self._open.values())

    @property
    def last_number(self) -> int:
        """Return the number of the newest event that is in the log."""
        while self._tickets and self._tickets[0].done:
            self._last_number = max(self._last_number, self._tickets.popleft().number)
        return self._last_number

    def at_frame(self, time_s: float) -> None:
        """Note which frame the next events belong to."""
        self._frame_s = time_s

    def note(
        self,
        kind: Kind,
        detail: Mapping[str, Any],
        hazard: float | None = None,
        by: str | None = None,
    ) -> Ticket:
        """Write an event."""
        event = Event(self._wall(), kind, self.name, self._frame_s, hazard, detail, by)
        ticket = self._write(event)
        self._tickets.append(ticket)
        return ticket

    def conditions(self, held: Iterable[Condition]) -> bool:
        """Write what began and what is over since the last call; say whether anything did."""
        now = {condition.source: condition for condition in held}
        gone = [source for source in self._open if source not in now]
        for source in gone:
            trouble = self._open.pop(source)[0].signal == "trouble"
            self.note("trouble_cleared" if trouble else "supervisory_cleared", {"source": source})
        news = False
        for source, condition in now.items():
            before, since = self._open.get(source, (None, self._wall()))
            self._open[source] = condition, since
            if before is None or before.signal != condition.signal:
                news = True
                self.note(condition.signal, {"source": source, "problem": condition.problem})
        return news or bool(gone)

    def state(self, state: AlarmState, scores: Mapping[str, float]) -> Ticket | None:
        """Write a change of state; return its event's ticket if there was one."""
        if state.name == self.name:
            return None
        detail = {"from": self.name, "to": state.name, "scores": dict(scores)}
        if state.where is not None:
            detail["where"] = state.where
        self.name, self.since = state.name, self._wall()
        return self.note("state_changed", detail, state.hazard)

    def moved(self, lines: Iterable[Moved], hazard: float | None) -> None:
        """Write which lines moved."""
        for line, on in lines:
            self.note("line_moved", {"line": line, "on": on}, hazard)
