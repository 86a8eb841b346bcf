"""Flatbuffer: a TFLite file's own words: its operators, its tensors, the runtime it needs.

The one file that knows the generated schema. Nothing here runs a model.
"""

import re
from collections import Counter
from dataclasses import dataclass
from typing import Any

from edge.contract.errors import ModelError
from edge.contract.tensors import TensorSpec

IDENTIFIER = b"TFL3"
MIN_RUNTIME_METADATA = b"min_runtime_version"


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
        asked = _numbers(self.min_runtime_version)
        return bool(asked) and asked > _numbers(runtime_version)


def declaration(model: bytes) -> Declaration:
    """Read what a TFLite file says of itself.

    Raises:
        ModelError: not a TFLite file.
    """
    if model[4:8] != IDENTIFIER:
        raise ModelError("not a TFLite model", found=f"{len(model)} bytes, {model[4:8]!r}")
    schema = _schema()
    content = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(model), 0))
    graph = content.subgraphs[0]
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    codes = [
        (names[max(code.builtinCode, code.deprecatedBuiltinCode)], int(code.version))
        for code in content.operatorCodes
    ]
    counts = Counter(codes[operator.opcodeIndex] for operator in graph.operators)
    signed = _signed_names(content)
    return Declaration(
        inputs=tuple(_spec(graph.tensors[index], signed.get(int(index))) for index in graph.inputs),
        outputs=tuple(
            _spec(graph.tensors[index], signed.get(int(index))) for index in graph.outputs
        ),
        operators=tuple(
            Operator(name, version, count) for (name, version), count in sorted(counts.items())
        ),
        min_runtime_version=_metadata(content, MIN_RUNTIME_METADATA),
    )


def _schema() -> Any:
    from ai_edge_litert import schema_py_generated

    return schema_py_generated


def _spec(tensor: Any, name: str | None) -> TensorSpec:
    names = {value: name.lower() for name, value in vars(_schema().TensorType).items()}
    quantisation = tensor.quantization
    quantised = quantisation is not None and quantisation.scale is not None
    return TensorSpec(
        name=name or tensor.name.decode(),
        shape=tuple(int(size) for size in tensor.shape),
        dtype=names[tensor.type],
        scale=float(quantisation.scale[0]) if quantised else 0.0,
        zero_point=int(quantisation.zeroPoint[0]) if quantised else 0,
    )


def _signed_names(content: Any) -> dict[int, str]:
    """Return the names that a model's signature gives its inputs and outputs, by tensor."""
    return {
        int(entry.tensorIndex): entry.name.decode()
        for signature in content.signatureDefs or []
        for entry in [*signature.inputs, *signature.outputs]
    }


def _metadata(content: Any, name: bytes) -> str:
    for entry in content.metadata or []:
        if entry.name == name:
            return (
                bytes(content.buffers[entry.buffer].data).rstrip(b"\0").decode("ascii", "replace")
            )
    return ""


def _numbers(version: str) -> tuple[int, ...]:
    parts = re.split(r"[+-]", version, maxsplit=1)[0].split(".")
    return tuple(int(part) for part in parts if part.isdigit())
