"""SceneRow: how many pictures of each class a group has that the user named."""

from collections import Counter, defaultdict
from collections.abc import Collection
from dataclasses import dataclass

from training.dataset import Dataset, is_scene


@dataclass(frozen=True)
class SceneRow:
    """A group with its pictures by class, and whether it is a mere collection."""

    group: str
    counts: dict[str, int]
    collection: bool

    @property
    def pictures(self) -> int:
        """Return how many pictures it has in all."""
        return sum(self.counts.values())


def scene_rows(found: Dataset, collections: Collection[str]) -> tuple[SceneRow, ...]:
    """Return the row of each named group, the largest first."""
    counts: dict[str, Counter[str]] = defaultdict(Counter)
    for sample in found.samples:
        if is_scene(sample.group):
            counts[sample.group][sample.label] += 1
    rows = [
        SceneRow(group, {label: each[label] for label in found.labels}, group in collections)
        for group, each in counts.items()
    ]
    return tuple(sorted(rows, key=lambda row: (-row.pictures, row.group)))
