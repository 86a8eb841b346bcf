"""Hub: the page's one ear at the hand; whatever many viewers are shown is asked for once."""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path
from time import monotonic
from typing import Any

from edge.contract.errors import EmberwatchError, MachineError
from edge.link.control_client import ControlClient
from edge.link.snapshot import Snapshot

RETRY_SECONDS = 1.0
# The hand answers within milliseconds; one that does not is in trouble, and the page says so.
ANSWER_SECONDS = 3.0
# Pictures are asked for while somebody looks, and this long after a picture was last fetched.
LINGER_SECONDS = 3.0
HISTORY_KEPT_SECONDS = 4.0
GONE = "The watch does not answer: nobody knows now whether there is fire."

WHOLE = (0.0, 0.0, 1.0, 1.0)

Point = tuple[float, float | None, str]


@dataclass(frozen=True)
class Picture:
    """A live picture: JPEG bytes, and the hazard of each cell of the class map, in [0, 1].

    `number` is the frame's; `at` its moment, ISO 8601; `had_s` when it came here. `box` is
    the part of the picture that the map covers: left, top, right and bottom as shares.
    """

    number: int
    at: str
    hazard: float | None
    class_map: tuple[tuple[float, ...], ...] | None
    jpeg: bytes
    had_s: float
    box: tuple[float, ...] = WHOLE


@dataclass(frozen=True)
class Seen:
    """What is known now; `version` grows with each change.

    `snapshot` is None until the hand has answered. `problem` says why nothing is known, and
    then the snapshot is an old one: none of it holds any more.
    """

    version: int = 0
    snapshot: Snapshot | None = None
    problem: str | None = GONE
    picture: Picture | None = None


class Hub:
    """Follows the hand in threads of its own, with two connections whatever the viewers.

    `woken` is called, in those threads, after each change. `pictures_per_second` is how often
    a picture is asked for while `viewers` look.
    """

    def __init__(
        self, path: Path, pictures_per_second: float, clock: Callable[[], float] = monotonic
    ) -> None:
        self.woken: Callable[[], None] = lambda: None
        self._path = path
        self._pause = 1.0 / pictures_per_second
        self._clock = clock
        self._lock = threading.Lock()
        self._seen = Seen()
        self._viewers = 0
        self._wanted_until = 0.0
        self._stop = threading.Event()
        self._wanted = threading.Event()
        self._history: tuple[float, list[Point]] | None = None
        self._history_lock = threading.Lock()
        self._threads = [
            threading.Thread(target=self._follow, name="follow", daemon=True),
            threading.Thread(target=self._fetch, name="pictures", daemon=True),
        ]

    def start(self) -> None:
        """Begin to follow."""
        for thread in self._threads:
            thread.start()

    def close(self) -> None:
        """Hang up; the threads end by themselves within a few seconds."""
        self._stop.set()
        self._wanted.set()

    @property
    def seen(self) -> Seen:
        """Return what is known now."""
        return self._seen

    @property
    def viewers(self) -> int:
        """Return how many look."""
        return self._viewers

    @contextmanager
    def viewer(self) -> Iterator[None]:
        """Count as one who looks."""
        with self._lock:
            self._viewers += 1
        self._wanted.set()
        try:
            yield
        finally:
            with self._lock:
                self._viewers -= 1

    def want_picture(self) -> None:
        """Have pictures fetched for a while, for somebody who does not stay."""
        self._wanted_until = self._clock() + LINGER_SECONDS
        self._wanted.set()

    def picture(self, wait_seconds: float = 1.0) -> Picture | None:
        """Return the newest picture; wait a little for the first one, or a fresher one."""
        had = self._seen.picture
        self.want_picture()
        deadline = self._clock() + wait_seconds
        while self._clock() < deadline and not self._stop.is_set():
            picture = self._seen.picture
            if picture and (picture is not had or self._clock() - picture.had_s < LINGER_SECONDS):
                return picture
            self._stop.wait(0.05)
        return self._seen.picture

    def history(self, seconds: int) -> list[Point]:
        """Return the hazard of the last so many seconds; kept for a moment, for the next one.

        Raises:
            MachineError: the watch does not answer.
        """
        with self._history_lock:
            if self._history and self._clock() - self._history[0] < HISTORY_KEPT_SECONDS:
                return self._history[1]
            with self._client() as client:
                answer = client.request({"ask": "history", "seconds": seconds})[0]
            points = [_point(point) for point in answer.get("points", [])]
            self._history = self._clock(), points
            return points

    def ask_state(self) -> Snapshot | None:
        """Return the state of this very moment, asked for once more; None without an answer."""
        try:
            with self._client() as client:
                return client.state()
        except MachineError:
            return None

    def do(self, what: str, by: str, **more: Any) -> dict[str, Any]:
        """Have the hand do something in somebody's name.

        Raises:
            MachineError: the watch does not answer, or says no.
        """
        with self._client() as client:
            return client.do(what, by, **more)

    def _client(self) -> ControlClient:
        return ControlClient(self._path, ANSWER_SECONDS)

    def _follow(self) -> None:
        while not self._stop.is_set():
            with suppress(MachineError), self._client() as client:
                for snapshot in client.follow():
                    if self._stop.is_set():
                        return
                    self._change(snapshot=snapshot, problem=None)
            self._change(problem=GONE)
            self._stop.wait(RETRY_SECONDS)

    def _fetch(self) -> None:
        while not self._stop.is_set():
            self._wanted.wait()
            with suppress(EmberwatchError, LookupError, TypeError, ValueError):
                self._fetch_while_wanted()
            self._stop.wait(RETRY_SECONDS)

    def _fetch_while_wanted(self) -> None:
        with self._client() as client:
            while not self._stop.is_set():
                if not self._viewers and self._clock() > self._wanted_until:
                    self._wanted.clear()
                    return
                header, jpeg = client.request({"ask": "picture"})
                picture = _picture(header, jpeg, self._clock())
                known = self._seen.picture
                if picture and (known is None or known.at != picture.at):
                    self._change(picture=picture)
                self._stop.wait(self._pause)

    def _change(self, **news: Any) -> None:
        with self._lock:
            self._seen = replace(self._seen, version=self._seen.version + 1, **news)
        self.woken()


def _picture(header: dict[str, Any], jpeg: bytes, now: float) -> Picture | None:
    if not jpeg:
        return None
    rows = header.get("class_map")
    cells = None if rows is None else tuple(tuple(float(cell) for cell in row) for row in rows)
    hazard = header.get("hazard")
    box = tuple(map(float, header.get("box") or WHOLE))
    return Picture(int(header["number"]), str(header["at"]), hazard, cells, jpeg, now, box)


def _point(point: Any) -> Point:
    at, hazard, state = point
    return float(at), None if hazard is None else float(hazard), str(state)
