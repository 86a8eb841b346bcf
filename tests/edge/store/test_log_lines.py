"""Lines for journald and for people, through real pipes and sockets."""

import os
import socket
from datetime import UTC, datetime
from time import monotonic

from edge.store.event import KINDS, Event
from edge.store.log_lines import LogLines, is_journald
from edge.store.words import in_words

NOW = datetime(2026, 11, 22, 1, 2, 3, tzinfo=UTC)


def alarm():
    detail = {"from": "clear", "scores": {"fire": 0.8, "smoke": 0.1}}
    return Event(NOW, "state_changed", "alarm", 1.0, 0.9, detail)


def written(event, **how):
    read, write = os.pipe()
    LogLines(write, **how).event(event)
    os.close(write)
    with open(read, "rb") as pipe:
        return pipe.read()


def test_journald_gets_a_priority_and_puts_its_own_time():
    assert written(alarm(), prefixes=True) == (
        b"<1>ALARM, was clear; hazard 0.90 (fire 0.80, smoke 0.10)\n"
    )


def test_a_person_gets_the_time():
    assert written(alarm()).startswith(b"2026-11-22 01:02:03Z ALARM, was clear")


def test_an_event_is_one_line_whatever_is_in_it():
    problem = "line one\nline two\r\n<0>forged " + "x" * 10_000
    data = written(Event(NOW, "trouble", "clear", detail={"problem": problem}), prefixes=True)
    assert data.count(b"\n") == 1
    assert len(data) <= 2048
    assert data.startswith(b"<3>trouble: line one line two <0>forged")


def test_stderr_is_journalds_only_if_systemd_says_so():
    read, write = os.pipe()
    about = os.fstat(write)
    mine = {"JOURNAL_STREAM": f"{about.st_dev}:{about.st_ino}"}
    assert is_journald(mine, write)
    assert not is_journald({"JOURNAL_STREAM": "1:2"}, write)
    assert not is_journald({}, write)
    assert LogLines.of_process(mine, write)._prefixes
    os.close(read)
    os.close(write)


def test_a_reader_that_reads_nothing_stops_nobody_and_is_counted():
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_STREAM)
    read, write = os.pipe()
    for descriptor in (ours.fileno(), write):
        lines = LogLines(descriptor, prefixes=True)
        before = monotonic()
        for _ in range(5000):
            lines.line("x" * 500)
        assert monotonic() - before < 30
        assert lines.lost > 0
        lines.close()
    for one in (read, write):
        os.close(one)
    ours.close()
    theirs.close()


def test_a_reader_that_left_stops_nobody():
    read, write = os.pipe()
    os.close(read)
    lines = LogLines(write)
    lines.line("hello")
    assert lines.lost == 1
    os.close(write)


def test_every_kind_of_event_has_words_even_with_nothing_in_it():
    for kind in KINDS:
        words = in_words(Event(NOW, kind, "clear"))
        assert words
        assert "{" not in words


def test_words_are_made_of_whatever_is_there():
    odd = {"scores": {"fire": "high"}, "from": 7, "where": ["x"], "times": None, "source": {}}
    for kind in KINDS:
        assert in_words(Event(NOW, kind, "alarm", 1.0, 0.5, odd))
