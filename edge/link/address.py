"""The control socket's place in the file system, reached whatever its path's length."""

import os
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

SOCKET = "control.sock"


def control_path(state_folder: Path) -> Path:
    """Return where the control socket of a watch is.

    systemd's RUNTIME_DIRECTORY, a folder in memory, where there is one; else the folder of
    the watch's own state.
    """
    return Path(os.environ.get("RUNTIME_DIRECTORY") or state_folder) / SOCKET


@contextmanager
def short_address(path: Path) -> Iterator[str]:
    """Give an address for bind or connect that fits into the 107 bytes of a Unix socket's.

    Raises:
        OSError: the folder is not there.
    """
    folder = os.open(path.parent, os.O_PATH | os.O_DIRECTORY)
    try:
        yield f"/proc/self/fd/{folder}/{path.name}"
    finally:
        os.close(folder)


def unix_socket() -> socket.socket:
    """Return a stream socket that no child process inherits."""
    return socket.socket(socket.AF_UNIX, socket.SOCK_STREAM | socket.SOCK_CLOEXEC)
