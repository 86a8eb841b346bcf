"""Keepsake: what the hand has written down so that a restart changes nothing."""

from dataclasses import replace

from edge.alarm.latch import Latch
from edge.store.recorder import Recorder
from edge.store.scribe import Scribe
from edge.store.ticket import Ticket


class Keepsake:
    """Has the latch written when it changes, and strange pictures kept when they begin."""

    def __init__(self, scribe: Scribe, recorder: Recorder, latch: Latch | None) -> None:
        self._scribe = scribe
        self._recorder = recorder
        self._kept = _steady(latch)
        self._strange = False

    def latch(self, latch: Latch | None) -> Ticket | None:
        """Have it written if anything but the height of its hazard has changed."""
        if _steady(latch) == self._kept:
            return None
        self._kept = _steady(latch)
        return self.write(latch)

    def write(self, latch: Latch | None) -> Ticket:
        """Have it written as it is."""
        return self._scribe.latch({"latch": None if latch is None else latch.to_json()})

    def strange(self, strange: bool, now: float, model: str) -> None:
        """Have the last minute's pictures kept, once each time they become strange."""
        if strange and not self._strange:
            self._recorder.keep("out-of-depth", now, {"model": model})
        self._strange = strange


def _steady(latch: Latch | None) -> Latch | None:
    return None if latch is None else replace(latch, hazard=0.0)
