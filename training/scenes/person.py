"""Person: someone who walks through a scene, made of rounded limbs."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from training.scenes import palette
from training.scenes.arrays import Colour, Floats, Vector
from training.scenes.stage import Stage


@dataclass(frozen=True)
class Person:
    """Someone on the way from one place to another.

    Attributes:
        start, goal: where the feet are at the beginning and at the end, metres.
        tall_m: height.
        coat, trousers, skin: colours.
        stride_s: seconds for one step.
    """

    start: Vector
    goal: Vector
    tall_m: float
    coat: Colour
    trousers: Colour
    skin: Colour
    stride_s: float


def draw_person(rng: np.random.Generator, indoors: bool) -> Person:
    """Draw someone who crosses what the camera sees; one in four wears red or orange."""
    across = 2.0 if indoors else 5.0
    near, far = (2.2, 4.2) if indoors else (5.0, 9.0)
    start = (float(rng.uniform(-across, across)), 0.0, float(rng.uniform(near, far)))
    goal = (float(rng.uniform(-across, across)), 0.0, float(rng.uniform(near, far)))
    bright = palette.chance(rng, 0.25)
    skins = ((0.50, 0.30, 0.20), (0.30, 0.16, 0.10), (0.10, 0.055, 0.035))
    return Person(
        start,
        goal,
        float(rng.uniform(1.55, 1.9)),
        palette.choose(rng, palette.WARM_CLOTHS if bright else palette.CLOTHS),
        palette.choose(rng, palette.CLOTHS),
        palette.choose(rng, skins),
        float(rng.uniform(0.45, 0.7)),
    )


def place_person(
    person: Person, stage: Stage, share: float, moment_s: float
) -> tuple[Floats, Floats, float]:
    """Return cover [h, w], reflectance [h, w, 3] and distance in metres at a share of the way."""
    feet = tuple(a + (b - a) * share for a, b in zip(person.start, person.goal, strict=True))
    column, row, depth = stage.view.pixel_of((feet[0], feet[1], feet[2]))
    height, width = stage.distance.shape
    cover = np.zeros((height, width), np.float32)
    albedo = np.zeros((height, width, 3), np.float32)
    if depth < 1.0:
        return cover, albedo, depth
    scale = person.tall_m * stage.view.focal_px / depth
    rows = slice(max(int(row - 1.1 * scale), 0), max(min(int(row + 0.1 * scale), height), 0))
    columns = slice(max(int(column - 0.4 * scale), 0), max(int(column + 0.4 * scale), 0))
    x = (np.arange(width, dtype=np.float32)[None, columns] + 0.5 - column) / scale
    y = (row - np.arange(height, dtype=np.float32)[rows, None] - 0.5) / scale
    swing = 0.10 * math.sin(math.pi * moment_s / person.stride_s)
    for start, end, radius, colour in _limbs(person, swing):
        gap = _distance_to(x, y, start, end) - radius
        share_here = np.clip(0.5 - gap * scale, 0.0, 1.0)
        relief = np.clip(0.75 - 0.35 * gap / radius, 0.5, 1.1)
        colour_here = relief[..., None] * np.array(colour, np.float32)
        body = albedo[rows, columns]
        body += share_here[..., None] * (colour_here - body)
        cover[rows, columns] = np.maximum(cover[rows, columns], share_here)
    return cover, albedo, depth


_Limb = tuple[tuple[float, float], tuple[float, float], float, Colour]


def _limbs(person: Person, swing: float) -> list[_Limb]:
    """Capsules in units of body height, origin between the feet, drawn in this order."""
    hair = palette.scaled(person.skin, 0.25)
    return [
        ((-0.03, 0.48), (-0.03 - swing, 0.03), 0.042, person.trousers),
        ((-0.09, 0.80), (-0.11 + swing, 0.48), 0.032, palette.scaled(person.coat, 0.7)),
        ((0.03, 0.48), (0.03 + swing, 0.03), 0.045, person.trousers),
        ((0.0, 0.77), (0.0, 0.52), 0.085, person.coat),
        ((0.09, 0.80), (0.11 - swing, 0.48), 0.034, person.coat),
        ((0.0, 0.91), (0.0, 0.94), 0.052, person.skin),
        ((0.0, 0.95), (0.0, 0.965), 0.050, hair),
    ]


def _distance_to(
    x: Floats, y: Floats, start: tuple[float, float], end: tuple[float, float]
) -> Floats:
    """Distance from points to a line segment."""
    run, rise = end[0] - start[0], end[1] - start[1]
    squared = max(run * run + rise * rise, 1e-6)
    share = np.clip(((x - start[0]) * run + (y - start[1]) * rise) / squared, 0.0, 1.0)
    return np.hypot(x - start[0] - share * run, y - start[1] - share * rise)
