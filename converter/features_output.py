"""with_features: a TFLite file that also gives what its class map is made of.

The camera compares these features with those of the training pictures, and so notices that
it looks at something the model knows nothing of.
"""

from typing import Any

from converter.keras_model import CLASS_MAP, FEATURES
from edge.contract.errors import ModelError

# What may stand between the class map's convolution and the output: changes of form alone.
PASSED = ("QUANTIZE", "DEQUANTIZE")


def with_features(model: bytes) -> bytes:
    """Return the file with one output more, `features`, [1, rows, columns, channels].

    They are computed anyway, so nothing is added to the network. A network whose features
    could be taken for a class map, as they have as many channels, is returned as it is.

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
    features = int(_maker(content, graph, named[CLASS_MAP]).inputs[0])
    shapes = [graph.tensors[at].shape for at in (features, named[CLASS_MAP])]
    if len(shapes[0]) != 4 or shapes[0][-1] == shapes[1][-1]:
        return model
    graph.outputs = [*map(int, graph.outputs), features]
    entry = schema.TensorMapT()
    entry.name, entry.tensorIndex = FEATURES.encode(), features
    signature.outputs.append(entry)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(content))


def _maker(content: Any, graph: Any, tensor: int) -> Any:
    """Return the convolution that makes a tensor."""
    makers = {int(out): operator for operator in graph.operators for out in operator.outputs}
    while (operator := makers.get(tensor)) is not None:
        kind = _kind(content, operator)
        if kind not in PASSED:
            if kind == "CONV_2D":
                return operator
            raise ModelError("the class map is not made by a convolution", found=kind)
        tensor = int(operator.inputs[0])
    raise ModelError("nothing makes the class map", found=f"tensor {tensor}")


def _kind(content: Any, operator: Any) -> str:
    from ai_edge_litert import schema_py_generated as schema

    code = content.operatorCodes[operator.opcodeIndex]
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    return next(n for n, value in vars(schema.BuiltinOperator).items() if value == number)
