"""EventReader: reads the event log from another process, while the watch writes it."""

import shutil
import sqlite3
import tempfile
from collections.abc import Collection, Iterator
from contextlib import ExitStack, closing, contextmanager
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from edge.contract.errors import StorageError
from edge.store.event import Event
from edge.store.query import newest, since
from edge.store.schema import NEEDED_COLUMNS, columns_of

BUSY_SECONDS = 5.0


class EventReader:
    """Reads and never writes; the file is opened for each question and closed after it.

    So that nobody who looks can keep the watch from writing or its file from being small.
    """

    def __init__(self, path: Path) -> None:
        self.path = path

    def since(
        self, after: int | datetime = 0, *, kinds: Collection[str] = (), limit: int = 500
    ) -> list[Event]:
        """Return the events after a number, or of a time and later; the oldest first.

        `kinds` are those wanted, all if there are none; `alarm` stands for alarms raised.

        Raises:
            StorageError: there is no log, or it is damaged or of another program.
        """
        with self._opened() as connection:
            return since(connection, after, kinds, limit)

    def newest(
        self, count: int, *, before: int | None = None, kinds: Collection[str] = ()
    ) -> list[Event]:
        """Return the last events, or the last before a number; the newest first.

        Raises:
            StorageError: as `since`.
        """
        with self._opened() as connection:
            return newest(connection, count, before, kinds)

    def damaged(self) -> list[str]:
        """Return the names of the damaged logs that were moved aside, the oldest first."""
        found = self.path.parent.glob(f"{self.path.name}.damaged-*Z")
        return sorted(path.name for path in found)

    @contextmanager
    def _opened(self) -> Iterator[sqlite3.Connection]:
        if not self.path.exists():
            raise StorageError(
                f"there is no event log {self.path}",
                next_step="nothing has been watched with this configuration yet: "
                "emberwatch-edge run --config FILE",
            )
        try:
            with ExitStack() as stack:
                try:
                    connection = _connect(self.path)
                except sqlite3.OperationalError as error:
                    if not _needs_copy(error):
                        raise
                    connection = _connect(stack.enter_context(_copied(self.path)))
                yield stack.enter_context(closing(connection))
        except sqlite3.Error as error:
            raise StorageError(
                f"the event log {self.path} cannot be read: {error}",
                next_step="start the watch: it moves a damaged log aside and begins a new one",
            ) from error


def _connect(path: Path) -> sqlite3.Connection:
    connection = sqlite3.connect(
        f"file:{quote(str(path.absolute()))}?mode=ro",
        uri=True,
        timeout=BUSY_SECONDS,
        isolation_level=None,
    )
    try:
        columns = columns_of(connection)
        if not set(NEEDED_COLUMNS) <= set(columns):
            _as_now(connection, columns)
    except BaseException:
        connection.close()
        raise
    return connection


def _as_now(connection: sqlite3.Connection, columns: tuple[str, ...]) -> None:
    """Let an older table, that no watch has brought up yet, look like today's.

    A file in which no table was made yet, because the watch has just begun, has no events.
    """
    if not columns and connection.execute("SELECT 1 FROM sqlite_master").fetchone():
        raise sqlite3.DatabaseError("it has no table of events")
    # What an older one lacks was never written: NULL. The view hides the table of its name.
    listed = ", ".join(name if name in columns else f"NULL AS {name}" for name in NEEDED_COLUMNS)
    source = "FROM main.events" if columns else "WHERE 0"
    connection.execute(f"CREATE TEMP VIEW events AS SELECT {listed} {source}")


def _needs_copy(error: sqlite3.Error) -> bool:
    # A log that was not closed needs its index rebuilt, which a folder that may not be
    # written does not allow: https://www.sqlite.org/wal.html#read_only_databases
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    return code in (sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY)


@contextmanager
def _copied(path: Path) -> Iterator[Path]:
    with tempfile.TemporaryDirectory() as folder:
        for suffix in ("", "-wal"):
            part = path.with_name(path.name + suffix)
            try:
                if part.exists():
                    shutil.copyfile(part, Path(folder) / part.name)
            except OSError as error:
                raise StorageError(
                    f"the event log {path} cannot be read: {error.strerror}",
                    next_step="run it as the watch's user, or as root",
                ) from error
        yield Path(folder) / path.name
