"""Notifier: tells systemd that the watch is up, how it is, and that it makes progress."""

import os
import socket
from collections.abc import Mapping
from contextlib import suppress

# While it is known, told and shown that nothing can be seen, systemd's own patience is longer:
# the hand starts the eye again and again by itself, and a restart of all would only add noise.
PATIENCE_USEC = 900_000_000


class Notifier:
    """Speaks sd_notify(3); without systemd it does nothing, and no call of it ever waits.

    `progress` must only be called when a new frame was classified and the lines were set: it
    feeds systemd's watchdog (`WatchdogSec=`), and nothing else does.
    """

    def __init__(self, address: str | None = None, watchdog_usec: int = 0) -> None:
        self._socket: socket.socket | None = None
        self._usec = watchdog_usec
        self._stretched = False
        self._status = ""
        self._fed_s: float | None = None
        if address:
            self._socket = socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM | socket.SOCK_CLOEXEC)
            self._socket.setblocking(False)
            # An @ stands for the zero byte of an abstract address.
            name = "\0" + address[1:] if address.startswith("@") else address
            try:
                self._socket.connect(name)
            except OSError:
                self.close()

    @classmethod
    def of_process(cls, environ: Mapping[str, str] | None = None) -> "Notifier":
        """Return the one that systemd asked this process for."""
        given = os.environ if environ is None else environ
        pid = given.get("WATCHDOG_PID", str(os.getpid()))
        usec = given.get("WATCHDOG_USEC", "")
        ours = pid == str(os.getpid()) and usec.isdigit()
        return cls(given.get("NOTIFY_SOCKET"), int(usec) if ours else 0)

    @property
    def watched(self) -> bool:
        """Say whether systemd's watchdog waits for progress."""
        return self._socket is not None and self._usec > 0

    def ready(self) -> None:
        """Say that the watch is up: the lines show what is known, be it a trouble."""
        self._send("READY=1")

    def status(self, text: str) -> None:
        """Say in one line how it is, if that changed."""
        if text != self._status:
            self._status = text
            self._send("STATUS=" + " ".join(text.split()))

    def progress(self, now: float) -> None:
        """Feed the watchdog; so often is not needed that each frame would cost a message."""
        if not self.watched:
            return
        if self._stretched:
            self._stretched = False
            self._send(f"WATCHDOG_USEC={self._usec}")
        elif self._fed_s is not None and 0 <= now - self._fed_s < self._usec / 1e6 / 10:
            return
        self._fed_s = now
        self._send("WATCHDOG=1")

    def blind(self) -> None:
        """Say that nothing can be seen, that this is told, and that progress may take longer."""
        if self.watched and not self._stretched and self._usec < PATIENCE_USEC:
            self._stretched = True
            self._send(f"WATCHDOG_USEC={PATIENCE_USEC}")

    def stopping(self) -> None:
        """Say that the watch is about to end."""
        self._send("STOPPING=1")

    def close(self) -> None:
        """Close the socket."""
        if self._socket is not None:
            self._socket.close()
            self._socket = None

    def _send(self, text: str) -> None:
        if self._socket is not None:
            # A full socket loses a message; the next frame brings the next one.
            with suppress(OSError):
                self._socket.send(text.encode())
