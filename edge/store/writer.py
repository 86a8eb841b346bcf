"""Writer: what the scribe's thread does: the right thing first, and never giving up."""

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from threading import Condition as Bell

from edge.contract.errors import StorageError
from edge.store.desk import Desk
from edge.store.disk import fault_of
from edge.store.event import Weight
from edge.store.inbox import Inbox
from edge.store.paper import Paper
from edge.store.signals import DiskSignals

RETRY_SECONDS = 2.0
TIDY_SECONDS = 60.0
# How long events of no urgency wait for company, by how far the write budget is used.
PATIENCE_S = {"free": 1.0, "thin": 10.0, "spent": 300.0}
# Pictures wait for company too: one flush to the card is as dear for sixteen as for one.
MOST_TOGETHER = 16
PICTURE_PATIENCE_S = 3.0


class Writer:
    """Takes from the inbox what is due and has the desk write it.

    `bell` guards the inbox, and is held for moments only, never while the disk works.
    `busy_since` is when the write that goes on began; `failures` counts those that failed.
    """

    def __init__(
        self, desk: Desk, inbox: Inbox, bell: Bell, signals: DiskSignals, clock: Callable[[], float]
    ) -> None:
        self.busy_since: float | None = None
        self.failures = 0
        self._desk = desk
        self._inbox = inbox
        self._bell = bell
        self._signals = signals
        self._clock = clock
        self._retry_at = self._tidy_at = clock()
        self._hurry = self._opened = False

    def hurry(self) -> None:
        """Have everything written now, by one try (with the bell held)."""
        self._hurry = True
        self._retry_at = self._clock()

    def idle(self) -> bool:
        """Say whether nothing waits or is being written (with the bell held)."""
        idle = not self._inbox.papers and not self._inbox.pictures and self.busy_since is None
        if idle:
            self._hurry = False
        return idle

    def due_in(self) -> float:
        """Return in how many seconds there is something to do (with the bell held)."""
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

    def round(self) -> None:
        """Do what is due: papers first, and then some pictures, so that no paper waits for many."""
        self._opened = self._opened or self._attempt("papers", self._open)
        well = self._opened and self._attempt("papers", self._write_papers)
        # Before pictures, which must not take the room that is held back for papers.
        if self._clock() >= self._tidy_at:
            tidied = self._attempt("count", self._tidy)
            self._tidy_at = self._clock() + (TIDY_SECONDS if tidied else RETRY_SECONDS)
        if well:
            self._attempt("pictures", self._write_pictures)

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
                self.failures += 1
            return False
        return True

    def _open(self) -> bool:
        self.busy_since = self._clock()
        try:
            self._desk.open()
        finally:
            self.busy_since = None
        return True

    def _write_papers(self) -> bool:
        with self._bell:
            if self._papers_due_in(self._clock()) > 0:
                return False
            papers = self._inbox.take()
            self.busy_since = self._clock()
        with self._returning(papers):
            try:
                self._desk.write(papers)
            except StorageError as error:
                if not self._desk.make_room(error):
                    raise
                self._tidy_at = self._clock() + RETRY_SECONDS
                self._desk.write([paper for paper in papers if not paper.ticket.done])
        return True

    @contextmanager
    def _returning(self, papers: list[Paper]) -> Iterator[None]:
        try:
            yield
        finally:
            with self._bell:
                self._inbox.put_back([paper for paper in papers if not paper.ticket.done])
                self.busy_since = None

    def _write_pictures(self) -> bool:
        with self._bell:
            if self._pictures_due_in(self._clock()) > 0:
                return False
            papers = self._inbox.take_pictures(MOST_TOGETHER)
            self.busy_since = self._clock()
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
                self.busy_since = None
        return True

    def _tidy(self) -> bool:
        self.busy_since = self._clock()
        try:
            self._signals.room(self._desk.tidy(), self._clock())
        finally:
            self.busy_since = None
        return True


def _problem(error: Exception) -> str:
    if isinstance(error, StorageError):
        # Its next step is for a person at a command; this is for one at a page.
        return error.what
    return f"the scribe failed: {type(error).__name__}: {error}"
