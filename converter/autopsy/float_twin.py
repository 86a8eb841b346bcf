"""FloatTwin: a quantised model's own graph computed in float, with any part of it quantised.

The quantised file says all that quantising did: the integers of the weights, and each
activation's scale and zero point. The twin is the same graph in float32, in which each
constant is either what the integers stand for or the float model's, and each activation is
either left as it is or rounded to the file's own integers and back (QUANTIZE, DEQUANTIZE).
So one change at a time can be switched on, exactly as the file has it.
"""

import re
from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import numpy as np

from converter.autopsy.flat_graph import (
    DEQUANTIZE_VERSION,
    FLOAT16,
    FLOAT32,
    FlatGraph,
    Floats,
    Scheme,
)
from edge.contract.errors import ModelError

# Names that the converter makes up for constants without one: they say nothing of what it is.
NAMELESS = re.compile(r"^(arith\.constant|tfl\.|cst)")
# What the converter calls the tensors at the end.
NOBODYS = ("StatefulPartitionedCall", "PartitionedCall")
# Cosine between a layer's float weights and their integers: above, they are the same layer's.
SAME_WEIGHTS = 0.5
# The same for a constant that has neither a name nor a layer of its own, such as a mask.
SAME_CONSTANT = 0.999
ALIASES = ("QUANTIZE", "DEQUANTIZE")
WEIGHTED = ("CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL")
EVERYTHING: Container[int] = range(1 << 31)
NOTHING: Container[int] = ()


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


@dataclass(frozen=True)
class Built:
    """A twin as a TFLite file; `inputs` and `outputs` are the tensors' indexes in the source."""

    model: bytes
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


class FloatTwin:
    """Makes twins of a quantised model; `reference` is the float model it was made from.

    `unmatched` names the layers whose float weights were not found in the reference: they
    keep the quantised file's in every twin.

    Raises:
        ModelError: one of the two is no TFLite model that this reads.
    """

    def __init__(self, quantised: bytes, reference: bytes | None = None) -> None:
        self._source = quantised
        self.graph = FlatGraph(quantised, "the quantised model")
        self._floats: dict[tuple[int, int], Floats] = {}
        self.unmatched: tuple[str, ...] = ()
        try:
            self.activations = _activations(self.graph)
            if reference is not None:
                floats = FlatGraph(reference, "the float model")
                self._floats, self.unmatched = _matched(self.graph, floats)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise _nonsense(error) from error

    def build(
        self,
        *,
        float_weights: Container[int] = NOTHING,
        rounded: Container[int] = NOTHING,
        forced: bool = False,
        every: bool = False,
    ) -> Built:
        """Return a twin.

        `float_weights` are the places of the operators that get the float model's weights,
        `rounded` the tensors that are rounded as in the file. With `forced`, each operator
        takes its inputs from outside: each quantised activation that is read becomes an input
        of the twin. With `every`, and always with `forced`, all activations go out.
        """
        graph = FlatGraph(self._source, "the quantised model")
        builder = _Builder(graph, self._floats, float_weights, rounded, forced)
        try:
            return builder.build(every)
        except (KeyError, ValueError, IndexError, TypeError) as error:
            raise _nonsense(error) from error


def _nonsense(error: Exception) -> ModelError:
    """Return what to raise where a file says of itself what cannot be."""
    return ModelError(
        "the model's tensors contradict each other",
        found=repr(error),
        next_step="copy or convert it again",
    )


class _Builder:
    """Turns a graph into its twin, operator by operator."""

    def __init__(
        self,
        graph: FlatGraph,
        floats: dict[tuple[int, int], Floats],
        float_weights: Container[int],
        rounded: Container[int],
        forced: bool,
    ) -> None:
        self.graph, self.floats, self.forced = graph, floats, forced
        self.float_weights, self.rounded = float_weights, rounded
        self.schemes = {index: graph.scheme(index) for index in range(graph.tensors)}
        self.types = {index: graph.type(index) for index in range(graph.tensors)}
        self.alias: dict[int, int] = {}
        self.fed: dict[int, int] = {}
        self.constants: dict[tuple[int, bool], int] = {}
        self.operators: list[Any] = []
        self.tensors = graph.tensors

    def build(self, every: bool) -> Built:
        graph = self.graph
        ends, wanted = list(graph.inputs), list(graph.outputs)
        for index in graph.inputs:
            if self.schemes[index] is not None:
                graph.make_float(index)
                if not self.forced:
                    self._round_input(index)
        for place, operator in enumerate(list(graph.operators)):
            self._operator(place, operator)
        made = [
            int(index)
            for operator in self.operators
            for index in operator.outputs
            if index < self.tensors
        ]
        if every or self.forced:
            wanted = list(dict.fromkeys(made))
        if self.forced:
            ends = list(self.fed)
        inputs = [self.fed.get(index, index) for index in ends]
        outputs = [self._resolved(index) for index in wanted]
        graph.rewire(self.operators, inputs, outputs)
        return Built(graph.to_bytes(), tuple(ends), tuple(wanted))

    def _operator(self, place: int, operator: Any) -> None:
        name = self.graph.operator_name(operator)
        source, target = int(operator.inputs[0]), int(operator.outputs[0])
        if name in ALIASES and self._alias(name, source, target):
            return
        operator.inputs = np.array(
            [self._input(place, slot, int(index)) for slot, index in enumerate(operator.inputs)],
            np.int32,
        )
        self.operators.append(operator)
        after: list[Any] = []
        for slot, index in enumerate(map(int, operator.outputs)):
            scheme = self.schemes[index]
            if scheme is None or not _is_activation(self.types[index]):
                continue
            self.graph.make_float(index)
            if index in self.rounded and not self.forced:
                raw = self.graph.add_tensor(index, FLOAT32)
                operator.outputs[slot] = raw
                after += self.graph.rounding(raw, index, self.types[index], scheme)
        self.operators += after

    def _alias(self, name: str, source: int, target: int) -> bool:
        """Let a change of type be none; say whether it was one of activations."""
        if self.graph.constant(source) is not None:
            if self.types[source] != FLOAT16:
                self.graph.set_constant(target, self._real(source))
                return True
            return False
        scheme = self.schemes[target]
        if scheme is not None and target in self.rounded and not self.forced:
            self.graph.make_float(target)
            self.operators += self.graph.rounding(
                self._resolved(source), target, self.types[target], scheme
            )
            return True
        if scheme is None and self.schemes[source] is None:
            return False
        self.alias[target] = source
        return True

    def _input(self, place: int, slot: int, index: int) -> int:
        if index < 0:
            return index
        if self.schemes[index] is not None and self.graph.constant(index) is not None:
            return self._constant(place, slot, index)
        while self.forced and not self._is_fed(index) and index in self.alias:
            index = self.alias[index]
        if self.forced and self._is_fed(index):
            if index not in self.fed:
                self.fed[index] = self.graph.add_tensor(index, FLOAT32)
            return self.fed[index]
        return self._resolved(index)

    def _is_fed(self, index: int) -> bool:
        return self.schemes[index] is not None and _is_activation(self.types[index])

    def _constant(self, place: int, slot: int, index: int) -> int:
        """Return the float32 tensor of a constant, the file's or the float model's."""
        own = (place, slot) in self.floats and place in self.float_weights
        if (index, own) not in self.constants:
            values = self.floats[place, slot] if own else self._real(index)
            made = self.graph.add_tensor(index, FLOAT32)
            self.graph.set_constant(made, values)
            self.constants[index, own] = made
        return self.constants[index, own]

    def _real(self, index: int) -> Floats:
        values = self.graph.real_constant(index)
        if values is None:
            raise ModelError(
                "a constant of the model is of a type that is not read here",
                found=f"{self.graph.name(index)}: {self.types[index]}",
            )
        return values

    def _round_input(self, index: int) -> None:
        scheme = self.schemes[index]
        if scheme is not None and index in self.rounded:
            made = self.graph.add_tensor(index, FLOAT32)
            self.operators += self.graph.rounding(index, made, self.types[index], scheme)
            self.alias[index] = made

    def _resolved(self, index: int) -> int:
        while index in self.alias:
            index = self.alias[index]
        return index


def _is_activation(type_name: str) -> bool:
    return type_name in DEQUANTIZE_VERSION


def _activations(graph: FlatGraph) -> tuple[Activation, ...]:
    """Return the quantised tensors that operators compute, in the order of the graph."""
    weighted = [
        place
        for place, operator in enumerate(graph.operators)
        if graph.operator_name(operator) in WEIGHTED and _weights_of(graph, operator) is not None
    ]
    last = weighted[-1] if weighted else len(graph.operators)
    found = []
    for place, operator in enumerate(graph.operators):
        for index in map(int, operator.outputs):
            scheme = graph.scheme(index)
            if scheme is None or not _is_activation(graph.type(index)):
                continue
            found.append(
                Activation(
                    tensor=index,
                    source=int(operator.inputs[0]),
                    name=graph.name(index),
                    label=_label(graph, operator, index),
                    operator=graph.operator_name(operator),
                    place=place,
                    type=graph.type(index),
                    scheme=scheme,
                    tail=place >= last,
                )
            )
    return tuple(found)


def _weights_of(graph: FlatGraph, operator: Any) -> int | None:
    """Return an operator's constant of two dimensions or more, or None."""
    for index in map(int, operator.inputs):
        if index >= 0 and len(graph.shape(index)) > 1 and graph.constant(index) is not None:
            return index
    return None


def _label(graph: FlatGraph, operator: Any, output: int) -> str:
    """Return a short name: the signature's, the weights' layer, else the output's layer."""
    if output in graph.signed:
        return graph.signed[output]
    weights = _weights_of(graph, operator)
    name = graph.name(output)
    if weights is not None and not NAMELESS.match(graph.name(weights)):
        name = graph.name(weights)
    if name.startswith(NOBODYS):
        return graph.operator_name(operator).lower()
    parts = name.split(";")[0].split("/")
    return parts[-2] if len(parts) > 1 else parts[0]


def _matched(
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
        if (weights := _weights_of(reference, operator)) is not None
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
                missing.append(_label(graph, operator, int(operator.outputs[0])))
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
    weights = _weights_of(graph, operator)
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
