"""FactCache: what audits found out, by picture content, in one SQLite file."""

import json
import sqlite3
from collections.abc import Callable, Sequence
from pathlib import Path
from types import TracebackType
from typing import Any, Self

import numpy as np

from edge.contract.errors import StorageError
from training.audit.fact import Fact

# Part of the file's name: another measure of pictures begins another file.
VERSION = 1
SCHEMA = """
CREATE TABLE IF NOT EXISTS facts (
  sha256 TEXT PRIMARY KEY, problem TEXT NOT NULL, format TEXT NOT NULL,
  width INTEGER NOT NULL, height INTEGER NOT NULL, orientation INTEGER NOT NULL,
  statistics BLOB, hashes BLOB
) WITHOUT ROWID;
CREATE TABLE IF NOT EXISTS answers (key TEXT PRIMARY KEY, answer TEXT NOT NULL) WITHOUT ROWID;
"""


class FactCache:
    """Facts of pictures, and answers that took long, in a folder given.

    Each `add` is one transaction: a process killed at any moment leaves whole batches.
    """

    def __init__(self, folder: Path) -> None:
        """Open or begin the file.

        Raises:
            StorageError: the folder or file cannot be written, or is damaged.
        """
        self.path = folder / f"audit-{VERSION}.sqlite"
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

    def facts(self, keys: Sequence[str]) -> dict[str, Fact]:
        """Return what is known of pictures, by their SHA-256.

        Raises:
            StorageError: the file is damaged.
        """
        wanted = set(keys)
        try:
            rows = self._connection.execute("SELECT * FROM facts")
            return {row[0]: _fact(row) for row in rows if row[0] in wanted}
        except (sqlite3.Error, ValueError) as error:
            raise self._failure(error) from error

    def add(self, facts: Sequence[Fact]) -> None:
        """Store facts, all or none.

        Raises:
            StorageError: the disk is full or the file cannot be written.
        """
        rows = [_row(fact) for fact in facts]
        self._write("INSERT OR REPLACE INTO facts VALUES (?, ?, ?, ?, ?, ?, ?, ?)", rows)

    def answer(self, key: str, find: Callable[[], Any]) -> Any:
        """Return the answer kept under `key`, or find it (plain JSON) and keep it."""
        try:
            row = self._connection.execute(
                "SELECT answer FROM answers WHERE key = ?", (key,)
            ).fetchone()
        except sqlite3.Error as error:
            raise self._failure(error) from error
        if row is not None:
            return json.loads(row[0])
        found = find()
        self._write(
            "INSERT OR REPLACE INTO answers VALUES (?, ?)",
            [(key, json.dumps(found, ensure_ascii=False))],
        )
        return found

    def _write(self, statement: str, rows: list[tuple[object, ...]]) -> None:
        try:
            with self._connection:
                self._connection.executemany(statement, rows)
        except sqlite3.Error as error:
            raise self._failure(error) from error

    def _failure(self, error: Exception) -> StorageError:
        damaged = isinstance(error, sqlite3.DatabaseError) and (
            "not a database" in str(error) or "malformed" in str(error)
        )
        step = "delete that file" if damaged else "free some space or use --bottleneck-dir"
        return StorageError(
            f"cannot use the audit's cache {self.path}: {error}",
            next_step=f"{step}, then run the same command again",
        )


def _row(fact: Fact) -> tuple[object, ...]:
    statistics = None if fact.statistics is None else fact.statistics.astype("<f4").tobytes()
    hashes = None if fact.hashes is None else fact.hashes.astype("<u8").tobytes()
    size = (fact.width, fact.height, fact.orientation)
    return (fact.sha256, fact.problem, fact.format, *size, statistics, hashes)


def _fact(row: tuple[Any, ...]) -> Fact:
    statistics = None if row[6] is None else np.frombuffer(row[6], "<f4").astype(np.float32)
    hashes = None if row[7] is None else np.frombuffer(row[7], "<u8").astype(np.uint64)
    sha256, problem, kind, width, height, orientation = row[:6]
    return Fact(sha256, problem, kind, width, height, orientation, statistics, hashes)
