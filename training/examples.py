"""Examples: what a head is trained on: views of pictures, each with a class and a weight."""

from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]
Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True)
class Examples:
    """Views of pictures with their features.

    `features` is float32 [examples, channels], `classes` int64 [examples], `weights` float64
    [examples], at least 0: how often an example is drawn beside the others of its class.
    `pictures` int64 [examples] says of which picture each is a view. `taps` are the channels
    of each layer that the features are joined of; () for features of one.
    """

    features: Floats
    classes: Ints
    weights: npt.NDArray[np.float64]
    pictures: Ints
    taps: tuple[int, ...] = ()

    @classmethod
    def of(cls, features: Floats, classes: Ints) -> "Examples":
        """Return pictures seen whole, all of one weight."""
        return cls(features, classes, np.ones(len(classes)), np.arange(len(classes)))

    def only(self, pictures: Bools) -> "Examples":
        """Return the views of the pictures that are True in bool [pictures]."""
        kept = pictures[self.pictures]
        return replace(
            self,
            features=self.features[kept],
            classes=self.classes[kept],
            weights=self.weights[kept],
            pictures=self.pictures[kept],
        )
