"""EyeChild: one eye process, seen from the hand; no call of it ever waits."""

import os
import signal
import socket
import subprocess
import sys
from contextlib import suppress
from typing import Any

from edge.link.orders import Orders
from edge.link.report import Told, read_message
from edge.link.wire import Decoder, encode

READ_BYTES = 1 << 18


class EyeChild:
    """Starts a process and hears it.

    It leads a session of its own, so that a terminal's Ctrl-C reaches the hand alone.

    Raises:
        OSError: no process can be started.
    """

    def __init__(self, orders: Orders) -> None:
        self.socket, theirs = socket.socketpair()
        with theirs:
            theirs.set_inheritable(True)
            arguments = [str(theirs.fileno()), str(os.getpid())]
            try:
                self.process = subprocess.Popen(
                    [sys.executable, "-P", "-m", "edge.eye", *arguments],
                    env=child_environment(),
                    pass_fds=[theirs.fileno()],
                    stdin=subprocess.DEVNULL,
                    stdout=subprocess.DEVNULL,
                    start_new_session=True,
                )
            except OSError:
                self.socket.close()
                raise
        self._decoder = Decoder()
        # Some KB, far less than the socket holds. If the eye is dead by now, it hung up.
        with suppress(OSError):
            self.socket.sendall(encode(*orders.message()))
        self.socket.setblocking(False)

    @property
    def pid(self) -> int:
        """Return its process id."""
        return self.process.pid

    def receive(self) -> list[Told] | None:
        """Return what it said since; None once it hung up, or says what cannot be read.

        Raises:
            WireError: what it says is no message.
        """
        try:
            data = self.socket.recv(READ_BYTES)
        except BlockingIOError:
            return []
        except OSError:
            return None
        if not data:
            return None
        return [read_message(message) for message in self._decoder.feed(data)]

    def tell(self, header: dict[str, Any]) -> None:
        """Say something; it is lost if the eye has not read for long."""
        with suppress(OSError):
            self.socket.send(encode(header))

    def kill(self) -> None:
        """Hang up and end it, stopped or not; the kernel may take its time over it."""
        self.socket.close()
        if self.process.poll() is None:
            self.process.kill()

    def gone(self) -> bool:
        """Say whether the process has ended, and is known to the kernel no more."""
        return self.process.poll() is not None

    def how(self) -> str:
        """Say how it ended, in words."""
        code = self.process.poll()
        if code is None:
            return "it hung up"
        if code < 0:
            return f"it died by {signal.Signals(-code).name}"
        return f"it exited with {code}"


def child_environment() -> dict[str, str]:
    """Return the environment without what systemd says to this process alone."""
    ours = ("NOTIFY_SOCKET", "WATCHDOG_USEC", "WATCHDOG_PID", "LISTEN_FDS", "LISTEN_PID")
    return {name: value for name, value in os.environ.items() if name not in ours}
