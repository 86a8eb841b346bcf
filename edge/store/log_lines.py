"""LogLines: one line for each event, for journald or for a person at a terminal."""

import os
import select
import socket
import stat
from collections.abc import Mapping
from datetime import UTC

from edge.store.event import Event
from edge.store.words import in_words

# syslog(3): with `<N>` before a line, journald files it under that priority (sd-daemon(3)).
ALERT, ERROR, WARNING, NOTICE, INFO = 1, 3, 4, 5, 6
PRIORITIES = {
    "trouble": ERROR,
    "supervisory": WARNING,
    "restarted": WARNING,
    "acknowledged": NOTICE,
    "model_changed": NOTICE,
    "started": NOTICE,
    "stopped": NOTICE,
}
# What a pipe or journald's socket takes whole, and without waiting, once it is writable.
MOST_LINE_BYTES = 2048


class LogLines:
    """Writes lines to a file descriptor, and never waits for its reader.

    A line that would have to wait is left out and counted in `lost`.
    """

    def __init__(self, descriptor: int = 2, *, prefixes: bool = False) -> None:
        self.lost = 0
        self._descriptor = descriptor
        self._prefixes = prefixes
        kind = os.fstat(descriptor).st_mode
        self._socket = None
        if stat.S_ISSOCK(kind):
            self._socket = socket.socket(fileno=os.dup(descriptor))

    @classmethod
    def of_process(cls, environ: Mapping[str, str] = os.environ, descriptor: int = 2) -> "LogLines":
        """Return one on stderr, with priorities if journald reads it."""
        return cls(descriptor, prefixes=is_journald(environ, descriptor))

    def event(self, event: Event) -> None:
        """Write an event's line."""
        priority = ALERT if event.is_alarm else PRIORITIES.get(event.kind, INFO)
        self.line(in_words(event), priority, f"{event.at.astimezone(UTC):%Y-%m-%d %H:%M:%SZ} ")

    def line(self, text: str, priority: int = INFO, time: str = "") -> None:
        """Write one line; `time` is left out where journald puts its own."""
        head = f"<{priority}>" if self._prefixes else time
        plain = " ".join((head + text).split())
        data = plain.encode(errors="replace")[: MOST_LINE_BYTES - 1] + b"\n"
        if not self._write(data):
            self.lost += 1

    def close(self) -> None:
        """Let go of the socket; the descriptor itself stays open."""
        if self._socket is not None:
            self._socket.close()

    def _write(self, data: bytes) -> bool:
        try:
            if self._socket is not None:
                return self._socket.send(data, socket.MSG_DONTWAIT) == len(data)
            if not select.select([], [self._descriptor], [], 0)[1]:
                return False
            return os.write(self._descriptor, data) == len(data)
        except OSError:
            return False


def is_journald(environ: Mapping[str, str], descriptor: int) -> bool:
    """Say whether journald reads a descriptor: systemd names its device and inode."""
    try:
        about = os.fstat(descriptor)
    except OSError:
        return False
    return environ.get("JOURNAL_STREAM") == f"{about.st_dev}:{about.st_ino}"
