"""The disk: what the watch must not forget can be written, soon enough, with room left."""

import os
import tempfile
from collections.abc import Iterator
from pathlib import Path
from time import perf_counter

from edge.contract.atomic import sync_folder
from edge.doctor.case import Case
from edge.doctor.finding import Finding, bad, note, ok
from edge.store.disk import free_bytes

MIB = 1 << 20
# One event and its place in the log; an old card takes a second for it, a dying one many.
WRITTEN_BYTES = 64 << 10
SLOW_S, DYING_S = 1.0, 10.0


def look_at_disk(case: Case) -> Iterator[Finding]:
    """Write to the state folder, and flush it, as the event log does."""
    store = case.config.store
    folder = store.folder
    where = _nearest(folder)
    try:
        folder.mkdir(parents=True, exist_ok=True)
        seconds = _written(folder)
    except OSError as error:
        todo = (
            "make it writable for this user, or free some space, or choose another [store] folder"
        )
        problem = f"{folder} cannot be written: {error.strerror or error}"
        yield bad("disk", f"{problem}; nothing would be remembered", todo)
        return
    free = free_bytes(where if not folder.exists() else folder) or 0
    found = f"{folder}: {free // MIB} MiB free, a write is safe after {1e3 * seconds:.0f} ms"
    wanted = store.low_disk_mb * MIB
    if seconds > DYING_S:
        yield bad("disk", found, "the card is dying or overloaded: replace it")
    elif free < wanted:
        yield note("disk", f"{found}, {store.low_disk_mb} wanted", "free some space")
    elif seconds > SLOW_S:
        yield note("disk", found, "a slow card: events come late, alarms do not. Try another one")
    else:
        yield ok("disk", found)


def _nearest(folder: Path) -> Path:
    return next(parent for parent in (folder, *folder.parents) if parent.exists())


def _written(folder: Path) -> float:
    """Return how long it takes until a small file is on the disk for good, in seconds."""
    started = perf_counter()
    handle, name = tempfile.mkstemp(dir=folder, prefix=".doctor-")
    try:
        data = os.urandom(WRITTEN_BYTES)
        while data:
            data = data[os.write(handle, data) :]
        os.fsync(handle)
        sync_folder(folder)
        return perf_counter() - started
    finally:
        os.close(handle)
        Path(name).unlink(missing_ok=True)
