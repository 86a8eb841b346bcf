"""Textures: paints that give walls, floors and furniture their surface."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from training.scenes.arrays import Colour, Floats, Ints, Paint, smoothstep
from training.scenes.noise import NoiseBank

# For a face along x, y, z: which two coordinates run along it, horizontal first.
_ALONG = np.array([[2, 1], [0, 2], [0, 1]])


def plain(bank: NoiseBank, colour: Colour, grain: float = 0.12, scale_m: float = 3.0) -> Paint:
    """Make plaster, lacquer or cloth: one colour, mottled by the share `grain`."""
    base = np.array(colour, np.float32)

    def paint(places: Floats, axes: Ints, footprint: Floats) -> Floats:
        u, v = _along(places, axes)
        broad = bank.at(0, u / scale_m, v / scale_m)
        fine = bank.at(1, u / 0.6, v / 0.6) * _kept(0.03, footprint)
        return base * (1.0 + grain * (broad + 0.6 * fine))[:, None]

    return paint


def seamed(
    bank: NoiseBank,
    colour: Colour,
    seam: Colour,
    width_m: float,
    height_m: float,
    *,
    gap_m: float = 0.012,
    spread: float = 0.2,
    bond: float = 0.5,
) -> Paint:
    """Make bricks, tiles, planks or boards: cells of slightly different shade between seams.

    Args:
        bank: noise for the shades.
        colour: mean reflectance of a cell.
        seam: reflectance between cells.
        width_m: length of a cell along the horizontal.
        height_m: length of a cell along the other direction.
        gap_m: width of the seam.
        spread: how far the shades of cells lie apart.
        bond: share of a cell by which every other row is shifted.
    """
    base, joint = np.array(colour, np.float32), np.array(seam, np.float32)

    def paint(places: Floats, axes: Ints, footprint: Floats) -> Floats:
        u, v = _along(places, axes)
        row = np.floor(v / height_m)
        shifted = u / width_m + (row % 2) * bond
        column = np.floor(shifted)
        shade = bank.at(2, column * 0.173 + row * 0.311, row * 0.237 - column * 0.129)
        fine = bank.at(1, u / 0.5, v / 1.3) * _kept(0.02, footprint)
        kept = _kept(min(width_m, height_m), footprint)
        cells = base * (1.0 + spread * (1.6 * shade * kept + 0.4 * fine))[:, None]
        across = _seam((shifted - column) * width_m, width_m, gap_m, footprint)
        upward = _seam(v - row * height_m, height_m, gap_m, footprint)
        share = np.maximum(across, upward)[:, None]
        return cells + share * (joint - cells)

    return paint


def ground(bank: NoiseBank, colours: Sequence[Colour], patch_m: float, grain: float) -> Paint:
    """Make grass, gravel, earth or asphalt: patches of several colours with fine grain."""
    table = np.array(colours, np.float32)

    def paint(places: Floats, axes: Ints, footprint: Floats) -> Floats:
        u, v = _along(places, axes)
        broad = bank.at(0, u / patch_m / 3, v / patch_m / 3)
        blades = bank.at(1, u / 0.9, v / 0.9) * _kept(0.05, footprint)
        speckle = bank.at(3, u / 4.0, v / 4.0)
        place = np.clip((0.5 + broad + 0.4 * speckle) * (len(table) - 1), 0, len(table) - 1.001)
        first = place.astype(np.int64)
        mix = (place - first)[:, None]
        colour = table[first] * (1 - mix) + table[first + 1] * mix
        painted: Floats = colour * np.maximum(1.0 + grain * (blades + 0.5 * speckle), 0.15)[:, None]
        return painted

    return paint


def panes(bank: NoiseBank, frame: Colour, glass: Colour, across: int, up: int) -> Paint:
    """Make a window: panes in a frame, on a box whose local size the paint finds itself."""
    edge, pane = np.array(frame, np.float32), np.array(glass, np.float32)

    def paint(places: Floats, axes: Ints, footprint: Floats) -> Floats:
        u, v = _along(places, axes)
        wide, tall = max(float(np.ptp(u)), 1e-3), max(float(np.ptp(v)), 1e-3)
        cell_u, cell_v = wide / across, tall / up
        seam = np.maximum(
            _seam((u - u.min()) % cell_u, cell_u, 0.07, footprint),
            _seam((v - v.min()) % cell_v, cell_v, 0.07, footprint),
        )[:, None]
        cloud = 1.0 + 0.4 * bank.at(0, u / 6.0, v / 3.0)
        painted: Floats = pane * cloud[:, None] * (1 - seam) + edge * seam
        return painted

    return paint


def picture(bank: NoiseBank, colours: Sequence[Colour], scale_m: float, layer: int) -> Paint:
    """Make a painting, a poster or a patterned cloth from blots of the given colours."""
    table = np.array(colours, np.float32)

    def paint(places: Floats, axes: Ints, footprint: Floats) -> Floats:
        u, v = _along(places, axes)
        fine = 0.35 * bank.at(3, u / scale_m, v / scale_m) * _kept(0.02 * scale_m, footprint)
        blot = bank.at(layer, u / scale_m, v / scale_m) * 1.2 + fine + 0.5
        first = np.clip(blot * len(table), 0, len(table) - 1).astype(np.int64)
        painted: Floats = table[first] * (1.0 + 0.1 * bank.at(0, u / 0.5, v / 0.5))[:, None]
        return painted

    return paint


def striped(
    bank: NoiseBank, first: Colour, second: Colour, width_m: float, *, soft: bool = False
) -> Paint:
    """Make wallpaper, slats or (with `soft`) the folds of a curtain: upright stripes."""
    one, other = np.array(first, np.float32), np.array(second, np.float32)

    def paint(places: Floats, axes: Ints, footprint: Floats) -> Floats:
        u, v = _along(places, axes)
        wander = bank.at(0, u / 5.0, v / 5.0) * (0.3 if soft else 0.0)
        wave = np.sin(2 * np.pi * (u / width_m + wander))
        share = 0.5 + 0.5 * wave if soft else smoothstep(-0.15, 0.15, wave)
        share = 0.5 + (share - 0.5) * _kept(width_m, footprint)
        return one + (other - one) * share[:, None]

    return paint


def by_face(floor: Paint, walls: Paint, ceiling: Paint, half_height_m: float) -> Paint:
    """Paint what faces up or down apart from what stands: floor below, ceiling above."""

    def paint(places: Floats, axes: Ints, footprint: Floats) -> Floats:
        result = np.empty_like(places)
        flat = axes == 1
        low = flat & (places[:, 1] < half_height_m)
        for mask, chosen in ((~flat, walls), (low, floor), (flat & ~low, ceiling)):
            if mask.any():
                result[mask] = chosen(places[mask], axes[mask], footprint[mask])
        return result

    return paint


def _along(places: Floats, axes: Ints) -> tuple[Floats, Floats]:
    rows = np.arange(len(places))
    along = _ALONG[axes]
    return places[rows, along[:, 0]], places[rows, along[:, 1]]


def _kept(detail_m: float, footprint: Floats) -> Floats:
    """Share of a detail's contrast that survives pixels of this size."""
    return 1.0 - smoothstep(0.35, 1.2, footprint / detail_m)


def _seam(offset: Floats, period_m: float, gap_m: float, footprint: Floats) -> Floats:
    """Share of a pixel that a seam of `gap_m` at the start of each period covers."""
    nearest = np.minimum(offset, period_m - offset)
    width = np.maximum(footprint, 1e-4)
    covered = np.clip((gap_m / 2 - nearest) / width + 0.5, 0.0, 1.0)
    thin = np.minimum(1.0, gap_m / width)
    mean = np.minimum(2 * gap_m / period_m, 1.0)
    far = smoothstep(0.3, 0.8, width / period_m)
    share: Floats = covered * thin * (1 - far) + mean * far
    return share
