"""EventLog: what happened, kept in an SQLite file that survives a power cut."""

import sqlite3
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

from edge.contract.errors import StorageError
from edge.store.event import Event

TABLE = """
CREATE TABLE IF NOT EXISTS events (
    id INTEGER PRIMARY KEY,
    at_utc TEXT NOT NULL,
    frame_s REAL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    hazard REAL,
    detail TEXT NOT NULL
)"""
COLUMNS = "at_utc, frame_s, kind, state, hazard, detail"
# Primary result codes, https://www.sqlite.org/rescode.html: the file itself is broken.
DAMAGED = (sqlite3.SQLITE_CORRUPT, sqlite3.SQLITE_NOTADB)
# How long another process may hold the file; the alarm waits as long, so it is short.
BUSY_SECONDS = 0.5


class EventLog:
    """Appends events to a file; each `write` is on the disk when it returns.

    The file is opened by the first `write`. A damaged one is moved aside, where it is kept
    under another name, and a new one is begun with an event that says so.
    """

    def __init__(self, path: Path, busy_seconds: float = BUSY_SECONDS) -> None:
        self.path = path
        self._busy_seconds = busy_seconds
        self._connection: sqlite3.Connection | None = None

    def write(self, events: Sequence[Event]) -> None:
        """Append events, all or none.

        Raises:
            StorageError: the disk is full, the folder not writable, or the file is no log.
        """
        try:
            self._insert(events)
        except sqlite3.DatabaseError as error:
            self.close()
            if not _is_damage(error):
                raise self._storage_error(error) from error
            aside = self._move_aside()
            with self._errors():
                self._insert([_damage_event(events, aside, error), *events])

    def read(self) -> list[Event]:
        """Return every event, the oldest first.

        Raises:
            StorageError: the file cannot be read.
        """
        with self._errors():
            rows = self._open().execute(f"SELECT {COLUMNS} FROM events ORDER BY id")  # noqa: S608
            return [Event.from_row(row) for row in rows]

    def close(self) -> None:
        """Close the file."""
        if self._connection is not None:
            self._connection.close()
            self._connection = None

    def _insert(self, events: Sequence[Event]) -> None:
        with self._open() as transaction:
            transaction.executemany(
                f"INSERT INTO events ({COLUMNS}) VALUES (?, ?, ?, ?, ?, ?)",  # noqa: S608
                [event.row() for event in events],
            )

    def _open(self) -> sqlite3.Connection:
        if self._connection is None:
            connection = sqlite3.connect(self.path, timeout=self._busy_seconds)
            try:
                connection.execute("PRAGMA journal_mode = WAL")
                connection.execute("PRAGMA synchronous = FULL")
                _check(connection)
                connection.execute(TABLE)
                connection.execute(f"SELECT id, {COLUMNS} FROM events LIMIT 0")  # noqa: S608
            except sqlite3.Error:
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
            next_step="free some space, or name another file in [store] events",
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
    detail = {"source": "event log", "problem": str(error), "kept_as": aside.name}
    return Event(now, "trouble", "starting", detail=detail)
