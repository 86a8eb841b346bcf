"""PixelRange: which real numbers a model's input wants the pixels 0 to 255 to be."""

import math
from dataclasses import dataclass
from typing import cast

import numpy as np

from edge.contract.errors import InputError
from edge.contract.picture import Rgb
from edge.contract.tensors import Array, TensorSpec

# Ranges that the field's image classifiers are trained with, as (mean, standard deviation).
USUAL = {"0..255": (0.0, 1.0), "0..1": (0.0, 255.0), "-1..1": (127.5, 127.5)}

# How far from halfway, in quanta, still counts as a tie.
TIE = 1e-3


@dataclass(frozen=True)
class PixelRange:
    """Maps a pixel to real = (pixel - mean) / std.

    Raises:
        InputError: `std` is not above zero, or `mean` no number.
    """

    mean: float
    std: float

    def __post_init__(self) -> None:
        if not self.std > 0 or not math.isfinite(self.mean):
            raise InputError(
                "--input-std must be above 0 and --input-mean a number",
                found=f"{self.std} and {self.mean}",
            )

    def tensor(self, pixels: Rgb, spec: TensorSpec) -> Array:
        """Return pixels, uint8 [h, w, 3], as the model's input tensor [1, h, w, 3]."""
        identity = (self.mean, self.std) == (0.0, 1.0)
        if identity and spec.dtype == "uint8" and spec.scale in (0.0, 1.0) and not spec.zero_point:
            return pixels[np.newaxis]
        return self._table(spec)[pixels][np.newaxis]

    def _table(self, spec: TensorSpec) -> Array:
        """Return the input value of each pixel value, 0 to 255."""
        real = (np.arange(256) - self.mean) / self.std
        if not spec.quantised:
            return spec.quantise(real)
        # In -1..1 every pixel lies halfway between two integers. A tie goes up, also where
        # the scale's own rounding moved it a little: so no two pixel values fall together.
        integer = np.floor(real / spec.scale + 0.5 + TIE) + spec.zero_point
        limits = np.iinfo(spec.dtype)
        return cast(Array, np.clip(integer, limits.min, limits.max).astype(spec.dtype))

    @classmethod
    def guess(cls, spec: TensorSpec) -> "PixelRange":
        """Choose the range for a model of unknown origin from its input tensor.

        A float input gets -1..1 (Inception, MobileNet). An integer input's scale and zero
        point say which reals it can hold: the usual range within a tenth of that is taken,
        else all of it, so that pixel 0 is its lowest integer and 255 its highest.
        """
        if not spec.quantised:
            return cls(*USUAL["-1..1" if spec.dtype.startswith("float") else "0..255"])
        limits = np.iinfo(spec.dtype)
        low = spec.scale * (limits.min - spec.zero_point)
        high = spec.scale * (limits.max - spec.zero_point)
        for mean, std in USUAL.values():
            wanted_low, wanted_high = -mean / std, (255 - mean) / std
            slack = 0.1 * (wanted_high - wanted_low)
            if abs(low - wanted_low) <= slack and abs(high - wanted_high) <= slack:
                return cls(mean, std)
        std = 255 / (high - low)
        return cls(-low * std, std)
