"""Scene: a setting with its light worked out, ready to be photographed at any moment."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from training.scenes.arrays import Floats, Size, grey_of
from training.scenes.light import Daytime, ambient, corner_shade, from_point, from_sun
from training.scenes.noise import NoiseBank, make_noise_bank
from training.scenes.room import set_room
from training.scenes.setting import Setting
from training.scenes.stage import FAR_M, Stage
from training.scenes.yard import set_yard

PLACES = ("room", "yard")
"""The kinds of place there are."""

# The mean brightness that the camera's exposure control aims at, before the tone curve.
_AIM: dict[Daytime, float] = {
    Daytime.DAY: 0.42,
    Daytime.DUSK: 0.30,
    Daytime.NIGHT: 0.13,
    Daytime.INFRARED: 0.24,
}


@dataclass(frozen=True)
class Scene:
    """One place at one time of day, seen by one fixed camera.

    Attributes:
        name: such as "room03-dusk".
        place: "room" or "yard".
        setting: what stands where.
        bank: noise for whatever moves.
        base: light that reaches the camera with all lamps off, float32 [h, w, 3].
        lamps: what each lamp adds when it is on, float32 [h, w, 3] each.
        air_light: mean irradiance with all lamps off and what each lamp adds, float32 [1 + n, 3];
            it is what lights smoke.
    """

    name: str
    place: str
    setting: Setting
    bank: NoiseBank
    base: Floats
    lamps: tuple[Floats, ...]
    air_light: Floats

    @property
    def size(self) -> Size:
        """Return width and height in pixels."""
        return self.setting.stage.view.size

    @property
    def grey(self) -> bool:
        """Tell whether the camera sees no colour (it has switched to infrared)."""
        return self.setting.daytime is Daytime.INFRARED

    def lit(self, levels: tuple[float, ...], daylight: float = 1.0) -> Floats:
        """Return the light from the scene with each lamp at a level 0..1, float32 [h, w, 3]."""
        light = self.base * np.float32(daylight)
        for lamp, level in zip(self.lamps, levels, strict=True):
            if level > 0.0:
                light = light + lamp * np.float32(level)
        return light

    def smoke_light(self, levels: tuple[float, ...], daylight: float = 1.0) -> Floats:
        """Return the irradiance inside smoke, float32 [3]."""
        weights = np.array((daylight, *levels), np.float32)
        return weights @ self.air_light

    def exposure_for(self, light: Floats) -> float:
        """Return the factor that the camera's exposure control settles on."""
        grey = grey_of(light[::4, ::4])
        typical = 0.6 * float(np.minimum(grey, 1.5).mean()) + 0.4 * float(np.median(grey))
        aim = _AIM[self.setting.daytime]
        return float(min(aim / max(typical, 1e-4), 60.0))


def make_scene(
    rng: np.random.Generator, place: str, daytime: Daytime, size: Size, name: str = ""
) -> Scene:
    """Draw a scene; `place` is one of `PLACES`, `size` is width and height in pixels."""
    bank = make_noise_bank(rng)
    setting = (set_room if place == "room" else set_yard)(rng, bank, size, daytime)
    stage = setting.stage
    around = ambient(stage, setting.sky, setting.bounce)
    if setting.room is not None:
        around = around * corner_shade(stage, *setting.room)
    for glow in setting.glows:
        around = around + from_point(stage, glow)
    if setting.sun is not None:
        around = around + from_sun(stage, setting.sun.direction, setting.sun.colour)
    fixed = stage.emission * (stage.lamp == 0)[..., None]
    base = _through_air(setting, stage.albedo * around + fixed, True)
    lamps, air_light = [], [_mean_light(around, stage)]
    for number, glow in enumerate(setting.lamps, start=1):
        own = stage.emission * (stage.lamp == number)[..., None]
        irradiance = from_point(stage, glow)
        light = stage.albedo * irradiance + own
        air_light.append(_mean_light(irradiance, stage))
        lamps.append(_through_air(setting, light, False))
    known = name or f"{place}-{daytime.value}"
    return Scene(known, place, setting, bank, base, tuple(lamps), np.stack(air_light))


def _mean_light(irradiance: Floats, stage: Stage) -> Floats:
    solid = stage.distance[::4, ::4] < FAR_M
    if not solid.any():
        return np.full(3, 0.2, np.float32)
    # A few pixels beside a lamp must not decide how all the smoke looks.
    mean: Floats = np.minimum(irradiance[::4, ::4][solid], 3.0).mean(axis=0).astype(np.float32)
    return mean


def _through_air(setting: Setting, light: Floats, with_fog: bool) -> Floats:
    """Dim light by the fog on its way and, once for the whole scene, add the fog's own."""
    air = setting.air
    if air.per_metre == 0.0:
        return light.astype(np.float32)
    passed = np.exp(-air.per_metre * setting.stage.distance)[..., None]
    fog = np.array(air.colour, np.float32) * (1 - passed) if with_fog else 0.0
    dimmed: Floats = (light * passed + fog).astype(np.float32)
    return dimmed
