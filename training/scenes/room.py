"""Room: four walls, a floor, a ceiling, windows and furniture, drawn from a seed."""

from __future__ import annotations

import math

import numpy as np

from training.scenes import palette
from training.scenes.arrays import Colour, Paint, Size, Vector
from training.scenes.furniture import LAMP_WHITE, PIECES, Spot, add_lamp
from training.scenes.light import Daytime, Glow
from training.scenes.noise import NoiseBank
from training.scenes.setting import Air, Setting
from training.scenes.sign import add_sign
from training.scenes.stage import Stage
from training.scenes.texture import by_face, panes, picture, plain, seamed, striped
from training.scenes.view import View

# What a window shows and how much of it falls into the room, by daytime.
_OUTSIDE: dict[Daytime, Colour] = {
    Daytime.DAY: (2.0, 2.2, 2.5),
    Daytime.DUSK: (0.85, 0.38, 0.20),
    Daytime.NIGHT: (0.008, 0.010, 0.018),
    Daytime.INFRARED: (0.006, 0.006, 0.006),
}
_AMBIENT: dict[Daytime, Colour] = {
    Daytime.DAY: (0.30, 0.31, 0.32),
    Daytime.DUSK: (0.075, 0.062, 0.070),
    Daytime.NIGHT: (0.016, 0.017, 0.022),
    Daytime.INFRARED: (0.02, 0.02, 0.02),
}


def set_room(rng: np.random.Generator, bank: NoiseBank, size: Size, daytime: Daytime) -> Setting:
    """Draw a furnished room and the camera that watches it."""
    wide, tall, deep = rng.uniform(3.2, 6.5), rng.uniform(2.35, 3.0), rng.uniform(3.8, 7.5)
    low: Vector = (-float(wide) / 2, 0.0, 0.0)
    high: Vector = (float(wide) / 2, float(tall), float(deep))
    stage = Stage(_look_in(rng, size, high))
    stage.add_shell(low, high, _surfaces(rng, bank, high[1]))
    glows = _hang_windows(rng, bank, stage, high, daytime)
    seats = _furnish(rng, bank, stage, high)
    lamps = _hang_lamps(rng, bank, stage, high)
    if daytime is Daytime.INFRARED:
        glows.append(Glow(stage.view.position, (1.6, 1.6, 1.6), shadows=False, softness_m=1.2))
    sky = _AMBIENT[daytime]
    return Setting(
        stage=stage,
        daytime=daytime,
        sky=sky,
        bounce=palette.scaled(sky, 0.9),
        sun=None,
        glows=tuple(glows),
        lamps=tuple(lamps),
        seats=tuple(seats),
        air=Air(ceiling_m=high[1], wind=float(rng.uniform(-0.08, 0.08))),
        room=(low, high),
    )


def _look_in(rng: np.random.Generator, size: Size, high: Vector) -> View:
    """Place the camera near one wall, above the furniture, looking at the far one."""
    x = float(rng.uniform(-0.85, 0.85)) * high[0]
    height = float(rng.uniform(0.6, 0.92)) * high[1]
    yaw = -x / high[2] * float(rng.uniform(0.4, 1.0)) + float(rng.uniform(-0.1, 0.1))
    pitch = float(rng.uniform(0.10, 0.30)) + 0.08 * (height - 1.5)
    return View((x, height, 0.15), yaw, pitch, math.radians(float(rng.uniform(62, 92))), size)


def _surfaces(rng: np.random.Generator, bank: NoiseBank, tall: float) -> Paint:
    warm = palette.chance(rng, 0.12)
    colour = palette.choose(rng, palette.RED_WALLS if warm else palette.WALLS)
    kind = int(rng.integers(6))
    walls = plain(bank, colour, 0.06, 6.0)
    if kind == 0:
        walls = striped(bank, colour, palette.scaled(colour, 0.85), 0.3)
    elif kind == 1:
        walls = seamed(bank, palette.BRICK, palette.MORTAR, 0.22, 0.075)
    elif kind == 2:
        walls = seamed(bank, palette.WHITE, (0.6, 0.6, 0.6), 0.2, 0.2, spread=0.05, bond=0.0)
    under = palette.choose(rng, palette.FLOORS)
    dark = palette.scaled(under, 0.45)
    floors = (
        seamed(bank, under, dark, 1.6, 0.14, gap_m=0.008, spread=0.3),
        seamed(bank, under, palette.scaled(under, 0.7), 0.5, 0.5, spread=0.1, bond=0.0),
        plain(bank, under, 0.2, 0.9),
    )
    ceiling = plain(bank, palette.WHITE, 0.03, 6.0)
    return by_face(floors[int(rng.integers(3))], walls, ceiling, tall / 2)


def _hang_windows(
    rng: np.random.Generator, bank: NoiseBank, stage: Stage, high: Vector, daytime: Daytime
) -> list[Glow]:
    glows = []
    outside = palette.scaled(_OUTSIDE[daytime], float(rng.uniform(0.6, 1.2)))
    for wall in ("back", "left", "right"):
        if not palette.chance(rng, 0.55 if wall == "back" else 0.6):
            continue
        spot = _spot_at(stage, bank, rng, wall, high, float(rng.uniform(0.3, 0.7)))
        half, top = float(rng.uniform(0.4, 0.9)), min(high[1] - 0.25, 2.1)
        glass = panes(bank, (0.75, 0.74, 0.7), (0.05, 0.05, 0.06), 2, 2)
        spot.box((-half - 0.06, half + 0.06), (0.85, top + 0.05), (0, 0.03), glass, shadow=False)
        for side in (-1, 1):
            inner = (side * 0.03, side * half)
            spot.box(inner, (0.9, top), (0.0, 0.035), glass, emission=outside, shadow=False)
        if palette.chance(rng, 0.6):
            colour = palette.choose(rng, palette.CLOTHS + palette.WARM_CLOTHS)
            folds = striped(bank, colour, palette.scaled(colour, 0.55), 0.11, soft=True)
            for side in (-1, 1):
                edges = (side * half * 0.85, side * (half + 0.3))
                spot.box(edges, (0.1, top + 0.12), (0.05, 0.1), folds, shadow=False)
        strength = half * (top - 0.9) * 0.9
        glows.append(Glow(spot.at(0.0, 1.5, 0.45), palette.scaled(outside, strength), True, 0.6))
    return glows


def _furnish(rng: np.random.Generator, bank: NoiseBank, stage: Stage, high: Vector) -> list[Vector]:
    seats: list[Vector] = []
    for wall, places in (("back", (0.2, 0.52, 0.82)), ("left", (0.5, 0.8)), ("right", (0.5, 0.8))):
        for share in places:
            if palette.chance(rng, 0.22):
                continue
            piece = PIECES[int(rng.integers(len(PIECES)))]
            spot = _spot_at(stage, bank, rng, wall, high, share)
            seats.append(piece(spot, float(rng.uniform(0.8, 1.25))))
        if palette.chance(rng, 0.7):
            spot = _spot_at(stage, bank, rng, wall, high, float(rng.uniform(0.3, 0.8)))
            width, level = float(rng.uniform(0.2, 0.5)), float(rng.uniform(1.3, 1.5))
            tints = [palette.choose(rng, palette.PAPER) for _ in range(4)]
            art = picture(bank, tints, float(rng.uniform(1.0, 3.0)), int(rng.integers(6)))
            spot.box((-width, width), (level, level + 0.55), (0, 0.03), art, shadow=False)
    if palette.chance(rng, 0.5):
        half = float(rng.uniform(0.6, 1.2))
        middle = high[2] * 0.55
        tints = [
            palette.choose(rng, palette.CLOTHS + palette.WARM_CLOTHS + palette.FLOORS)
            for _ in range(int(rng.integers(2, 5)))
        ]
        rug = picture(bank, tints, float(rng.uniform(1.5, 4.0)), int(rng.integers(6)))
        stage.add_box((-half, 0.0, middle - 0.8), (half, 0.012, middle + 0.8), rug, shadow=False)
    for _ in range(2):
        x = float(rng.uniform(-0.5, 0.5)) * high[0]
        seats.append((x, 0.0, float(rng.uniform(0.5, 0.8)) * high[2]))
    return seats


def _hang_lamps(
    rng: np.random.Generator, bank: NoiseBank, stage: Stage, high: Vector
) -> list[Glow]:
    lamps: list[Glow] = []
    if palette.chance(rng, 0.65):
        wall = ("back", "left", "right")[int(rng.integers(3))]
        spot = _spot_at(stage, bank, rng, wall, high, float(rng.uniform(0.35, 0.9)))
        lamps.append(add_lamp(spot, 1))
    if palette.chance(rng, 0.15):
        x, z = float(rng.uniform(-0.6, 0.6)) * high[0], high[2] - 0.01
        lamps.append(add_sign(rng, bank, stage, (x, high[1] - 0.45, z), len(lamps) + 1))
    number = len(lamps) + 1
    x, z = float(rng.uniform(-0.3, 0.3)) * high[0], float(rng.uniform(0.45, 0.7)) * high[2]
    if palette.chance(rng, 0.5):
        tube = plain(bank, palette.WHITE)
        box_low, box_high = (x - 0.6, high[1] - 0.06, z - 0.07), (x + 0.6, high[1] - 0.01, z + 0.07)
        stage.add_box(box_low, box_high, tube, emission=(3, 3.1, 3.2), lamp=number, shadow=False)
        lamps.append(Glow((x, high[1] - 0.35, z), (1.5, 1.55, 1.6), softness_m=0.5))
    else:
        low = high[1] - float(rng.uniform(0.3, 0.7))
        cord = plain(bank, palette.BLACK)
        stage.add_box((x - 0.01, low, z - 0.01), (x + 0.01, high[1], z + 0.01), cord, shadow=False)
        glass = plain(bank, palette.WHITE)
        bulb = palette.scaled(LAMP_WHITE, 6.0)
        stage.add_ball((x, low, z), (0.07, 0.09, 0.07), glass, emission=bulb, lamp=number)
        lamps.append(Glow((x, low, z), palette.scaled(LAMP_WHITE, 1.3), softness_m=0.4))
    return lamps


def _spot_at(
    stage: Stage, bank: NoiseBank, rng: np.random.Generator, wall: str, high: Vector, share: float
) -> Spot:
    """Return the spot at a share of the way along a wall."""
    if wall == "back":
        return Spot(stage, bank, rng, (2 * share - 1) * high[0], high[2], wall)
    return Spot(stage, bank, rng, -high[0] if wall == "left" else high[0], share * high[2], wall)
