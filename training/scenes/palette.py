"""Palette: the colours that things in a scene may have, in linear light."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.scenes.arrays import Colour

WALLS: tuple[Colour, ...] = (
    (0.72, 0.70, 0.66), (0.80, 0.80, 0.78), (0.62, 0.56, 0.44), (0.45, 0.52, 0.55),
    (0.38, 0.45, 0.36), (0.66, 0.50, 0.40), (0.55, 0.55, 0.56), (0.30, 0.34, 0.42),
)  # fmt: skip
RED_WALLS: tuple[Colour, ...] = ((0.42, 0.07, 0.05), (0.60, 0.24, 0.07), (0.50, 0.12, 0.10))
WOODS: tuple[Colour, ...] = (
    (0.34, 0.19, 0.09), (0.48, 0.31, 0.16), (0.18, 0.09, 0.05), (0.56, 0.42, 0.27),
    (0.28, 0.22, 0.17),
)  # fmt: skip
CLOTHS: tuple[Colour, ...] = (
    (0.10, 0.14, 0.24), (0.30, 0.28, 0.26), (0.09, 0.20, 0.16), (0.42, 0.36, 0.28),
    (0.05, 0.05, 0.06), (0.55, 0.53, 0.50), (0.20, 0.08, 0.16),
)  # fmt: skip
WARM_CLOTHS: tuple[Colour, ...] = ((0.48, 0.05, 0.04), (0.70, 0.25, 0.04), (0.62, 0.40, 0.06))
CARS: tuple[Colour, ...] = (
    (0.03, 0.03, 0.04), (0.60, 0.61, 0.62), (0.30, 0.31, 0.33), (0.06, 0.10, 0.25),
    (0.45, 0.03, 0.03), (0.75, 0.74, 0.70), (0.07, 0.18, 0.12), (0.65, 0.22, 0.03),
)  # fmt: skip
FLOORS: tuple[Colour, ...] = (
    (0.40, 0.26, 0.14), (0.26, 0.15, 0.08), (0.42, 0.40, 0.37), (0.22, 0.22, 0.22),
    (0.50, 0.38, 0.24), (0.32, 0.30, 0.32),
)  # fmt: skip
PAPER: tuple[Colour, ...] = (
    (0.55, 0.10, 0.06), (0.10, 0.22, 0.45), (0.75, 0.70, 0.55), (0.10, 0.30, 0.16),
    (0.80, 0.45, 0.08), (0.10, 0.09, 0.10), (0.40, 0.35, 0.50),
)  # fmt: skip
WHITE: Colour = (0.82, 0.82, 0.80)
BLACK: Colour = (0.02, 0.02, 0.022)
BRICK: Colour = (0.33, 0.13, 0.08)
MORTAR: Colour = (0.45, 0.42, 0.38)
METAL: Colour = (0.35, 0.36, 0.38)


def choose(rng: np.random.Generator, colours: Sequence[Colour]) -> Colour:
    """Draw one colour and vary it a little, so that no two scenes share it exactly."""
    picked = np.array(colours[int(rng.integers(len(colours)))])
    varied = np.clip(picked * rng.uniform(0.82, 1.18) * rng.uniform(0.94, 1.06, 3), 0.005, 0.88)
    return float(varied[0]), float(varied[1]), float(varied[2])


def scaled(colour: Colour, factor: float) -> Colour:
    """Return a colour made brighter or darker."""
    return colour[0] * factor, colour[1] * factor, colour[2] * factor


def chance(rng: np.random.Generator, share: float) -> bool:
    """Draw yes with the given probability."""
    return bool(rng.random() < share)
