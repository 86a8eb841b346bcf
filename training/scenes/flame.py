"""Flame: turbulent fire that licks upward, in the colours of glowing soot."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenes.arrays import Floats, smoothstep
from training.scenes.noise import NoiseBank

# Heat 0..1 -> linear RGB: deep red, orange, yellow, near white, as soot between about 1000 and
# 2000 K looks to a camera that is nearly saturated.
_HEAT = np.array([0.0, 0.12, 0.3, 0.5, 0.7, 0.86, 1.0], np.float32)
_COLOURS = np.array(
    [
        [0.0, 0.0, 0.0],
        [0.22, 0.015, 0.0],
        [0.80, 0.10, 0.008],
        [1.35, 0.36, 0.025],
        [1.9, 0.95, 0.13],
        [2.3, 1.7, 0.55],
        [2.6, 2.35, 1.5],
    ],
    np.float32,
)
_SHADES = 1023
_RAMP = np.stack(
    [np.interp(np.linspace(0, 1, _SHADES + 1), _HEAT, _COLOURS[:, k]) for k in range(3)], axis=-1
).astype(np.float32)


@dataclass(frozen=True)
class Flame:
    """One fire as the camera sees it at one moment.

    Attributes:
        column, row: foot of the fire, pixels.
        width_px: width of its foot.
        height_px: how high its middle tongues reach.
        moment_s: time, which moves the tongues.
        seed: 0..1, makes this fire unlike another.
        lean: sideways drift at full height, share of the height.
        heat: 0.6 (dull, sooty) .. 1.3 (fierce).
    """

    column: float
    row: float
    width_px: float
    height_px: float
    moment_s: float
    seed: float
    lean: float = 0.0
    heat: float = 1.0


@dataclass(frozen=True)
class FlamePatch:
    """Where a flame lies in the picture and what it adds there.

    Attributes:
        rows, columns: the part of the picture.
        emission: linear RGB, float32 [h, w, 3], 1.0 is the camera's white.
        cover: how much it hides what is behind, float32 [h, w], 0..1.
    """

    rows: slice
    columns: slice
    emission: Floats
    cover: Floats


def paint_flame(bank: NoiseBank, flame: Flame, size: tuple[int, int]) -> FlamePatch | None:
    """Return the patch of a flame in a picture of `size` (width, height); None if out of sight."""
    reach = 1.5 * flame.height_px
    side = 0.75 * flame.width_px + (0.35 + abs(flame.lean)) * flame.height_px
    columns = _span(flame.column - side, flame.column + side, size[0])
    rows = _span(flame.row - reach, flame.row + 0.12 * flame.width_px + 2, size[1])
    if columns is None or rows is None:
        return None
    x = np.arange(columns.start, columns.stop, dtype=np.float32) + 0.5 - flame.column
    y = flame.row - np.arange(rows.start, rows.stop, dtype=np.float32) - 0.5
    heat = _heat(bank, flame, x[None, :], y[:, None])
    emission = _RAMP[(heat * _SHADES).astype(np.int32)]
    cover = smoothstep(0.05, 0.35, heat)
    return FlamePatch(rows, columns, emission, cover.astype(np.float32))


def flicker(bank: NoiseBank, moment_s: float, seed: float) -> float:
    """Return the strength of a fire's light at a moment, about 0.65..1.35."""
    slow = bank.wave(3, seed + 0.07 * moment_s)
    quick = bank.wave(2, seed * 1.7 + 0.61 * moment_s)
    return 1.0 + 0.3 * slow + 0.3 * quick


def _heat(bank: NoiseBank, flame: Flame, x: Floats, y: Floats) -> Floats:
    """Heat 0..1 at x (right of the foot) and y (above it), pixels, broadcast together."""
    tall, half = flame.height_px, flame.width_px / 2
    up = np.maximum(y / tall, 0.0)
    # One unit of noise follows the smaller of width and height, so that a low wide fire has
    # many tongues and a tall one has long ones.
    unit = 0.55 * tall + 0.45 * min(2 * flame.width_px, tall)
    a, b = np.broadcast_arrays(x / unit, y / unit)
    t, s = flame.moment_s, flame.seed
    sway = bank.at(0, a * 0.16 + s, b * 0.16 - 0.23 * t + s)
    curl = bank.at(1, a * 0.38 - s, b * 0.28 - 0.48 * t)
    warped = x - flame.lean * tall * up**1.4 + tall * (up + 0.06) * (0.26 * sway + 0.20 * curl)
    across = warped / half
    tongues = bank.at(2, warped / unit * 0.42 + s * 3.1, b * 0.05 - 0.30 * t + s)
    crown = 0.74 + 0.75 * tongues - 0.34 * np.minimum(across * across, 2.0)
    crown = np.maximum(crown, 0.1)
    # Past the crown the heat falls faster: a few flamelets tear off, not whole sheets.
    left = 1.0 - up / crown
    left = np.where(left < 0.0, 1.5 * left, left)
    body = np.minimum(left, (1.0 - np.abs(across) * (0.70 + 0.55 * up)) * 1.4)
    lick = bank.at(3, warped / unit * 0.75 + 0.5 * curl * 0.2, b * 0.34 - 0.62 * t + s)
    fine = bank.at(0, warped / unit * 1.5, b * 0.75 - 0.95 * t - s)
    torn = (0.34 + 0.52 * np.minimum(up, 1.0)) * (1.15 * lick + 0.5 * fine)
    field = body * 1.05 + torn - 0.12
    # The foot is ragged and thin, not a straight line.
    foot = smoothstep(-0.10 * flame.width_px, 0.10 * tall, y + 0.10 * flame.width_px * lick)
    ridge = 1.0 - np.abs(lick + 0.3 * fine) * 0.9
    heat = smoothstep(0.0, 0.85, field) * (0.45 + 0.6 * ridge) * foot * flame.heat
    return np.clip(heat, 0.0, 1.0)


def _span(low: float, high: float, limit: int) -> slice | None:
    first, last = max(int(np.floor(low)), 0), min(int(np.ceil(high)), limit)
    return slice(first, last) if last - first >= 2 else None
