"""Bias correction: takes out of a quantised model what rounding its weights adds on average."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
CONVOLUTIONS = ("CONV_2D", "DEPTHWISE_CONV_2D")


def correct_biases(float_model: bytes, quantised: bytes, means: Mapping[str, Floats]) -> bytes:
    """Return the quantised model with its convolutions' biases corrected.

    A weight's rounding error is fixed once the model is written, and what a convolution takes
    in is mostly above zero, after a ReLU: the errors of an output's weights then add up to
    something that does not vanish on average. It is their sum, each times the mean of the
    channel that it weighs, and is subtracted from the output's bias (Nagel et al. 2019,
    "Data-free quantization through weight equalization and bias correction", section 4.2;
    the means are measured here). Nothing is computed anew on the camera.

    `means` are the float model's, by tensor name: float32 [channels]. Convolutions are matched
    by their output's name; those with float weights, with no bias, or of unknown name stay
    as they are.
    """
    from ai_edge_litert.tools import flatbuffer_utils

    exact = flatbuffer_utils.read_model_from_bytearray(bytearray(float_model))
    model = flatbuffer_utils.read_model_from_bytearray(bytearray(quantised))
    twins = {_output(exact, operator): operator for operator in _convolutions(exact)}
    for operator in _convolutions(model):
        twin = twins.get(_output(model, operator))
        mean = means.get(_name(exact, twin.inputs[0])) if twin is not None else None
        if mean is not None and _has_quantised_bias(model, operator):
            error = _weights(model, operator) - _weights(exact, twin)
            _shift_bias(model, operator, _summed(error, mean, _is_depthwise(model, operator)))
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))


def _convolutions(model: Any) -> list[Any]:
    return [o for o in model.subgraphs[0].operators if _kind(model, o) in CONVOLUTIONS]


def _kind(model: Any, operator: Any) -> str:
    from ai_edge_litert import schema_py_generated as schema

    code = model.operatorCodes[operator.opcodeIndex]
    number = max(code.builtinCode, code.deprecatedBuiltinCode)
    return next((n for n in CONVOLUTIONS if getattr(schema.BuiltinOperator, n) == number), "")


def _is_depthwise(model: Any, operator: Any) -> bool:
    return _kind(model, operator) == "DEPTHWISE_CONV_2D"


def _name(model: Any, index: int) -> str:
    return str(model.subgraphs[0].tensors[index].name.decode())


def _output(model: Any, operator: Any) -> str:
    return _name(model, operator.outputs[0])


def _has_quantised_bias(model: Any, operator: Any) -> bool:
    from ai_edge_litert import schema_py_generated as schema

    tensors = model.subgraphs[0].tensors
    if len(operator.inputs) < 3 or operator.inputs[2] < 0:
        return False
    weights, bias = (tensors[operator.inputs[at]] for at in (1, 2))
    return bool(weights.type == schema.TensorType.INT8 and bias.type == schema.TensorType.INT32)


def _weights(model: Any, operator: Any) -> Floats:
    """Return a convolution's weights in float32, [outputs, rows, columns, inputs].

    A depthwise one's are [1, rows, columns, channels].
    """
    tensor = model.subgraphs[0].tensors[operator.inputs[1]]
    raw = bytes(model.buffers[tensor.buffer].data)
    scales = None if tensor.quantization is None else tensor.quantization.scale
    if scales is None or not len(scales):
        return np.frombuffer(raw, np.float32).reshape(tensor.shape)
    along = 3 if _is_depthwise(model, operator) else 0
    shape = [1, 1, 1, 1]
    shape[along] = len(scales)
    whole = np.frombuffer(raw, np.int8).reshape(tensor.shape)
    return np.asarray(whole * np.asarray(scales, np.float32).reshape(shape), np.float32)


def _summed(error: Floats, mean: Floats, depthwise: bool) -> Floats:
    """Return what weights that are off by `error` add to each output, float32 [outputs]."""
    if depthwise:
        return np.asarray(error.sum(axis=(0, 1, 2)) * mean, np.float32)
    return np.asarray(error.sum(axis=(1, 2)) @ mean, np.float32)


def _shift_bias(model: Any, operator: Any, shift: Floats) -> None:
    """Subtract from a bias, in a buffer of its own: equal biases share one."""
    from ai_edge_litert import schema_py_generated as schema

    tensor = model.subgraphs[0].tensors[operator.inputs[2]]
    old = np.frombuffer(bytes(model.buffers[tensor.buffer].data), np.int32)
    scales = np.asarray(tensor.quantization.scale, np.float64)
    moved = old - np.round(shift / scales).astype(np.int64)
    limits = np.iinfo(np.int32)
    new = np.clip(moved, limits.min, limits.max).astype(np.int32)
    if np.array_equal(new, old):
        return
    buffer = schema.BufferT()
    buffer.data = np.frombuffer(new.tobytes(), np.uint8)
    model.buffers.append(buffer)
    tensor.buffer = len(model.buffers) - 1
