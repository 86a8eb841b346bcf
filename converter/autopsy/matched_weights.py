"""Matched weights: the float model's values for a quantised graph's constants."""

from typing import Any

import numpy as np

from converter.autopsy.activation import NAMELESS, WEIGHTED, label_of, weights_of
from converter.autopsy.flat_graph import FLOAT16, FLOAT32, FlatGraph, Floats

# Cosine between a layer's float weights and their integers: above, they are the same layer's.
SAME_WEIGHTS = 0.5
# The same for a constant that has neither a name nor a layer of its own, such as a mask.
SAME_CONSTANT = 0.999


def matched_weights(
    graph: FlatGraph, reference: FlatGraph
) -> tuple[dict[tuple[int, int], Floats], tuple[str, ...]]:
    """Return the float model's values for constants of the graph, by operator and input.

    Found by name and shape; where the name says nothing or differs, a layer's weights are
    the reference's of the same shape whose direction is nearest, and its other constants
    those of the same layer there. A constant without a layer must have the same direction.
    """
    named = _named(reference)
    constants = [_float_constant(reference, index) for index in range(reference.tensors)]
    layers = [
        (operator, weights)
        for operator in reference.operators
        if (weights := weights_of(reference, operator)) is not None
    ]
    found: dict[tuple[int, int], Floats] = {}
    missing: list[str] = []
    for place, operator in enumerate(graph.operators):
        slots = {
            slot: int(index)
            for slot, index in enumerate(operator.inputs)
            if index >= 0 and graph.scheme(int(index)) is not None
            if graph.constant(int(index)) is not None
        }
        by_name = {
            slot: named.get((graph.name(index), graph.shape(index)))
            for slot, index in slots.items()
        }
        lacking = any(values is None for values in by_name.values())
        theirs = _same_layer(graph, operator, reference, layers) if lacking else None
        for slot, index in slots.items():
            values = by_name[slot]
            if values is None and theirs is not None and slot < len(theirs.inputs):
                values = _float_constant(reference, int(theirs.inputs[slot]))
            if values is None and NAMELESS.match(graph.name(index)):
                values = _same_constant(graph.real_constant(index), constants)
            if values is not None and values.shape == graph.shape(index):
                found[place, slot] = values
            elif len(graph.shape(index)) > 1:
                missing.append(label_of(graph, operator, int(operator.outputs[0])))
    return found, tuple(dict.fromkeys(missing))


def _named(reference: FlatGraph) -> dict[tuple[str, tuple[int, ...]], Floats]:
    found = {}
    for index in range(reference.tensors):
        name = reference.name(index)
        values = None if NAMELESS.match(name) else _float_constant(reference, index)
        if values is not None:
            found[name, values.shape] = values
    return found


def _float_constant(reference: FlatGraph, index: int) -> Floats | None:
    if index < 0 or reference.type(index) not in (FLOAT32, FLOAT16):
        return None
    return reference.real_constant(index)


def _same_layer(
    graph: FlatGraph, operator: Any, reference: FlatGraph, layers: list[tuple[Any, int]]
) -> Any:
    """Return the reference's operator whose weights point the same way, or None."""
    weights = weights_of(graph, operator)
    if weights is None or graph.operator_name(operator) not in WEIGHTED:
        return None
    ours = graph.real_constant(weights)
    best, at = SAME_WEIGHTS, None
    for theirs, index in layers:
        if reference.shape(index) == graph.shape(weights) and ours is not None:
            values = _float_constant(reference, index)
            likeness = 0.0 if values is None else _cosine(ours, values)
            if likeness > best:
                best, at = likeness, theirs
    return at


def _same_constant(ours: Floats | None, theirs: list[Floats | None]) -> Floats | None:
    """Return the first of their constants that has our shape and direction, or None."""
    for values in theirs:
        if values is None or ours is None or values.shape != ours.shape or ours.ndim < 2:
            continue
        if _cosine(ours, values) > SAME_CONSTANT:
            return values
    return None


def _cosine(left: Floats, right: Floats) -> float:
    size = float(np.linalg.norm(left) * np.linalg.norm(right))
    return float(np.vdot(left, right)) / size if size else 0.0
