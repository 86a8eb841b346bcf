"""Follower: hears the watch's state over its control socket, for as long as it is wanted."""

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event
from time import monotonic

from edge.contract.errors import EmberwatchError
from edge.link.control_client import ControlClient
from edge.link.snapshot import Snapshot

# A watch speaks once a second; one that has not for so long is silent.
SILENT_SECONDS = 5.0
# One that starts needs its time to load a model.
START_SECONDS = 15.0
AGAIN_SECONDS = 1.0
# What a state that is no state raises, besides our own errors.
UNREADABLE = (TypeError, ValueError, LookupError, AttributeError)


class Follower:
    """Follows the watch at a control socket and connects again whenever it must.

    `take` is given each state, at least one a second; `lost` the problem, once the watch has
    been silent for `SILENT_SECONDS`, and again each second. Both are called by `run`'s thread.
    """

    def __init__(
        self,
        path: Path,
        take: Callable[[Snapshot], object],
        lost: Callable[[str], object],
        clock: Callable[[], float] = monotonic,
    ) -> None:
        self._path = path
        self._take = take
        self._lost = lost
        self._clock = clock
        self._stopping = Event()
        self._client: ControlClient | None = None

    def run(self) -> None:
        """Follow until `stop`; what `take` or `lost` raises ends it too."""
        heard_s: float | None = None
        began_s = self._clock()
        while not self._stopping.is_set():
            problem = "the watch hung up"
            for heard in self._heard():
                if isinstance(heard, str):
                    problem = heard
                else:
                    heard_s = self._clock()
                    self._take(heard)
            if self._stopping.is_set():
                return
            due_s = began_s + START_SECONDS if heard_s is None else heard_s + SILENT_SECONDS
            if self._clock() >= due_s:
                self._lost(problem)
            self._stopping.wait(AGAIN_SECONDS)

    def stop(self) -> None:
        """End `run`, also from a signal handler while it waits."""
        self._stopping.set()
        if self._client is not None:
            self._client.close()

    def _heard(self) -> Iterator[Snapshot | str]:
        """Give each state of one connection, and at its end why it ended."""
        try:
            with ControlClient(self._path, SILENT_SECONDS) as client:
                self._client = client
                for snapshot in client.follow():
                    if self._stopping.is_set():
                        return
                    yield snapshot
        except EmberwatchError as error:
            yield error.line()
        except UNREADABLE as error:
            yield f"the watch's state cannot be read: {type(error).__name__}: {error}"
        finally:
            self._client = None
