"""with_features: a TFLite file that also gives what its class map is made of.

The camera compares these features with those of the training pictures, and so notices that
it looks at something the model knows nothing of.
"""

from copy import copy
from typing import Any

from converter.keras_model import CLASS_MAP, FEATURES
from edge.contract.errors import ModelError

# What may stand between the class map's convolution and the output: changes of form alone.
PASSED = ("QUANTIZE", "DEQUANTIZE")
SUFFIX = b"_given"


def with_features(model: bytes) -> bytes:
    """Return the file with one output more, `features`, [1, rows, columns, channels].

    They are computed anyway; what turns the class map's type into that of an output stands
    behind them too. A network whose features could be taken for a class map, as they have as
    many channels, is returned as it is.

    Raises:
        ModelError: its signature names no class map, or no convolution makes it.
    """
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    content = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    graph, signature = content.subgraphs[0], content.signatureDefs[0]
    named = {entry.name.decode(): int(entry.tensorIndex) for entry in signature.outputs}
    if CLASS_MAP not in named:
        raise ModelError("the model's signature names no class map", found=sorted(named))
    maker, passed = _maker(content, graph, named[CLASS_MAP])
    features = int(maker.inputs[0])
    shapes = [graph.tensors[at].shape for at in (features, named[CLASS_MAP])]
    if len(shapes[0]) != 4 or shapes[0][-1] == shapes[1][-1]:
        return model
    for operator in passed:
        features = _again(graph, operator, features)
    graph.outputs = [*map(int, graph.outputs), features]
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = FEATURES.encode(), features
    signature.outputs.append(entry)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(content))


def _maker(content: Any, graph: Any, tensor: int) -> tuple[Any, list[Any]]:
    """Return the convolution that makes a tensor, and what stands between, in its order."""
    makers = {int(out): operator for operator in graph.operators for out in operator.outputs}
    passed: list[Any] = []
    while (operator := makers.get(tensor)) is not None:
        kind = _kind(content, operator)
        if kind not in PASSED:
            if kind == "CONV_2D":
                return operator, passed[::-1]
            raise ModelError("the class map is not made by a convolution", found=kind)
        passed.append(operator)
        tensor = int(operator.inputs[0])
    raise ModelError("nothing makes the class map", found=f"tensor {tensor}")


def _again(graph: Any, operator: Any, source: int) -> int:
    """Put an operator that changes a tensor's type behind another tensor too."""
    before, after = (graph.tensors[ends[0]] for ends in (operator.inputs, operator.outputs))
    made = copy(graph.tensors[source])
    made.name, made.buffer, made.type = made.name + SUFFIX, 0, after.type
    made.quantization = _moved(made.quantization, before.quantization, after.quantization)
    graph.tensors.append(made)
    again = copy(operator)
    again.inputs, again.outputs = [source], [len(graph.tensors) - 1]
    graph.operators.append(again)
    return len(graph.tensors) - 1


def _moved(given: Any, before: Any, after: Any) -> Any:
    """Return a quantisation after a change of type; None where its end is a float."""
    if after is None or after.scale is None or not len(after.scale):
        return None
    moved = copy(given)
    # From int8 to uint8 the scale stays, and the zero point moves with the range.
    moved.zeroPoint = given.zeroPoint + (after.zeroPoint - before.zeroPoint)
    return moved


def _kind(content: Any, operator: Any) -> str:
    from ai_edge_litert import schema_py_generated as schema

    code = content.operatorCodes[operator.opcodeIndex]
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    return str(next(n for n, value in vars(schema.BuiltinOperator).items() if value == number))
