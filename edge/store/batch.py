"""FileBatch: many new files made durable at once, for the price of one or two."""

import os
import tempfile
from contextlib import suppress
from pathlib import Path

from edge.contract.atomic import sync_folder
from edge.contract.errors import StorageError


class FileBatch:
    """Collects files beside their places; `commit` makes all of them durable, then visible.

    A flush to disk costs a card some 40 kB whatever is flushed, so pictures go in groups. A
    reader sees a whole file or none, also after a power cut.
    """

    def __init__(self) -> None:
        self.size_bytes = 0
        self._files: list[tuple[Path, Path]] = []

    @property
    def files(self) -> int:
        """Return how many files are in it."""
        return len(self._files)

    def add(self, path: Path, content: bytes) -> None:
        """Write a file under another name, not durable yet.

        Raises:
            StorageError: the folder cannot be written or the disk is full.
        """
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            handle, name = tempfile.mkstemp(
                dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix
            )
            self._files.append((Path(name), path))
            with os.fdopen(handle, "wb") as file:
                file.write(content)
            os.chmod(name, 0o644)
        except OSError as error:
            raise _storage_error(path, error) from error
        self.size_bytes += len(content)

    def commit(self) -> None:
        """Have everything on the disk, and then under its name.

        Raises:
            StorageError: the disk refuses; none or some of the files are there.
        """
        if not self._files:
            return
        path = self._files[0][1]
        try:
            sync_file_system(path.parent)
            while self._files:
                temporary, path = self._files[0]
                os.replace(temporary, path)
                del self._files[0]
            sync_file_system(path.parent)
        except OSError as error:
            raise _storage_error(path, error) from error

    def drop(self) -> None:
        """Remove what was not committed."""
        for temporary, _ in self._files:
            with suppress(OSError):
                temporary.unlink()
        self._files.clear()


def sync_file_system(folder: Path) -> None:
    """Flush everything of the file system that a folder is on.

    Python has no syncfs(2), and each file's own fsync would be a commit of its own. Without
    it, as on no Linux that we know, the folder alone is flushed after a sync of all disks.

    Raises:
        OSError: the disk refuses.
    """
    import ctypes

    syncfs = getattr(ctypes.CDLL(None, use_errno=True), "syncfs", None)
    if syncfs is None:
        os.sync()
        sync_folder(folder)
        return
    descriptor = os.open(folder, os.O_RDONLY | os.O_DIRECTORY)
    try:
        if syncfs(descriptor) != 0:
            number = ctypes.get_errno()
            raise OSError(number, os.strerror(number), str(folder))
    finally:
        os.close(descriptor)


def _storage_error(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot write {path}: {error.strerror or error}",
        next_step="free some space, or let the watch's user write there",
    )
