"""Channel: one way out of the watch, fed without ever waiting for it."""

from collections.abc import Callable, Collection, Iterable
from dataclasses import dataclass
from threading import Condition
from time import monotonic

from edge.house.news import News
from edge.house.newsdesk import Known, Newsdesk
from edge.house.outbox import Letter, Outbox
from edge.house.quiet import Quiet
from edge.link.snapshot import Snapshot
from edge.store.event import Event


@dataclass(frozen=True)
class Counts:
    """What a channel has done so far; `connected` says whether its last attempt worked."""

    waiting: int
    delivered: int
    given_up: int
    failures: int
    connected: bool


class Channel:
    """Turns states into letters for one receiver; a thread of its own delivers them.

    The feeding side (`take`, `lost`, `catch_up`, `tick`) and the delivering side (`next`,
    `done`, `later`, `wait`) may be two threads; neither waits for the other longer than it
    takes to append to a list. `tell` chooses the kinds; `limit` bounds what waits.
    """

    def __init__(
        self,
        name: str,
        limit: int,
        quiet_seconds: float,
        tell: Collection[str] | None = None,
        known: Known | None = None,
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self.name = name
        self._tell = tell
        self._clock = clock
        self._desk = Newsdesk(known)
        self._quiet_seconds = quiet_seconds
        self._quiet = Quiet(quiet_seconds)
        self._outbox = Outbox(limit)
        self._settled = self._desk.known
        self._changed = Condition()
        self._failures = 0
        self._connected = False
        self._down: tuple[float, str] | None = None
        self._closing = False
        self._latest: Snapshot | None = None
        self._informed = False

    @property
    def latest(self) -> Snapshot | None:
        """Return the newest state; None while the watch does not answer."""
        return self._latest

    @property
    def informed(self) -> bool:
        """Say whether it is known how things are, be it that the watch does not answer."""
        return self._informed

    @property
    def event(self) -> int:
        """Return the newest event that was told or needs not be."""
        return self._desk.known.event

    def take(self, snapshot: Snapshot) -> None:
        """Take in the newest state."""
        with self._changed:
            self._latest, self._informed = snapshot, True
            self._put(self._desk.take(snapshot), quietly=True)

    def lost(self, at: str, problem: str) -> None:
        """Take in that the watch does not answer."""
        with self._changed:
            self._latest, self._informed = None, True
            self._put(self._desk.lost(at, problem), quietly=True)

    def catch_up(self, events: Iterable[Event]) -> None:
        """Take in what the event log says of the time in which nobody listened."""
        with self._changed:
            quiet, told = Quiet(self._quiet_seconds), []
            for news, at in self._of_log(events):
                told += [*quiet.tick(at), *quiet.admit(news, at)]
            self._put([*told, *quiet.tick(float("inf"))], quietly=False)

    def settled(self) -> Known | None:
        """Return what may be remembered as told, if that is news: nothing waits any more."""
        with self._changed:
            self._put(self._quiet.tick(self._clock()), quietly=False)
            waiting = len(self._outbox) > 0 or self._quiet.holding
            if waiting or self._desk.known == self._settled:
                return None
            self._settled = self._desk.known
            return self._settled

    def next(self, count: int = 1) -> list[Letter]:
        """Return the letters to be delivered next; they stay until `done`."""
        with self._changed:
            return self._outbox.first(count)

    def done(self, number: int) -> None:
        """Note that a letter arrived."""
        with self._changed:
            self._outbox.done(number)

    def later(self, number: int) -> None:
        """Put a letter at the end of those that wait."""
        with self._changed:
            self._outbox.later(number)

    def reached(self) -> None:
        """Note that the receiver was reached."""
        with self._changed:
            self._connected, self._down = True, None

    def failed(self, problem: str) -> None:
        """Note that an attempt to reach the receiver failed, and why."""
        with self._changed:
            self._connected = False
            self._failures += 1
            began_s = self._clock() if self._down is None else self._down[0]
            self._down = (began_s, problem)

    def problem(self, seconds: float) -> str | None:
        """Return why the receiver has been away, if it has for so many seconds."""
        with self._changed:
            if self._down is None or self._clock() - self._down[0] < seconds:
                return None
            return self._down[1]

    def counts(self) -> Counts:
        """Return what was done so far."""
        with self._changed:
            box = self._outbox
            return Counts(len(box), box.delivered, box.given_up, self._failures, self._connected)

    def wait(self, seconds: float, even_if_waiting: bool = False) -> None:
        """Wait for a letter or the end; `even_if_waiting`, for the end alone."""
        with self._changed:
            self._changed.wait_for(
                lambda: self._closing or (len(self._outbox) > 0 and not even_if_waiting), seconds
            )

    @property
    def closing(self) -> bool:
        """Say whether the delivering thread is to end."""
        return self._closing

    def close(self) -> None:
        """Have the delivering thread end."""
        with self._changed:
            self._closing = True
            self._changed.notify_all()

    def _put(self, told: Iterable[News], quietly: bool) -> None:
        now = self._clock()
        for news in told:
            if self._tell is not None and news.kind not in self._tell:
                continue
            for admitted in self._quiet.admit(news, now) if quietly else [news]:
                self._outbox.add(admitted, now)
        if len(self._outbox):
            self._changed.notify_all()

    def _of_log(self, events: Iterable[Event]) -> Iterable[tuple[News, float]]:
        for event in events:
            for news in self._desk.catch_up([event]):
                yield news, event.at.timestamp()
