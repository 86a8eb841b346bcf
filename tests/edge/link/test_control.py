"""The control socket: what is asked is answered, and nobody can make the hand wait."""

import selectors
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from edge.contract.errors import MachineError
from edge.link.address import unix_socket
from edge.link.control_client import ControlClient
from edge.link.control_server import MOST_CLIENTS, ControlServer
from edge.link.snapshot import Notice, Snapshot
from edge.link.wire import encode

STATE = Snapshot("2026-01-01T00:00:00+00:00", notices=(Notice("trouble", "x", "y", "z"),))


class Served:
    """A server in a thread's loop, as the hand runs it in its own."""

    def __init__(self, path: Path) -> None:
        self.selector = selectors.DefaultSelector()
        self.server = ControlServer(path, self.selector, self.answer)
        self.stop = False
        self.thread = threading.Thread(target=self.loop)
        self.thread.start()

    def answer(self, header, blob):
        if header.get("ask") == "follow":
            return None
        if header.get("ask") == "state":
            return {"ok": True, "state": STATE.to_json()}, b""
        if header.get("do") == "reset":
            return {"ok": True, "by": header["by"]}, blob
        return {"ok": False, "error": "no such request"}, b""

    def loop(self) -> None:
        while not self.stop:
            for key, events in self.selector.select(0.02):
                self.server.ready(key, events)
            self.server.publish(STATE.to_json())

    def close(self) -> None:
        self.stop = True
        self.thread.join()
        self.server.close()


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return a path longer than a Unix socket's address may be."""
    folder = tmp_path / ("long" * 30)
    folder.mkdir()
    return folder / "control.sock"


@pytest.fixture
def served(path: Path) -> Iterator[Served]:
    serving = Served(path)
    yield serving
    serving.close()


def test_a_state_comes_through_whole(served, path):
    with ControlClient(path) as client:
        assert client.state() == STATE
        assert client.do("reset", "anna")["by"] == "anna"


def test_what_the_watch_refuses_is_an_error_with_its_words(served, path):
    with ControlClient(path) as client, pytest.raises(MachineError, match="no such request"):
        client.do("explode", "anna")


def test_a_follower_gets_every_state(served, path):
    with ControlClient(path) as client:
        states = client.follow()
        assert [next(states) for _ in range(3)] == [STATE] * 3


def test_one_that_never_reads_is_let_go_and_the_others_are_served(served, path):
    deaf = unix_socket()
    deaf.connect(f"/proc/self/fd/{__import__('os').open(path.parent, 0)}/control.sock")
    deaf.sendall(encode({"ask": "follow"}))
    with ControlClient(path) as client:
        for _ in range(20):
            assert client.state() == STATE
    deaf.close()


def test_rubbish_ends_that_connection_alone(served, path):
    with ControlClient(path) as bad, ControlClient(path) as good:
        bad._socket.sendall(b"\xff" * 64)
        with pytest.raises(MachineError):
            bad._receive_or_fail = bad.state()
        assert good.state() == STATE


def test_more_connections_than_it_takes_are_refused_and_it_goes_on(served, path):
    held = [ControlClient(path) for _ in range(MOST_CLIENTS)]
    for client in held:
        client.state()
    with pytest.raises(MachineError), ControlClient(path) as late:
        late.state()
    held.pop().close()
    assert held[0].state() == STATE
    for client in held:
        client.close()


def test_without_a_watch_it_says_so(path):
    with pytest.raises(MachineError, match="no watch answers"):
        ControlClient(path)
