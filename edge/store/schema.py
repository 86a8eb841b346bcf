"""The event log's table, and how an older one becomes it."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

from edge.store.numbers import BLOCK

VERSION = 2
COLUMNS = "at_utc, frame_s, kind, state, hazard, by_whom, detail"
# AUTOINCREMENT: the number of an event that was forgotten is not used again.
TABLE = """
CREATE TABLE events (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    at_utc TEXT NOT NULL,
    frame_s REAL,
    kind TEXT NOT NULL,
    state TEXT NOT NULL,
    hazard REAL,
    by_whom TEXT,
    detail TEXT NOT NULL
)"""
# Version 0, the first: no AUTOINCREMENT, nobody's name.
FIRST_COLUMNS = ("id", "at_utc", "frame_s", "kind", "state", "hazard", "detail")
NEEDED_COLUMNS = ("id", *COLUMNS.split(", "))


def prepare(connection: sqlite3.Connection, used: int) -> int:
    """Make or bring up the table; return the highest number given out so far.

    `used` is the highest number that an earlier log may have given out. A log of a newer
    version is used as it is, for as long as it has the columns.

    Raises:
        sqlite3.Error: the file holds something else, or cannot be written.
    """
    columns = columns_of(connection)
    if not set(NEEDED_COLUMNS) <= set(columns):
        with transaction(connection):
            _bring_up(connection, columns)
    row = connection.execute("SELECT seq FROM sqlite_sequence WHERE name = 'events'").fetchone()
    last = row[0] if row else 0
    # One that is further behind than a block is another log than the reserve was made for.
    if last + BLOCK < used or (row is None and used):
        with transaction(connection):
            connection.execute("DELETE FROM sqlite_sequence WHERE name = 'events'")
            connection.execute("INSERT INTO sqlite_sequence VALUES ('events', ?)", (used,))
        last = used
    return int(last)


def columns_of(connection: sqlite3.Connection) -> tuple[str, ...]:
    """Return the names of the table's columns; none if there is no table."""
    return tuple(row[1] for row in connection.execute("PRAGMA table_info(events)"))


@contextmanager
def transaction(connection: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """Write all or nothing; it is on the disk on leaving."""
    connection.execute("BEGIN IMMEDIATE")
    try:
        yield connection
        connection.execute("COMMIT")
    except BaseException:
        if connection.in_transaction:
            connection.execute("ROLLBACK")
        raise


def _bring_up(connection: sqlite3.Connection, columns: tuple[str, ...]) -> None:
    # Asked again inside the transaction: another process may have been first.
    columns = columns_of(connection)
    if columns == FIRST_COLUMNS:
        connection.execute("ALTER TABLE events RENAME TO events_before")
        connection.execute(TABLE)
        old = ", ".join(FIRST_COLUMNS)
        connection.execute(f"INSERT INTO events ({old}) SELECT {old} FROM events_before")  # noqa: S608
        connection.execute("DROP TABLE events_before")
    elif not columns:
        connection.execute(TABLE)
    elif not set(NEEDED_COLUMNS) <= set(columns):
        raise sqlite3.OperationalError(f"its table has other columns: {', '.join(columns)}")
    connection.execute(f"PRAGMA user_version = {VERSION}")
