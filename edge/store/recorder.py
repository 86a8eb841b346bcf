"""Recorder: which pictures become evidence, from what the ring remembers and what comes."""

from collections.abc import Mapping
from typing import Any

from edge.store.kept import check_kind
from edge.store.picture import Picture
from edge.store.ring import PictureRing
from edge.store.scribe import Scribe
from edge.store.ticket import Ticket

# What a person calls a false alarm, or missed, was in the last minute; one a second will do.
KEEP_SECONDS = 60.0
KEEP_EVERY_SECONDS = 1.0
# A minute of pictures of 50 kB, two a second, takes 6 MB; the memory of a small Pi bounds it.
RING_BYTES = 12 << 20


class Recorder:
    """Remembers the last minute in memory and has the scribe write what an alarm makes evidence.

    Every picture that comes is shown to `see`; `alarm` and `keep` are told what happened. None
    of them waits. `now` is the monotonic clock's, in seconds.
    """

    def __init__(self, scribe: Scribe, ring_bytes: int = RING_BYTES) -> None:
        settings = scribe.settings
        self._scribe = scribe
        self._before_s = settings.evidence_before_seconds
        self._after_s = settings.evidence_after_seconds
        seconds = max(self._before_s, KEEP_SECONDS)
        self.ring = PictureRing(seconds, ring_bytes)
        self._alarm: Ticket | None = None
        self._until = 0.0

    def see(self, picture: Picture) -> None:
        """Remember a picture; while an alarm's time lasts, have it written as well."""
        if not picture.jpeg or not self.ring.add(picture):
            return
        if self._alarm is not None and picture.now_s <= self._until:
            self._scribe.evidence(picture, self._alarm)
        else:
            self._alarm = None

    def alarm(self, ticket: Ticket, now: float) -> None:
        """Have the pictures around an alarm written; `ticket` is that of its event."""
        first = now - self._before_s
        # Those of an alarm that still goes on are with it already.
        if self._alarm is not None:
            first = max(first, now)
        self._alarm, self._until = ticket, now + self._after_s
        # The nearest first: the fire may take the power away.
        for picture in reversed(self.ring.since(first)):
            self._scribe.evidence(picture, ticket)

    def keep(self, kind: str, now: float, about: Mapping[str, Any]) -> list[Ticket]:
        """Have the last minute's pictures kept for retraining, one a second; return their tickets.

        `about` goes beside each: the model's digest, who wanted it.

        Raises:
            InputError: the kind is no plain word.
        """
        check_kind(kind)
        tickets, last = [], float("-inf")
        for picture in self.ring.since(now - KEEP_SECONDS):
            if picture.now_s - last >= KEEP_EVERY_SECONDS:
                last = picture.now_s
                tickets.append(self._scribe.keep(picture, kind, about))
        return tickets
