"""The scribe on real disks: full, read-only, hanging, gone; the hand never waits for any."""

import os
import select
import sqlite3
import subprocess
import threading
from contextlib import contextmanager
from datetime import UTC, datetime
from time import monotonic, sleep

import pytest

from edge.store.event import Event
from edge.store.evidence import Evidence
from edge.store.latch import LatchFile
from edge.store.picture import Picture
from edge.store.reader import EventReader
from edge.store.recorder import Recorder
from edge.store.scribe import Scribe
from edge.store.settings import StoreSettings
from edge.store.signals import STUCK_SECONDS

NOW = datetime(2026, 11, 22, tzinfo=UTC)
# Longer than any disk here takes on a busy machine, shorter than a test's time.
LONG_S = 60.0


def settings(folder, **more):
    return StoreSettings(folder=folder, low_disk_mb=0, **more)


@pytest.fixture
def folder(tmp_path):
    return tmp_path / "state"


@pytest.fixture
def scribe(folder):
    with Scribe(settings(folder)) as scribe:
        yield scribe


def acknowledged(number=0):
    return Event(NOW, "acknowledged", "alarm", detail={"what": "silence", "n": number}, by="anna")


def alarm():
    return Event(NOW, "state_changed", "alarm", 1.0, 0.9, {"from": "clear"})


def trouble(number=0):
    return Event(NOW, "trouble", "trouble", detail={"source": "camera-black", "n": number})


def picture(number, now_s, size=1000):
    return Picture(NOW, now_s, number, os.urandom(size), {"fire": 0.9}, "alarm")


def sources(scribe, ahead=0.0):
    return {condition.source for condition in scribe.conditions(monotonic() + ahead)}


def until(wanted, seconds=LONG_S):
    end = monotonic() + seconds
    while not wanted():
        assert monotonic() < end, "it never came"
        sleep(0.02)


def events(folder):
    return EventReader(folder / "events.sqlite").since(0, limit=100_000)


@contextmanager
def small_disk(folder, size_kb):
    """Mount a disk of so many kilobytes; only root may."""
    folder.mkdir()
    done = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", f"size={size_kb}k", "tmpfs", folder], capture_output=True
    )
    if done.returncode:
        pytest.skip("mounting a small tmpfs takes root")
    try:
        yield
    finally:
        subprocess.run(["umount", "-l", folder], check=True)


def test_what_people_did_is_on_disk_when_its_ticket_says_so(scribe, folder):
    ticket = scribe.event(acknowledged())
    assert ticket.wait(LONG_S)
    assert (ticket.durable, ticket.number) == (True, 1)
    assert [event.by for event in events(folder)] == ["anna"]


def test_the_hands_selector_wakes_when_a_ticket_is_settled(scribe):
    until(lambda: not scribe.stuck_for_s(monotonic()))
    ticket = scribe.event(acknowledged())
    while not ticket.done:
        assert select.select([scribe.fileno()], [], [], LONG_S)[0]
        scribe.heard()


def test_events_are_written_in_the_order_they_came(scribe, folder):
    for number in range(300):
        scribe.event(trouble(number) if number % 7 else acknowledged(number))
    assert scribe.flush(LONG_S)
    assert [event.detail["n"] for event in events(folder)] == list(range(300))


def test_events_of_no_urgency_wait_for_company_and_not_for_ever(scribe, folder):
    ticket = scribe.event(trouble())
    assert ticket.wait(LONG_S)


def test_only_the_newest_latch_counts_and_every_ticket_of_them_is_settled(scribe, folder):
    tickets = [scribe.latch({"n": number}) for number in range(200)]
    assert all(ticket.wait(LONG_S) for ticket in tickets)
    assert LatchFile(folder / "latch.json").load().data == {"n": 199}


def test_a_small_file_is_written_whole_under_a_plain_name(scribe, folder):
    assert scribe.file("reference.bin", b"abc").wait(LONG_S)
    assert (folder / "reference.bin").read_bytes() == b"abc"
    for name in ("../x", "a/b", ".hidden", ""):
        with pytest.raises(ValueError, match="no plain file name"):
            scribe.file(name, b"")


def test_an_alarm_keeps_the_pictures_before_and_after_it_and_no_others(folder):
    wanted = settings(folder, evidence_before_seconds=3, evidence_after_seconds=2)
    with Scribe(wanted) as scribe:
        recorder = Recorder(scribe)
        for second in range(20):
            recorder.see(picture(second, float(second)))
            if second == 10:
                ticket = scribe.event(alarm())
                recorder.alarm(ticket, 10.0)
        assert scribe.flush(LONG_S)
    found = Evidence(wanted.evidence).list()
    numbers = sorted(int(one.name.rsplit("-", 1)[1][:-4]) for one in found)
    assert numbers == [7, 8, 9, 10, 11, 12]
    assert {one.event for one in found} == {ticket.number}


def test_a_second_alarm_in_the_first_ones_time_goes_on_under_its_own_event(folder):
    wanted = settings(folder, evidence_before_seconds=3, evidence_after_seconds=5)
    with Scribe(wanted) as scribe:
        recorder = Recorder(scribe)
        tickets = []
        for second in range(20):
            recorder.see(picture(second, float(second)))
            if second in (5, 8):
                tickets.append(scribe.event(alarm()))
                recorder.alarm(tickets[-1], float(second))
        assert scribe.flush(LONG_S)
    found = Evidence(wanted.evidence).list()
    frames = [int(one.name.rsplit("-", 1)[1][:-4]) for one in found]
    assert sorted(set(frames)) == list(range(2, 14))
    assert {one.event for one in found} == {ticket.number for ticket in tickets}


def test_what_a_person_calls_missed_keeps_the_last_minute(folder):
    with Scribe(settings(folder)) as scribe:
        recorder = Recorder(scribe)
        for half in range(200):
            recorder.see(picture(half, half / 2))
        tickets = recorder.keep("missed", 99.5, {"by": "anna", "model": "abc"})
        assert len(tickets) == 61
        assert scribe.flush(LONG_S)
        assert all(ticket.durable for ticket in tickets)
    assert len(list((folder / "kept" / "missed").glob("*.jpg"))) == 61
    assert len(list((folder / "kept" / "missed").glob("*.json"))) == 61


def test_a_full_disk_is_said_and_nothing_that_was_queued_is_lost(tmp_path):
    folder = tmp_path / "small"
    with small_disk(folder, 6000), Scribe(settings(folder)) as scribe:
        assert scribe.event(acknowledged(0)).wait(LONG_S)
        until(lambda: (folder / "ballast").exists())
        filler = folder / "filler"
        with open(filler, "wb", buffering=0) as file, pytest.raises(OSError, match="No space"):
            while True:
                file.write(bytes(4096))
        # The ballast goes overboard: what people did is on the disk all the same.
        assert scribe.event(acknowledged(1)).wait(LONG_S)
        assert scribe.latch({"level": "alarm"}).wait(LONG_S)
        big = [scribe.file(f"big{n}", os.urandom(400_000)) for n in range(4)]
        until(lambda: "disk-full" in sources(scribe))
        held = [scribe.event(acknowledged(n)) for n in range(2, 50)]
        assert all(c.signal == "supervisory" for c in scribe.conditions(monotonic()))
        assert not any(ticket.done for ticket in held)
        filler.unlink()
        assert all(ticket.wait(LONG_S) for ticket in [*big, *held])
        until(lambda: not sources(scribe))
        assert [event.detail["n"] for event in events(folder)] == list(range(50))
        assert LatchFile(folder / "latch.json").load().data == {"level": "alarm"}


def test_on_a_full_disk_old_alarms_pictures_make_room_for_new_alarms(tmp_path):
    folder = tmp_path / "small"
    with small_disk(folder, 3000), Scribe(settings(folder)) as scribe:
        first = scribe.event(alarm())
        for number in range(12):
            scribe.evidence(picture(number, float(number), 100_000), first)
        assert scribe.flush(LONG_S)
        with open(folder / "filler", "wb", buffering=0) as file, pytest.raises(OSError):
            while True:
                file.write(bytes(4096))
        for _ in range(3):
            ticket = scribe.event(alarm())
            taken = scribe.evidence(picture(99, 99.0, 100_000), ticket)
            assert ticket.wait(LONG_S)
            scribe.flush(LONG_S)
        assert taken.durable
        assert len(Evidence(folder / "evidence").list(first.number)) < 12


def test_a_nearly_full_disk_is_said_before_it_is_full(folder):
    with Scribe(StoreSettings(folder=folder, low_disk_mb=10**9)) as scribe:
        until(lambda: "disk-full" in sources(scribe))
        assert scribe.event(acknowledged()).wait(LONG_S)


def test_a_read_only_disk_is_said_and_everything_is_written_when_it_is_writable(tmp_path):
    folder = tmp_path / "small"
    with small_disk(folder, 4096):
        with Scribe(settings(folder)) as scribe:
            assert scribe.event(acknowledged(0)).wait(LONG_S)
        subprocess.run(["mount", "-o", "remount,ro", folder], check=True)
        read_only_start(folder)


def read_only_start(folder):
    with Scribe(settings(folder)) as scribe:
        held = [scribe.event(acknowledged(1)), scribe.latch({"n": 1})]
        until(lambda: "disk-read-only" in sources(scribe))
        assert not any(ticket.done for ticket in held)
        subprocess.run(["mount", "-o", "remount,rw", folder], check=True)
        assert all(ticket.wait(LONG_S) for ticket in held)
        until(lambda: not sources(scribe))
        assert len(events(folder)) == 2


def test_a_disk_that_turns_read_only_is_noticed_though_nothing_is_to_be_written(tmp_path):
    folder, clock = tmp_path / "small", [0.0]
    with small_disk(folder, 4096), Scribe(settings(folder), clock=lambda: clock[0]) as scribe:
        until((folder / "ballast").exists)
        until(lambda: scribe.stuck_for_s(clock[0]) == 0)
        # Over it lies the same folder, read-only: an open file keeps the disk itself writable.
        subprocess.run(["mount", "--bind", folder, folder], check=True)
        subprocess.run(["mount", "-o", "remount,bind,ro", folder], check=True)
        clock[0] += 61.0
        until(lambda: "disk-read-only" in {one.source for one in scribe.conditions(clock[0])})
        subprocess.run(["umount", "-l", folder], check=True)
        clock[0] += 61.0
        until(lambda: not scribe.conditions(clock[0]))


def test_a_folder_that_cannot_be_made_is_said_and_events_wait(tmp_path):
    (tmp_path / "file").write_text("")
    with Scribe(settings(tmp_path / "file" / "state")) as scribe:
        ticket = scribe.event(acknowledged())
        until(lambda: "event-log" in sources(scribe))
        (tmp_path / "file").unlink()
        assert ticket.wait(LONG_S)


def test_a_disk_that_hangs_stops_nobody_and_is_noticed_by_its_age(folder):
    folder.mkdir()
    os.mkfifo(folder / "latch.json")
    with Scribe(settings(folder)) as scribe:
        # Opening a pipe that nobody writes to blocks, as a dead disk does.
        ticket = scribe.latch({"level": "alarm"})
        until(lambda: scribe.stuck_for_s(monotonic()) > 0.2)
        slowest = 0.0
        recorder = Recorder(scribe)
        for number in range(5000):
            before = monotonic()
            scribe.event(acknowledged(number))
            recorder.see(picture(number, float(number), 100))
            scribe.conditions(before)
            slowest = max(slowest, monotonic() - before)
        assert slowest < 5.0, "the hand waited for the disk"
        assert not ticket.done
        assert "disk-stuck" in sources(scribe, ahead=STUCK_SECONDS + 1)
        assert not scribe.flush(0.2)
        os.close(os.open(folder / "latch.json", os.O_WRONLY))
        assert ticket.wait(LONG_S)
        until(lambda: not sources(scribe))
        assert LatchFile(folder / "latch.json").load().data == {"level": "alarm"}


def test_the_end_does_not_wait_for_a_disk_that_hangs(folder):
    folder.mkdir()
    os.mkfifo(folder / "latch.json")
    scribe = Scribe(settings(folder)).start()
    scribe.latch({"level": "alarm"})
    before = monotonic()
    assert not scribe.close(0.5)
    assert monotonic() - before < 30
    os.close(os.open(folder / "latch.json", os.O_WRONLY))


def test_too_much_gives_up_pictures_first_then_light_events_and_people_last(folder):
    folder.mkdir()
    os.mkfifo(folder / "latch.json")
    with Scribe(settings(folder)) as scribe:
        scribe.latch({"level": "alarm"})
        until(lambda: scribe.stuck_for_s(monotonic()) > 0.5)
        shots = [scribe.keep(picture(n, 0.0, 10), "missed", {}) for n in range(10)]
        light = [scribe.event(trouble(n)) for n in range(1500)]
        heavy = [scribe.event(acknowledged(n)) for n in range(1800)]
        assert all(shot.done and not shot.durable for shot in shots)
        assert [ticket.done for ticket in light] == [True] * 1300 + [False] * 200
        assert not any(ticket.done for ticket in heavy)
        assert scribe.lost() == (1300, 10)
        assert any("1300 are lost" in c.problem for c in scribe.conditions(monotonic() + 99))
        os.close(os.open(folder / "latch.json", os.O_WRONLY))
        assert scribe.flush(LONG_S)
    kept = events(folder)
    assert len([event for event in kept if event.kind == "acknowledged"]) == 1800
    assert len(kept) == 2000


def test_an_event_that_no_table_takes_does_not_keep_others_from_it(scribe, folder):
    loop = {}
    loop["me"] = loop
    tickets = [
        scribe.event(acknowledged(0)),
        scribe.event(Event(NOW, "trouble", "\ud800", detail={"source": "x"})),
        scribe.event(Event(NOW, "trouble", "clear", detail=loop)),
        scribe.event(acknowledged(1)),
    ]
    assert all(ticket.wait(LONG_S) for ticket in tickets)
    assert [event.kind for event in events(folder)] == [
        "acknowledged",
        "trouble",
        "trouble",
        "acknowledged",
    ]


def test_a_log_that_cannot_be_used_does_not_keep_the_latch_from_the_disk(folder):
    folder.mkdir()
    with sqlite3.connect(folder / "events.sqlite") as other:
        other.execute("CREATE TABLE events (name TEXT)")
    other.close()
    with Scribe(settings(folder)) as scribe:
        event = scribe.event(alarm())
        latch = scribe.latch({"level": "alarm"})
        late = scribe.event(acknowledged())
        assert latch.wait(LONG_S)
        until(lambda: "event-log" in sources(scribe))
        assert not event.done
        assert not late.done
        assert LatchFile(folder / "latch.json").load().data == {"level": "alarm"}
        (folder / "events.sqlite").unlink()
        assert late.wait(LONG_S)
    assert [one.kind for one in events(folder)] == ["state_changed", "acknowledged"]


def test_a_damaged_log_is_put_aside_while_the_watch_runs(folder):
    folder.mkdir()
    (folder / "events.sqlite").write_bytes(b"rubbish" * 999)
    with Scribe(settings(folder)) as scribe:
        assert scribe.event(acknowledged()).wait(LONG_S)
        assert not sources(scribe)
    assert [event.kind for event in events(folder)] == ["supervisory", "acknowledged"]
    assert len(EventReader(folder / "events.sqlite").damaged()) == 1


def test_a_budget_that_is_used_up_stops_pictures_and_not_alarms(folder):
    with Scribe(settings(folder, write_budget_mb_per_day=4)) as scribe:
        tickets, shots = [], []
        for number in range(40):
            tickets.append(scribe.event(alarm()))
            shots.append(scribe.evidence(picture(number, number, 300_000), tickets[-1]))
            assert scribe.flush(LONG_S)
        assert all(ticket.durable for ticket in tickets)
        assert shots[0].durable
        assert "budget" in shots[-1].problem
        assert "write-budget" in sources(scribe)
        assert scribe.writes().last_day_bytes > 3_000_000
    assert len(events(folder)) == 40
    assert 0 < len(list((folder / "evidence").iterdir())) < 20


def test_what_a_power_cut_left_half_written_is_swept_away_and_nothing_else(folder):
    folder.mkdir()
    (folder / "evidence").mkdir()
    ours = [".latch.abcd1234.json", ".ballast.abcd_234", "evidence/.e00000001-x-1.abcd1234.jpg"]
    others = [".bashrc", ".hidden.txt", ".config.backup1.toml", "latch.notes"]
    for name in ours + others:
        (folder / name).write_text("x")
    with Scribe(settings(folder)) as scribe:
        assert scribe.event(acknowledged()).wait(LONG_S)
    assert [name for name in ours if (folder / name).exists()] == []
    assert [name for name in others if not (folder / name).exists()] == []


def test_many_threads_may_queue_at_once(scribe, folder):
    def work(start):
        for number in range(start, start + 100):
            scribe.event(acknowledged(number))

    threads = [threading.Thread(target=work, args=(100 * n,)) for n in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert scribe.flush(LONG_S)
    assert sorted(event.detail["n"] for event in events(folder)) == list(range(800))
