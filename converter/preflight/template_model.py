"""TemplateModel: a tiny TFLite file in which an operator's number can be written over."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from converter.preflight.checked_table import CheckedBytes
from converter.preflight.flatbuffer import CODES, IDENTIFIER, SUBGRAPHS

SCHEMA_VERSION = 3


@dataclass(frozen=True)
class TemplateModel:
    """A file with one tensor, and one operator code that nothing uses.

    The numbers say at which bytes lie the operator's number (in the schema's old field of one
    byte and in the new one of four), its version, and the tensor's type.
    """

    content: bytes
    byte_code_at: int
    code_at: int
    version_at: int
    type_at: int


def template_model(with_operator: bool = True) -> TemplateModel:
    """Return the tiny file, with the operator code or with none."""
    content = _content(with_operator)
    root = CheckedBytes(content).root()
    (graph,) = root.tables(SUBGRAPHS)
    (tensor,) = graph.tables(0)
    places = [code.place(slot) or 0 for code in root.tables(CODES) for slot in (0, 3, 2)]
    byte_code_at, code_at, version_at = places or (0, 0, 0)
    return TemplateModel(content, byte_code_at, code_at, version_at, tensor.place(1) or 0)


def custom_model(name: str) -> bytes:
    """Return a file with one custom operator of that name, from its one tensor to another."""
    from ai_edge_litert import schema_py_generated as schema

    node = schema.OperatorT()
    node.opcodeIndex, node.inputs, node.outputs = 0, [0], [1]
    return _content(True, name, [node])


def _content(with_operator: bool, custom: str = "", nodes: Sequence[Any] = ()) -> bytes:
    import flatbuffers
    from ai_edge_litert import schema_py_generated as schema

    tensors = [schema.TensorT(), schema.TensorT()][: 1 + len(nodes)]
    for tensor in tensors:
        tensor.name, tensor.shape, tensor.buffer = b"tensor", [1], 0
    graph = schema.SubGraphT()
    graph.tensors, graph.operators = tensors, list(nodes)
    graph.inputs, graph.outputs = [0], [len(nodes)]
    code = schema.OperatorCodeT()
    code.version = 1
    if custom:
        code.customCode = custom.encode()
        code.deprecatedBuiltinCode = code.builtinCode = schema.BuiltinOperator.CUSTOM
    model: Any = schema.ModelT()
    model.version, model.subgraphs, model.buffers = SCHEMA_VERSION, [graph], [schema.BufferT()]
    model.operatorCodes = [code] if with_operator else []
    builder = flatbuffers.Builder(512)
    # Else the fields whose numbers are written over would be left out as defaults.
    builder.ForceDefaults(True)
    builder.Finish(model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())
