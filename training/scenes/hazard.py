"""Hazard: a fire or a smouldering seat in a scene, and how it grows with age."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from training.scenes.arrays import Colour, Floats, Vector
from training.scenes.flame import Flame
from training.scenes.light import Daytime, Glow, from_point
from training.scenes.scene import Scene
from training.scenes.smoke import Plume

GLOW_COLOUR: Colour = (1.0, 0.42, 0.10)
"""Colour of the light that a wood fire throws, linear."""

# How bright flames are compared with the exposed scene's white.
_LEVEL = {
    ("room", Daytime.DAY): 1.5,
    ("room", Daytime.DUSK): 2.0,
    ("room", Daytime.NIGHT): 2.6,
    ("room", Daytime.INFRARED): 2.6,
    ("yard", Daytime.DAY): 1.25,
    ("yard", Daytime.DUSK): 1.8,
    ("yard", Daytime.NIGHT): 2.8,
    ("yard", Daytime.INFRARED): 2.8,
}


@dataclass(frozen=True)
class Hazard:
    """How one hazard unfolds.

    Attributes:
        burns: whether there are flames; without them it only smoulders.
        column, row: the seat in the picture, pixels.
        distance_m: from the camera to the seat.
        first_px, last_px: height of the flames at age 0 and when full grown.
        breadth: width of the foot divided by the height of the flames.
        growth_s: time constant of the growth.
        thickness: density of the full-grown smoke.
        soot: reflectance of the smoke, 0.05 (black) .. 0.8 (white).
        smoke_px: width of the plume at its foot.
        spread: how fast the plume widens as it rises.
        drift: how far it leans.
        ceiling_row: where it meets a ceiling, or None.
        pixels_per_m: scale at the seat.
        level: brightness of the flames.
        heat: fierceness.
        seed: makes it unlike another.
        glow: light that a fire of 1 square metre throws back to the camera, [h, w, 3].
    """

    burns: bool
    column: float
    row: float
    distance_m: float
    first_px: float
    last_px: float
    breadth: float
    growth_s: float
    thickness: float
    soot: float
    smoke_px: float
    spread: float
    drift: float
    ceiling_row: float | None
    pixels_per_m: float
    level: float
    heat: float
    seed: float
    glow: Floats

    def grown(self, age_s: float) -> float:
        """Return how far it has grown, 0..1."""
        return 1.0 - math.exp(-max(age_s, 0.0) / self.growth_s)

    def flame(self, age_s: float) -> Flame | None:
        """Return the flames at an age in seconds; None if it only smoulders."""
        if not self.burns or age_s < 0.0:
            return None
        height = self.first_px + (self.last_px - self.first_px) * self.grown(age_s)
        return Flame(
            self.column, self.row, height * self.breadth, height, age_s, self.seed,
            lean=0.35 * self.drift, heat=self.heat,
        )  # fmt: skip

    def plume(self, age_s: float) -> Plume | None:
        """Return the smoke at an age in seconds; None before the hazard or without smoke."""
        if age_s < 0.0 or self.thickness <= 0.0:
            return None
        grown = self.grown(age_s)
        # Warm smoke rises about a metre a second, at first.
        risen = self.pixels_per_m * (0.35 + 0.95 * age_s)
        foot = self.smoke_px * (0.55 + 0.45 * grown)
        lift = 0.35 * (self.first_px + (self.last_px - self.first_px) * grown) * self.burns
        return Plume(
            self.column, self.row - lift, foot, risen, self.spread * (0.6 + 0.4 * grown),
            self.drift, self.ceiling_row, self.thickness * (0.35 + 0.65 * grown), age_s, self.seed,
            scale=0.42,
        )  # fmt: skip


def plan_fire(rng: np.random.Generator, scene: Scene) -> Hazard:
    """Draw a fire, three times in four with smoke of its own."""
    seat = choose_seat(rng, scene)
    column, row, distance, scale = _seen(scene, seat)
    height = scene.size[1]
    limit_m = 1.9 if scene.place == "room" else 2.8
    last = max(min(float(rng.uniform(0.22, 0.62)) * height, limit_m * scale), 0.16 * height)
    breadth = float(rng.uniform(0.5, 1.15))
    if rng.random() < 0.15:
        # Everything is alight already.
        last, breadth = float(rng.uniform(0.55, 0.9)) * height, float(rng.uniform(0.8, 1.7))
    thickness = float(rng.uniform(0.15, 0.85)) if rng.random() < 0.75 else 0.0
    return Hazard(
        burns=True,
        column=column,
        row=row,
        distance_m=distance,
        first_px=0.3 * last,
        last_px=last,
        breadth=breadth,
        growth_s=float(rng.uniform(4.0, 9.0)),
        thickness=thickness,
        soot=float(rng.uniform(0.05, 0.35)),
        smoke_px=last * breadth * 0.8,
        spread=float(rng.uniform(0.12, 0.3)),
        drift=scene.setting.air.wind * float(rng.uniform(0.6, 1.2)),
        ceiling_row=_ceiling_row(scene, seat),
        pixels_per_m=scale,
        level=_LEVEL[scene.place, scene.setting.daytime] * float(rng.uniform(0.85, 1.25)),
        heat=float(rng.uniform(0.8, 1.15)),
        seed=float(rng.random()),
        glow=_glow(scene, seat),
    )


def plan_smoke(rng: np.random.Generator, scene: Scene) -> Hazard:
    """Draw a seat that smoulders: smoke, but no flame to be seen."""
    seat = choose_seat(rng, scene)
    column, row, distance, scale = _seen(scene, seat)
    height = scene.size[1]
    pale = rng.random() < 0.6
    return Hazard(
        burns=False,
        column=column,
        row=row,
        distance_m=distance,
        first_px=0.0,
        last_px=0.0,
        breadth=1.0,
        growth_s=float(rng.uniform(3.0, 7.0)),
        thickness=float(rng.uniform(0.7, 1.7)),
        soot=float(rng.uniform(0.4, 0.75)) if pale else float(rng.uniform(0.07, 0.35)),
        smoke_px=float(rng.uniform(0.10, 0.28)) * height,
        spread=float(rng.uniform(0.18, 0.42)),
        drift=scene.setting.air.wind * float(rng.uniform(0.6, 1.2)),
        ceiling_row=_ceiling_row(scene, seat),
        pixels_per_m=max(scale, 0.09 * height),
        level=0.0,
        heat=0.0,
        seed=float(rng.random()),
        glow=np.zeros((1, 1, 3), np.float32),
    )


def choose_seat(rng: np.random.Generator, scene: Scene) -> Vector:
    """Draw one of the scene's seats that the camera sees well, else a place on the floor."""
    width, height = scene.size
    good = []
    for seat in scene.setting.seats:
        column, row, distance, _ = _seen(scene, seat)
        inside = 0.1 * width < column < 0.9 * width and 0.4 * height < row < 0.97 * height
        if inside and scene.setting.stage.distance[int(row), int(column)] > distance - 0.7:
            good.append(seat)
    if good:
        return good[int(rng.integers(len(good)))]
    return _floor_seat(rng, scene)


def _floor_seat(rng: np.random.Generator, scene: Scene) -> Vector:
    width, height = scene.size
    stage = scene.setting.stage
    row = int(rng.uniform(0.6, 0.9) * height)
    column = int(rng.uniform(0.2, 0.8) * width)
    x, y, z = (float(value) for value in stage.position[row, column])
    return x, max(y, 0.0), z


def _seen(scene: Scene, seat: Vector) -> tuple[float, float, float, float]:
    """Column, row, distance in metres and pixels per metre of a seat."""
    view = scene.setting.stage.view
    column, row, depth = view.pixel_of(seat)
    if depth < 0.3:
        return -1.0, -1.0, 0.3, 1.0
    return column, row, math.dist(view.position, seat), view.focal_px / depth


def _ceiling_row(scene: Scene, seat: Vector) -> float | None:
    ceiling = scene.setting.air.ceiling_m
    if ceiling is None:
        return None
    return scene.setting.stage.view.pixel_of((seat[0], ceiling, seat[2]))[1]


def _glow(scene: Scene, seat: Vector) -> Floats:
    stage = scene.setting.stage
    # Between the seat and the camera, so that the thing that burns is lit as well.
    eye = stage.view.position
    step = 0.25 / max(math.dist(eye, seat), 0.5)
    place = (
        seat[0] + (eye[0] - seat[0]) * step,
        seat[1] + 0.35,
        seat[2] + (eye[2] - seat[2]) * step,
    )
    light = from_point(stage, Glow(place, GLOW_COLOUR, softness_m=0.35))
    return (stage.albedo * light).astype(np.float32)
