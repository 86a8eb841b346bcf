"""EventLog: what happened, kept in an SQLite file that survives a power cut."""

import sqlite3
from collections.abc import Collection, Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

from edge.contract.errors import StorageError
from edge.store.event import Event
from edge.store.numbers import NumberReserve
from edge.store.query import newest, since
from edge.store.schema import COLUMNS, prepare, transaction

# Primary result codes, https://www.sqlite.org/rescode.html: the file itself is broken.
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# How long another process may hold the file.
BUSY_SECONDS = 0.5
# Forgetting goes in steps: so many too many, and they go together, in a write that is made anyway.
PRUNE_STEP = 100
# Kept whatever their age: a clock that jumps forward must not empty the log.
ALWAYS_KEPT = 1000
# The write-ahead log is cut back to this when it was longer for a while.
WAL_LIMIT_BYTES = 1 << 20
MARKS = ", ".join("?" * len(COLUMNS.split(", ")))


class EventLog:
    """Appends events to a file; each `write` is on the disk when it returns.

    The file is opened by the first use, in the thread that uses it. A damaged one is moved
    aside, where it is kept under another name, and a new one is begun with an event that says
    so; its numbers go on where the old one's ended. Beyond `keep_events` or `keep_days` the
    oldest are forgotten.
    """

    def __init__(
        self,
        path: Path,
        busy_seconds: float = BUSY_SECONDS,
        keep_events: int = 50_000,
        keep_days: float = 365,
    ) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._keep_events = keep_events
        self._keep = timedelta(days=keep_days)
        self._reserve = NumberReserve(path.with_name(f"{path.stem}.numbers"))
        self._connection: sqlite3.Connection | None = None
        self._last = 0

    def write(self, events: Sequence[Event]) -> list[int]:
        """Append events, all or none; return their numbers.

        Raises:
            StorageError: the disk is full, the folder not writable, or the file is no log.
        """
        try:
            return self._insert(events)
        except sqlite3.DatabaseError as error:
            self.close()
            if not _is_damage(error):
                raise self._storage_error(error) from error
            aside = self._move_aside()
            with self._errors():
                return self._insert([_damage_event(events, aside, error), *events])[1:]

    def read(self) -> list[Event]:
        """Return every event, the oldest first.

        Raises:
            StorageError: the file cannot be read.
        """
        return self.since(0, limit=-1)

    def since(
        self, after: int | datetime = 0, *, kinds: Collection[str] = (), limit: int = 500
    ) -> list[Event]:
        """Return the events after a number, or of a time and later; the oldest first.

        `kinds` are those wanted, all if there are none; `alarm` stands for alarms raised.

        Raises:
            StorageError: the file cannot be read.
        """
        with self._errors():
            return since(self._open(), after, kinds, limit)

    def newest(self, count: int, *, kinds: Collection[str] = ()) -> list[Event]:
        """Return the last events, the newest first.

        Raises:
            StorageError: the file cannot be read.
        """
        with self._errors():
            return newest(self._open(), count, None, kinds)

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _insert(self, events: Sequence[Event]) -> list[int]:
        connection = self._open()
        self._reserve.cover(self._last + len(events))
        numbers: list[int] = []
        with transaction(connection):
            for event in events:
                done = connection.execute(
                    f"INSERT INTO events ({COLUMNS}) VALUES ({MARKS})",  # noqa: S608
                    event.row(),
                )
                numbers.append(int(done.lastrowid or 0))
            if events:
                self._forget(connection, events[-1].at)
        self._last = max([self._last, *numbers])
        return numbers

    def _forget(self, connection: sqlite3.Connection, now: datetime) -> None:
        # The numbers have next to no gaps, so that their span counts the rows, at no cost.
        first, last = connection.execute("SELECT min(id), max(id) FROM events").fetchone()
        spare = last - first + 1 - ALWAYS_KEPT
        too_many = last - first + 1 - self._keep_events
        if too_many < PRUNE_STEP and spare >= PRUNE_STEP:
            step_end = first + PRUNE_STEP - 1
            too_old = (now - self._keep).astimezone(UTC).isoformat(timespec="milliseconds")
            youngest = connection.execute(
                "SELECT max(at_utc) FROM events WHERE id <= ?", (step_end,)
            ).fetchone()[0]
            too_many = PRUNE_STEP if youngest is not None and youngest < too_old else 0
        if too_many >= PRUNE_STEP:
            connection.execute("DELETE FROM events WHERE id < ?", (first + PRUNE_STEP,))

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            # Autocommit: transactions begin and end where we say so.
            connection = sqlite3.connect(
                self.path, timeout=self._busy_seconds, isolation_level=None
            )
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                connection.execute(f"PRAGMA journal_size_limit = {WAL_LIMIT_BYTES}")
                _check(connection)
                self._last = prepare(connection, self._reserve.upto())
            except BaseException:
                connection.close()
                raise
            self._connection = connection
        return self._connection

    def _move_aside(self) -> Path:
        stamp = datetime.now(UTC).strftime("%Y%m%dT%H%M%S%fZ")
        aside = self.path.with_name(f"{self.path.name}.damaged-{stamp}")
        for suffix in ("", "-wal", "-shm"):
            part = self.path.with_name(self.path.name + suffix)
            if part.exists():
                try:
                    part.rename(aside.with_name(aside.name + suffix))
                except OSError as error:
                    raise self._storage_error(error) from error
        return aside

    @contextmanager
    def _errors(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.Error as error:
            self.close()
            raise self._storage_error(error) from error

    def _storage_error(self, error: Exception) -> StorageError:
        return StorageError(
            f"the event log {self.path} cannot be used: {error}",
            next_step="free some space, or name another folder in [store]",
        )


def _check(connection: sqlite3.Connection) -> None:
    problem = connection.execute("PRAGMA quick_check(1)").fetchone()[0]
    if problem != "ok":
        damage = sqlite3.DatabaseError(problem)
        damage.sqlite_errorcode = sqlite3.SQLITE_CORRUPT
        raise damage


def _is_damage(error: sqlite3.Error) -> bool:
    # The lowest byte of an extended result code is the primary one.
    return getattr(error, "sqlite_errorcode", 0) & 0xFF in DAMAGED


def _damage_event(events: Sequence[Event], aside: Path, error: Exception) -> Event:
    now = events[0].at if events else datetime.now(UTC)
    detail = {"source": "event-log", "problem": str(error), "kept_as": aside.name}
    return Event(now, "supervisory", "starting", detail=detail)
