"""Ballast: a little room on the disk, held back for the moment in which it is full."""

from pathlib import Path

from edge.contract.atomic import atomic_path

BALLAST_BYTES = 512 << 10


class Ballast:
    """A file of no use but its size: thrown off, alarms and what people did still fit."""

    def __init__(self, path: Path, size_bytes: int = BALLAST_BYTES) -> None:
        self.path = path
        self.size_bytes = size_bytes
        self.off = False

    def load(self) -> bool:
        """Take the room, if it is not taken yet; say whether anything was written.

        Raises:
            StorageError: there is none.
        """
        try:
            if self.path.stat().st_size == self.size_bytes:
                self.off = False
                return False
        except FileNotFoundError:
            pass
        except OSError:
            return False
        with atomic_path(self.path) as temporary, open(temporary, "wb") as file:
            # Zeros that are written, not a hole: a hole holds nothing back.
            file.write(bytes(self.size_bytes))
        self.off = False
        return True

    def throw_off(self) -> bool:
        """Give the room back; say whether there was any. From then on it is `off`."""
        self.off = True
        try:
            self.path.unlink()
        except OSError:
            return False
        return True
