"""PoetsView: a training picture distorted as TensorFlow for Poets' flags say."""

from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageEnhance

from edge.contract.errors import InputError
from edge.contract.picture import Rgb
from edge.contract.preprocess import Preprocess
from training.view import View, generator

# Distorted views of each picture. retrain.py drew anew at each step and ran the whole network
# each time; these are drawn once, and their features are kept.
VIEWS = 4


@dataclass(frozen=True)
class Distortion:
    """What retrain.py's four flags ask for; the percentages are of its own kind.

    `crop`: how much of the width and height may be cut off, `scale`: how much larger the picture
    may be made before the cut, `brightness`: how far it may be lit up or down; 0 does nothing.

    Raises:
        InputError: a percentage out of its range.
    """

    flip: bool = False
    crop: float = 0.0
    scale: float = 0.0
    brightness: float = 0.0

    def __post_init__(self) -> None:
        for name, value, limit in (
            ("random_crop", self.crop, 99),
            ("random_scale", self.scale, 1000),
            ("random_brightness", self.brightness, 100),
        ):
            if not 0 <= value <= limit:
                raise InputError(
                    f"{name} is out of range", found=value, expected=f"0 to {limit} percent"
                )

    @property
    def any(self) -> bool:
        """Return whether a picture is changed at all."""
        return self.flip or self.crop > 0 or self.scale > 0 or self.brightness > 0

    def views(self) -> tuple[View, ...]:
        """Return the views of each training picture besides the whole of it; none to change."""
        return tuple(PoetsView(self, number) for number in range(VIEWS)) if self.any else ()


@dataclass(frozen=True)
class PoetsView:
    """One of several distorted views, numbered from 0; the same picture gives the same one."""

    distortion: Distortion
    number: int

    @property
    def key(self) -> str:
        """Return the view's name in the cache, with every percentage."""
        d = self.distortion
        return f"poets-{int(d.flip)}-{d.crop:g}-{d.scale:g}-{d.brightness:g}-{self.number}"

    def tensor(self, picture: Rgb, sha256: str, preprocess: Preprocess) -> Rgb:
        """Return uint8 [height, width, 3]: a part of the picture, flipped and lit by chance.

        As in retrain.py, the picture is thought scaled to (1 + crop) (1 + a share of scale)
        times the input, and an input's size is cut out of it anywhere: so the part seen is the
        inverse of that of the width and of the height. Brightness is a factor of 1 plus or minus
        the percentage.
        """
        rng = generator(sha256, self.key)
        d = self.distortion
        share = 1 / ((1 + d.crop / 100) * rng.uniform(1, 1 + d.scale / 100))
        height, width = picture.shape[:2]
        rows, columns = max(1, round(height * share)), max(1, round(width * share))
        top = int(rng.integers(0, height - rows + 1))
        left = int(rng.integers(0, width - columns + 1))
        part = picture[top : top + rows, left : left + columns]
        if d.flip and rng.random() < 0.5:
            part = part[:, ::-1]
        image = Image.fromarray(np.ascontiguousarray(part))
        factor = rng.uniform(1 - d.brightness / 100, 1 + d.brightness / 100)
        if d.brightness:
            image = ImageEnhance.Brightness(image).enhance(factor)
        return preprocess.apply(np.asarray(image, dtype=np.uint8))
