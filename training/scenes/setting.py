"""Setting: a stage with its light sources and the places where a fire may start."""

from __future__ import annotations

from dataclasses import dataclass

from training.scenes.arrays import Colour, Vector
from training.scenes.light import Daytime, Glow
from training.scenes.stage import Stage


@dataclass(frozen=True)
class Sun:
    """Parallel light.

    Attributes:
        direction: towards the sun.
        colour: irradiance on a surface that faces it.
    """

    direction: Vector
    colour: Colour


@dataclass(frozen=True)
class Air:
    """What lies between things and the camera.

    Attributes:
        per_metre: share of light lost in each metre to fog.
        colour: what the fog looks like.
        wind: sideways drift of smoke, metres for each metre of rise.
        ceiling_m: height of the ceiling, or None under the sky.
    """

    per_metre: float = 0.0
    colour: Colour = (0.6, 0.6, 0.6)
    wind: float = 0.0
    ceiling_m: float | None = None


@dataclass(frozen=True)
class Setting:
    """Everything about a scene that does not move.

    Attributes:
        stage: what each pixel sees.
        daytime: the light.
        sky: ambient light from above.
        bounce: ambient light from below and around.
        sun: parallel light, if any.
        glows: sources that are always on, such as windows.
        lamps: sources that can be switched; lamp number k is `lamps[k - 1]`.
        seats: where a fire may start, with something there that burns.
        air: fog, wind and ceiling.
        room: opposite corners of the room, or None outdoors.
    """

    stage: Stage
    daytime: Daytime
    sky: Colour
    bounce: Colour
    sun: Sun | None
    glows: tuple[Glow, ...]
    lamps: tuple[Glow, ...]
    seats: tuple[Vector, ...]
    air: Air
    room: tuple[Vector, Vector] | None
