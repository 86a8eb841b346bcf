"""ModelGraph: a TFLite file's operators and tensors as plain values; nothing of it is run."""

import math
from collections import Counter
from dataclasses import dataclass
from functools import cached_property

# Bits of one value; string, resource and variant tensors have no fixed size.
BITS = {
    **dict.fromkeys(("int2",), 2),
    **dict.fromkeys(("int4", "uint4"), 4),
    **dict.fromkeys(("int8", "uint8", "bool", "float8_e4m3fn", "float8_e5m2"), 8),
    **dict.fromkeys(("int16", "uint16", "float16", "bfloat16"), 16),
    **dict.fromkeys(("int32", "uint32", "float32"), 32),
    **dict.fromkeys(("int64", "uint64", "float64", "complex64"), 64),
    **dict.fromkeys(("complex128",), 128),
}
CUSTOM = "CUSTOM"
INTEGER_WEIGHTS = ("int8", "int4", "int2")
# The operators whose constant is a weight; that of an addition is quantised as activations are.
WEIGHTED = frozenset(
    {
        "CONV_2D",
        "DEPTHWISE_CONV_2D",
        "FULLY_CONNECTED",
        "TRANSPOSE_CONV",
        "CONV_3D",
        "BATCH_MATMUL",
        "EMBEDDING_LOOKUP",
    }
)
# Those that may add one, as their third input.
BIASED = frozenset({"CONV_2D", "DEPTHWISE_CONV_2D", "FULLY_CONNECTED"})


@dataclass(frozen=True)
class Tensor:
    """A tensor as the file declares it.

    `scales` says how many scales it has: 0 unquantised, 1 per tensor, else per channel; `scale`
    and `zero_point` are the first ones. `constant_bytes` is the size of its stored values, 0
    where they are computed. `variable` tensors keep their values from picture to picture.
    """

    name: str
    shape: tuple[int, ...]
    dtype: str
    scales: int = 0
    scale: float = 0.0
    zero_point: int = 0
    constant_bytes: int = 0
    variable: bool = False

    @property
    def constant(self) -> bool:
        """Say whether the file stores its values."""
        return self.constant_bytes > 0

    @property
    def size_bytes(self) -> int:
        """Return the memory that its values take; an open dimension counts as 1."""
        return math.prod(max(size, 1) for size in self.shape) * BITS.get(self.dtype, 0) // 8


@dataclass(frozen=True)
class OperatorCode:
    """A kind of operator: its name in the schema, its version, a custom operator's own name."""

    name: str
    version: int
    custom: str = ""

    @property
    def flex(self) -> bool:
        """Say whether it is one of TensorFlow's own operators, which needs the Flex delegate."""
        return self.name == CUSTOM and self.custom.startswith("Flex")

    @property
    def title(self) -> str:
        """Return what to call it."""
        return f"{CUSTOM} {self.custom}" if self.name == CUSTOM else self.name


@dataclass(frozen=True)
class Node:
    """An operator at its place: the tensors that it reads (-1: left out) and writes."""

    code: OperatorCode
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class Subgraph:
    """A list of operators in the order in which they run, and their tensors."""

    tensors: tuple[Tensor, ...]
    nodes: tuple[Node, ...]
    inputs: tuple[int, ...]
    outputs: tuple[int, ...]


@dataclass(frozen=True)
class ModelGraph:
    """All that a TFLite file says, short of its weights.

    `codes` are all that the file lists, used or not: a runtime resolves them all.
    `min_runtime_version` is empty where the file does not say.
    """

    codes: tuple[OperatorCode, ...]
    subgraphs: tuple[Subgraph, ...]
    min_runtime_version: str
    size_bytes: int

    @property
    def main(self) -> Subgraph:
        """Return the subgraph that a call runs."""
        return self.subgraphs[0]

    @cached_property
    def counts(self) -> Counter[OperatorCode]:
        """Return how often each kind of operator stands in the model."""
        return Counter(node.code for graph in self.subgraphs for node in graph.nodes)

    @property
    def dtypes(self) -> tuple[str, ...]:
        """Return the types of its tensors, in order."""
        return tuple(sorted({tensor.dtype for graph in self.subgraphs for tensor in graph.tensors}))


def form_of(graph: Subgraph, node: Node) -> str:
    """Return an operator's quantisation form: its activations, then its weights' where other.

    Such as `float32`, `int8`, `int8 per-channel`, `int16x8 per-channel` (int16 activations,
    int8 weights), `dynamic per-channel` (float activations, int8 weights), `float16`.
    """
    tensors = [graph.tensors[at] for at in (node.inputs or node.outputs) if at >= 0]
    activations = [tensor for tensor in tensors if not tensor.constant] or tensors
    activation = activations[0].dtype if activations else "none"
    weights = [t for t in tensors if t.constant and t.scales and t.dtype in INTEGER_WEIGHTS]
    if node.code.name not in WEIGHTED or not weights:
        return activation
    weight = weights[0].dtype
    form = activation
    if activation == "float32":
        form = "dynamic" if weight == "int8" else f"dynamic {weight}"
    elif activation != weight:
        form = f"{activation}x{weight.removeprefix('int')}"
    return f"{form} {'per-channel' if weights[0].scales > 1 else 'per-tensor'}"


@dataclass(frozen=True)
class Use:
    """How a model uses an operator, as far as a kernel may choose its way by it.

    `form` is that of `form_of`; `bias` says whether a bias is added (None: the operator has no
    such thing); `inputs` and `outputs` are the last dimensions of what comes in and goes out.
    """

    operator: str
    form: str
    bias: bool | None
    inputs: int
    outputs: int


def use_of(graph: Subgraph, node: Node) -> Use:
    """Return how a model uses an operator at one place."""
    name = node.code.title
    return Use(
        operator=name,
        form=form_of(graph, node),
        bias=len(node.inputs) > 2 and node.inputs[2] >= 0 if name in BIASED else None,
        inputs=_last(graph, node.inputs),
        outputs=_last(graph, node.outputs),
    )


def _last(graph: Subgraph, tensors: tuple[int, ...]) -> int:
    shape = graph.tensors[tensors[0]].shape if tensors and tensors[0] >= 0 else ()
    return shape[-1] if shape else 1
