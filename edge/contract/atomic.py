"""Atomic writes: a reader sees the old file or the new one, whatever happens between."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from edge.contract.errors import StorageError


def sync_folder(folder: Path) -> None:
    """Flush a folder's entries to disk, so that a rename in it survives a power cut."""
    descriptor = os.open(folder, os.O_RDONLY | getattr(os, "O_DIRECTORY", 0))
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)


@contextmanager
def atomic_path(path: Path, mode: int = 0o644) -> Iterator[Path]:
    """Give a temporary path beside `path`; on leaving, flush it and rename it over `path`.

    On any error the temporary file is removed and `path` is left as it was.
    The temporary name keeps the suffix, for writers that go by it. `mode` is the file's; until
    it is whole, only its owner may read it.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
        handle, name = tempfile.mkstemp(
            dir=path.parent, prefix=f".{path.stem}.", suffix=path.suffix
        )
        os.close(handle)
    except OSError as error:
        raise _storage_error(path, error) from error
    temporary = Path(name)
    try:
        yield temporary
        os.chmod(temporary, mode)
        with open(temporary, "rb") as written:
            os.fsync(written.fileno())
        os.replace(temporary, path)
        sync_folder(path.parent)
    except OSError as error:
        if isinstance(error, StorageError) or error.filename not in (None, str(temporary)):
            raise
        raise _storage_error(path, error) from error
    finally:
        temporary.unlink(missing_ok=True)


def write_bytes(path: Path, data: bytes, mode: int = 0o644) -> None:
    """Write `data` to `path` atomically; `mode` is the file's.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    with atomic_path(path, mode) as temporary:
        temporary.write_bytes(data)


def write_text(path: Path, text: str) -> None:
    """Write `text` to `path` as UTF-8, atomically.

    Raises:
        StorageError: the folder cannot be written or the disk is full.
    """
    write_bytes(path, text.encode())


def _storage_error(path: Path, error: OSError) -> StorageError:
    return StorageError(
        f"cannot write {path}: {error.strerror or error}",
        next_step="free some space or choose another folder, then run the same command again",
    )
