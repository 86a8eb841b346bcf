"""Delegation: which operators of a loaded model XNNPACK took, and in how many parts."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

# What both runtimes call a node that stands for a delegated part of the graph.
DELEGATE = "DELEGATE"


@dataclass(frozen=True)
class Delegation:
    """What a delegate took of a graph.

    `operators` are the model's own, in the order of the file; `taken` the places in it of
    those that run inside the delegate; `partitions` the number of connected parts that they
    form. Each part costs a hand-over, and fewer are better.
    """

    operators: tuple[str, ...]
    taken: frozenset[int]
    partitions: int

    @property
    def left_over(self) -> int:
        """Return how many operators run outside the delegate."""
        return len(self.operators) - len(self.taken)

    @classmethod
    def of_nodes(cls, nodes: Sequence[Mapping[str, Any]]) -> "Delegation":
        """Read a runtime's list of nodes (`op_name`, `inputs`, `outputs`: tensor numbers).

        A delegate's node names the tensors that go into its part and come out of it. The
        operators of the part are those that lie between: from each output back to the inputs.
        """
        own = [node for node in nodes if node["op_name"] != DELEGATE]
        parts = [node for node in nodes if node["op_name"] == DELEGATE]
        makers = {int(tensor): at for at, node in enumerate(own) for tensor in node["outputs"]}
        taken: set[int] = set()
        for part in parts:
            inputs = {int(tensor) for tensor in part["inputs"]}
            waiting = [int(tensor) for tensor in part["outputs"]]
            while waiting:
                tensor = waiting.pop()
                maker = makers.get(tensor)
                if tensor in inputs or maker is None or maker in taken:
                    continue
                taken.add(maker)
                waiting += [int(tensor) for tensor in own[maker]["inputs"]]
        return cls(tuple(str(node["op_name"]) for node in own), frozenset(taken), len(parts))
