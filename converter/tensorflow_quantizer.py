"""TensorFlow's quantiser: a float TFLite model and its ranges into 8 bits throughout."""

from typing import Any, Literal

import numpy as np

from converter.activations import Ranges
from edge.contract.errors import ModelError
from edge.inference.native_output import NativeOutput


def quantise_with_tensorflow(
    float_model: bytes, ranges: Ranges, output: Literal["uint8", "int8"] = "uint8"
) -> bytes:
    """Return a float TFLite model in 8 bits throughout: uint8 pixels in, `output` out.

    `ranges` has what each tensor must cover, by name. This is the second half of what
    `tf.lite.TFLiteConverter` does for a full-integer model; its first half, the calibration,
    only knows the extremes. The same input gives the same bytes.

    Raises:
        ModelError: TensorFlow cannot quantise it.
    """
    with NativeOutput() as printed:
        try:
            return _quantise(_with_ranges(float_model, ranges), output)
        except Exception as error:  # the quantiser raises what it likes
            reason = (str(error) or printed.last_line()).strip().splitlines() or ["no reason"]
            raise ModelError(
                "TensorFlow could not convert the model to int8", found=reason[0]
            ) from error


def _quantise(annotated: bytes, output: str) -> bytes:
    import tensorflow as tf
    from tensorflow.lite.python.convert import mlir_quantize

    kinds = {"uint8": tf.uint8, "int8": tf.int8}
    return bytes(mlir_quantize(annotated, input_data_type=tf.uint8, output_data_type=kinds[output]))


def _with_ranges(float_model: bytes, ranges: Ranges) -> bytes:
    """Return the model with each tensor's range written beside it, as a calibrator does."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model: Any = flatbuffer_utils.read_model_from_bytearray(bytearray(float_model))
    for tensor in model.subgraphs[0].tensors:
        ends = ranges.get(tensor.name.decode())
        if ends is None:
            continue
        tensor.quantization = tensor.quantization or schema.QuantizationParametersT()
        tensor.quantization.min = np.array([ends[0]], np.float32)
        tensor.quantization.max = np.array([ends[1]], np.float32)
    return bytes(flatbuffer_utils.convert_object_to_bytearray(model))
