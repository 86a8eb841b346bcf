"""Material: the readable pictures of a dataset with the features of all their views."""

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from converter.trained_model import SplitRow
from training.examples import Bools, Examples, Floats, Ints

# A scene of n frames weighs as much as n ** SCENE_POWER pictures: between every frame alike
# (1) and every scene alike (0), since the frames of one scene say much the same.
SCENE_POWER = 0.5
Doubles = npt.NDArray[np.float64]


@dataclass(frozen=True)
class Material:
    """The readable pictures with their features, in one order.

    `features` is float32 [pictures, channels] of the pictures seen whole, `classes` int64
    [pictures]. `examples` has them and all other views, weighted for training. `families` says
    what folds keep together: the frames of a scene, or near duplicates.
    """

    rows: tuple[SplitRow, ...]
    families: tuple[str, ...]
    features: Floats
    classes: Ints
    examples: Examples

    def part(self, name: str) -> tuple[Floats, Ints]:
        """Return the features and classes of the whole pictures of one part of the split."""
        chosen = self.mask(name)
        return self.features[chosen], self.classes[chosen]

    def mask(self, *parts: str) -> Bools:
        """Return bool [pictures]: which are in one of these parts."""
        return np.array([row.part in parts for row in self.rows], bool)

    def only(self, chosen: Bools) -> "Material":
        """Return the pictures that are True in bool [pictures], numbered anew."""
        place = np.cumsum(chosen) - 1
        examples = self.examples.only(chosen)
        return Material(
            tuple(row for row, kept in zip(self.rows, chosen, strict=True) if kept),
            tuple(name for name, kept in zip(self.families, chosen, strict=True) if kept),
            self.features[chosen],
            self.classes[chosen],
            replace(examples, pictures=place[examples.pictures]),
        )


def make_material(
    rows: Sequence[SplitRow],
    families: Sequence[str],
    classes: Ints,
    features: Floats,
    views: Sequence[tuple[Ints, Floats, Doubles]] = (),
    taps: tuple[int, ...] = (),
) -> Material:
    """Join whole pictures and their views.

    Each of `views` is the pictures that it is of, int64 [m], its features, float32
    [m, channels], and the weights of each, float64 [m].
    """
    pictures = [np.arange(len(rows)), *(which for which, _, _ in views)]
    shares = [np.ones(len(rows)), *(share for _, _, share in views)]
    owners = np.concatenate(pictures)
    examples = Examples(
        np.concatenate([features, *(some for _, some, _ in views)]),
        classes[owners],
        np.concatenate(shares) * scene_weights(families, classes)[owners],
        owners,
        taps,
    )
    return Material(tuple(rows), tuple(families), features, classes, examples)


def scene_weights(families: Sequence[str], classes: Ints) -> Doubles:
    """Return float64 [pictures]: how much a picture weighs among those of its class."""
    alike = list(zip(families, classes.tolist(), strict=True))
    frames = Counter(alike)
    return np.array([frames[one] ** (SCENE_POWER - 1) for one in alike], np.float64)
