"""Material: the readable pictures of a dataset with their features."""

from dataclasses import dataclass

from converter.trained_model import SplitRow
from training.head import Floats, Ints


@dataclass(frozen=True)
class Material:
    """The readable pictures with their features, in one order.

    `features` is float32 [pictures, channels], `classes` int64 [pictures].
    """

    rows: tuple[SplitRow, ...]
    features: Floats
    classes: Ints

    def part(self, name: str) -> tuple[Floats, Ints]:
        """Return the features and classes of one part of the split."""
        chosen = [i for i, row in enumerate(self.rows) if row.part == name]
        return self.features[chosen], self.classes[chosen]
