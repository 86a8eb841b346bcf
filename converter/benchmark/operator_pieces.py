"""OperatorPiece: one operator of a TFLite model, as a model of its own."""

import copy
import hashlib
import json
from dataclasses import dataclass
from typing import Any

IDENTIFIER = b"TFL3"
SCHEMA_VERSION = 3


@dataclass(frozen=True)
class Piece:
    """An operator: its place in the model, its name in the schema, and what it works on.

    `key` is the same for operators that differ in nothing but their numbers: the same kind,
    options, and shapes and types of tensors.
    """

    place: int
    name: str
    key: str
    _content: Any
    _operators: tuple[Any, ...]

    def model(self) -> bytes:
        """Return the TFLite file that holds this operator alone.

        Its computed inputs become the model's inputs. Operators that compute its constants,
        such as the DEQUANTIZE before 16-bit weights, come with it.
        """
        schema, whole = _schema(), self._content
        graph = whole.subgraphs[0]
        made = schema.ModelT()
        made.version, made.description = SCHEMA_VERSION, b""
        made.operatorCodes = [whole.operatorCodes[one.opcodeIndex] for one in self._operators]
        made.buffers = [schema.BufferT()]
        numbers: dict[int, int] = {}
        piece = schema.SubGraphT()
        piece.name, piece.tensors, piece.operators = b"main", [], []
        for at, operator in enumerate(self._operators):
            mine = copy.copy(operator)
            mine.opcodeIndex = at
            mine.inputs = [self._number(index, numbers, made, piece) for index in operator.inputs]
            mine.outputs = [self._number(index, numbers, made, piece) for index in operator.outputs]
            piece.operators.append(mine)
        main, before = self._operators[-1], self._operators[:-1]
        within = {int(tensor) for operator in before for tensor in operator.outputs}
        computed = [
            int(index)
            for index in main.inputs
            if index >= 0 and int(index) not in within and not _constant(whole, graph, index)
        ]
        piece.inputs = [numbers[index] for index in dict.fromkeys(computed)]
        piece.outputs = [numbers[int(index)] for index in main.outputs]
        made.subgraphs = [piece]
        return _packed(made)

    def _number(self, index: int, numbers: dict[int, int], made: Any, piece: Any) -> int:
        """Return a tensor's number in the piece; it is copied there when first met."""
        index = int(index)
        if index < 0:
            return -1
        if index not in numbers:
            tensor = copy.copy(self._content.subgraphs[0].tensors[index])
            buffer = self._content.buffers[tensor.buffer]
            tensor.buffer = 0
            if _filled(buffer):
                tensor.buffer = len(made.buffers)
                made.buffers.append(buffer)
            numbers[index] = len(piece.tensors)
            piece.tensors.append(tensor)
        return numbers[index]


def cut(content: bytes) -> list[Piece]:
    """Return the operators of a model's main graph, in its order.

    What only computes constants is none: the runtimes do that once, when they load.
    """
    schema = _schema()
    whole = schema.ModelT.InitFromObj(schema.Model.GetRootAs(bytearray(content), 0))
    graph = whole.subgraphs[0]
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    constant_makers: dict[int, Any] = {}
    pieces = []
    for place, operator in enumerate(graph.operators):
        inputs = [int(index) for index in operator.inputs if index >= 0]
        if inputs and all(_constant(whole, graph, i) or i in constant_makers for i in inputs):
            constant_makers |= {int(index): operator for index in operator.outputs}
            continue
        code = whole.operatorCodes[operator.opcodeIndex]
        name = names[max(code.builtinCode, code.deprecatedBuiltinCode)]
        before = _makers(operator, constant_makers)
        key = _key(whole, name, (*before, operator))
        pieces.append(Piece(place, name, key, whole, (*before, operator)))
    return pieces


def _makers(operator: Any, constant_makers: dict[int, Any]) -> list[Any]:
    """Return the operators that compute an operator's constants, the first ones first."""
    found: list[Any] = []
    for index in operator.inputs:
        maker = constant_makers.get(int(index))
        if maker is not None and maker not in found:
            found += [one for one in _makers(maker, constant_makers) if one not in found]
            found.append(maker)
    return found


def _key(whole: Any, name: str, operators: tuple[Any, ...]) -> str:
    graph = whole.subgraphs[0]
    integers = (_schema().TensorType.INT32, _schema().TensorType.INT64)

    def form(index: int) -> object:
        if index < 0:
            return None
        tensor = graph.tensors[index]
        constant = _constant(whole, graph, index)
        shape = [int(size) for size in tensor.shape] if tensor.shape is not None else []
        scales = getattr(tensor.quantization, "scale", None)
        count = 0 if scales is None else len(scales)
        # Plain integers, such as a reshape's form or an axis, decide what is computed.
        plain = constant and not count and tensor.type in integers
        value = bytes(whole.buffers[tensor.buffer].data).hex() if plain else ""
        return [shape, int(tensor.type), constant, value, count]

    described = [
        [
            int(operator.opcodeIndex),
            str(sorted((k, str(v)) for k, v in vars(operator.builtinOptions or object).items()))
            if operator.builtinOptions is not None
            else "",
            [form(int(index)) for index in operator.inputs],
            [form(int(index)) for index in operator.outputs],
        ]
        for operator in operators
    ]
    digest = hashlib.sha256(json.dumps(described).encode()).hexdigest()[:16]
    return f"{name.lower()}-{digest}"


def _constant(whole: Any, graph: Any, index: int) -> bool:
    return _filled(whole.buffers[graph.tensors[int(index)].buffer])


def _filled(buffer: Any) -> bool:
    return buffer.data is not None and len(buffer.data) > 0


def _packed(model: Any) -> bytes:
    import flatbuffers

    builder = flatbuffers.Builder(1 << 16)
    builder.Finish(model.Pack(builder), file_identifier=IDENTIFIER)
    return bytes(builder.Output())


def _schema() -> Any:
    from ai_edge_litert import schema_py_generated

    return schema_py_generated
