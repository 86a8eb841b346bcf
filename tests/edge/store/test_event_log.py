"""The event log on real files: what it keeps, and what it does with broken ones."""

import os
import signal
import sqlite3
import subprocess
import sys
from datetime import UTC, datetime, timedelta, timezone

import pytest

from edge.contract.errors import StorageError
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


OLD_TABLE = """
CREATE TABLE events (
    id INTEGER PRIMARY KEY, at_utc TEXT NOT NULL, frame_s REAL, kind TEXT NOT NULL,
    state TEXT NOT NULL, hazard REAL, detail TEXT NOT NULL
)"""


def old_log(path):
    """Write a log as the first version of the table had it."""
    with sqlite3.connect(path) as connection:
        connection.execute(OLD_TABLE)
        for number in (3, 4, 9):
            connection.execute(
                "INSERT INTO events VALUES (?, ?, NULL, 'started', 'clear', 0.5, '{}')",
                (number, NOW.isoformat(timespec="milliseconds")),
            )
    connection.close()


def test_a_log_of_the_first_version_is_brought_up_with_its_numbers(log, path):
    old_log(path)
    assert log.write([event("acknowledged")]) == [10]
    assert [e.number for e in log.read()] == [3, 4, 9, 10]
    columns = [row[1] for row in sqlite3.connect(path).execute("PRAGMA table_info(events)")]
    assert "by_whom" in columns


def test_a_log_of_a_newer_version_with_more_columns_is_written_on(log, path):
    log.write([event()])
    log.close()
    with sqlite3.connect(path) as newer:
        newer.execute("ALTER TABLE events ADD COLUMN mood TEXT")
        newer.execute("PRAGMA user_version = 99")
    newer.close()
    log.write([event("stopped")])
    assert [e.kind for e in log.read()] == ["started", "stopped"]


def test_who_did_it_is_kept(log):
    log.write([Event(NOW, "acknowledged", "alarm", detail={"what": "silence"}, by="anna")])
    assert log.read()[0].by == "anna"


def test_a_number_is_never_given_out_twice_after_all_events_were_removed(log, path):
    log.write([event() for _ in range(7)])
    log.close()
    with sqlite3.connect(path) as other:
        other.execute("DELETE FROM events")
    other.close()
    assert log.write([event()]) == [8]


@pytest.mark.parametrize("loss", ["damaged", "removed", "an old copy put back"])
def test_a_number_is_never_given_out_twice_after_the_log_was_lost(path, loss):
    log = EventLog(path)
    log.write([event()])
    log.close()
    early = path.read_bytes()
    last = log.write([event() for _ in range(2345)])[-1]
    log.close()
    if loss == "damaged":
        path.write_bytes(b"rubbish" * 999)
    elif loss == "removed":
        path.unlink()
    else:
        path.write_bytes(early)
    again = EventLog(path)
    (number,) = again.write([event("stopped")])
    assert number > last
    again.close()


def test_only_the_newest_are_kept_and_forgetting_goes_in_steps(path):
    log = EventLog(path, keep_events=1200)
    most = 0
    for start in range(0, 4000, 40):
        log.write([event(number=n) for n in range(start, start + 40)])
        most = max(most, len(log.read()))
    kept = log.read()
    log.close()
    assert most < 1200 + 100
    assert [e.detail["number"] for e in kept] == list(range(4000 - len(kept), 4000))


def test_the_files_stop_growing(path):
    log = EventLog(path, keep_events=1000)
    sizes = []
    for _ in range(300):
        log.write([event(number=n) for n in range(50)])
        sizes.append(sum(part.stat().st_size for part in path.parent.iterdir()))
    log.close()
    assert max(sizes[150:]) < max(sizes[:150]) + 4096


def at(days):
    return Event(NOW + timedelta(days=days), "started", "clear")


def test_old_events_are_forgotten(path):
    log = EventLog(path, keep_days=30)
    log.write([at(0) for _ in range(300)])
    log.write([at(20) for _ in range(1000)])
    assert len(log.read()) == 1300
    for _ in range(5):
        log.write([at(40)])
    days = [(e.at - NOW).days for e in log.read()]
    log.close()
    assert days == [20] * 1000 + [40] * 5


def test_a_clock_that_jumps_ten_years_ahead_does_not_empty_the_log(path):
    log = EventLog(path, keep_days=30)
    log.write([at(0) for _ in range(2000)])
    for _ in range(100):
        log.write([at(3650)])
    left = log.read()
    log.close()
    assert len(left) >= 1000
    assert left[0].at == NOW


def test_events_are_found_by_number_time_and_kind(log):
    log.write([at(n) for n in range(6)])
    alarm = Event(NOW, "state_changed", "alarm", detail={"from": "clear"})
    log.write([event("trouble"), alarm, Event(NOW, "state_changed", "clear")])
    assert [e.number for e in log.since(7)] == [8, 9]
    assert [e.number for e in log.since(NOW + timedelta(days=4))] == [5, 6]
    assert [e.number for e in log.since(0, kinds=["trouble"])] == [7]
    assert [e.number for e in log.since(0, kinds=["alarm"])] == [8]
    assert [e.number for e in log.since(0, kinds=["alarm", "trouble"])] == [7, 8]
    assert [e.number for e in log.since(0, limit=2)] == [1, 2]
    assert [e.number for e in log.newest(2)] == [9, 8]
