"""Shot: a scene, what goes on in it at one moment, and the picture that the camera takes."""

from __future__ import annotations

import math
from dataclasses import dataclass, field

import numpy as np

from training.scenes.arrays import Floats, Pixels, grey_of, smoothstep
from training.scenes.camera_look import CameraLook, photograph
from training.scenes.flame import Flame, flicker, paint_flame
from training.scenes.hazard import GLOW_COLOUR, Hazard
from training.scenes.person import Person, place_person
from training.scenes.scene import Scene
from training.scenes.smoke import haze_depth, paint_plume


@dataclass(frozen=True)
class Walker:
    """Someone on the way: the person and the share of the way that is behind them, 0..1."""

    person: Person
    share: float


@dataclass(frozen=True)
class Moment:
    """What goes on in a scene.

    Attributes:
        time_s: seconds on the camera's clock.
        lamps: level of each of the scene's lamps, 0..1.
        daylight: level of all other light, near 1.
        gain: what the exposure control adds of its own, near 1.
        hazard: what burns or smoulders, if anything.
        age_s: seconds since it began.
        walkers: people.
    """

    time_s: float
    lamps: tuple[float, ...]
    daylight: float = 1.0
    gain: float = 1.0
    hazard: Hazard | None = None
    age_s: float = 0.0
    walkers: tuple[Walker, ...] = field(default=())


@dataclass(frozen=True)
class Shot:
    """A picture and what is in it.

    Attributes:
        pixels: uint8 [h, w, 3], RGB.
        flame_share: share of the pixels that show flames.
        smoke_share: share of the pixels that smoke hides by a third or more.
    """

    pixels: Pixels
    flame_share: float
    smoke_share: float


def take_shot(scene: Scene, moment: Moment, look: CameraLook, rng: np.random.Generator) -> Shot:
    """Render a moment of a scene; `rng` draws the camera's noise."""
    light = scene.lit(moment.lamps, moment.daylight)
    exposure = scene.exposure_for(light) * moment.gain
    light = light * np.float32(exposure)
    distance = scene.setting.stage.distance
    ambient = scene.smoke_light(moment.lamps, moment.daylight) * np.float32(exposure)
    for walker in moment.walkers:
        light, distance = _with_walker(scene, walker, moment, light, distance, ambient)
    hazard = moment.hazard
    if hazard is None or moment.age_s < 0.0:
        return Shot(photograph(light, look, rng), 0.0, 0.0)
    flame = hazard.flame(moment.age_s)
    if flame is not None:
        light = light + _thrown(scene, hazard, flame, moment.age_s)
    light, smoke_share = _with_smoke(scene, hazard, flame, moment, light, distance, ambient)
    light, flame_share = _with_flame(scene, hazard, flame, light, distance)
    if flame is not None:
        light = light * np.float32(_reaction(light))
    return Shot(photograph(light.astype(np.float32), look, rng), flame_share, smoke_share)


def _with_walker(
    scene: Scene, walker: Walker, moment: Moment, light: Floats, distance: Floats, ambient: Floats
) -> tuple[Floats, Floats]:
    stage = scene.setting.stage
    cover, albedo, away = place_person(walker.person, stage, walker.share, moment.time_s)
    cover = cover * (distance > away)
    lit = albedo * ambient
    shown = light + cover[..., None] * (lit - light)
    return shown, np.where(cover > 0.5, np.float32(away), distance)


def _thrown(scene: Scene, hazard: Hazard, flame: Flame, age_s: float) -> Floats:
    """Light of the fire on everything around it: radiance times area over pi."""
    area = flame.width_px * flame.height_px * 0.5 / hazard.pixels_per_m**2
    strength = 1.6 * hazard.level * min(area, 1.6) / math.pi
    return hazard.glow * np.float32(strength * flicker(scene.bank, age_s, hazard.seed))


def _with_smoke(
    scene: Scene,
    hazard: Hazard,
    flame: Flame | None,
    moment: Moment,
    light: Floats,
    distance: Floats,
    ambient: Floats,
) -> tuple[Floats, float]:
    plume = hazard.plume(moment.age_s)
    if plume is None:
        return light, 0.0
    layer = paint_plume(scene.bank, plume, scene.size)
    away = hazard.distance_m
    cover = layer.cover * smoothstep(0.45 * away, 0.8 * away, distance)
    cover = 1.0 - (1.0 - cover) * np.exp(-_layer_depth(scene, hazard, moment.age_s))
    glow = hazard.soot * layer.shade[..., None] * ambient * 1.15
    if flame is not None:
        glow = glow + _lit_from_below(scene, hazard, flame, layer.shade, moment.age_s)
    mixed = light + cover[..., None] * (glow - light)
    return mixed, float((cover > 0.34).mean())


def _layer_depth(scene: Scene, hazard: Hazard, age_s: float) -> Floats:
    """Optical depth of the smoke that has gathered under a ceiling or drifts about."""
    setting = scene.setting
    ceiling = setting.air.ceiling_m
    if ceiling is None:
        return np.zeros((1, 1), np.float32)
    filled = hazard.grown(age_s - 2.0) * min(hazard.thickness, 1.2)
    if filled <= 0.0:
        return np.zeros((1, 1), np.float32)
    stage = setting.stage
    lower = ceiling - (0.15 + 1.1 * filled)
    metres = haze_depth(stage.view.position[1], stage.position, stage.distance, lower, 0.45)
    mottle = scene.bank.at(
        1, stage.position[..., 0] / 14 + 0.01 * age_s, stage.position[..., 1] / 9 + 0.013 * age_s
    )
    return 0.22 * filled * metres * (1.0 + 0.7 * mottle)


def _lit_from_below(
    scene: Scene, hazard: Hazard, flame: Flame, shade: Floats, age_s: float
) -> Floats:
    """Light of the flames on their own smoke."""
    height, width = shade.shape
    x = (np.arange(width, dtype=np.float32)[None, :] - flame.column) / flame.height_px
    y = (np.arange(height, dtype=np.float32)[:, None] - flame.row) / flame.height_px + 0.5
    near = np.exp(-np.sqrt(x * x + y * y + 0.04) * 1.1)
    strength = 0.9 * hazard.level * hazard.soot * flicker(scene.bank, age_s, hazard.seed)
    return (near * shade * np.float32(strength))[..., None] * np.array(GLOW_COLOUR, np.float32)


def _with_flame(
    scene: Scene, hazard: Hazard, flame: Flame | None, light: Floats, distance: Floats
) -> tuple[Floats, float]:
    patch = None if flame is None else paint_flame(scene.bank, flame, scene.size)
    if patch is None:
        return light, 0.0
    window = (patch.rows, patch.columns)
    seen = smoothstep(hazard.distance_m - 0.9, hazard.distance_m - 0.5, distance[window])
    cover = (patch.cover * seen)[..., None]
    added = patch.emission * seen[..., None] * np.float32(hazard.level)
    result = light.copy()
    result[window] = result[window] * (1.0 - 0.65 * cover) + added
    return result, float((cover > 0.4).sum()) / distance.size


def _reaction(light: Floats) -> float:
    """How far the exposure control turns down when flames fill the picture."""
    mean = float(np.minimum(grey_of(light[::4, ::4]), 2.5).mean())
    factor: float = max(min(1.0, (0.55 / max(mean, 1e-4)) ** 0.5), 0.5)
    return factor
