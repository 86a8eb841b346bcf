"""Refuses a TFLite file whose parts lie outside it: the runtimes look for them all the same.

tflite-runtime 2.14 reads a flatbuffer unverified, and a file that was cut short kills the
process. This walks the tables that a runtime walks first. It is no full verification: a
bundle's model is held by its hash instead.
"""

import struct
from collections.abc import Iterator

from edge.contract.errors import ModelError

# Field numbers of the tables in TensorFlow's schema.fbs, version 3.
MODEL_OPERATOR_CODES, MODEL_SUBGRAPHS, MODEL_BUFFERS = 1, 2, 4
SUBGRAPH_TENSORS, SUBGRAPH_OPERATORS = 0, 3
BUFFER_DATA = 0


def check_whole(model: bytes, name: str) -> None:
    """Do nothing if the model's tables and buffers lie inside it; `name` is for messages.

    Raises:
        ModelError: some lie outside.
    """
    try:
        root = _offset(model, 0)
        list(_tables(model, root, MODEL_OPERATOR_CODES))
        for subgraph in _tables(model, root, MODEL_SUBGRAPHS):
            list(_tables(model, subgraph, SUBGRAPH_TENSORS))
            list(_tables(model, subgraph, SUBGRAPH_OPERATORS))
        for buffer in _tables(model, root, MODEL_BUFFERS):
            _check_bytes(model, buffer, BUFFER_DATA)
    except (struct.error, IndexError) as error:
        raise ModelError(
            f"{name} is damaged or cut short",
            found=f"{len(model)} bytes, with parts outside them",
            next_step="copy it again",
        ) from error


def _offset(data: bytes, at: int) -> int:
    """Return the place that the offset at `at` points to."""
    place = at + int(struct.unpack_from("<I", data, at)[0])
    if place + 4 > len(data):
        raise IndexError(place)
    return place


def _field(data: bytes, table: int, number: int) -> int | None:
    """Return where a table keeps a field, or None where it has none."""
    vtable = table - int(struct.unpack_from("<i", data, table)[0])
    if vtable < 0:
        raise IndexError(vtable)
    size_bytes = int(struct.unpack_from("<H", data, vtable)[0])
    entry = 4 + 2 * number
    if entry + 2 > size_bytes:
        return None
    inside = int(struct.unpack_from("<H", data, vtable + entry)[0])
    return table + inside if inside else None


def _tables(data: bytes, table: int, number: int) -> Iterator[int]:
    """Give the places of the tables in a vector."""
    field = _field(data, table, number)
    if field is None:
        return
    vector = _offset(data, field)
    (count,) = struct.unpack_from("<I", data, vector)
    if vector + 4 + 4 * count > len(data):
        raise IndexError(vector)
    for place in range(vector + 4, vector + 4 + 4 * count, 4):
        inner = _offset(data, place)
        _field(data, inner, 0)
        yield inner


def _check_bytes(data: bytes, table: int, number: int) -> None:
    field = _field(data, table, number)
    if field is None:
        return
    vector = _offset(data, field)
    (size_bytes,) = struct.unpack_from("<I", data, vector)
    if vector + 4 + size_bytes > len(data):
        raise IndexError(vector)
