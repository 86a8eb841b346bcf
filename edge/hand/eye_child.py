"""EyeChild: the eye, seen from the hand; no call of it ever waits."""

import signal
from contextlib import suppress
from typing import Any

from edge.hand.eye_process import EyeProcess
from edge.link.orders import Orders
from edge.link.report import Told, read_message
from edge.link.wire import Decoder, encode

READ_BYTES = 1 << 18


class EyeChild:
    """Tells a process what to look at, and hears it."""

    def __init__(self, process: EyeProcess, orders: Orders) -> None:
        self._process = process
        self.pid = process.pid
        self.socket = process.socket
        self._decoder = Decoder()
        # Some KB, far less than the socket holds. If the eye is dead by now, it hung up.
        with suppress(OSError):
            self.socket.sendall(encode(*orders.message()))
        self.socket.setblocking(False)

    def receive(self) -> list[Told] | None:
        """Return what it said since; None once it hung up.

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
        """Hang up and end it."""
        self._process.kill()

    def gone(self) -> bool:
        """Say whether the process has ended, and is known to the kernel no more."""
        return self._process.code() is not None

    def how(self) -> str:
        """Say how it ended, in words."""
        code = self._process.code()
        if code is None:
            return "it hung up"
        if code < 0:
            return f"it died by {signal.Signals(-code).name}"
        return f"it exited with {code}"
