"""Flatbuffer: a TFLite file's own words: its operators, its tensors, the runtime it needs.

The one file that knows the generated schema. Nothing here runs a model, and every offset of the
file is checked, so any bytes at all may be given to it.
"""

import re
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from converter.preflight.checked_table import CheckedBytes, CheckedTable, damaged
from converter.preflight.model_graph import ModelGraph, Node, OperatorCode, Subgraph, Tensor
from edge.contract.errors import ModelError
from edge.contract.tensors import TensorSpec

IDENTIFIER = b"TFL3"
MIN_RUNTIME_METADATA = "min_runtime_version"
SHORTEST = 16
# Fields' numbers in the schema's tables; a flatbuffer schema never renumbers one.
CODES, SUBGRAPHS, BUFFERS, METADATA, SIGNATURES = 1, 2, 4, 6, 7
# The most dimensions that a tensor may have here; TFLite's kernels take up to 6 or 8.
MOST_DIMENSIONS = 16


@dataclass(frozen=True)
class Operator:
    """An operator of a model: its name, the version it asks for, and how often it stands."""

    name: str
    version: int
    count: int


@dataclass(frozen=True)
class Declaration:
    """What a model file says of itself.

    `min_runtime_version` is the oldest runtime that knows all its operator versions, by the
    converter's own table; empty where the file does not say.
    """

    inputs: tuple[TensorSpec, ...]
    outputs: tuple[TensorSpec, ...]
    operators: tuple[Operator, ...]
    min_runtime_version: str

    def count(self, name: str) -> int:
        """Return how often an operator stands in the model."""
        return sum(operator.count for operator in self.operators if operator.name == name)

    def newer_than(self, runtime_version: str) -> bool:
        """Say whether the model asks for a newer runtime than that, such as `2.14.0`."""
        return is_newer(self.min_runtime_version, runtime_version)


def declaration(model: bytes) -> Declaration:
    """Read what a TFLite file says of itself.

    Raises:
        ModelError: not a TFLite file, or a damaged one.
    """
    root = _root(model)
    graph = _graph(root, len(model))
    signed = _signed_names(root)
    main, counts = graph.main, graph.counts
    return Declaration(
        inputs=tuple(_spec(main.tensors[at], signed.get(at)) for at in main.inputs),
        outputs=tuple(_spec(main.tensors[at], signed.get(at)) for at in main.outputs),
        operators=tuple(
            Operator(code.title, code.version, counts[code])
            for code in sorted(counts, key=lambda code: (code.title, code.version))
        ),
        min_runtime_version=graph.min_runtime_version,
    )


def read_graph(model: bytes) -> ModelGraph:
    """Read a TFLite file's operators and tensors.

    Raises:
        ModelError: not a TFLite file, or a damaged one.
    """
    return _graph(_root(model), len(model))


def is_newer(asked: str, runtime_version: str) -> bool:
    """Say whether a version such as `2.17.0` is newer than another; an empty one is not."""
    return bool(_numbers(asked)) and _numbers(asked) > _numbers(runtime_version)


@cache
def operator_names() -> dict[int, str]:
    """Return the schema's built-in operators, by their numbers."""
    return _names("BuiltinOperator")


@cache
def type_names() -> dict[int, str]:
    """Return the schema's tensor types by their numbers, in NumPy's spelling."""
    return {number: name.lower() for number, name in _names("TensorType").items()}


def _names(enumeration: str) -> dict[int, str]:
    from ai_edge_litert import schema_py_generated

    members: dict[str, Any] = vars(getattr(schema_py_generated, enumeration))
    return {value: name for name, value in members.items() if isinstance(value, int)}


def _root(model: bytes) -> CheckedTable:
    if len(model) < SHORTEST or model[4:8] != IDENTIFIER:
        raise ModelError(
            "not a TFLite model",
            found=f"{len(model)} bytes, {bytes(model[4:8])!r}",
            expected=f"a file with {IDENTIFIER!r} at byte 4",
        )
    return CheckedBytes(model).root()


def _graph(root: CheckedTable, size_bytes: int) -> ModelGraph:
    codes = tuple(_code(table) for table in root.tables(CODES))
    buffers = [max(table.length(0), table.number(2, "uint64")) for table in root.tables(BUFFERS)]
    subgraphs = tuple(_subgraph(table, codes, buffers) for table in root.tables(SUBGRAPHS))
    if not subgraphs:
        raise damaged("a model without a graph")
    return ModelGraph(codes, subgraphs, _min_runtime_version(root), size_bytes)


def _code(table: CheckedTable) -> OperatorCode:
    # The schema's first field for the code holds 127 where the number does not fit one byte.
    number = max(table.number(0, "int8"), table.number(3, "int32"))
    name = operator_names().get(number, f"operator {number}")
    return OperatorCode(name, table.number(2, "int32", 1), table.text(1))


def _subgraph(table: CheckedTable, codes: tuple[OperatorCode, ...], buffers: list[int]) -> Subgraph:
    tensors = tuple(_tensor(entry, buffers) for entry in table.tables(0))
    count = len(tensors)
    nodes = []
    for entry in table.tables(3):
        kind = entry.number(0, "uint32")
        if kind >= len(codes):
            raise damaged(f"operator code {kind} of {len(codes)}")
        inputs = _indexes(entry, 1, count, optional=True)
        nodes.append(Node(codes[kind], inputs, _indexes(entry, 2, count, optional=True)))
    return Subgraph(tensors, tuple(nodes), _indexes(table, 1, count), _indexes(table, 2, count))


def _indexes(table: CheckedTable, slot: int, count: int, optional: bool = False) -> tuple[int, ...]:
    numbers = table.numbers(slot, "<i4")
    if len(numbers) and (numbers.max() >= count or numbers.min() < (-1 if optional else 0)):
        raise damaged(f"tensors {numbers[:8].tolist()} of {count}")
    return tuple(numbers.tolist())


def _tensor(table: CheckedTable, buffers: list[int]) -> Tensor:
    shape = table.numbers(0, "<i4")
    if len(shape) > MOST_DIMENSIONS or (len(shape) and shape.min() < -1):
        raise damaged(f"a tensor of shape {shape[:MOST_DIMENSIONS].tolist()}")
    number, buffer = table.number(1, "int8"), table.number(2, "uint32")
    if buffer >= max(len(buffers), 1):
        raise damaged(f"buffer {buffer} of {len(buffers)}")
    quantisation = table.table(4)
    scales = np.zeros(0, "<f4") if quantisation is None else quantisation.numbers(2, "<f4")
    zeros = np.zeros(0, "<i8") if quantisation is None else quantisation.numbers(3, "<i8")
    return Tensor(
        name=table.text(3),
        shape=tuple(shape.tolist()),
        dtype=type_names().get(number, f"type {number}"),
        scales=len(scales),
        scale=float(scales[0]) if len(scales) else 0.0,
        zero_point=int(zeros[0]) if len(zeros) else 0,
        # Buffer 0 is the empty one, by the schema.
        constant_bytes=buffers[buffer] if buffer else 0,
        variable=bool(table.number(5, "bool")),
    )


def _spec(tensor: Tensor, name: str | None) -> TensorSpec:
    return TensorSpec(
        name=name or tensor.name,
        shape=tensor.shape,
        dtype=tensor.dtype,
        scale=tensor.scale,
        zero_point=tensor.zero_point,
    )


def _signed_names(root: CheckedTable) -> dict[int, str]:
    """Return the names that a model's signature gives its inputs and outputs, by tensor."""
    return {
        entry.number(1, "uint32"): entry.text(0)
        for signature in root.tables(SIGNATURES)
        if signature.number(4, "uint32") == 0
        for side in (0, 1)
        for entry in signature.tables(side)
    }


def _min_runtime_version(root: CheckedTable) -> str:
    wanted = [table for table in root.tables(METADATA) if table.text(0) == MIN_RUNTIME_METADATA]
    for at, table in enumerate(root.tables(BUFFERS)):
        if wanted and at == wanted[0].number(1, "uint32"):
            held = table.text(0).rstrip("\0")
            return held if re.fullmatch(r"\d+(\.\d+)*\S{0,20}", held, re.ASCII) else ""
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    parts = re.split(r"[+-]", version, maxsplit=1)[0].split(".")
    return tuple(int(part) for part in parts if part.isdecimal() and len(part) < 10)
