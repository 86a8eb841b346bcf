"""Array types: the names that the renderer gives to the NumPy arrays it passes around."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeAlias

import numpy as np
import numpy.typing as npt

Floats: TypeAlias = npt.NDArray[np.floating[Any]]
"""Real numbers, float32 wherever an array is as large as a picture."""

Ints: TypeAlias = npt.NDArray[np.integer[Any]]
"""Whole numbers, such as the axis that a surface faces along."""

Mask: TypeAlias = npt.NDArray[np.bool_]
"""Yes or no for each pixel."""

Pixels: TypeAlias = npt.NDArray[np.uint8]
"""A picture: uint8 [height, width, 3], RGB, 0..255."""

Colour: TypeAlias = tuple[float, float, float]
"""Linear-light red, green, blue; 1.0 reflects everything."""

Vector: TypeAlias = tuple[float, float, float]
"""Metres to the right, up and away from the viewer."""

Size: TypeAlias = tuple[int, int]
"""Width and height in pixels."""

Paint: TypeAlias = Callable[[Floats, Ints, Floats], Floats]
"""From positions [n, 3] in metres, the axis each point faces along [n] and the metres that one
pixel covers there [n], the reflectance [n, 3]."""


def smoothstep(low: float, high: float, values: Floats) -> Floats:
    """Ease from 0 at `low` to 1 at `high` (Hermite), clipped outside."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    eased: Floats = share * share * (3.0 - 2.0 * share)
    return eased


def grey_of(colours: Floats) -> Floats:
    """Return the luminance of linear RGB [..., 3] (Rec. 709 weights)."""
    return colours @ np.array([0.2126, 0.7152, 0.0722], colours.dtype)


def dot(one: Floats, other: Floats) -> Floats:
    """Return the scalar products of vectors [..., 3] (several times as fast as sum(axis=-1))."""
    return np.asarray(np.einsum("...k,...k->...", one, other))
