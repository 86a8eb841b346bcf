"""BottleneckCache: features on disk, keyed by picture content, preprocessing and backbone."""

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from pathlib import Path
from types import TracebackType
from typing import Self

import numpy as np
import numpy.typing as npt

from edge.contract.errors import StorageError

Floats = npt.NDArray[np.float32]

# Rows asked for in one query; SQLite takes at most 999 marks in its older builds.
KEYS_AT_ONCE = 500

# A row of 5 KB in pages of 16 KB, in a table with row numbers: on 20,000 rows read 4 times as
# fast as in SQLite's default of 4 KB without them, and 111 MB instead of 176. A write-ahead log
# makes a transaction 1.5 ms instead of 18: it is flushed to disk now and then, so that a killed
# process still loses nothing that was added, while a power cut may lose the last batches.
SCHEMA = """
PRAGMA page_size = 16384;
PRAGMA journal_mode = WAL;
PRAGMA synchronous = NORMAL;
CREATE TABLE IF NOT EXISTS bottlenecks (sha256 TEXT PRIMARY KEY, features BLOB NOT NULL);
CREATE TABLE IF NOT EXISTS unreadable (sha256 TEXT PRIMARY KEY, reason TEXT NOT NULL);
"""


class BottleneckCache:
    """Features of pictures under one preprocessing and one backbone, in one SQLite file.

    Each `add` is one transaction: a process killed at any moment leaves whole batches.
    """

    def __init__(self, folder: Path, preprocess_digest: str, network: str) -> None:
        """Open or begin the file; `network` names the backbone's digest and its precision.

        Raises:
            StorageError: the folder or file cannot be written, or is damaged.
        """
        self.path = folder / f"bottlenecks-{network}-{preprocess_digest}.sqlite"
        try:
            folder.mkdir(parents=True, exist_ok=True)
            self._connection = sqlite3.connect(self.path, timeout=60)
            self._connection.executescript(SCHEMA)
        except (OSError, sqlite3.Error) as error:
            raise self._failure(error) from error

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._connection.close()

    def missing(self, keys: Sequence[str]) -> list[str]:
        """Return the keys, in their order, that have neither features nor a reason.

        A key is a picture's SHA-256, or with a colon and a view's key after it.
        """
        known = {row[0] for row in self._connection.execute("SELECT sha256 FROM bottlenecks")}
        bad = {row[0] for row in self._connection.execute("SELECT sha256 FROM unreadable")}
        return [key for key in keys if key not in known and key.partition(":")[0] not in bad]

    def add(self, keys: Sequence[str], features: Floats) -> None:
        """Store float32 features [pictures, channels] of these keys, all or none.

        Raises:
            StorageError: the disk is full or the file cannot be written.
        """
        rows = zip(keys, (row.astype("<f4").tobytes() for row in features), strict=True)
        self._write("INSERT OR REPLACE INTO bottlenecks VALUES (?, ?)", rows)

    def add_problem(self, sha256: str, reason: str) -> None:
        """Remember why a picture cannot be read, so that it is not tried each time."""
        self._write("INSERT OR REPLACE INTO unreadable VALUES (?, ?)", [(sha256, reason)])

    def problem(self, sha256: str) -> str | None:
        """Return why a picture cannot be read, if that was noted."""
        row = self._connection.execute(
            "SELECT reason FROM unreadable WHERE sha256 = ?", (sha256,)
        ).fetchone()
        return str(row[0]) if row else None

    def features(self, keys: Sequence[str]) -> Floats:
        """Return float32 [keys, channels] in the order of `keys`.

        Raises:
            KeyError: a key has no features.
        """
        features = np.zeros((0, 0), np.float32)
        places: dict[str, list[int]] = {}
        for place, key in enumerate(keys):
            places.setdefault(key, []).append(place)
        # Filled in place: twice the features would be twice 100 MB for 20,000 pictures.
        for key, blob in self._blobs(list(places)):
            row = np.frombuffer(blob, "<f4")
            if not len(features):
                features = np.empty((len(keys), len(row)), np.float32)
            features[places.pop(key)] = row
        if places:
            raise KeyError(next(iter(places)))
        return features

    def _blobs(self, keys: Sequence[str]) -> Iterator[tuple[str, bytes]]:
        for start in range(0, len(keys), KEYS_AT_ONCE):
            some = keys[start : start + KEYS_AT_ONCE]
            marks = ",".join("?" * len(some))
            yield from self._connection.execute(
                f"SELECT sha256, features FROM bottlenecks WHERE sha256 IN ({marks})",  # noqa: S608
                some,
            )

    def _write(self, statement: str, rows: Iterable[tuple[object, ...]]) -> None:
        try:
            with self._connection:
                self._connection.executemany(statement, rows)
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StorageError:
        damaged = isinstance(error, sqlite3.DatabaseError) and "not a database" in str(error)
        step = "delete that file" if damaged else "free some space or use --bottleneck-dir"
        return StorageError(
            f"cannot write the bottleneck cache {self.path}: {error}",
            next_step=f"{step}, then run the same command again: what was stored is kept",
        )
