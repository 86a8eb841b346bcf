"""LatchFile: what of an alarm must survive a restart, on disk."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from edge.store.durable import DurableRecord, Recorded

LOST = "whether there was an alarm before the restart is not known"


class LatchFile:
    """Keeps the latch; what cannot be read is never taken for "no alarm"."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._record = DurableRecord(path)

    def save(self, data: Mapping[str, Any]) -> None:
        """Keep the latch; it is on the disk when this returns.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        self._record.save(data)

    def load(self, *, expected: bool = False) -> Recorded:
        """Return the latch that was kept last.

        `expected` says that this camera has kept one before, so that a missing file is a
        problem as well. Without `data`, a `problem` is a trouble until a person has looked:
        the alarm that was there, if one was, is not known any more.
        """
        read = self._record.load()
        if read.data is None and (read.problem or expected):
            return Recorded(None, f"{LOST}: {read.problem or f'{self.path.name} is missing'}")
        return read
