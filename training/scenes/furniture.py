"""Furniture: tables, sofas, shelves, lamps and what else stands in a room."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np

from training.scenes import palette
from training.scenes.arrays import Colour, Paint, Vector
from training.scenes.light import Glow
from training.scenes.noise import NoiseBank
from training.scenes.stage import Stage
from training.scenes.texture import picture, plain, seamed, striped

LAMP_WHITE: Colour = (1.0, 0.74, 0.42)
"""Colour of an incandescent lamp of 2700 K."""


@dataclass(frozen=True)
class Spot:
    """A place at a wall: `along` runs along the wall, `out` runs away from it.

    Attributes:
        stage: where things are added.
        bank: noise for their paint.
        rng: chooses their kind and colour.
        x, z: where the spot meets the wall, metres.
        wall: which wall: "back", "left" or "right".
    """

    stage: Stage
    bank: NoiseBank
    rng: np.random.Generator
    x: float
    z: float
    wall: str

    def at(self, along: float, height: float, out: float) -> Vector:
        """Return the world position of a place in the spot's own directions."""
        if self.wall == "back":
            return self.x + along, height, self.z - out
        return self.x + (out if self.wall == "left" else -out), height, self.z + along

    def box(
        self,
        along: tuple[float, float],
        height: tuple[float, float],
        out: tuple[float, float],
        paint: Paint,
        *,
        emission: Colour | None = None,
        lamp: int = 0,
        shadow: bool = True,
    ) -> None:
        """Add a box given in the spot's own directions."""
        one, other = self.at(along[0], height[0], out[0]), self.at(along[1], height[1], out[1])
        low = min(one[0], other[0]), min(one[1], other[1]), min(one[2], other[2])
        high = max(one[0], other[0]), max(one[1], other[1]), max(one[2], other[2])
        self.stage.add_box(low, high, paint, emission=emission, lamp=lamp, shadow=shadow)

    def cloth(self) -> Paint:
        """Choose a cloth; one in six is red, orange or yellow."""
        warm = palette.chance(self.rng, 0.17)
        colour = palette.choose(self.rng, palette.WARM_CLOTHS if warm else palette.CLOTHS)
        return plain(self.bank, colour, 0.2, 1.2)

    def wood(self) -> Paint:
        """Choose a wood."""
        colour = palette.choose(self.rng, palette.WOODS)
        return seamed(self.bank, colour, palette.scaled(colour, 0.5), 1.4, 0.16, gap_m=0.006)


Piece: TypeAlias = Callable[[Spot, float], Vector]
"""Adds a piece of furniture of a width in metres; returns where it would catch fire."""


def add_sofa(spot: Spot, width: float) -> Vector:
    """Add a sofa with cushions."""
    cloth, half = spot.cloth(), width / 2
    spot.box((-half, half), (0.08, 0.42), (0.02, 0.85), cloth)
    spot.box((-half, half), (0.42, 0.85), (0.02, 0.25), cloth)
    for side in (-1, 1):
        spot.box((side * half, side * (half - 0.16)), (0.1, 0.62), (0.02, 0.88), cloth)
    pillow = spot.cloth()
    where = float(spot.rng.uniform(-half / 2, half / 2))
    spot.stage.add_ball(spot.at(where, 0.58, 0.33), (0.2, 0.18, 0.14), pillow)
    return spot.at(float(spot.rng.uniform(-half / 2, half / 2)), 0.42, 0.5)


def add_table(spot: Spot, width: float) -> Vector:
    """Add a table with something on it."""
    wood, half, top = spot.wood(), width / 2, float(spot.rng.uniform(0.68, 0.8))
    spot.box((-half, half), (top - 0.05, top), (0.05, 0.8), wood)
    for side in (-1, 1):
        for out in (0.08, 0.73):
            spot.box((side * half, side * (half - 0.05)), (0, top), (out, out + 0.05), wood)
    for _ in range(int(spot.rng.integers(0, 4))):
        along, tall = float(spot.rng.uniform(-half + 0.1, half - 0.25)), spot.rng.uniform(0.06, 0.3)
        paint = plain(spot.bank, palette.choose(spot.rng, palette.PAPER))
        spot.box((along, along + 0.16), (top, top + float(tall)), (0.2, 0.35), paint)
    return spot.at(float(spot.rng.uniform(-half / 2, half / 2)), top, 0.45)


def add_shelf(spot: Spot, width: float) -> Vector:
    """Add a shelf full of books and boxes."""
    wood, half = spot.wood(), width / 2
    tall, rows = float(spot.rng.uniform(1.3, 2.1)), int(spot.rng.integers(3, 6))
    spot.box((-half, half), (0, tall), (0.02, 0.06), wood)
    for side in (-1, 1):
        spot.box((side * half, side * (half - 0.04)), (0, tall), (0.02, 0.36), wood)
    books = picture(spot.bank, palette.PAPER, 0.5, 2)
    for row in range(rows + 1):
        level = row * tall / rows
        spot.box((-half, half), (level - 0.02, level + 0.02), (0.02, 0.36), wood, shadow=False)
        full = float(spot.rng.uniform(0.2, 0.95)) * (width - 0.1)
        upper = level + tall / rows * float(spot.rng.uniform(0.5, 0.8))
        if row < rows:
            spot.box(
                (-half + 0.05, -half + 0.05 + full), (level, upper), (0.06, 0.3), books,
                shadow=False,
            )  # fmt: skip
    return spot.at(0.0, 0.05, 0.5)


def add_cabinet(spot: Spot, width: float) -> Vector:
    """Add a cupboard, a fridge or a radiator: a plain upright face, often white."""
    pale = palette.chance(spot.rng, 0.5)
    colour = palette.WHITE if pale else palette.choose(spot.rng, palette.WOODS)
    tall, half = float(spot.rng.uniform(0.8, 2.0)), width / 2
    deep = float(spot.rng.uniform(0.35, 0.6))
    paint = seamed(
        spot.bank, colour, palette.scaled(colour, 0.35), width / 2, tall, gap_m=0.015, spread=0.05,
        bond=0.0,
    )  # fmt: skip
    spot.box((-half, half), (0.0, tall), (0.02, deep), paint)
    return spot.at(0.0, 0.02, deep + 0.2)


def add_bed(spot: Spot, width: float) -> Vector:
    """Add a bed."""
    half = max(width, 1.2) / 2
    spot.box((-half, half), (0.15, 0.4), (0.05, 2.0), spot.wood())
    spot.box((-half, half), (0.4, 0.55), (0.05, 1.98), spot.cloth())
    spot.box((-half, half), (0.0, 0.95), (0.0, 0.06), spot.wood())
    linen = plain(spot.bank, palette.WHITE, 0.08, 0.8)
    spot.box((-half * 0.8, half * 0.8), (0.55, 0.66), (0.12, 0.5), linen)
    return spot.at(0.0, 0.55, 1.2)


def add_screen(spot: Spot, width: float) -> Vector:
    """Add a television on a board; now and then it shows something in warm colours."""
    add_board = spot.wood()
    half = width / 2
    spot.box((-half, half), (0.0, 0.45), (0.02, 0.4), add_board)
    spot.box((-half * 0.7, half * 0.7), (0.5, 1.1), (0.16, 0.22), plain(spot.bank, palette.BLACK))
    if palette.chance(spot.rng, 0.5):
        colour = palette.choose(spot.rng, palette.PAPER)
        spot.box(
            (-half * 0.66, half * 0.66), (0.54, 1.06), (0.2, 0.23),
            picture(spot.bank, palette.PAPER, 1.5, 1), emission=palette.scaled(colour, 0.6),
            shadow=False,
        )  # fmt: skip
    return spot.at(half * 0.6, 0.45, 0.3)


def add_boxes(spot: Spot, width: float) -> Vector:
    """Add a heap of cardboard boxes."""
    card = (0.42, 0.29, 0.17)
    for _ in range(int(spot.rng.integers(2, 5))):
        along = float(spot.rng.uniform(-width / 2, width / 2 - 0.3))
        out = float(spot.rng.uniform(0.05, 0.5))
        size = float(spot.rng.uniform(0.3, 0.55))
        low = 0.0 if palette.chance(spot.rng, 0.7) else 0.4
        paint = plain(spot.bank, palette.choose(spot.rng, (card,)), 0.15, 1.0)
        spot.box((along, along + size), (low, low + size), (out, out + size), paint)
    return spot.at(0.0, 0.45, 0.5)


def add_bin(spot: Spot, width: float) -> Vector:
    """Add a waste bin, and a curtain behind it on half the occasions."""
    paint = plain(spot.bank, palette.choose(spot.rng, palette.CARS))
    spot.box((-0.18, 0.18), (0.0, 0.42), (0.3, 0.66), paint)
    if palette.chance(spot.rng, 0.5):
        colour = palette.choose(spot.rng, palette.CLOTHS + palette.WARM_CLOTHS)
        folds = striped(spot.bank, colour, palette.scaled(colour, 0.5), 0.13, soft=True)
        spot.box((-width / 2, width / 2), (0.02, 2.2), (0.04, 0.09), folds, shadow=False)
    return spot.at(0.0, 0.4, 0.48)


def add_hearth(spot: Spot, width: float) -> Vector:
    """Add a brick fireplace with nothing but dim embers in it."""
    bricks = seamed(spot.bank, palette.BRICK, palette.MORTAR, 0.22, 0.075)
    half = max(width, 1.3) / 2
    soot = plain(spot.bank, (0.012, 0.011, 0.01), 0.3)
    spot.box((-half, half), (0.0, 1.15), (0.0, 0.3), bricks)
    spot.box((-half * 0.45, half * 0.45), (0.05, 0.72), (0.28, 0.31), soot, shadow=False)
    spot.box((-half * 1.08, half * 1.08), (1.15, 1.24), (0.0, 0.4), spot.wood())
    spot.box((-half * 0.75, half * 0.75), (1.24, 2.4), (0.0, 0.24), bricks)
    if palette.chance(spot.rng, 0.6):
        ember = float(spot.rng.uniform(0.05, 0.35))
        coal = plain(spot.bank, (0.05, 0.04, 0.04), 0.6, 0.3)
        spot.box(
            (-half * 0.2, half * 0.2), (0.06, 0.13), (0.28, 0.36), coal,
            emission=(ember, ember * 0.18, ember * 0.02), shadow=False,
        )  # fmt: skip
    return spot.at(half * 1.3, 0.02, 0.6)


def add_plant(spot: Spot, width: float) -> Vector:
    """Add a pot plant; the wider its place, the taller it is."""
    pot = plain(spot.bank, palette.choose(spot.rng, (palette.BRICK, palette.WHITE)))
    spot.box((-0.16, 0.16), (0.0, 0.32), (0.2, 0.52), pot)
    for _ in range(int(spot.rng.integers(5, 9))):
        leaf = plain(spot.bank, palette.choose(spot.rng, ((0.05, 0.15, 0.04), (0.1, 0.22, 0.06))))
        along, out = spot.rng.uniform(-0.25, 0.25, 2)
        high = float(spot.rng.uniform(0.45, 0.6 + 0.5 * width))
        slim = float(spot.rng.uniform(0.05, 0.12))
        spot.stage.add_ball(
            spot.at(float(along), high, 0.36 + float(out) * 0.6), (slim, 0.2, slim), leaf
        )
    return spot.at(0.5, 0.02, 0.5)


def add_lamp(spot: Spot, number: int) -> Glow:
    """Add a standard lamp (or a bare bulb on its pole) as lamp `number` and return its light."""
    tall, bare = float(spot.rng.uniform(1.2, 1.6)), palette.chance(spot.rng, 0.35)
    metal = plain(spot.bank, palette.BLACK)
    spot.box((-0.015, 0.015), (0.0, tall), (0.3, 0.33), metal, shadow=False)
    spot.box((-0.13, 0.13), (0.0, 0.03), (0.18, 0.45), metal, shadow=False)
    shade = plain(spot.bank, (0.7, 0.66, 0.55))
    radii = (0.06, 0.07, 0.06) if bare else (0.19, 0.16, 0.19)
    bright = palette.scaled(LAMP_WHITE, 6.0 if bare else 2.2)
    place = spot.at(0.0, tall + 0.08, 0.315)
    spot.stage.add_ball(place, radii, shade, emission=bright, lamp=number)
    return Glow(place, palette.scaled(LAMP_WHITE, float(spot.rng.uniform(0.35, 0.7))))


PIECES: tuple[Piece, ...] = (
    add_sofa, add_table, add_shelf, add_cabinet, add_screen, add_boxes, add_bin, add_plant,
    add_bed, add_hearth,
)  # fmt: skip
"""Every kind of furniture."""
