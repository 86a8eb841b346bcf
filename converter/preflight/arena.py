"""Arena: an estimate of the memory in which a runtime keeps a model's tensors."""

from bisect import insort
from dataclasses import dataclass

from converter.preflight.model_graph import ModelGraph, Subgraph, Tensor

# TFLite aligns each tensor so (kDefaultTensorAlignment in tensorflow/lite/util.h).
ALIGNMENT = 64
# Planning takes the square of the tensors: a hostile file may not ask for a day of it.
MOST_PLANNED = 3000
GATHERED = frozenset({"int8", "uint8"})


@dataclass(frozen=True)
class Life:
    """A tensor's size and the operators between which it is needed, both included."""

    size_bytes: int
    first: int
    last: int


def arena_bytes(graph: ModelGraph) -> int:
    """Estimate the arena of a model: the sum over its subgraphs, in bytes.

    An estimate: tensors are laid down as TFLite's own planner does it, with the patches that
    a quantised convolution gathers; other scratch space, and what a delegate packs for itself,
    is not in the file.
    """
    return sum(
        planned_bytes([*lives_of(subgraph), *patches_of(subgraph)]) for subgraph in graph.subgraphs
    )


def lives_of(graph: Subgraph) -> list[Life]:
    """Return the life of each tensor that is computed or given; constants lie in the file.

    Inputs live from the start and outputs to the end; variables all the time.
    """
    end = max(len(graph.nodes) - 1, 0)
    first = dict.fromkeys(graph.inputs, 0)
    last = dict.fromkeys(graph.inputs, 0)
    for at, node in enumerate(graph.nodes):
        for tensor in node.outputs:
            first.setdefault(tensor, at)
            last[tensor] = at
        for tensor in node.inputs:
            last[tensor] = at
    last |= dict.fromkeys(graph.outputs, end)
    for at, kept in enumerate(graph.tensors):
        if kept.variable:
            first[at], last[at] = 0, end
    return [
        Life(graph.tensors[at].size_bytes, first[at], max(last.get(at, end), first[at]))
        for at in sorted(first)
        if at >= 0 and not graph.tensors[at].constant
    ]


def patches_of(graph: Subgraph) -> list[Life]:
    """Return the scratch of each quantised convolution: its input's patches, one per output.

    The "im2col" of tensorflow/lite/kernels/conv.cc, for kernels larger than 1x1 or with a
    stride. In float, XNNPACK takes convolutions, and gathers nothing.
    """
    lives = []
    for at, node in enumerate(graph.nodes):
        if node.code.name != "CONV_2D" or len(node.inputs) < 2 or min(node.inputs[:2]) < 0:
            continue
        given, weights = (graph.tensors[tensor] for tensor in node.inputs[:2])
        outputs = [graph.tensors[tensor] for tensor in node.outputs[:1] if tensor >= 0]
        shapes = [tensor.shape for tensor in (given, weights, *outputs)]
        if given.dtype not in GATHERED or [len(shape) for shape in shapes] != [4, 4, 4]:
            continue
        if weights.shape[1:3] == (1, 1) and given.shape[1:3] == outputs[0].shape[1:3]:
            continue
        patches = (*outputs[0].shape[:3], *weights.shape[1:])
        lives.append(Life(Tensor("", patches, given.dtype).size_bytes, at, at))
    return lives


def planned_bytes(lives: list[Life]) -> int:
    """Return the memory that tensors take if each may lie where no living one does.

    Greedy by size, the largest first, each into the smallest gap that holds it: the way of
    TFLite's ArenaPlanner (Pisarchyk and Lee, "Efficient Memory Management for Deep Neural Net
    Inference", 2020).
    """
    if len(lives) > MOST_PLANNED:
        return peak_bytes(lives)
    placed: list[tuple[int, Life]] = []
    for life in sorted(lives, key=lambda life: (-life.size_bytes, life.first)):
        insort(placed, (_offset(life, placed), life), key=lambda entry: entry[0])
    return max((offset + _aligned(life.size_bytes) for offset, life in placed), default=0)


def peak_bytes(lives: list[Life]) -> int:
    """Return the most bytes that live at once: no plan needs less, and none is made here."""
    changes: dict[int, int] = {}
    for life in lives:
        size = _aligned(life.size_bytes)
        changes[life.first] = changes.get(life.first, 0) + size
        changes[life.last + 1] = changes.get(life.last + 1, 0) - size
    living = peak = 0
    for at in sorted(changes):
        living += changes[at]
        peak = max(peak, living)
    return peak


def _offset(life: Life, placed: list[tuple[int, Life]]) -> int:
    """Return where a tensor goes among those placed, which are in the order of their offsets."""
    best, best_gap, reached = -1, 0, 0
    size = _aligned(life.size_bytes)
    for offset, other in placed:
        if other.last < life.first or life.last < other.first:
            continue
        gap = offset - reached
        if gap >= size and (best < 0 or gap < best_gap):
            best, best_gap = reached, gap
        reached = max(reached, offset + _aligned(other.size_bytes))
    return best if best >= 0 else reached


def _aligned(size_bytes: int) -> int:
    return -(-size_bytes // ALIGNMENT) * ALIGNMENT
