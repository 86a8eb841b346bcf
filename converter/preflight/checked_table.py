"""CheckedTable: a table of a foreign flatbuffer, read with every offset held against the file.

The generated readers trust the file: in a damaged one they follow offsets out of it, allocate
what a length claims, or unpack one table a million times. Here a read outside the file, or more
reads than an honest file needs, is a ModelError. The layout is that of
https://flatbuffers.dev/internals/ : a table begins with the distance back to its vtable, which
holds the table's fields' places by slot.
"""

import struct
from collections.abc import Iterator
from typing import Any

import numpy as np
import numpy.typing as npt

from edge.contract.errors import ModelError

Numbers = npt.NDArray[Any]
_LAYOUTS = {
    name: struct.Struct("<" + code)
    for name, code in {
        "bool": "?",
        "int8": "b",
        "uint8": "B",
        "uint16": "H",
        "int32": "i",
        "uint32": "I",
        "uint64": "Q",
    }.items()
}
# Tables in one file. The largest classifiers have some thousand; a language model with 40
# layers in a dozen subgraphs some ten thousand.
MOST_TABLES = 100_000
# Bytes of vectors that may be read, in sizes of the file: an honest file shares few of them.
MOST_PASSES = 4
LONGEST_NAME = 4096


class CheckedBytes:
    """The bytes of a file and what of the work that it may cause is left."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self._tables = MOST_TABLES
        self._bytes = MOST_PASSES * len(data) + 4096

    def root(self) -> "CheckedTable":
        """Return the table that the file begins with.

        Raises:
            ModelError: its offset leads out of the file.
        """
        return CheckedTable(self, self.number(0, "uint32"))

    def number(self, at: int, kind: str) -> int:
        """Return the number at a place.

        Raises:
            ModelError: the place is outside the file.
        """
        layout = _LAYOUTS[kind]
        if not 0 <= at <= len(self.data) - layout.size:
            raise damaged(f"an offset to byte {at} of {len(self.data)}")
        return int(layout.unpack_from(self.data, at)[0])

    def vector(self, at: int, item_bytes: int) -> tuple[int, int]:
        """Return where a vector's items begin and how many there are.

        Raises:
            ModelError: they do not fit into the file.
        """
        count, begin = self.number(at, "uint32"), at + 4
        if count * item_bytes > len(self.data) - begin:
            raise damaged(f"a vector of {count} items at byte {at} of {len(self.data)}")
        return begin, count

    def spend(self, tables: int, vector_bytes: int) -> None:
        """Count work done.

        Raises:
            ModelError: it is more than an honest file causes.
        """
        self._tables -= tables
        self._bytes -= vector_bytes
        if self._tables < 0 or self._bytes < 0:
            raise damaged("tables or vectors that are read again and again")


class CheckedTable:
    """One table of a flatbuffer. `slot` is a field's number in the schema, from 0.

    Raises:
        ModelError: the table does not lie in the file.
    """

    def __init__(self, source: CheckedBytes, at: int) -> None:
        source.spend(1, 0)
        self._source, self._at = source, at
        self._vtable = at - source.number(at, "int32")
        self._vtable_bytes = source.number(self._vtable, "uint16")
        if self._vtable_bytes < 4 or self._vtable_bytes % 2:
            raise damaged(f"a vtable of {self._vtable_bytes} bytes")

    def place(self, slot: int) -> int | None:
        """Return where a field's value lies, None where the file leaves it out."""
        entry = 4 + 2 * slot
        if entry >= self._vtable_bytes:
            return None
        offset = self._source.number(self._vtable + entry, "uint16")
        return self._at + offset if offset else None

    def number(self, slot: int, kind: str, default: int = 0) -> int:
        """Return a number, or the schema's default where the file leaves it out."""
        at = self.place(slot)
        return default if at is None else self._source.number(at, kind)

    def table(self, slot: int) -> "CheckedTable | None":
        """Return the table in a field, None where there is none."""
        at = self._target(slot)
        return None if at is None else CheckedTable(self._source, at)

    def tables(self, slot: int) -> Iterator["CheckedTable"]:
        """Give each table of a vector of tables."""
        at = self._target(slot)
        if at is None:
            return
        begin, count = self._source.vector(at, 4)
        self._source.spend(0, 4 * count)
        for place in range(begin, begin + 4 * count, 4):
            yield CheckedTable(self._source, place + self._source.number(place, "uint32"))

    def numbers(self, slot: int, dtype: str) -> Numbers:
        """Return a vector of numbers, little-endian, such as `<i4`; empty where there is none."""
        at, kind = self._target(slot), np.dtype(dtype)
        if at is None:
            return np.zeros(0, kind)
        begin, count = self._source.vector(at, kind.itemsize)
        self._source.spend(0, kind.itemsize * count)
        return np.frombuffer(self._source.data, kind, count, begin)

    def length(self, slot: int) -> int:
        """Return how many items the vector of a field has, of one byte at least; 0 for none."""
        at = self._target(slot)
        return 0 if at is None else self._source.vector(at, 1)[1]

    def text(self, slot: int) -> str:
        """Return a string; what is no UTF-8 in it is marked."""
        return bytes(self.numbers(slot, "u1")[:LONGEST_NAME]).decode("utf-8", "replace")

    def _target(self, slot: int) -> int | None:
        """Return what a field's offset leads to."""
        at = self.place(slot)
        if at is None:
            return None
        return at + self._source.number(at, "uint32")


def damaged(found: str) -> ModelError:
    """Return the error for a file whose insides do not fit together."""
    return ModelError(
        "the TFLite file is damaged",
        found=found,
        expected="a whole flatbuffer of TFLite's schema",
        next_step="fetch or convert it again",
    )
