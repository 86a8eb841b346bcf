"""Pixel input: a quantised TFLite file made to take a picture's bytes as they are.

ai-edge-quantizer knows no uint8 input, and leaves the operators' versions and the oldest
runtime as they were in the float file. Both are set right here.
"""

from typing import Any, Literal

import numpy as np

from edge.contract.errors import ModelError

Kind = Literal["float", "int8", "int16"]
MIN_RUNTIME_METADATA = b"min_runtime_version"
# An operator's version by what it computes on, from TensorFlow Lite's op_version.cc, and the
# first release that has each kind whole, from its runtime_version.cc. An operator that is not
# named is the same in all.
VERSIONS: dict[str, dict[Kind, int]] = {
    "ADD": {"float": 1, "int8": 2, "int16": 3},
    "AVERAGE_POOL_2D": {"float": 1, "int8": 2, "int16": 3},
    "CONCATENATION": {"float": 1, "int8": 2, "int16": 3},
    "CONV_2D": {"float": 1, "int8": 3, "int16": 4},
    "DEPTHWISE_CONV_2D": {"float": 1, "int8": 3, "int16": 5},
    "DEQUANTIZE": {"float": 1, "int8": 2, "int16": 3},
    "MAX_POOL_2D": {"float": 1, "int8": 2, "int16": 3},
    "MEAN": {"float": 1, "int8": 2, "int16": 3},
    "MUL": {"float": 1, "int8": 2, "int16": 4},
    "PAD": {"float": 1, "int8": 2, "int16": 3},
    "QUANTIZE": {"float": 1, "int8": 1, "int16": 2},
    "RELU": {"float": 1, "int8": 2, "int16": 3},
    "SOFTMAX": {"float": 1, "int8": 2, "int16": 3},
}
MIN_RUNTIME: dict[Kind, str] = {"float": "1.6.0", "int8": "1.14.0", "int16": "2.5.0"}


def with_pixel_input(model: bytes) -> bytes:
    """Return a quantised model that takes uint8 pixels, scale 1 and zero point 0.

    `model` takes int8 pixels, scale 1 and zero point -128, or int16 ones; its signature's
    names stay. A QUANTIZE is put before it; for int16, which tflite-runtime 2.14 does not
    quantise uint8 to, a DEQUANTIZE and a QUANTIZE.

    Raises:
        ModelError: it takes something else.
    """
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    content = flatbuffer_utils.read_model_from_bytearray(bytearray(model))
    for buffer in content.buffers:
        # The quantizer's file has them behind the model; bytes would be packed one by one,
        # some 5 s for 11 MB.
        if isinstance(buffer.data, bytes | bytearray):
            buffer.data = np.frombuffer(buffer.data, np.uint8)
    graph = content.subgraphs[0]
    inside = int(graph.inputs[0])
    tensor = graph.tensors[inside]
    kinds = schema.TensorType
    steps: tuple[tuple[str, int], ...]
    if tensor.type == kinds.INT8 and _takes_bytes(tensor):
        steps = (("QUANTIZE", inside),)
    elif tensor.type == kinds.INT16:
        between = _add_tensor(graph, schema, tensor, b"_float", kinds.FLOAT32, quantised=False)
        steps = (("DEQUANTIZE", between), ("QUANTIZE", inside))
    else:
        raise ModelError(
            "the quantised model takes no pixels",
            found=f"type {tensor.type}, scale and zero point {_scale(tensor)}",
            expected="a range of 0 to 255 of its input: one black and one white pixel",
        )
    pixels = _add_tensor(graph, schema, tensor, b"_uint8", kinds.UINT8, quantised=True)
    operators, source = [], pixels
    for name, target in steps:
        operators.append(_operator(content, schema, name, source, target))
        source = target
    graph.operators = operators + list(graph.operators)
    graph.inputs = [pixels]
    for signature in content.signatureDefs or []:
        for entry in signature.inputs:
            entry.tensorIndex = pixels
    _set_versions(content, graph, schema)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(content))


def _scale(tensor: Any) -> tuple[float, int]:
    quantisation = tensor.quantization
    if quantisation is None or quantisation.scale is None:
        return 0.0, 0
    return float(quantisation.scale[0]), int(quantisation.zeroPoint[0])


def _takes_bytes(tensor: Any) -> bool:
    scale, zero_point = _scale(tensor)
    return abs(scale - 1) < 1e-6 and zero_point == -128


def _add_tensor(
    graph: Any, schema: Any, like: Any, suffix: bytes, kind: int, *, quantised: bool
) -> int:
    added = schema.TensorT()
    added.name, added.shape, added.type, added.buffer = like.name + suffix, like.shape, kind, 0
    added.shapeSignature = like.shapeSignature
    if quantised:
        added.quantization = schema.QuantizationParametersT()
        added.quantization.scale = np.array([1.0], np.float32)
        added.quantization.zeroPoint = np.array([0], np.int64)
    graph.tensors.append(added)
    return len(graph.tensors) - 1


def _operator(content: Any, schema: Any, name: str, source: int, target: int) -> Any:
    code = schema.OperatorCodeT()
    # Both codes are below the old field's limit of 127.
    code.builtinCode = code.deprecatedBuiltinCode = getattr(schema.BuiltinOperator, name)
    code.version = 1
    content.operatorCodes.append(code)
    operator = schema.OperatorT()
    operator.opcodeIndex = len(content.operatorCodes) - 1
    operator.inputs, operator.outputs = [source], [target]
    return operator


def _set_versions(content: Any, graph: Any, schema: Any) -> None:
    """Give each operator the version of its kind, and the file the oldest runtime for all."""
    names = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    old, codes, kinds = content.operatorCodes, {}, set()
    content.operatorCodes = []
    for operator in graph.operators:
        before = old[operator.opcodeIndex]
        builtin = max(before.builtinCode, before.deprecatedBuiltinCode)
        kind = _kind(graph, operator, schema)
        version = VERSIONS.get(names[builtin], {}).get(kind, before.version)
        if names[builtin] == "MUL" and kind == "int8" and _rescale(graph, operator) >= 1:
            version = 3
        kinds.add(kind)
        if (builtin, version) not in codes:
            code = schema.OperatorCodeT()
            code.builtinCode, code.version = builtin, version
            code.deprecatedBuiltinCode = min(builtin, 127)
            code.customCode = before.customCode
            codes[builtin, version] = len(content.operatorCodes)
            content.operatorCodes.append(code)
        operator.opcodeIndex = codes[builtin, version]
    newest = max(kinds, key=list(MIN_RUNTIME).index)
    for entry in content.metadata or []:
        if entry.name == MIN_RUNTIME_METADATA:
            text = MIN_RUNTIME[newest].encode().ljust(16, b"\0")
            content.buffers[entry.buffer].data = np.frombuffer(text, np.uint8)


def _kind(graph: Any, operator: Any, schema: Any) -> Kind:
    """Return what an operator computes on: the widest integers among input and output."""
    ends = [operator.inputs[0], operator.outputs[0]]
    types = {graph.tensors[index].type for index in ends}
    if schema.TensorType.INT16 in types:
        return "int16"
    return "int8" if schema.TensorType.INT8 in types else "float"


def _rescale(graph: Any, operator: Any) -> float:
    one, two, out = (
        _scale(graph.tensors[index])[0] for index in [*operator.inputs, *operator.outputs]
    )
    return one * two / out if out else 0.0
