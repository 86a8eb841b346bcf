"""HouseMemory: what each way out has been told, over a restart."""

import json
from collections.abc import Callable
from pathlib import Path
from time import monotonic

from edge.contract.atomic import write_text
from edge.contract.errors import StorageError
from edge.house.newsdesk import Known

FILE = "house.json"
# An SD card is not for every rattle of a state.
LEAST_SECONDS_BETWEEN = 10.0


class HouseMemory:
    """A small file beside the event log, written seldom and atomically.

    One that is damaged or cannot be written costs a repeated message after a restart, and
    nothing else: `tell` hears of it once.
    """

    def __init__(
        self, folder: Path, tell: Callable[[str], object], clock: Callable[[], float] = monotonic
    ) -> None:
        self._path = folder / FILE
        self._tell = tell
        self._clock = clock
        self._known = self._read()
        self._written = dict(self._known)
        self._delivered: dict[str, int] = {}
        self._written_delivered: dict[str, int] = {}
        self._written_at: float | None = None
        self._failed = False

    def known(self, channel: str) -> Known | None:
        """Return what a channel was told, None if it has never been told anything."""
        return self._known.get(channel)

    def note(self, channel: str, known: Known, delivered: int = 0) -> None:
        """Note what a channel was told in so many messages; `flush` writes it."""
        self._known[channel] = known
        self._delivered[channel] = delivered

    def flush(self, at_once: bool = False) -> None:
        """Write what is worth it: not for an event number alone, and not all the time."""
        if not self._worth_writing(at_once):
            return
        now = self._clock()
        waited = self._written_at is None or now - self._written_at >= LEAST_SECONDS_BETWEEN
        if not (waited or at_once):
            return
        self._written_at = now
        body = {name: known.to_json() for name, known in self._known.items()}
        try:
            write_text(self._path, json.dumps(body) + "\n")
        except StorageError as error:
            if not self._failed:
                self._tell(f"house: {error.line()}")
            self._failed = True
            return
        self._failed = False
        self._written = dict(self._known)
        self._written_delivered = dict(self._delivered)

    def _worth_writing(self, at_once: bool) -> bool:
        if at_once:
            return self._known != self._written
        if self._delivered != self._written_delivered:
            return True
        return any(
            before is None or (before.level, before.held) != (known.level, known.held)
            for name, known in self._known.items()
            for before in [self._written.get(name)]
        )

    def _read(self) -> dict[str, Known]:
        try:
            body = json.loads(self._path.read_text())
            return {str(name): Known.from_json(known) for name, known in body.items()}
        except FileNotFoundError:
            return {}
        except (OSError, ValueError, TypeError, LookupError, AttributeError) as error:
            self._tell(f"house: {self._path.name} is not usable ({error}); beginning anew")
            return {}
