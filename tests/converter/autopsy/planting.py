"""Planting: faults put into one layer of a quantised model."""

import numpy as np

from converter.autopsy.flat_graph import FlatGraph


def poison_weights(model: bytes, nth: int, factor: float) -> tuple[bytes, str]:
    """Multiply the nth convolution's weights; return the model and the layer's output's name."""
    graph = FlatGraph(model)
    layer = _convolution(graph, nth)
    weights = graph._graph.tensors[int(layer.inputs[1])]
    scale = np.asarray(weights.quantization.scale) * abs(factor)
    weights.quantization.scale = scale.astype(np.float32)
    if factor < 0:
        integers = -graph.constant(int(layer.inputs[1]))
        graph._model.buffers[weights.buffer].data = np.frombuffer(integers.tobytes(), np.uint8)
    return graph.to_bytes(), graph.name(int(layer.outputs[0]))


def clip_range(model: bytes, nth: int, factor: float) -> tuple[bytes, set[str]]:
    """Shrink the range of the nth convolution's output and of those that share its scale.

    Returns the model and the names of the tensors.
    """
    graph = FlatGraph(model)
    output = int(_convolution(graph, nth).outputs[0])
    scheme = graph.scheme(output)
    group = _sharing(graph, output)
    for index in group:
        graph.set_scheme(index, float(scheme.scales[0]) * factor, int(scheme.zero_points[0]))
    for operator in graph.operators:
        if int(operator.inputs[0]) in group and graph.operator_name(operator) == "CONV_2D":
            _rescale_bias(graph, int(operator.inputs[2]), factor)
    return graph.to_bytes(), {graph.name(index) for index in group}


def _rescale_bias(graph: FlatGraph, bias: int, factor: float) -> None:
    """Count a bias in the steps that its layer's new input scale makes."""
    tensor = graph._graph.tensors[bias]
    integers = np.rint(graph.constant(bias) / factor).astype(np.int32)
    graph._model.buffers[tensor.buffer].data = np.frombuffer(integers.tobytes(), np.uint8)
    tensor.quantization.scale = (np.asarray(tensor.quantization.scale) * factor).astype(np.float32)


def _convolution(graph: FlatGraph, nth: int):
    found = [op for op in graph.operators if graph.operator_name(op) == "CONV_2D"]
    return found[nth]


def _sharing(graph: FlatGraph, output: int) -> set[int]:
    """Return the tensors that operators force to have the same scale as one of them."""
    group, before = {output}, set()
    while group != before:
        before = set(group)
        for operator in graph.operators:
            name = graph.operator_name(operator)
            if name in ("MAX_POOL_2D", "AVERAGE_POOL_2D", "CONCATENATION"):
                ends = {int(i) for i in (*operator.inputs, *operator.outputs)}
                group |= ends if ends & group else set()
    return group


def coarse_logits(model: bytes, factor: float) -> bytes:
    """Widen the steps of the class map and of the logits, its mean."""
    graph = FlatGraph(model)
    (mean,) = (op for op in graph.operators if graph.operator_name(op) == "MEAN")
    for index in (int(mean.inputs[0]), int(mean.outputs[0])):
        scheme = graph.scheme(index)
        graph.set_scheme(index, float(scheme.scales[0]) * factor, 0)
    return graph.to_bytes()


def narrow_input(model: bytes) -> bytes:
    """Let the input's integers stand for 0 to 51."""
    graph = FlatGraph(model)
    (index,) = graph.inputs
    graph.set_scheme(index, 0.2, 0)
    return graph.to_bytes()


def lying_bias(model: bytes, nth: int) -> bytes:
    """Declare another scale of a bias than input times weights, by which kernels compute it."""
    graph = FlatGraph(model)
    bias = int(_convolution(graph, nth).inputs[2])
    _rescale_bias(graph, bias, 1 / 40)
    return graph.to_bytes()
