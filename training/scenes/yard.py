"""Yard: ground, sky, walls, fences, sheds, trees and cars, drawn from a seed."""

from __future__ import annotations

import math

import numpy as np

from training.scenes import palette
from training.scenes.arrays import Colour, Paint, Size, Vector
from training.scenes.foliage import add_bush, add_tree
from training.scenes.furniture import LAMP_WHITE
from training.scenes.light import Daytime, Glow
from training.scenes.noise import NoiseBank
from training.scenes.setting import Air, Setting, Sun
from training.scenes.sign import add_sign
from training.scenes.sky import choose_sky, paint_sky
from training.scenes.stage import Stage
from training.scenes.texture import ground, panes, plain, seamed, striped
from training.scenes.vehicle import add_car
from training.scenes.view import View

_GROUNDS: tuple[tuple[tuple[Colour, ...], float, float], ...] = (
    (((0.05, 0.10, 0.03), (0.10, 0.15, 0.05), (0.16, 0.16, 0.07)), 2.0, 0.5),
    (((0.10, 0.10, 0.105), (0.15, 0.15, 0.15)), 3.0, 0.15),
    (((0.30, 0.29, 0.27), (0.38, 0.37, 0.35)), 3.0, 0.12),
    (((0.20, 0.15, 0.10), (0.30, 0.24, 0.17), (0.10, 0.13, 0.05)), 1.5, 0.4),
)
# Ambient light from sky and ground by kind of sky.
_AMBIENT: dict[str, tuple[Colour, Colour]] = {
    "blue": ((0.34, 0.40, 0.52), (0.20, 0.20, 0.19)),
    "grey": ((0.60, 0.62, 0.64), (0.32, 0.32, 0.31)),
    "sunset": ((0.16, 0.15, 0.20), (0.12, 0.08, 0.06)),
    "twilight": ((0.07, 0.08, 0.12), (0.045, 0.042, 0.05)),
    "night": ((0.006, 0.007, 0.010), (0.004, 0.004, 0.005)),
}


def set_yard(rng: np.random.Generator, bank: NoiseBank, size: Size, daytime: Daytime) -> Setting:
    """Draw a yard and the camera that watches it."""
    height = float(rng.uniform(2.0, 4.2))
    pitch = float(rng.uniform(0.08, 0.24)) + 0.04 * (height - 2.0)
    field = math.radians(float(rng.uniform(58, 88)))
    stage = Stage(View((0.0, height, 0.0), float(rng.uniform(-0.2, 0.2)), pitch, field, size))
    colours, patch, grain = _GROUNDS[int(rng.integers(len(_GROUNDS)))]
    stage.add_ground(ground(bank, colours, patch, grain))
    seats: list[Vector] = []
    lamps: list[Glow] = []
    _lay_path(rng, bank, stage)
    _build(rng, bank, stage, seats)
    _plant(rng, bank, stage)
    _park(rng, bank, stage, seats, lamps)
    _raise_lamp(rng, bank, stage, lamps)
    if palette.chance(rng, 0.2):
        x, y, z = rng.uniform((-4.0, 1.4, 7.0), (4.0, 2.6, 10.0))
        lamps.append(add_sign(rng, bank, stage, (float(x), float(y), float(z)), len(lamps) + 1))
    kind = choose_sky(rng, daytime)
    sun = _sun(rng, stage, kind)
    paint_sky(rng, bank, stage, kind, sun.direction)
    infrared = daytime is Daytime.INFRARED
    flash = (Glow(stage.view.position, (9.0, 9.0, 9.0), shadows=False, softness_m=2.5),)
    sky, bounce = _AMBIENT[kind]
    return Setting(
        stage=stage,
        daytime=daytime,
        sky=sky,
        bounce=bounce,
        sun=sun if kind in ("blue", "sunset") else None,
        glows=flash if infrared else (),
        lamps=tuple(lamps),
        seats=tuple(seats),
        air=_air(rng, kind, bounce),
        room=None,
    )


def _air(rng: np.random.Generator, kind: str, bounce: Colour) -> Air:
    wind = float(rng.uniform(-0.7, 0.7))
    foggy = kind in ("grey", "twilight") and palette.chance(rng, 0.45)
    thick = float(rng.uniform(0.03, 0.14)) if foggy else float(rng.uniform(0.0005, 0.003))
    colour = (bounce[0] * 2.2, bounce[1] * 2.25, bounce[2] * 2.35)
    return Air(per_metre=thick, colour=colour, wind=wind)


def _sun(rng: np.random.Generator, stage: Stage, kind: str) -> Sun:
    ahead = stage.view.yaw + float(rng.uniform(-0.45, 0.45))
    if kind == "blue":
        turn = float(rng.uniform(0.6, 2.6)) * float(rng.choice([-1, 1]))
        direction = (math.sin(turn), float(rng.uniform(0.6, 1.6)), math.cos(turn))
        return Sun(direction, (0.85, 0.80, 0.70))
    direction = (math.sin(ahead), float(rng.uniform(0.06, 0.2)), math.cos(ahead))
    return Sun(direction, (0.75, 0.34, 0.12))


def _lay_path(rng: np.random.Generator, bank: NoiseBank, stage: Stage) -> None:
    if palette.chance(rng, 0.6):
        x, half = float(rng.uniform(-2.5, 1.5)), float(rng.uniform(0.5, 1.6))
        slabs = seamed(bank, (0.36, 0.35, 0.33), (0.15, 0.15, 0.13), 0.6, 0.6, spread=0.12)
        stage.add_box((x - half, 0.0, 0.0), (x + half, 0.01, 40.0), slabs, shadow=False)


def _build(rng: np.random.Generator, bank: NoiseBank, stage: Stage, seats: list[Vector]) -> None:
    """Put up a fence or a wall at the back, a house on one side, a shed and odds and ends."""
    back = float(rng.uniform(9.0, 16.0))
    kind = int(rng.integers(4))
    if kind < 3:
        tall = float(rng.uniform(1.5, 2.6))
        stage.add_box((-30, 0, back), (30, tall, back + 0.2), _wall(rng, bank, kind))
        seats.append((float(rng.uniform(-2.5, 2.5)), 0.02, back - 0.5))
    side = float(rng.choice([-1, 1]))
    if palette.chance(rng, 0.65):
        _house(rng, bank, stage, side, back, seats)
    if palette.chance(rng, 0.55):
        _shed(rng, bank, stage, -side, back, seats)
    for _ in range(int(rng.integers(1, 4))):
        x, z = float(rng.uniform(-3.2, 3.2)), float(rng.uniform(5.0, back - 1))
        red = palette.chance(rng, 0.3)
        paint = plain(bank, palette.choose(rng, palette.WARM_CLOTHS if red else palette.CARS))
        size, tall = float(rng.uniform(0.25, 0.4)), float(rng.uniform(0.5, 1.1))
        yaw = float(rng.uniform(-0.8, 0.8))
        stage.add_box((x - size, 0, z - size), (x + size, tall, z + size), paint, yaw=yaw)
        seats.append((x, tall * 0.9, z - 0.1))
    seats.append((float(rng.uniform(-2, 2)), 0.0, float(rng.uniform(5, 8))))
    seats.append((float(rng.uniform(-3, 3)), 0.0, float(rng.uniform(6, 9))))


def _wall(rng: np.random.Generator, bank: NoiseBank, kind: int) -> Paint:
    if kind == 0:
        wood = palette.choose(rng, palette.WOODS)
        return seamed(bank, wood, palette.scaled(wood, 0.3), 0.14, 4.0, bond=0.0, spread=0.3)
    if kind == 1:
        return seamed(bank, palette.BRICK, palette.MORTAR, 0.25, 0.09)
    return plain(bank, palette.choose(rng, palette.WALLS), 0.1, 3.0)


def _house(
    rng: np.random.Generator,
    bank: NoiseBank,
    stage: Stage,
    side: float,
    back: float,
    seats: list[Vector],
) -> None:
    near, far = float(rng.uniform(4.5, 6.5)), back + 3
    face = side * float(rng.uniform(3.0, 4.5))
    edge = face + side * 8
    paint = _wall(rng, bank, int(rng.integers(1, 3)))
    stage.add_box((min(face, edge), 0, near), (max(face, edge), 5.5, far), paint)
    glass = panes(bank, palette.WHITE, (0.05, 0.06, 0.08), 2, 2)
    lit = palette.chance(rng, 0.4)
    glow = (0.5, 0.33, 0.14) if lit else None
    for z in (near + 1.3, near + 4.2):
        low, high = min(face, face - side * 0.06), max(face, face - side * 0.06)
        stage.add_box((low, 1.0, z), (high, 2.2, z + 1.2), glass, emission=glow, shadow=False)
    door = plain(bank, palette.choose(rng, palette.WOODS + palette.WARM_CLOTHS))
    low, high = min(face, face - side * 0.05), max(face, face - side * 0.05)
    stage.add_box((low, 0.0, near + 2.8), (high, 2.05, near + 3.7), door, shadow=False)
    seats.append((face - side * 0.6, 0.02, near + float(rng.uniform(0.8, 3.0))))


def _shed(
    rng: np.random.Generator,
    bank: NoiseBank,
    stage: Stage,
    side: float,
    back: float,
    seats: list[Vector],
) -> None:
    x, z = side * float(rng.uniform(2.0, 3.8)), back - float(rng.uniform(2.0, 3.5))
    wide, tall = float(rng.uniform(1.0, 1.5)), float(rng.uniform(1.8, 2.3))
    wood = palette.choose(rng, palette.WOODS)
    boards = striped(bank, wood, palette.scaled(wood, 0.6), 0.3)
    stage.add_box((x - wide, 0, z - 1), (x + wide, tall, z + 1), boards)
    roof = plain(bank, palette.choose(rng, ((0.08, 0.08, 0.09), (0.25, 0.10, 0.07))))
    stage.add_box((x - wide - 0.2, tall, z - 1.25), (x + wide + 0.2, tall + 0.12, z + 1.2), roof)
    dark = plain(bank, palette.scaled(wood, 0.4))
    stage.add_box((x - 0.4, 0, z - 1.04), (x + 0.4, 1.75, z - 1), dark, shadow=False)
    seats.append((x - side * 0.6, 0.02, z - 1.3))


def _plant(rng: np.random.Generator, bank: NoiseBank, stage: Stage) -> None:
    autumn = palette.chance(rng, 0.35)
    for _ in range(int(rng.integers(0, 4))):
        x, z = float(rng.uniform(-7, 7)), float(rng.uniform(8, 18))
        add_tree(rng, bank, stage, x, z, autumn)
    for _ in range(int(rng.integers(0, 5))):
        x, z = float(rng.uniform(-5, 5)), float(rng.uniform(6, 14))
        add_bush(rng, bank, stage, x, z, autumn)


def _park(
    rng: np.random.Generator,
    bank: NoiseBank,
    stage: Stage,
    seats: list[Vector],
    lamps: list[Glow],
) -> None:
    if palette.chance(rng, 0.55):
        x, z = float(rng.uniform(-3.0, 3.0)), float(rng.uniform(7.0, 10.5))
        light, bonnet = add_car(rng, bank, stage, x, z, len(lamps) + 1)
        lamps.append(light)
        seats.append(bonnet)


def _raise_lamp(rng: np.random.Generator, bank: NoiseBank, stage: Stage, lamps: list[Glow]) -> None:
    x, z = float(rng.uniform(-4, 4)), float(rng.uniform(7, 11))
    tall = float(rng.uniform(2.3, 3.4))
    pole = plain(bank, palette.METAL)
    stage.add_box((x - 0.04, 0, z - 0.04), (x + 0.04, tall, z + 0.04), pole)
    sodium = palette.chance(rng, 0.5)
    tint = (1.0, 0.55, 0.16) if sodium else LAMP_WHITE
    globe = plain(bank, palette.WHITE)
    bright = palette.scaled(tint, 7.0)
    number = len(lamps) + 1
    stage.add_ball((x, tall, z), (0.15, 0.15, 0.15), globe, emission=bright, lamp=number)
    lamps.append(Glow((x, tall, z), palette.scaled(tint, 2.2), softness_m=0.8))
