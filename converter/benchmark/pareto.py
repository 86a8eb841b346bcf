"""Pareto: which models no other beats in accuracy, latency and size at once."""

from collections.abc import Sequence
from dataclasses import dataclass


@dataclass(frozen=True)
class Standing:
    """A model by what it gives and what it asks: accuracy in [0, 1], ms a picture, megabytes."""

    name: str
    accuracy: float
    ms: float
    megabytes: float

    def beats(self, other: "Standing") -> bool:
        """Say whether this is nowhere worse and somewhere better (Pareto dominance)."""
        ours = (-self.accuracy, self.ms, self.megabytes)
        theirs = (-other.accuracy, other.ms, other.megabytes)
        return ours != theirs and all(a <= b for a, b in zip(ours, theirs, strict=True))


def beaten_by(one: Standing, others: Sequence[Standing]) -> Standing | None:
    """Return the fastest model that beats this one, None where it is on the front."""
    better = [other for other in others if other.beats(one)]
    return min(better, key=lambda other: other.ms, default=None)
