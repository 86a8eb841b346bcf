"""Layers: what must stay in float so that one tensor of a network is not quantised at all."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

# Operators that mix the channels of what they take. Behind any other, a channel that needs a
# range of its own still does.
MIXING = ("CONV_2D", "FULLY_CONNECTED", "TRANSPOSE_CONV", "BATCH_MATMUL")
FIRST_RUNS = 8
# What saves less than this share of all the drift is chance.
LEAST = 0.02
# Where neither half of a run saves this share of what the run saves, the run stays whole.
SHARE = 0.25


@dataclass(frozen=True)
class Layer:
    """A tensor between operators: its name, and the operators that must be in float for it.

    `operators` are output tensors' names: the operator that makes the tensor, and those that
    take it, through to those that mix its channels.
    """

    name: str
    operators: frozenset[str]


@dataclass(frozen=True)
class Run:
    """Consecutive layers, and the drift that keeping them in float takes away."""

    layers: tuple[Layer, ...]
    saved: float

    @property
    def operators(self) -> frozenset[str]:
        """Return all operators that are in float with these layers."""
        return frozenset().union(*(layer.operators for layer in self.layers))


def layers_of(float_model: bytes) -> list[Layer]:
    """Return a float TFLite model's layers in the order in which they run."""
    from ai_edge_litert import schema_py_generated as schema
    from ai_edge_litert.tools import flatbuffer_utils

    model = flatbuffer_utils.read_model_from_bytearray(bytearray(float_model))
    graph = model.subgraphs[0]
    kinds = {value: name for name, value in vars(schema.BuiltinOperator).items()}
    names = [str(tensor.name.decode()) for tensor in graph.tensors]
    made: list[tuple[str, set[int], set[int]]] = []
    for operator in graph.operators:
        code = model.operatorCodes[operator.opcodeIndex]
        kind = kinds[max(code.builtinCode, code.deprecatedBuiltinCode)]
        ends = (set(map(int, operator.inputs)), set(map(int, operator.outputs)))
        made.append((kind, *ends))
    found = []
    for place, (_, _, outputs) in enumerate(made):
        reached, operators = set(outputs), set(outputs)
        for kind, inputs, results in made[place + 1 :]:
            if reached & inputs:
                operators |= results
                if kind not in MIXING:
                    reached |= results
        first = names[min(outputs)]
        found.append(Layer(first, frozenset(names[index] for index in operators)))
    return found


def costly_runs(
    layers: Sequence[Layer],
    drift: Callable[[frozenset[str]], float],
    probes: int,
    wanted: int,
) -> list[Run]:
    """Find the runs of layers whose quantising moves the scores most, by halving.

    `drift` says how far the scores move with some operators in float; it is asked `probes`
    times at most. The network is cut into a few runs, and the run that saves most is halved
    until it is a single layer, or neither half accounts for it. It ends with `wanted` of
    those. The most saving run comes first; runs that save next to nothing are left out.
    """
    asked = 0

    def probe(part: Sequence[Layer]) -> Run:
        nonlocal asked
        asked += 1
        bare = Run(tuple(part), 0.0)
        return Run(bare.layers, round(whole - drift(bare.operators), 6))

    whole = drift(frozenset())
    length = max(1, -(-len(layers) // FIRST_RUNS))
    pending = [probe(layers[at : at + length]) for at in range(0, len(layers), length)]
    settled: list[Run] = []
    while pending and len(settled) < wanted and asked + 2 <= probes:
        best = max(pending, key=lambda run: run.saved)
        pending.remove(best)
        if best.saved <= LEAST * whole:
            break
        middle = len(best.layers) // 2
        if not middle:
            settled.append(best)
            continue
        halves = [probe(part) for part in (best.layers[:middle], best.layers[middle:])]
        if max(half.saved for half in halves) < SHARE * best.saved:
            settled.append(best)
        else:
            pending += halves
    telling = [run for run in (*settled, *pending) if run.saved > LEAST * whole]
    return sorted(telling, key=lambda run: -run.saved)


def shown(name: str) -> str:
    """Return a tensor's name as short as it can be read: TensorFlow joins all that it fused."""
    first = name.split(";", maxsplit=1)[0]
    parts = [part for part in first.split("/") if part]
    return "/".join(parts[-2:])
