"""Scribe: the one thread that writes to the disk for the hand, which never waits for it."""

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from threading import Condition as Bell
from threading import Thread
from time import monotonic
from typing import Any

from edge.contract.condition import Condition
from edge.contract.errors import StorageError
from edge.store.budget import Writes
from edge.store.desk import Desk, Unwritten
from edge.store.disk import fault_of
from edge.store.event import Event, Weight
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

RETRY_SECONDS = 2.0
TIDY_SECONDS = 60.0
# How long events of no urgency wait for company, by how far the write budget is used.
PATIENCE_S = {"free": 1.0, "thin": 10.0, "spent": 300.0}
# Pictures wait for company too: one flush to the card is as dear for sixteen as for one.
MOST_TOGETHER = 16
PICTURE_PATIENCE_S = 3.0
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
        self._busy_since: float | None = None
        self._retry_at = self._tidy_at = clock()
        self._failures = 0
        self._hurry = self._ending = self._opened = False
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
        since = self._busy_since
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
            before = self._failures
            self._hurry = True
            self._retry_at = self._clock()
            self._bell.notify_all()
            self._bell.wait_for(lambda: self._idle() or self._failures > before, timeout_s)
            return self._idle()

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

    def _idle(self) -> bool:
        return not self._inbox.papers and not self._inbox.pictures and self._busy_since is None

    def _run(self) -> None:
        while True:
            with self._bell:
                if self._idle():
                    self._hurry = False
                self._bell.notify_all()
                while not self._ending and (wait := self._due_in()) > 0:
                    self._bell.wait(min(wait, LONGEST_SLEEP_S))
                if self._ending:
                    break
            self._round()
        self._desk.close()

    def _due_in(self) -> float:
        now = self._clock()
        if now < self._retry_at:
            return self._retry_at - now
        return min(self._papers_due_in(now), self._pictures_due_in(now), self._tidy_at - now)

    def _papers_due_in(self, now: float) -> float:
        oldest = self._inbox.oldest_s()
        if oldest is None:
            return TIDY_SECONDS
        if self._hurry or self._inbox.heaviest() is Weight.HIGH:
            return 0.0
        return oldest + PATIENCE_S[self._desk.budget.level] - now

    def _pictures_due_in(self, now: float) -> float:
        oldest = self._inbox.oldest_picture_s()
        if oldest is None:
            return TIDY_SECONDS
        if self._hurry or self._inbox.pictures >= MOST_TOGETHER:
            return 0.0
        return oldest + PICTURE_PATIENCE_S - now

    def _round(self) -> None:
        """Do what is due: papers, then some pictures, so that no paper waits for many."""
        self._opened = self._opened or self._attempt("papers", self._open)
        if self._opened and self._attempt("papers", self._write_papers):
            self._attempt("pictures", self._write_pictures)
        if self._clock() >= self._tidy_at:
            well = self._attempt("count", self._tidy)
            self._tidy_at = self._clock() + (TIDY_SECONDS if well else RETRY_SECONDS)
        with suppress(BlockingIOError):
            os.write(self._ring, b"!")

    def _attempt(self, place: str, work: Callable[[], bool]) -> bool:
        """Do some work; what goes wrong is a signal and another try later, never the end."""
        try:
            if work():
                self._signals.succeed(place)
        except Exception as error:  # noqa: BLE001
            now = self._clock()
            fault = fault_of(error, self._desk.folder)
            self._signals.fail(place, fault, _problem(error), now)
            self._retry_at = now + RETRY_SECONDS
            with self._bell:
                self._failures += 1
            return False
        return True

    def _open(self) -> bool:
        self._busy_since = self._clock()
        try:
            self._desk.open()
        finally:
            self._busy_since = None
        return True

    def _write_papers(self) -> bool:
        with self._bell:
            if self._papers_due_in(self._clock()) > 0:
                return False
            papers = self._inbox.take()
            self._busy_since = self._clock()
        with self._returning(papers):
            try:
                self._desk.write(papers)
            except Unwritten as error:
                if not self._desk.make_room(error):
                    raise
                self._tidy_at = self._clock() + RETRY_SECONDS
                self._desk.write(error.left)
        return True

    @contextmanager
    def _returning(self, papers: list[Paper]) -> Iterator[None]:
        try:
            yield
        finally:
            with self._bell:
                self._inbox.put_back([paper for paper in papers if not paper.ticket.done])
                self._busy_since = None

    def _write_pictures(self) -> bool:
        with self._bell:
            if self._pictures_due_in(self._clock()) > 0:
                return False
            papers = self._inbox.take_pictures(MOST_TOGETHER)
            self._busy_since = self._clock()
        try:
            try:
                self._desk.write_pictures(papers)
            except StorageError as error:
                if not self._desk.make_room(error, for_picture=True):
                    raise
                self._desk.write_pictures([paper for paper in papers if not paper.ticket.done])
        finally:
            with self._bell:
                self._inbox.put_back_pictures([one for one in papers if not one.ticket.done])
                self._busy_since = None
        return True

    def _tidy(self) -> bool:
        self._busy_since = self._clock()
        try:
            self._signals.room(self._desk.tidy(), self._clock())
        finally:
            self._busy_since = None
        return True


def _problem(error: Exception) -> str:
    if isinstance(error, StorageError):
        return error.line()
    return f"the scribe failed: {type(error).__name__}: {error}"
