"""Samples: small models over the operators, sizes and quantisation forms that recipes use.

Each has one operator under test, made by TensorFlow's converter, and the float result that it
should come near.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from converter.preflight.flatbuffer import read_graph
from converter.preflight.model_graph import Use, use_of

# How far a form's answer may lie from float's, in shares of the float answer's range. Eight bits
# give a rounding of 1/512 of a range for each of input, weights and output; what is beyond some
# ten of those is no rounding any more.
TOLERANCES = {
    "float32": 1e-4,
    "float16": 5e-3,
    "dynamic": 0.05,
    "int8": 0.08,
    "int8-per-tensor": 0.10,
    "int16x8": 0.05,
}
WEIGHTLESS = ("float32", "int8", "int16x8")
# All sizes at one width of input; at the others those at which kernels change their way.
DENSE = {16: (*range(1, 18), 32, 100), **dict.fromkeys((5, 6, 7, 8, 9, 64), (1, 2, 3, 4, 8, 16))}
LARGE_DENSE = {1024: (1, 2, 3, 4, 16), 1030: (1, 2, 3, 4, 16)}
SIDE, CALIBRATION = 8, 12


@dataclass(frozen=True)
class Bench:
    """A sample to run: the operator under test as it stands in the file, and what is expected.

    `use` is read from the file, as preflight reads it from a foreign one. `span` is the range
    of the float results over the calibration values: what a difference is measured by.
    """

    name: str
    recipe: str
    use: Use
    model: bytes
    value: "np.ndarray[Any, Any]"
    expected: "np.ndarray[Any, Any]"
    span: float


@dataclass(frozen=True)
class Plan:
    """One network: its operator in the file, its input's shape, and what it computes."""

    name: str
    operator: str
    shape: tuple[int, ...]
    compute: Any
    weighted: bool = False


def samples() -> Iterator[Bench]:
    """Give each sample; a network in which the converter left no such operator is left out."""
    for plan in _plans(small=True):
        for recipe in ("float32", "float16", "int8", "int8-per-tensor", "int16x8"):
            if plan.weighted or recipe in WEIGHTLESS:
                yield from _sample(plan, recipe)
    # The converter leaves weights of fewer than 1,024 values in float.
    for plan in _plans(small=False):
        if plan.weighted:
            yield from _sample(plan, "dynamic")
    yield from _pixels()


def _plans(small: bool) -> Iterator[Plan]:
    import tensorflow as tf

    rng = np.random.default_rng(5)

    def weights(*shape: int) -> Any:
        return rng.normal(0, 1, shape).astype(np.float32)

    depth = 6 if small else 128
    picture = (1, SIDE, SIDE, depth)
    for outputs in (1, 2, 3, 4, 8, 16):
        for size, stride in ((1, 1), (3, 2)):
            kernel, bias = weights(size, size, depth, outputs), weights(outputs)
            name = f"conv {size}x{size} stride {stride} to {outputs}"
            yield Plan(
                name,
                "CONV_2D",
                picture,
                lambda x, k=kernel, b=bias, s=stride: tf.nn.relu(tf.nn.conv2d(x, k, s, "SAME") + b),
                weighted=True,
            )
    for channels in (1, 2, 3, 8, 16) if small else (128,):
        for multiplier in (1, 2):
            kernel, bias = weights(3, 3, channels, multiplier), weights(channels * multiplier)
            name, shape = f"depthwise {channels}x{multiplier}", (1, SIDE, SIDE, channels)
            compute = _depthwise(tf, kernel)
            yield from _both(Plan(name, "DEPTHWISE_CONV_2D", shape, compute, weighted=True), bias)
    for inputs, widths in (DENSE if small else LARGE_DENSE).items():
        for outputs in widths:
            kernel, bias = weights(inputs, outputs), weights(outputs)
            name, compute = f"dense {inputs} to {outputs}", _dense(tf, kernel)
            yield from _both(
                Plan(name, "FULLY_CONNECTED", (1, inputs), compute, weighted=True), bias
            )
    yield from _weightless(tf)


def _both(plan: Plan, bias: Any) -> Iterator[Plan]:
    """Give a network with a bias and without one: kernels take another way for each."""
    yield replace(plan, compute=lambda x: plan.compute(x) + bias)
    yield replace(plan, name=f"{plan.name}, no bias")


def _convolution(tf: Any, kernel: Any, stride: int) -> Any:
    return lambda x: tf.nn.conv2d(x, kernel, stride, "SAME")


def _depthwise(tf: Any, kernel: Any) -> Any:
    return lambda x: tf.nn.depthwise_conv2d(x, kernel, [1, 1, 1, 1], "SAME")


def _dense(tf: Any, kernel: Any) -> Any:
    return lambda x: tf.matmul(x, kernel)


def _weightless(tf: Any) -> Iterator[Plan]:
    picture = (1, SIDE, SIDE, 6)
    mask = np.linspace(1.0, 2.25, SIDE * SIDE).reshape(1, SIDE, SIDE, 1).astype(np.float32)
    for size, padding in ((3, "SAME"), (2, "VALID")):
        name = f"{size}x{size} {padding}"
        yield Plan(
            f"average pool {name}",
            "AVERAGE_POOL_2D",
            picture,
            lambda x, s=size, p=padding: tf.nn.avg_pool2d(x, s, 1, p),
        )
        yield Plan(
            f"max pool {name}",
            "MAX_POOL_2D",
            picture,
            lambda x, s=size, p=padding: tf.nn.max_pool2d(x, s, 2, p),
        )
    yield Plan(
        "concatenation",
        "CONCATENATION",
        picture,
        lambda x: tf.concat([tf.nn.relu(x), tf.nn.max_pool2d(x, 2, 1, "SAME")], 3),
    )
    yield Plan("multiply by a mask", "MUL", picture, lambda x: x * mask)
    yield Plan("multiply by itself", "MUL", picture, lambda x: x * tf.nn.relu(x))
    yield Plan("add", "ADD", picture, lambda x: tf.nn.max_pool2d(x, 2, 1, "SAME") + tf.nn.relu(x))
    yield Plan("mean", "MEAN", picture, lambda x: tf.reduce_mean(x, [1, 2]))
    yield Plan("pad", "PAD", picture, lambda x: tf.pad(x, [[0, 0], [1, 1], [1, 1], [0, 0]]))
    yield Plan("reshape", "RESHAPE", picture, lambda x: tf.reshape(tf.nn.relu(x), [1, -1, 6]))
    for count in (2, 3, 4, 10, 100):
        yield Plan(f"softmax of {count}", "SOFTMAX", (1, count), lambda x: tf.nn.softmax(4.0 * x))
    yield Plan("quantise at the ends", "QUANTIZE", picture, lambda x: tf.nn.relu(x))
    yield Plan("dequantise at the ends", "DEQUANTIZE", picture, lambda x: tf.nn.relu(x))


def _sample(plan: Plan, recipe: str) -> Iterator[Bench]:
    import tensorflow as tf

    rng = np.random.default_rng(11)
    value = rng.uniform(-1, 1, plan.shape).astype(np.float32)
    ends = plan.operator in ("QUANTIZE", "DEQUANTIZE")
    calibration = [value, *(rng.uniform(-1, 1, (CALIBRATION, *plan.shape)).astype(np.float32))]
    # By a function of x alone: the others' defaults would become inputs of the graph.
    function = tf.function(
        lambda x: plan.compute(x), [tf.TensorSpec(plan.shape, tf.float32, name="x")]
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([function.get_concrete_function()])
    _set(converter, recipe, calibration, quantised_ends=not ends)
    results = [np.asarray(function(tf.constant(one))) for one in calibration]
    model = converter.convert()
    yield from _bench(plan.name, plan.operator, recipe, model, value, results)


def _set(converter: Any, recipe: str, calibration: list[Any], quantised_ends: bool) -> None:
    import tensorflow as tf

    if recipe == "float32":
        return
    converter.optimizations = [tf.lite.Optimize.DEFAULT]
    if recipe == "float16":
        converter.target_spec.supported_types = [tf.float16]
    if not recipe.startswith("int"):
        return
    converter.representative_dataset = lambda: ([one] for one in calibration)
    wide = "EXPERIMENTAL_TFLITE_BUILTINS_ACTIVATIONS_INT16_WEIGHTS_INT8"
    forms = tf.lite.OpsSet
    converter.target_spec.supported_ops = [
        getattr(forms, wide) if recipe == "int16x8" else forms.TFLITE_BUILTINS_INT8
    ]
    if recipe == "int8-per-tensor":
        converter._experimental_disable_per_channel = True
        converter._experimental_disable_per_channel_quantization_for_dense_layers = True
    if quantised_ends:
        kind = tf.int16 if recipe == "int16x8" else tf.int8
        converter.inference_input_type = converter.inference_output_type = kind


def _pixels() -> Iterator[Bench]:
    """Give the two ways in which our recipes take bytes: cast to float, or quantised anew."""
    import tensorflow as tf

    rng = np.random.default_rng(13)
    pixels = rng.integers(0, 256, (1, SIDE, SIDE, 3), dtype=np.uint8)
    cast = tf.function(
        lambda x: tf.nn.relu(tf.cast(x, tf.float32) - 127.5),
        [tf.TensorSpec(pixels.shape, tf.uint8, name="x")],
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([cast.get_concrete_function()])
    expected = np.maximum(pixels.astype(np.float32) - 127.5, 0)
    yield from _bench("cast pixels", "CAST", "float32", converter.convert(), pixels, [expected])
    plain = tf.function(
        lambda x: tf.nn.max_pool2d(x, 2, 1, "SAME"),
        [tf.TensorSpec(pixels.shape, tf.float32, name="x")],
    )
    converter = tf.lite.TFLiteConverter.from_concrete_functions([plain.get_concrete_function()])
    full = np.linspace(0, 255, pixels.size).reshape(pixels.shape).astype(np.float32)
    _set(converter, "int8", [full, pixels.astype(np.float32)], quantised_ends=True)
    converter.inference_input_type = converter.inference_output_type = tf.uint8
    expected = np.asarray(plain(tf.constant(pixels.astype(np.float32))))
    model = converter.convert()
    yield from _bench("quantise pixels", "QUANTIZE", "int8", model, pixels, [expected])


def _bench(
    name: str, operator: str, recipe: str, model: bytes, value: Any, results: list[Any]
) -> Iterator[Bench]:
    graph = read_graph(model).main
    nodes = [node for node in graph.nodes if node.code.name == operator]
    if nodes:
        span = float(max(np.abs(results).max(), np.ptp(results)))
        yield Bench(name, recipe, use_of(graph, nodes[-1]), model, value, results[0], span)
