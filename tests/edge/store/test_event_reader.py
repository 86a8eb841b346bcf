"""Readers of the event log: beside a writer, without one, and on what is broken."""

import os
import sqlite3
import subprocess
import sys
import tempfile
from datetime import UTC, datetime
from pathlib import Path

import pytest

from edge.contract.errors import StorageError
from edge.store.event import Event
from edge.store.events import EventLog
from edge.store.reader import EventReader
from tests.edge.store.test_event_log import old_log

NOW = datetime(2026, 11, 22, tzinfo=UTC)
WRITER = """
import sys
from pathlib import Path
from datetime import datetime, UTC
from edge.store.events import EventLog
from edge.store.event import Event
log = EventLog(Path(sys.argv[1]))
for number in range(400):
    log.write([Event(datetime.now(UTC), "started", str(number))])
    print(number + 1, flush=True)
"""


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.sqlite"


def filled(path, count=3):
    log = EventLog(path)
    log.write([Event(NOW, "started", str(n)) for n in range(count)])
    return log


def test_a_reader_sees_every_event_as_soon_as_it_is_written_and_keeps_nobody_waiting(path):
    reader = EventReader(path)
    with subprocess.Popen(
        [sys.executable, "-c", WRITER, path], stdout=subprocess.PIPE, text=True
    ) as writer:
        seen = 0
        for line in writer.stdout:
            page = reader.since(seen)
            seen = page[-1].number if page else seen
            assert seen >= int(line)
    assert writer.returncode == 0
    assert seen == 400


def test_pages_follow_one_another_without_gaps(path):
    filled(path, 25).close()
    reader = EventReader(path)
    seen, after = [], 0
    while page := reader.since(after, limit=10):
        seen += [event.number for event in page]
        after = page[-1].number
    assert seen == list(range(1, 26))
    assert [e.number for e in reader.newest(3, before=20)] == [19, 18, 17]


def test_a_log_of_the_first_version_is_read_as_it_is(path):
    old_log(path)
    before = path.read_bytes()
    assert [(e.number, e.by) for e in EventReader(path).since(0)] == [
        (3, None),
        (4, None),
        (9, None),
    ]
    assert path.read_bytes() == before


@pytest.fixture
def public_folder():
    """Return a folder that every user may enter: pytest's own is closed to others."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        folder.chmod(0o755)
        yield folder


def count_as_nobody(path):
    """Return how many events a user reads who may write nothing there; root would be let in."""
    child = os.fork()
    if child == 0:
        count = 255
        try:
            if os.getuid() == 0:
                os.setgid(65534)
                os.setuid(65534)
            count = len(EventReader(path).since(0))
        finally:
            os._exit(count)
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])


@pytest.mark.parametrize("closed", [True, False], ids=["closed", "killed while open"])
def test_a_log_in_a_folder_that_may_not_be_written_is_read(path, closed, public_folder):
    log = filled(path)
    if closed:
        log.close()
    for part in path.parent.glob("events.sqlite*"):
        if not part.name.endswith("-shm"):
            copy = public_folder / part.name
            copy.write_bytes(part.read_bytes())
            copy.chmod(0o444)
    log.close()
    public_folder.chmod(0o555)
    assert count_as_nobody(public_folder / path.name) == 3
    public_folder.chmod(0o755)


def test_what_is_no_log_is_an_error_of_the_storage(path):
    path.write_bytes(b"rubbish" * 999)
    with pytest.raises(StorageError, match="cannot be read"):
        EventReader(path).since(0)
    assert path.read_bytes() == b"rubbish" * 999


def test_another_programs_database_is_no_log(path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE guests (name TEXT)")
    other.close()
    with pytest.raises(StorageError, match="no table of events"):
        EventReader(path).newest(1)


def test_a_log_that_the_watch_is_just_beginning_has_no_events_yet(path):
    path.write_bytes(b"")
    assert EventReader(path).since(0) == []
    with sqlite3.connect(path) as watch:
        watch.execute("PRAGMA journal_mode = WAL")
    assert EventReader(path).newest(5) == []
    watch.close()


def test_no_log_yet_is_an_error_that_says_what_to_do(path):
    with pytest.raises(StorageError, match="no event log") as caught:
        EventReader(path).newest(1)
    assert "emberwatch-edge run" in caught.value.next_step
    assert not path.exists()


def test_a_reader_leaves_no_lock_behind(path):
    log = filled(path)
    reader = EventReader(path)
    assert len(reader.since(0)) == 3
    other = sqlite3.connect(path)
    other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert path.with_name(path.name + "-wal").stat().st_size == 0
    other.close()
    log.close()


def test_the_damaged_logs_that_were_moved_aside_are_named(path):
    for _ in range(2):
        path.write_bytes(b"rubbish" * 999)
        log = EventLog(path)
        log.write([])
        log.close()
    assert len(EventReader(path).damaged()) == 2
