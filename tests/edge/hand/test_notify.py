"""What systemd is told, on a real datagram socket."""

import os
import socket

import pytest

from edge.hand.notify import PATIENCE_USEC, Notifier


@pytest.fixture
def systemd(tmp_path):
    """Return a socket that listens, and its address."""
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind(str(tmp_path / "notify"))
        listening.setblocking(False)
        yield listening, str(tmp_path / "notify")


def heard(listening: socket.socket) -> list[str]:
    found = []
    while True:
        try:
            found.append(listening.recv(4096).decode())
        except BlockingIOError:
            return found


def test_ready_and_status_are_told_once_each(systemd):
    listening, address = systemd
    notifier = Notifier(address)
    notifier.ready()
    for text in ("clear", "clear", "alarm:\nthe yard"):
        notifier.status(text)
    assert heard(listening) == ["READY=1", "STATUS=clear", "STATUS=alarm: the yard"]


def test_the_watchdog_is_fed_by_progress_alone_and_often_enough(systemd):
    listening, address = systemd
    notifier = Notifier(address, 10_000_000)
    notifier.ready()
    notifier.status("clear")
    assert "WATCHDOG=1" not in heard(listening)
    # Ten frames a second for ten seconds.
    for n in range(101):
        notifier.progress(n / 10)
    fed = heard(listening)
    assert set(fed) == {"WATCHDOG=1"}
    assert 5 <= len(fed) <= 12


def test_without_a_watchdog_none_is_fed(systemd):
    listening, address = systemd
    notifier = Notifier(address)
    notifier.progress(0.0)
    notifier.blind()
    assert heard(listening) == []


def test_a_trouble_that_is_told_lengthens_patience_and_progress_ends_that(systemd):
    listening, address = systemd
    notifier = Notifier(address, 10_000_000)
    notifier.blind()
    notifier.blind()
    notifier.progress(1.0)
    assert heard(listening) == [
        f"WATCHDOG_USEC={PATIENCE_USEC}",
        "WATCHDOG_USEC=10000000",
        "WATCHDOG=1",
    ]


def test_an_abstract_address_is_reached():
    name = f"emberwatch-test-{os.getpid()}"
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as listening:
        listening.bind("\0" + name)
        listening.setblocking(False)
        Notifier("@" + name).ready()
        assert heard(listening) == ["READY=1"]


def test_the_environment_says_whom_the_watchdog_is_for(systemd):
    _, address = systemd
    given = {"NOTIFY_SOCKET": address, "WATCHDOG_USEC": "2000000"}
    assert Notifier.of_process(given).watched
    assert Notifier.of_process(given | {"WATCHDOG_PID": str(os.getpid())}).watched
    assert not Notifier.of_process(given | {"WATCHDOG_PID": "1"}).watched
    assert not Notifier.of_process({}).watched


def test_systemd_that_is_gone_or_deaf_stops_nothing(systemd, tmp_path):
    listening, address = systemd
    Notifier(str(tmp_path / "nobody")).ready()
    notifier = Notifier(address, 1)
    for n in range(100_000):
        notifier.progress(float(n))
    listening.close()
    notifier.status("still here")
    notifier.close()
    notifier.ready()
