"""Distorted: a picture as the network would see it in other weather, light or focus."""

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess
from training import distortion
from training.view import generator

Distort = Callable[[Rgb, float, np.random.Generator], Rgb]

# By the names that reports use. Raised with any change of what a name and an amount give.
REVISION = 1
DISTORTIONS: dict[str, Distort] = {
    "whitening": lambda picture, share, _rng: distortion.whiten(picture, share),
    "greying": lambda picture, share, _rng: distortion.grey(picture, share),
    "fog": lambda picture, amount, _rng: distortion.fog(picture, amount),
    "darkening": lambda picture, stops, _rng: distortion.brightness(picture, -stops),
    "brightening": lambda picture, stops, _rng: distortion.brightness(picture, stops),
    "warm light": lambda picture, amount, _rng: distortion.warmth(picture, amount),
    "cold light": lambda picture, amount, _rng: distortion.warmth(picture, -amount),
    "blur": lambda picture, radius, _rng: distortion.blur(picture, radius),
    "night": distortion.night,
}


@dataclass(frozen=True)
class Distorted:
    """The whole picture, preprocessed and then distorted by one of DISTORTIONS."""

    name: str
    amount: float

    @property
    def key(self) -> str:
        """Return the view's name in the cache."""
        return f"distorted-{REVISION}:{self.name}:{self.amount:g}"

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return the distorted input; noise is the same in every run."""
        pixels = preprocess.apply(picture)
        return DISTORTIONS[self.name](pixels, self.amount, generator(sha256, self.key))
