"""The event log on real files: what it keeps, and what it does with broken ones."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from edge.contract.errors import StorageError
from edge.store.backlog import MOST_WAITING, RETRY_SECONDS, Backlog
from edge.store.event import KINDS, Event
from edge.store.events import EventLog

NOW = datetime(2026, 11, 22, 1, 2, 3, 456000, tzinfo=UTC)


def event(kind: str = "started", number: int = 0) -> Event:
    return Event(NOW, kind, "clear", 1.5, 0.25, {"number": number, "word": "Brände"})


@pytest.fixture
def path(tmp_path):
    return tmp_path / "events.sqlite"


@pytest.fixture
def log(path):
    log = EventLog(path)
    yield log
    log.close()


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_what_is_written_is_read_back_in_order(log):
    written = [event(kind, number) for number, kind in enumerate(KINDS)]
    log.write(written[:4])
    log.write(written[4:])
    assert log.read() == written


def test_the_table_is_as_documented(log, path):
    local = NOW.astimezone(timezone(timedelta(hours=9)))
    log.write([Event(local, "started", "starting", None, float("nan"), {})])
    rows = sqlite3.connect(path).execute("SELECT * FROM events").fetchall()
    assert rows == [
        (1, "2026-11-22T01:02:03.456+00:00", None, "started", "starting", None, None, "{}")
    ]


def test_each_write_is_durable(log):
    log.write([event()])
    connection = log._connection
    assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    full = 2
    assert connection.execute("PRAGMA synchronous").fetchone() == (full,)


def test_a_killed_writer_loses_nothing_that_was_written(path):
    code = (
        "import sys, time; from pathlib import Path; from datetime import datetime, UTC\n"
        "from edge.store.events import EventLog; from edge.store.event import Event\n"
        "log = EventLog(Path(sys.argv[1]))\n"
        "for n in range(20): log.write([Event(datetime.now(UTC), 'started', str(n))])\n"
        "print('ready', flush=True); time.sleep(600)\n"
    )
    writer = subprocess.Popen([sys.executable, "-c", code, path], stdout=subprocess.PIPE)
    with writer:
        assert writer.stdout.readline() == b"ready\n"
        writer.send_signal(signal.SIGKILL)
    log = EventLog(path)
    log.write([event()])
    assert [e.state for e in log.read()] == [*map(str, range(20)), "clear"]
    log.close()


@pytest.mark.parametrize("damage", ["not a database", "broken inside"])
def test_a_damaged_log_is_kept_aside_and_a_new_one_says_so(path, damage):
    old = EventLog(path)
    old.write([event(number=n) for n in range(500)])
    old.close()
    data = bytearray(path.read_bytes())
    data = bytearray(b"rubbish" * 999) if damage == "not a database" else data
    data[4096 : 4096 * 3] = os.urandom(4096 * 2)
    path.write_bytes(data)

    log = EventLog(path)
    log.write([event("started")])
    said, started = log.read()
    log.close()
    assert (said.kind, started.kind) == ("supervisory", "started")
    (aside,) = path.parent.glob("events.sqlite.damaged-*Z")
    assert said.detail["kept_as"] == aside.name
    assert aside.read_bytes() == data


def test_a_log_that_breaks_while_it_is_open_is_moved_aside_too(log, path):
    log.write([event(number=n) for n in range(500)])
    log._connection.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    with open(path, "r+b") as file:
        file.write(b"\0" * 8192)
    log._connection.execute("PRAGMA cache_size = 0")
    log.close()
    log.write([event("stopped")])
    assert [e.kind for e in log.read()] == ["supervisory", "stopped"]


def test_another_programs_database_is_left_alone(log, path):
    with sqlite3.connect(path) as other:
        other.execute("CREATE TABLE events (name TEXT)")
        other.execute("INSERT INTO events VALUES ('wedding')")
    other.close()
    with pytest.raises(StorageError, match="cannot be used"):
        log.write([event()])
    assert list(path.parent.glob("*damaged*")) == []
    with sqlite3.connect(path) as other:
        assert other.execute("SELECT * FROM events").fetchall() == [("wedding",)]


def test_a_folder_that_is_not_there_is_an_error_of_the_storage(tmp_path):
    with pytest.raises(StorageError) as caught:
        EventLog(tmp_path / "none" / "events.sqlite").write([event()])
    assert caught.value.next_step


def test_events_wait_for_a_disk_that_comes_back(tmp_path):
    path, clock = tmp_path / "late" / "events.sqlite", Clock()
    backlog = Backlog(EventLog(path), clock)
    for number in range(3):
        backlog.add(event(number=number))
        backlog.flush()
    assert "cannot be used" in backlog.problem
    path.parent.mkdir()
    backlog.flush()
    assert backlog.problem is not None, "tried again too soon"
    clock.now += RETRY_SECONDS
    backlog.flush()
    assert backlog.problem is None
    backlog.close()
    assert [e.detail["number"] for e in EventLog(path).read()] == [0, 1, 2]


def test_a_disk_that_never_comes_back_does_not_fill_the_memory(tmp_path):
    backlog = Backlog(EventLog(tmp_path / "none" / "events.sqlite"), Clock())
    for number in range(MOST_WAITING + 7):
        backlog.add(event(number=number))
    assert backlog.lost == 7
    backlog.close()
