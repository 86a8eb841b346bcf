"""Activation: a tensor of a quantised graph that an operator computes, and its layer's name."""

import re
from dataclasses import dataclass
from typing import Any

from converter.autopsy.flat_graph import DEQUANTIZE_VERSION, FlatGraph, Scheme

# Names that the converter makes up for constants without one: they say nothing of what it is.
NAMELESS = re.compile(r"^(arith\.constant|tfl\.|cst)")
# What the converter calls the tensors at the end.
NOBODYS = ("StatefulPartitionedCall", "PartitionedCall")
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL")


@dataclass(frozen=True)
class Activation:
    """A quantised tensor of the file that an operator computes.

    `place` is the operator's place in the running order, `source` its first input; `tail`
    says that it is the last weighted operator's output or comes after it: logits, their mean,
    scores.
    """

    tensor: int
    source: int
    name: str
    label: str
    operator: str
    place: int
    type: str
    scheme: Scheme
    tail: bool


def is_activation(type_name: str) -> bool:
    """Say whether a tensor of that type is one that integers pass through."""
    return type_name in DEQUANTIZE_VERSION


def activations_of(graph: FlatGraph) -> tuple[Activation, ...]:
    """Return the quantised tensors that operators compute, in the order of the graph."""
    weighted = [
        place
        for place, operator in enumerate(graph.operators)
        if graph.operator_name(operator) in WEIGHTED and weights_of(graph, operator) is not None
    ]
    last = weighted[-1] if weighted else len(graph.operators)
    found = []
    for place, operator in enumerate(graph.operators):
        for index in map(int, operator.outputs):
            scheme = graph.scheme(index)
            if scheme is None or not is_activation(graph.type(index)):
                continue
            found.append(
                Activation(
                    tensor=index,
                    source=int(operator.inputs[0]),
                    name=graph.name(index),
                    label=label_of(graph, operator, index),
                    operator=graph.operator_name(operator),
                    place=place,
                    type=graph.type(index),
                    scheme=scheme,
                    tail=place >= last,
                )
            )
    return tuple(found)


def weights_of(graph: FlatGraph, operator: Any) -> int | None:
    """Return an operator's constant of two dimensions or more, or None."""
    for index in map(int, operator.inputs):
        if index >= 0 and len(graph.shape(index)) > 1 and graph.constant(index) is not None:
            return index
    return None


def label_of(graph: FlatGraph, operator: Any, output: int) -> str:
    """Return a short name: the signature's, the weights' layer, else the output's layer."""
    if output in graph.signed:
        return graph.signed[output]
    weights = weights_of(graph, operator)
    name = graph.name(output)
    if weights is not None and not NAMELESS.match(graph.name(weights)):
        name = graph.name(weights)
    if name.startswith(NOBODYS):
        return graph.operator_name(operator).lower()
    parts = name.split(";")[0].split("/")
    return parts[-2] if len(parts) > 1 else parts[0]
