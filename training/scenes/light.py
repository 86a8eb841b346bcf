"""Light: what sun, sky, windows, lamps and fire send onto each surface of a stage."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

import numpy as np
from scipy import ndimage

from training.scenes.arrays import Colour, Floats, Vector, dot
from training.scenes.stage import FAR_M, Block, Stage


class Daytime(Enum):
    """The light that a scene is seen in."""

    DAY = "day"
    DUSK = "dusk"
    NIGHT = "night"
    INFRARED = "infrared"


@dataclass(frozen=True)
class Glow:
    """A small source of light.

    Attributes:
        place: where it is.
        colour: irradiance at one metre, linear RGB relative to sunlit white.
        shadows: whether solid things keep it off surfaces behind them.
        softness_m: radius within which it grows no stronger.
    """

    place: Vector
    colour: Colour
    shadows: bool = True
    softness_m: float = 0.25


def ambient(stage: Stage, sky: Colour, bounce: Colour) -> Floats:
    """Return the irradiance from all around: `sky` onto what faces up, `bounce` onto the rest."""
    upward = (0.5 + 0.5 * stage.normal[..., 1:2]).astype(np.float32)
    light = np.array(bounce, np.float32) * (1 - upward) + np.array(sky, np.float32) * upward
    return light * _crevices(stage)[..., None]


def corner_shade(stage: Stage, low: Vector, high: Vector) -> Floats:
    """Return the share of ambient light that a room's own corners leave, float32 [h, w, 1]."""
    share = np.ones(stage.distance.shape, np.float32)
    for axis in range(3):
        for wall in (low[axis], high[axis]):
            gap = np.abs(stage.position[..., axis] - wall)
            facing = np.abs(stage.normal[..., axis]) > 0.5
            share *= np.where(facing, 1.0, 1.0 - 0.38 * np.exp(-gap / 0.45))
    return share[..., None]


def from_point(stage: Stage, glow: Glow) -> Floats:
    """Return the irradiance of one source, float32 [h, w, 3] (Lambert, inverse square)."""
    toward = np.array(glow.place, np.float32) - stage.position
    squared = dot(toward, toward)
    distance = np.sqrt(squared)
    cosine = dot(toward, stage.normal) / np.maximum(distance, 1e-4)
    # A source has some size and air scatters: even a surface at a slant gets a little.
    facing = np.maximum(cosine * 0.9 + 0.1, 0.0)
    strength = facing / (squared + glow.softness_m**2)
    strength[stage.distance >= FAR_M] = 0.0
    if glow.shadows:
        strength = strength * visibility(stage, toward)
    light: Floats = strength[..., None] * np.array(glow.colour, np.float32)
    return light


def from_sun(stage: Stage, direction: Vector, colour: Colour) -> Floats:
    """Return the irradiance of parallel light from `direction` (pointing at the sun)."""
    heading = np.array(direction, np.float32)
    heading /= np.linalg.norm(heading)
    strength = np.maximum(stage.normal @ heading, 0.0)
    toward = np.broadcast_to(heading * 60.0, stage.position.shape)
    strength = strength * visibility(stage, toward)
    return strength[..., None] * np.array(colour, np.float32)


def visibility(stage: Stage, toward: Floats) -> Floats:
    """Return how much of a source at position + `toward` each pixel sees, 0..1, float32 [h, w].

    Worked out on every third pixel and smoothed, which doubles as the penumbra.
    """
    step = 3
    origin = stage.position[::step, ::step] + stage.normal[::step, ::step] * 0.03
    heading = np.ascontiguousarray(toward[::step, ::step])
    lit = np.ones(origin.shape[:2], np.float32)
    for block in stage.blocks:
        near, far, _ = block.crossing(origin, heading)
        entered = np.maximum(np.maximum(near[0], near[1]), near[2])
        # A source inside a block (a lamp in its shade) is not shut in by it.
        lit[(entered < far) & (far > 0.0) & (entered < 0.97) & ~(far > 1.0)] = 0.0
    lit = ndimage.gaussian_filter(lit, 0.6)
    height, width = stage.distance.shape
    wide = np.repeat(np.repeat(lit, step, axis=0), step, axis=1)[:height, :width]
    share: Floats = ndimage.uniform_filter(wide, 4)
    return share


def _crevices(stage: Stage) -> Floats:
    """Share of ambient light left on the floor beside and beneath things that stand on it."""
    share = np.ones(stage.distance.shape, np.float32)
    floor = (stage.normal[..., 1] > 0.9) & (stage.position[..., 1] < 0.02)
    if not floor.any():
        return share
    place = stage.position[floor]
    left = np.ones(len(place), np.float32)
    for block in stage.blocks:
        if block.low[1] < 0.9:
            left *= _contact(place, block)
    share[floor] = left
    return share


def _contact(place: Floats, block: Block) -> Floats:
    local = block.turned(place - block.centre)
    half = (np.array(block.high, np.float32) - np.array(block.low, np.float32)) / 2
    outside = np.maximum(np.abs(local) - half, 0.0)
    gap = np.sqrt(outside[:, 0] ** 2 + outside[:, 2] ** 2)
    reach = min(0.15 + 0.3 * float(half[1]), 0.5)
    depth = 0.6 / (1.0 + 3.0 * block.low[1])
    left: Floats = 1.0 - depth * np.exp(-gap / reach)
    return left
