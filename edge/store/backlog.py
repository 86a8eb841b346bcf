"""Backlog: events on their way into the log; a disk that fails delays them, and stops nothing."""

from collections import deque
from collections.abc import Callable

from edge.contract.errors import StorageError
from edge.store.event import Event
from edge.store.events import EventLog

MOST_WAITING = 1000
RETRY_SECONDS = 5.0


class Backlog:
    """Queues events and writes them in batches; tries again later where that fails.

    `problem` says why events are waiting, or is None. `clock` returns seconds. Beyond
    `MOST_WAITING` the oldest are given up and counted in `lost`.
    """

    def __init__(self, log: EventLog, clock: Callable[[], float]) -> None:
        self.problem: str | None = None
        self.lost = 0
        self._log = log
        self._clock = clock
        self._waiting: deque[Event] = deque()
        self._tried_at = 0.0

    def add(self, event: Event) -> None:
        """Queue an event; nothing is written yet, so this takes no time."""
        self._waiting.append(event)
        while len(self._waiting) > MOST_WAITING:
            self._waiting.popleft()
            self.lost += 1

    def flush(self) -> None:
        """Write what is queued; after a failure, not again until a moment has passed."""
        waited = self._clock() - self._tried_at >= RETRY_SECONDS
        if self._waiting and (self.problem is None or waited):
            self._write()

    def close(self) -> None:
        """Try a last time to write what is queued, and close the log."""
        if self._waiting:
            self._write()
        self._log.close()

    def _write(self) -> None:
        self._tried_at = self._clock()
        try:
            self._log.write(list(self._waiting))
        except StorageError as error:
            self.problem = error.line()
            return
        self._waiting.clear()
        self.problem = None
