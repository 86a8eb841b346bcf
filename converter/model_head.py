"""Puts one more piece of metadata into a TFLite file by a new root table before it.

A flatbuffer's offsets point forward only, so nothing can be added behind a file. But a new
root in front may point at all that there is. So the converter's own bytes stay as they are,
order and alignment included: runtimes find their weights as they did, and two models that
were alike stay alike.
"""

import struct
from collections.abc import Sequence

from flatbuffers.table import Table

IDENTIFIER = b"TFL3"
# Field numbers of the tables Model and Metadata in TensorFlow's schema.fbs, version 3.
VERSION, BUFFERS, METADATA = 0, 4, 6
MODEL_FIELDS = 8
METADATA_NAME = 0
# The schema asks for 16; 64 keeps the weights on the cache lines that they were on.
ALIGNMENT = 64
DATA_ALIGNMENT = 16
WORD = 4
# The head begins with the root's offset, the identifier, the root's field table and the root.
VTABLE_AT = 8
ROOT_AT = VTABLE_AT + 4 + 2 * MODEL_FIELDS
BUFFERS_AT = ROOT_AT + WORD * (1 + MODEL_FIELDS)


def put_in_front(model: bytes, name: str, content: bytes) -> bytes:
    """Return the head that makes `head + model` the model with one more metadata entry.

    An entry of that name that the model had is dropped. `model` is a whole TFLite file, as a
    converter wrote it.
    """
    old = Table(model, struct.unpack_from("<I", model)[0])
    buffers = _elements(old, BUFFERS)
    entries = [at for at in _elements(old, METADATA) if _name(model, at) != name.encode()]

    entries_at = BUFFERS_AT + WORD * (len(buffers) + 2)
    entry_at = entries_at + WORD * (len(entries) + 2)
    entry = _entry(name, len(buffers))
    buffer_at = entry_at + len(entry)
    buffer = _buffer(buffer_at, content)
    size = buffer_at + len(buffer)
    size += -size % ALIGNMENT

    fields = {
        number: size + old.Indirect(old.Pos + _inside(old, number))
        for number in range(VERSION + 1, MODEL_FIELDS)
        if _inside(old, number)
    } | {BUFFERS: BUFFERS_AT, METADATA: entries_at}
    parts = [
        _root(_version(old), fields),
        _vector(BUFFERS_AT, [*(size + at for at in buffers), buffer_at + 8]),
        _vector(entries_at, [*(size + at for at in entries), entry_at + 8]),
        entry,
        buffer,
    ]
    head = b"".join(parts)
    return head + bytes(size - len(head))


def _inside(table: Table, number: int) -> int:
    """Return how far inside its table a field lies; 0 where the table has none."""
    return int(table.Offset(4 + 2 * number))


def _elements(table: Table, number: int) -> list[int]:
    """Return where the tables of a vector lie."""
    inside = _inside(table, number)
    if not inside:
        return []
    start = table.Vector(inside)
    return [table.Indirect(start + WORD * at) for at in range(table.VectorLen(inside))]


def _name(model: bytes, entry_at: int) -> bytes:
    entry = Table(model, entry_at)
    inside = _inside(entry, METADATA_NAME)
    return bytes(entry.String(entry_at + inside)) if inside else b""


def _version(model: Table) -> int:
    inside = _inside(model, VERSION)
    return int(struct.unpack_from("<I", model.Bytes, model.Pos + inside)[0]) if inside else 0


def _root(version: int, fields: dict[int, int]) -> bytes:
    """Return everything up to `BUFFERS_AT`; `fields` says where each field's value lies."""
    places, values = [], []
    for number in range(MODEL_FIELDS):
        inside = WORD * (1 + number)
        there = number == VERSION or number in fields
        places.append(inside if there else 0)
        values.append(fields[number] - (ROOT_AT + inside) if number in fields else 0)
    values[VERSION] = version
    vtable = (ROOT_AT - VTABLE_AT, BUFFERS_AT - ROOT_AT, *places)
    return struct.pack(
        f"<I4s{len(vtable)}Hi{len(values)}I",
        ROOT_AT,
        IDENTIFIER,
        *vtable,
        ROOT_AT - VTABLE_AT,
        *values,
    )


def _vector(at: int, targets: Sequence[int]) -> bytes:
    """Return a vector of tables that lies at `at`."""
    offsets = [target - (at + WORD * (1 + number)) for number, target in enumerate(targets)]
    return struct.pack(f"<{1 + len(offsets)}I", len(offsets), *offsets)


def _entry(name: str, buffer: int) -> bytes:
    """Return a Metadata table, 8 bytes behind its field table, and its name."""
    text = name.encode()
    # Two fields 4 and 8 bytes inside a table of 12; the name comes right after it.
    fixed = struct.pack("<4HiIII", 8, 12, 4, 8, 8, 8, buffer, len(text))
    return fixed + text + bytes(1 + -(len(text) + 1) % WORD)


def _buffer(at: int, content: bytes) -> bytes:
    """Return a Buffer table that lies 8 bytes behind `at`, and its aligned content."""
    vector = 16 + -(at + 16 + WORD) % DATA_ALIGNMENT
    # One field 4 bytes inside a table of 8; two bytes make the field table's length even.
    fixed = struct.pack("<3H2xiI", 6, 8, 4, 8, vector - 12)
    padding = bytes(vector - len(fixed))
    return fixed + padding + struct.pack("<I", len(content)) + content
