"""Sign: a red board with white bars for letters, lit from within at night."""

from __future__ import annotations

import numpy as np

from training.scenes import palette
from training.scenes.arrays import Colour, Floats, Ints, Paint, Vector, smoothstep
from training.scenes.light import Glow
from training.scenes.noise import NoiseBank
from training.scenes.stage import Stage

_TINTS: tuple[Colour, ...] = ((0.60, 0.02, 0.02), (0.70, 0.16, 0.01), (0.65, 0.35, 0.01))


def add_sign(
    rng: np.random.Generator, bank: NoiseBank, stage: Stage, place: Vector, number: int
) -> Glow:
    """Hang a sign with its middle at `place`, facing the viewer; its light is lamp `number`."""
    wide, tall = float(rng.uniform(0.4, 0.9)), float(rng.uniform(0.14, 0.3))
    tint = palette.choose(rng, _TINTS)
    x, y, z = place
    letters = rng.random(12).astype(np.float32)
    paint = _lettered(bank, tint, (x - wide, y - tall), (2 * wide, 2 * tall), letters)
    low, high = (x - wide, y - tall, z - 0.06), (x + wide, y + tall, z)
    shine = palette.scaled(tint, float(rng.uniform(0.8, 2.2)))
    stage.add_box(low, high, paint, emission=shine, lamp=number, shadow=False)
    return Glow((x, y, z - 0.3), palette.scaled(tint, 0.35), shadows=False)


def _lettered(
    bank: NoiseBank,
    tint: Colour,
    corner: tuple[float, float],
    size: tuple[float, float],
    letters: Floats,
) -> Paint:
    board, ink = np.array(tint, np.float32), np.array(palette.WHITE, np.float32)

    def paint(places: Floats, axes: Ints, footprint: Floats) -> Floats:
        u = (places[:, 0] - corner[0]) / size[0]
        v = (places[:, 1] - corner[1]) / size[1]
        cell = np.clip(u * len(letters), 0, len(letters) - 1).astype(np.int64)
        within = u * len(letters) - cell
        bar = (within < 0.3 + 0.4 * letters[cell]) & (np.abs(v - 0.5) < 0.25)
        bar &= (u > 0.08) & (u < 0.92) & (letters[cell] > 0.15)
        bar &= axes == 2
        # From afar the letters run together.
        sharp = (1.0 - smoothstep(0.3, 1.0, footprint / 0.1))[:, None]
        share = np.where(bar[:, None], 1.0, 0.0) * sharp + 0.25 * (1.0 - sharp)
        worn = 1.0 + 0.1 * bank.at(0, u, v)
        painted: Floats = (board + share * (ink - board)) * worn[:, None]
        return painted.astype(np.float32)

    return paint
