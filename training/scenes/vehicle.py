"""Vehicle: a parked car with windows, wheels and head lamps."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np

from training.scenes import palette
from training.scenes.arrays import Paint, Vector
from training.scenes.light import Glow
from training.scenes.noise import NoiseBank
from training.scenes.stage import Stage
from training.scenes.texture import plain


@dataclass(frozen=True)
class Car:
    """A car's frame of reference: `forward` towards its bonnet, `side` to its right.

    Attributes:
        stage: where it stands.
        x, z: its middle on the ground.
        yaw: where it heads, radians; 0 is away from the viewer.
    """

    stage: Stage
    x: float
    z: float
    yaw: float

    def at(self, side: float, height: float, forward: float) -> Vector:
        """Return the world position of a place in the car's own directions."""
        sin, cos = math.sin(self.yaw), math.cos(self.yaw)
        return self.x + side * cos + forward * sin, height, self.z - side * sin + forward * cos

    def box(
        self,
        side: tuple[float, float],
        height: tuple[float, float],
        forward: tuple[float, float],
        paint: Paint,
        *,
        shadow: bool = False,
    ) -> None:
        """Add a box given in the car's own directions."""
        middle = self.at(sum(side) / 2, sum(height) / 2, sum(forward) / 2)
        half = ((side[1] - side[0]) / 2, (height[1] - height[0]) / 2, (forward[1] - forward[0]) / 2)
        low = (middle[0] - half[0], middle[1] - half[1], middle[2] - half[2])
        high = (middle[0] + half[0], middle[1] + half[1], middle[2] + half[2])
        self.stage.add_box(low, high, paint, yaw=self.yaw, shadow=shadow)


def add_car(
    rng: np.random.Generator, bank: NoiseBank, stage: Stage, x: float, z: float, number: int
) -> tuple[Glow, Vector]:
    """Add a car whose head lamps are lamp `number`; return their light and where it would burn."""
    yaw = float(rng.choice([math.pi, math.pi / 2, -math.pi / 2, 0.0])) + float(
        rng.uniform(-0.4, 0.4)
    )
    car = Car(stage, x, z, yaw)
    colour = palette.choose(rng, palette.CARS)
    body, glass = plain(bank, colour, 0.05), plain(bank, (0.03, 0.035, 0.04), 0.3)
    black, hub = plain(bank, palette.BLACK, 0.2), plain(bank, palette.METAL, 0.1)
    car.box((-0.85, 0.85), (0.28, 0.82), (-2.05, 2.05), body, shadow=True)
    car.box((-0.72, 0.72), (0.80, 1.30), (-1.55, 0.75), glass, shadow=True)
    car.box((-0.70, 0.70), (1.28, 1.40), (-1.35, 0.45), body)
    for post in (-1.5, -0.4, 0.68):
        car.box((-0.735, 0.735), (0.80, 1.36), (post - 0.05, post + 0.05), body)
    for end in (-1.3, 1.3):
        for side in (-0.82, 0.82):
            stage.add_ball(car.at(side, 0.32, end), (0.33, 0.32, 0.33), black)
            stage.add_ball(car.at(side * 1.14, 0.32, end), (0.14, 0.16, 0.14), hub)
    car.box((-0.87, 0.87), (0.28, 0.42), (-2.1, 2.1), black)
    bulb = plain(bank, palette.WHITE)
    for side in (-0.6, 0.6):
        place = car.at(side, 0.66, 2.06)
        stage.add_ball(place, (0.13, 0.09, 0.13), bulb, emission=(9.0, 8.6, 7.4), lamp=number)
        red = plain(bank, (0.5, 0.02, 0.02))
        stage.add_ball(car.at(side * 1.2, 0.68, -2.06), (0.12, 0.08, 0.06), red)
    light = Glow(car.at(0.0, 0.7, 3.0), (0.9, 0.85, 0.72), shadows=False, softness_m=0.5)
    return light, car.at(0.0, 0.8, 1.4)
