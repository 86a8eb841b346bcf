"""FloatTwin: a quantised model's own graph computed in float, with any part of it quantised.

The quantised file says all that quantising did: the integers of the weights, and each
activation's scale and zero point. The twin is the same graph in float32, in which each
constant is either what the integers stand for or the float model's, and each activation is
either left as it is or rounded to the file's own integers and back (QUANTIZE, DEQUANTIZE).
So one change at a time can be switched on, exactly as the file has it.
"""

from collections.abc import Container
from dataclasses import dataclass
from typing import Any

import numpy as np

from converter.autopsy.activation import activations_of, is_activation
from converter.autopsy.flat_graph import (
    FLOAT16,
    FLOAT32,
    FlatGraph,
    Floats,
)
from converter.autopsy.matched_weights import matched_weights
from edge.contract.errors import ModelError

ALIASES = ("QUANTIZE", "DEQUANTIZE")
EVERYTHING: Container[int] = range(1 << 31)
NOTHING: Container[int] = ()


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
            self.activations = activations_of(self.graph)
            if reference is not None:
                floats = FlatGraph(reference, "the float model")
                self._floats, self.unmatched = matched_weights(self.graph, floats)
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
            if scheme is None or not is_activation(self.types[index]):
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
        return self.schemes[index] is not None and is_activation(self.types[index])

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
