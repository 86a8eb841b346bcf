"""Scribe: the one thread that writes to the disk for the hand, which never waits for it."""

import os
from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Condition as Bell
from threading import Thread
from time import monotonic
from typing import Any

from edge.contract.condition import Condition
from edge.store.budget import Writes
from edge.store.desk import Desk
from edge.store.event import Event
from edge.store.inbox import Inbox
from edge.store.log_lines import LogLines
from edge.store.paper import (
    EventPaper,
    EvidencePaper,
    FilePaper,
    KeptPaper,
    LatchPaper,
    Paper,
    PicturePaper,
)
from edge.store.picture import Picture
from edge.store.settings import StoreSettings
from edge.store.signals import DiskSignals
from edge.store.ticket import Ticket
from edge.store.writer import Writer

# The clock may be another's than the bell's: look at it this often.
LONGEST_SLEEP_S = 1.0


class Scribe:
    """Queues what is to be written and writes it in order, alarms and people's doings at once.

    No method waits for the disk but `flush` and `close`, and those no longer than told. A disk
    that fails delays what is queued, `conditions` says so, and what waits is bounded. `fileno`
    becomes readable when tickets were settled; `heard` makes it quiet again.
    """

    def __init__(
        self,
        settings: StoreSettings,
        clock: Callable[[], float] = monotonic,
        lines: LogLines | None = None,
    ) -> None:
        self.settings = settings
        self._clock = clock
        self._lines = lines
        self._desk = Desk(settings, clock)
        self._inbox = Inbox()
        self._bell = Bell()
        self._signals = DiskSignals(self._desk.low_bytes)
        self._heard, self._ring = os.pipe2(os.O_NONBLOCK | os.O_CLOEXEC)
        self._writer = Writer(self._desk, self._inbox, self._bell, self._signals, clock)
        self._ending = False
        self._thread = Thread(target=self._run, name="scribe", daemon=True)

    def start(self) -> "Scribe":
        """Begin to write."""
        self._thread.start()
        return self

    def event(self, event: Event) -> Ticket:
        """Have an event logged, and its line written at once."""
        if self._lines is not None:
            self._lines.event(event)
        return self._queue(EventPaper(event, self._clock()))

    def latch(self, data: Mapping[str, Any]) -> Ticket:
        """Have kept what of an alarm must survive a restart."""
        return self._queue(LatchPaper(dict(data), self._clock()))

    def file(self, name: str, content: bytes) -> Ticket:
        """Have a small file in the state folder written anew, atomically.

        Raises:
            ValueError: the name is no plain file's name.
        """
        if not name or name.startswith(".") or "/" in name:
            raise ValueError(f"no plain file name: {name!r}")
        return self._queue(FilePaper(name, content, self._clock()))

    def evidence(self, picture: Picture, alarm: Ticket) -> Ticket:
        """Have a picture kept with its alarm, whose event's ticket is given."""
        return self._queue_picture(EvidencePaper(picture, alarm, self._clock()))

    def keep(self, picture: Picture, kind: str, about: Mapping[str, Any]) -> Ticket:
        """Have a picture kept for retraining."""
        return self._queue_picture(KeptPaper(picture, kind, dict(about), self._clock()))

    def conditions(self, now: float) -> tuple[Condition, ...]:
        """Return what somebody should know of the disk, all supervisory: the watch goes on."""
        with self._bell:
            waiting, lost = self._inbox.papers, self._inbox.lost_events
        stuck = self.stuck_for_s(now)
        return self._signals.conditions(now, stuck, self._desk.budget, waiting, lost)

    def stuck_for_s(self, now: float) -> float:
        """Return for how long the disk has been at one and the same write; 0 if at none."""
        since = self._writer.busy_since
        return 0.0 if since is None else max(0.0, now - since)

    def writes(self) -> Writes:
        """Return what was written in the last day, and in all."""
        return self._desk.budget.writes()

    def lost(self) -> tuple[int, int]:
        """Return how many events and how many pictures were given up."""
        with self._bell:
            return self._inbox.lost_events, self._inbox.lost_pictures

    def fileno(self) -> int:
        """Return what to select on for settled tickets."""
        return self._heard

    def heard(self) -> None:
        """Make `fileno` quiet until the next ticket is settled."""
        with suppress(BlockingIOError):
            while os.read(self._heard, 4096):
                pass

    def flush(self, timeout_s: float) -> bool:
        """Have everything written now; say whether it was, by one try and within `timeout_s`."""
        with self._bell:
            writer, before = self._writer, self._writer.failures
            writer.hurry()
            self._bell.notify_all()
            self._bell.wait_for(lambda: writer.idle() or writer.failures > before, timeout_s)
            return writer.idle()

    def close(self, timeout_s: float = 5.0) -> bool:
        """Write what waits, if the disk does so in time, and end; say whether all was written."""
        if self._thread.ident is None:
            self._thread.start()
        written = self.flush(timeout_s)
        with self._bell:
            self._ending = True
            self._bell.notify_all()
        self._thread.join(timeout_s)
        # A thread that hangs in the disk keeps them; the process ends without it.
        if not self._thread.is_alive() and self._heard >= 0:
            os.close(self._heard)
            os.close(self._ring)
            self._heard = -1
        return written

    def __enter__(self) -> "Scribe":
        return self.start()

    def __exit__(self, *_: object) -> None:
        self.close()

    def _queue(self, paper: Paper) -> Ticket:
        with self._bell:
            self._inbox.add(paper)
            self._bell.notify_all()
        return paper.ticket

    def _queue_picture(self, paper: PicturePaper) -> Ticket:
        with self._bell:
            self._inbox.add_picture(paper)
            self._bell.notify_all()
        return paper.ticket

    def _run(self) -> None:
        while True:
            with self._bell:
                self._writer.idle()
                self._bell.notify_all()
                while not self._ending and (wait := self._writer.due_in()) > 0:
                    self._bell.wait(min(wait, LONGEST_SLEEP_S))
                if self._ending:
                    break
            self._writer.round()
            with suppress(BlockingIOError):
                os.write(self._ring, b"!")
        self._desk.close()
