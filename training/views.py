"""Views for training: crops of a picture in another light, and small patches of it.

A head that has only seen whole pictures learns the scene with the fire. Crops in another light
make it look at the fire; small patches teach what a tile or a cell of the class map shows.
"""

from dataclasses import dataclass

import numpy as np

from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess
from training import distortion
from training.view import View, generator

# Which stretch of an aspect ratio a crop may have, as the logarithm: about 4:5 to 5:4.
STRETCH = 0.25


@dataclass(frozen=True)
class Crop:
    """A part of 50 to 100% of the picture, perhaps mirrored, in another light."""

    number: int
    weight: float = 1.0

    @property
    def key(self) -> str:
        """Return the view's name in the cache."""
        return f"crop-1-{self.number}"

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return uint8 [height, width, 3] of a picture uint8 [any, any, 3]."""
        rng = generator(sha256, self.key)
        tensor = preprocess.apply(cut(picture, rng.uniform(0.5, 1.0), rng))
        tensor = mirrored(tensor, rng)
        tensor = distortion.brightness(tensor, rng.uniform(-0.5, 0.4))
        tensor = distortion.saturation(tensor, rng.uniform(-0.5, 0.3))
        return distortion.contrast(tensor, rng.uniform(-0.3, 0.3))


@dataclass(frozen=True)
class Patch:
    """A part of 2 to 25% of the picture; half of them greyed and whitened.

    Patches of normal pictures are the plain walls that a tile or a cell shows. Those of a
    hazard count for less, since a patch of a fire need not show the fire.
    """

    number: int
    weight: float = 0.25
    normal_weight: float = 1.0

    @property
    def key(self) -> str:
        """Return the view's name in the cache."""
        return f"patch-1-{self.number}"

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return uint8 [height, width, 3] of a picture uint8 [any, any, 3]."""
        rng = generator(sha256, self.key)
        tensor = preprocess.apply(cut(picture, rng.uniform(0.02, 0.25), rng))
        if rng.random() < 0.5:
            tensor = distortion.whiten(distortion.grey(tensor, 1.0), rng.uniform(0, 0.5))
        return mirrored(tensor, rng)


def training_views(crops: int, patches: int, weathers: int = 0) -> tuple[View, ...]:
    """Return so many crops, patches and weathers of each picture."""
    return (
        *map(Crop, range(crops)),
        *map(Patch, range(patches)),
        *map(Weather, range(weathers)),
    )


def weight_of(view: View, normal: bool) -> float:
    """Return how often a view is drawn, beside a whole picture's 1.

    `normal`: whether it is of a picture of the class where nothing is wrong.
    """
    weight = float(getattr(view, "weight", 1.0))
    return float(getattr(view, "normal_weight", weight)) if normal else weight


def cut(picture: Rgb, share: float, rng: np.random.Generator) -> Rgb:
    """Return a part of that share of the picture's area, of about its aspect ratio."""
    height, width = picture.shape[:2]
    stretch = np.exp(rng.uniform(-STRETCH, STRETCH))
    rows = int(np.clip(round(height * np.sqrt(share / stretch)), 1, height))
    columns = int(np.clip(round(width * np.sqrt(share * stretch)), 1, width))
    top, left = rng.integers(0, height - rows + 1), rng.integers(0, width - columns + 1)
    return np.ascontiguousarray(picture[top : top + rows, left : left + columns])


def mirrored(tensor: Rgb, rng: np.random.Generator) -> Rgb:
    """Return the picture, or with even odds its mirror image."""
    return np.ascontiguousarray(tensor[:, ::-1]) if rng.random() < 0.5 else tensor


@dataclass(frozen=True)
class Weather:
    """The whole picture as the probe shows it: fog, night, a colour cast, a lens out of focus.

    One or two distortions of those that a camera meets in a year, at a random amount.
    """

    number: int
    weight: float = 0.25

    @property
    def key(self) -> str:
        """Return the view's name in the cache."""
        return f"weather-1-{self.number}"

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return uint8 [height, width, 3] of a picture uint8 [any, any, 3]."""
        rng = generator(sha256, self.key)
        tensor = mirrored(preprocess.apply(cut(picture, rng.uniform(0.7, 1.0), rng)), rng)
        kind = rng.integers(6)
        amount = rng.uniform(0.2, 0.8)
        if kind == 0:
            tensor = distortion.night(tensor, amount, rng)
        elif kind == 1:
            tensor = distortion.grey(tensor, 1.0)
        elif kind == 2:
            tensor = distortion.warmth(tensor, amount * rng.choice([-1.0, 1.0]))
        elif kind == 3:
            tensor = distortion.fog(tensor, amount)
        elif kind == 4:
            tensor = distortion.whiten(tensor, amount)
        else:
            tensor = distortion.blur(tensor, 3 * amount)
        if rng.random() < 0.3:
            tensor = distortion.sensor_noise(tensor, rng.uniform(2, 10), rng)
        if rng.random() < 0.3:
            tensor = distortion.jpeg(tensor, int(rng.integers(15, 60)))
        return tensor
