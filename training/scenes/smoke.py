"""Smoke: a translucent plume that rises, billows, spreads and thickens."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy import ndimage

from training.scenes.arrays import Floats, smoothstep
from training.scenes.noise import NoiseBank


@dataclass(frozen=True)
class Plume:
    """One plume as the camera sees it at one moment.

    Attributes:
        column, row: where it leaves its source, pixels.
        width_px: width there.
        height_px: how far its top has risen.
        spread: how much half-width it gains for each pixel of height.
        drift: sideways shift for each pixel of height.
        ceiling_row: row of the ceiling that it spreads under, or None outdoors.
        density: 0 (a wisp) .. 1 (nothing is seen through it) and above.
        moment_s: time, which moves the billows.
        seed: 0..1, makes this plume unlike another.
        scale: size of the largest billows, share of the picture's height.
    """

    column: float
    row: float
    width_px: float
    height_px: float
    spread: float
    drift: float
    ceiling_row: float | None
    density: float
    moment_s: float
    seed: float
    scale: float = 0.5


@dataclass(frozen=True)
class SmokeLayer:
    """What a plume does to the whole picture.

    Attributes:
        cover: how much it hides, float32 [h, w], 0..1.
        shade: how much of the light its billows throw back, float32 [h, w], about 0.4..1.4.
    """

    cover: Floats
    shade: Floats


def paint_plume(bank: NoiseBank, plume: Plume, size: tuple[int, int]) -> SmokeLayer:
    """Return the layer of a plume in a picture of `size` (width, height).

    Worked out on every second pixel: smoke has no sharper edges than that.
    """
    width, height = size
    x = np.arange(0, width + 1, 2, dtype=np.float32)[None, :] + 0.5
    y = np.arange(0, height + 1, 2, dtype=np.float32)[:, None] + 0.5
    body, billow = _fields(bank, plume, x, y, height)
    depth = np.maximum(body, 0.0) * plume.density
    cover = 1.0 - np.exp(-3.2 * depth)
    return SmokeLayer(_doubled(cover, size), _doubled(_shade(body, billow), size))


def haze_depth(
    eye_height_m: float, position: Floats, distance: Floats, floor_m: float, softness_m: float
) -> Floats:
    """Return the metres of each sight line that run above `floor_m`, float32 [h, w].

    The smoke layer under a ceiling is level: a ray crosses the more of it, the longer it runs
    above the layer's lower face.
    """
    share = np.zeros(distance.shape, np.float32)
    steps = (0.1, 0.3, 0.5, 0.7, 0.9)
    for step in steps:
        level = eye_height_m + (position[..., 1] - eye_height_m) * step
        share += smoothstep(floor_m - softness_m, floor_m + softness_m, level)
    return share / len(steps) * np.minimum(distance, 30.0)


def _fields(
    bank: NoiseBank, plume: Plume, x: Floats, y: Floats, height: int
) -> tuple[Floats, Floats]:
    """Thickness of the plume and the relief of its billows at pixel x, y (broadcast)."""
    t, s = plume.moment_s, plume.seed
    unit = plume.scale * height
    a = np.broadcast_to(x / unit, (y.shape[0], x.shape[1]))
    b = np.broadcast_to(y / unit, a.shape)
    rise = np.maximum(plume.row - y, 0.0)
    up = rise / max(plume.height_px, 1.0)
    slow = bank.at(0, a * 0.13 + s, b * 0.13 + 0.035 * t)
    turn = bank.at(1, a * 0.17 - s, b * 0.17 + 0.05 * t + s)
    # Swirls: the coordinates are bent by one noise before another is read at them.
    a2 = a + 0.30 * slow + 0.02 * t * plume.drift
    b2 = b + 0.30 * turn
    # Rounded heads with creases between them: the magnitude of a smooth noise.
    heads = np.abs(bank.at(4, a2 * 0.16 + s, b2 * 0.16 + 0.055 * t)) * 2.4
    knobs = np.abs(bank.at(5, a2 * 0.37, b2 * 0.37 + 0.10 * t + s)) * 2.4
    wisps = bank.at(2, a2 * 0.40 + s, b2 * 0.33 + 0.10 * t)
    billow = 0.55 * (heads - 0.6) + 0.25 * (knobs - 0.6) + 0.28 * wisps
    middle = plume.column + plume.drift * rise + unit * 0.30 * slow * np.minimum(up * 2, 1.0)
    half = plume.width_px / 2 + plume.spread * rise * (1.0 + 0.5 * turn)
    across = (x - middle) / half
    sides = 1.0 - across * across
    top = (1.0 - up) * 2.2 + 0.6
    body = np.minimum(sides, top) + billow * 1.0
    foot = smoothstep(-0.4 * plume.width_px, 0.2 * plume.width_px, plume.row - y)
    thinning = 1.0 / (0.75 + 0.5 * np.minimum(up, 3.0))
    body = smoothstep(-0.15, 1.15, body) * foot * thinning
    if plume.ceiling_row is not None:
        body = np.maximum(body, _under_ceiling(plume, x, y, billow, half))
    return body, billow


def _under_ceiling(plume: Plume, x: Floats, y: Floats, billow: Floats, half: Floats) -> Floats:
    """Thickness of the smoke that has reached the ceiling and runs along it."""
    ceiling = 0.0 if plume.ceiling_row is None else plume.ceiling_row
    over = plume.height_px - (plume.row - ceiling)
    if over <= 0.0:
        return np.zeros_like(billow)
    reach = np.abs(x - plume.column - plume.drift * (plume.row - ceiling))
    # It spreads about as fast as it rose and deepens more and more slowly.
    deep = 0.42 * float(np.sqrt(over * max(plume.row - ceiling, 1.0)))
    sheet = deep * np.exp(-((reach / (1.3 * over + half.mean())) ** 2))
    below = (y - ceiling) / np.maximum(sheet, 2.0)
    return smoothstep(-0.25, 0.9, 1.0 - np.maximum(below, 0.0) + 0.7 * billow) * 0.9


def _shade(body: Floats, billow: Floats) -> Floats:
    """Light on the billows: from above left, and less where the smoke is deep."""
    relief = ndimage.gaussian_filter(billow * np.minimum(body * 2.0, 1.0), body.shape[0] / 75)
    down, right = np.gradient(relief)
    slope = 0.07 * body.shape[0] * (0.8 * down + 0.6 * right)
    shade: Floats = np.clip(0.86 + 0.30 * np.tanh(slope) + 0.38 * billow - 0.10 * body, 0.3, 1.5)
    return shade


def _doubled(values: Floats, size: tuple[int, int]) -> Floats:
    """Enlarge twofold with linear interpolation and crop to `size`."""
    rows, columns = values.shape
    wide = np.empty((rows, columns * 2 - 1), np.float32)
    wide[:, ::2] = values
    wide[:, 1::2] = (values[:, 1:] + values[:, :-1]) / 2
    full = np.empty((rows * 2 - 1, columns * 2 - 1), np.float32)
    full[::2] = wide
    full[1::2] = (wide[1:] + wide[:-1]) / 2
    return full[: size[1], : size[0]]
