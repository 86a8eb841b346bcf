"""Sky: blue, overcast, sunset or night, with clouds, a sun and a far tree line."""

from __future__ import annotations

import numpy as np

from training.scenes import palette
from training.scenes.arrays import Colour, Floats, Vector, smoothstep
from training.scenes.light import Daytime
from training.scenes.noise import NoiseBank
from training.scenes.stage import FAR_M, Stage

# Zenith and horizon by kind of sky.
_SKIES: dict[str, tuple[Colour, Colour]] = {
    "blue": ((0.22, 0.42, 0.85), (0.75, 0.88, 1.05)),
    "grey": ((0.62, 0.64, 0.68), (0.85, 0.86, 0.88)),
    "sunset": ((0.10, 0.13, 0.26), (1.15, 0.42, 0.10)),
    "twilight": ((0.04, 0.06, 0.13), (0.42, 0.22, 0.22)),
    "night": ((0.0015, 0.002, 0.004), (0.012, 0.010, 0.010)),
}
_KINDS: dict[Daytime, tuple[str, ...]] = {
    Daytime.DAY: ("blue", "grey", "blue"),
    Daytime.DUSK: ("sunset", "sunset", "twilight"),
    Daytime.NIGHT: ("night",),
    Daytime.INFRARED: ("night",),
}


def choose_sky(rng: np.random.Generator, daytime: Daytime) -> str:
    """Draw a kind of sky that fits the time of day."""
    kinds = _KINDS[daytime]
    return kinds[int(rng.integers(len(kinds)))]


def paint_sky(
    rng: np.random.Generator, bank: NoiseBank, stage: Stage, kind: str, sun: Vector
) -> None:
    """Fill what is still empty of a stage with sky, its sun and a tree line below it."""
    empty = stage.distance >= FAR_M
    if not empty.any():
        return
    rays = stage.view.rays[empty]
    up = np.maximum(rays[:, 1], 0.0)
    azimuth = np.arctan2(rays[:, 0], rays[:, 2])
    colours = _air(bank, kind, rays, up)
    if kind in ("blue", "sunset", "twilight"):
        colours += _sun(kind, rays, sun)
    ridge = 0.05 + 0.10 * bank.at(0, azimuth / 4, azimuth * 0.1) + 0.02 * bank.at(1, azimuth, up)
    ridge += float(rng.uniform(-0.02, 0.12))
    below = smoothstep(-0.006, 0.006, ridge - rays[:, 1])[:, None]
    trees = np.array(_SKIES[kind][1], np.float32) * np.array((0.10, 0.13, 0.08), np.float32)
    leaf = 1.0 + 0.6 * bank.at(2, azimuth * 2.0, rays[:, 1] * 3.0)
    stage.emission[empty] = colours * (1 - below) + trees * leaf[:, None] * below


def _air(bank: NoiseBank, kind: str, rays: Floats, up: Floats) -> Floats:
    zenith, horizon = (np.array(colour, np.float32) for colour in _SKIES[kind])
    share = np.sqrt(up)[:, None]
    colours = horizon + (zenith - horizon) * share
    # Clouds lie on a plane far above: they crowd towards the horizon.
    over = 1.0 / (up + 0.12)
    cloud = bank.at(0, rays[:, 0] * over / 14, rays[:, 2] * over / 14)
    cloud = cloud + 0.5 * bank.at(1, rays[:, 0] * over / 6, rays[:, 2] * over / 6)
    cover = smoothstep(0.0, 0.5, cloud)[:, None] * (0.25 if kind == "night" else 0.75)
    tints = {
        "blue": (0.95, 0.96, 0.98), "grey": (0.45, 0.47, 0.50), "sunset": (0.75, 0.22, 0.14),
        "twilight": (0.20, 0.12, 0.14), "night": (0.014, 0.012, 0.012),
    }  # fmt: skip
    clouded: Floats = colours + cover * (np.array(tints[kind], np.float32) - colours)
    return clouded


def _sun(kind: str, rays: Floats, sun: Vector) -> Floats:
    heading = np.array(sun, np.float32)
    heading /= np.linalg.norm(heading)
    near = rays @ heading
    disc = smoothstep(0.9990, 0.9994, near) * (8.0 if kind != "twilight" else 0.0)
    halo = 0.5 * np.maximum(near, 0.0) ** 40 + 0.6 * np.maximum(near, 0.0) ** 500
    tint = palette.WHITE if kind == "blue" else (1.3, 0.55, 0.15)
    warm = np.array(tint, np.float32)
    return (disc + halo * (0.4 if kind == "blue" else 1.0))[:, None] * warm
