"""The questions that are asked of the event log, in SQL."""

import sqlite3
from collections.abc import Collection
from datetime import UTC, datetime

from edge.store.event import KINDS, Event
from edge.store.schema import COLUMNS

# Not a kind by itself: the states that became one.
ALARM = "alarm"
WANTED_KINDS = (ALARM, *KINDS)


def since(
    connection: sqlite3.Connection, after: int | datetime, kinds: Collection[str], limit: int
) -> list[Event]:
    """Return events after a number, or of a time and later; the oldest first."""
    if isinstance(after, datetime):
        moment = after.astimezone(UTC).isoformat(timespec="milliseconds")
        return _events(connection, "at_utc >= ?", moment, kinds, limit, "ASC")
    return _events(connection, "id > ?", after, kinds, limit, "ASC")


def newest(
    connection: sqlite3.Connection, count: int, before: int | None, kinds: Collection[str]
) -> list[Event]:
    """Return the last events, or the last before a number; the newest first."""
    most = 1 << 62 if before is None else before
    return _events(connection, "id < ?", most, kinds, count, "DESC")


def _events(
    connection: sqlite3.Connection,
    condition: str,
    value: object,
    kinds: Collection[str],
    limit: int,
    order: str,
) -> list[Event]:
    # Nothing but our own words and question marks goes into the text.
    text, values = _of_kinds(kinds)
    rows = connection.execute(
        f"SELECT id, {COLUMNS} FROM events WHERE {condition}{text} ORDER BY id {order} LIMIT ?",  # noqa: S608
        (value, *values, limit),
    ).fetchall()
    return [Event.from_row(row) for row in rows]


def _of_kinds(kinds: Collection[str]) -> tuple[str, list[str]]:
    plain = [kind for kind in kinds if kind != ALARM]
    choices = [f"kind IN ({', '.join('?' * len(plain))})"] if plain else []
    if ALARM in kinds:
        choices.append("(kind = 'state_changed' AND state = 'alarm')")
    return (f" AND ({' OR '.join(choices)})" if choices else ""), plain
