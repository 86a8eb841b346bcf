"""NumberReserve: keeps a new event log from giving out an old one's numbers again."""

from pathlib import Path

from edge.contract.atomic import write_text

BLOCK = 1000


class NumberReserve:
    """Says up to which number events may have been given one, in a file beside the log.

    It is written once in `BLOCK` events, so it costs next to nothing; a log that begins anew,
    because the old one was damaged or removed, goes on after it.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._reserved: int | None = None

    def upto(self) -> int:
        """Return the highest number that may be in use; 0 where nothing is known."""
        if self._reserved is None:
            try:
                self._reserved = max(0, int(self._path.read_bytes()[:20]))
            except (OSError, ValueError):
                self._reserved = 0
        return self._reserved

    def cover(self, number: int) -> None:
        """Have `number` covered before it is used.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        if number > self.upto():
            write_text(self._path, f"{number + BLOCK}\n")
            self._reserved = number + BLOCK
