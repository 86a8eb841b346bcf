"""The disk under the state folder: what a failed write says of it, and the room that is left."""

import errno
import os
import sqlite3
from pathlib import Path
from typing import Literal

from edge.contract.errors import StorageError

Fault = Literal["disk-full", "disk-read-only", "event-log"]

FULL = (errno.ENOSPC, errno.EDQUOT)
READ_ONLY = (errno.EROFS, errno.EACCES, errno.EPERM)
# Primary result codes, https://www.sqlite.org/rescode.html
SQLITE_PRIMARY = 0xFF
# Less than SQLite needs for its smallest step: what it then says of the disk is not to the point.
NO_ROOM_BYTES = 128 << 10


def fault_of(error: BaseException, folder: Path) -> Fault:
    """Return what is wrong with the disk, by an error and whatever caused it.

    What the error does not tell, the folder does: a database that "cannot be opened" may be
    on a disk that is full or may not be written.
    """
    cause: BaseException | None = error
    while cause is not None:
        found = _told_by(cause)
        if found is not None:
            return found
        cause = cause.__cause__ or cause.__context__
    free = free_bytes(folder)
    if free is not None and free < NO_ROOM_BYTES:
        return "disk-full"
    if folder.is_dir() and not os.access(folder, os.W_OK):
        return "disk-read-only"
    return "event-log"


def check_writable(folder: Path) -> None:
    """Check that a folder may be written, by asking alone: a card that dies turns read-only.

    Raises:
        StorageError: it may not.
    """
    if folder.is_dir() and not os.access(folder, os.W_OK):
        raise StorageError(
            f"the folder {folder} may not be written",
            next_step="a card that turned read-only is broken or its file system is: "
            "see `dmesg`, and change the card",
        )


def free_bytes(folder: Path) -> int | None:
    """Return how much may still be written there; None where it cannot be told."""
    try:
        disk = os.statvfs(folder)
    except OSError:
        return None
    return disk.f_bavail * disk.f_frsize


def _told_by(error: BaseException) -> Fault | None:
    if isinstance(error, sqlite3.Error):
        code = getattr(error, "sqlite_errorcode", 0) & SQLITE_PRIMARY
        if code == sqlite3.SQLITE_FULL:
            return "disk-full"
        return "disk-read-only" if code == sqlite3.SQLITE_READONLY else None
    number = error.errno if isinstance(error, OSError) else None
    if number in FULL:
        return "disk-full"
    return "disk-read-only" if number in READ_ONLY else None
