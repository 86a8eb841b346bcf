"""Foliage: trees and bushes, drawn on cards that face the camera."""

from __future__ import annotations

import math

import numpy as np

from training.scenes import palette
from training.scenes.arrays import Colour, Vector, smoothstep
from training.scenes.noise import NoiseBank
from training.scenes.stage import Block, Stage
from training.scenes.texture import plain

GREENS: tuple[Colour, ...] = ((0.05, 0.11, 0.03), (0.08, 0.15, 0.04), (0.10, 0.14, 0.05))
AUTUMN: tuple[Colour, ...] = ((0.55, 0.20, 0.02), (0.50, 0.10, 0.02), (0.62, 0.36, 0.04))


def add_tree(
    rng: np.random.Generator, bank: NoiseBank, stage: Stage, x: float, z: float, autumn: bool
) -> None:
    """Add a tree with its trunk at (x, z)."""
    tall = float(rng.uniform(2.6, 5.5))
    trunk = float(rng.uniform(0.06, 0.14))
    bark = plain(bank, (0.10, 0.07, 0.05), 0.4, 0.5)
    stage.add_box((x - trunk, 0.0, z - trunk), (x + trunk, tall * 0.7, z + trunk), bark)
    tint = palette.choose(rng, AUTUMN if autumn else GREENS)
    for _ in range(4):
        shift, lift = rng.uniform(-0.22, 0.22), rng.uniform(0.55, 1.0)
        radius = tall * float(rng.uniform(0.2, 0.32))
        centre = (x + float(shift) * tall, tall * float(lift), z + float(rng.uniform(-0.3, 0.3)))
        add_leaves(rng, bank, stage, centre, radius, tint)


def add_bush(
    rng: np.random.Generator, bank: NoiseBank, stage: Stage, x: float, z: float, autumn: bool
) -> None:
    """Add a bush that stands at (x, z)."""
    radius = float(rng.uniform(0.35, 0.8))
    tint = palette.choose(rng, AUTUMN if autumn else GREENS)
    for shift in (-0.5, 0.5, 0.0):
        centre = (x + shift * radius, radius * 0.6, z + float(rng.uniform(-0.2, 0.2)))
        add_leaves(rng, bank, stage, centre, radius, tint)


def add_leaves(
    rng: np.random.Generator,
    bank: NoiseBank,
    stage: Stage,
    centre: Vector,
    radius: float,
    tint: Colour,
) -> None:
    """Add one clump of leaves: a ragged ball of light and dark spots."""
    column, row, depth = stage.view.pixel_of(centre)
    if depth < 0.5:
        return
    reach = np.array([radius * 1.2] * 3, np.float32)
    middle = np.array(centre, np.float32)
    window = stage.window_of(Block(tuple(middle - reach), tuple(middle + reach)).corners())
    if window is None:
        return
    scale = radius * stage.view.focal_px / depth
    u = ((np.arange(window[1].start, window[1].stop) + 0.5 - column) / scale)[None, :]
    v = ((row - np.arange(window[0].start, window[0].stop) - 0.5) / scale)[:, None]
    u, v = np.broadcast_arrays(u.astype(np.float32), v.astype(np.float32))
    s = float(rng.random())
    edge = bank.at(1, u * 0.30 + s, v * 0.30) + 0.8 * bank.at(3, u * 0.9, v * 0.9 + s)
    solid = 1.0 - np.hypot(u, v) + 0.45 * edge
    hit = (solid > 0.12) & (depth < stage.distance[window])
    blades = bank.at(2, u * 1.1 * radius + s, v * 1.1 * radius)
    bright = np.clip(0.75 + 0.9 * blades + 0.35 * v - 0.15 * u, 0.15, 2.0)
    gaps = smoothstep(0.12, 0.5, solid)
    leaf = np.array(tint, np.float32) * (bright * (0.55 + 0.45 * gaps))[..., None]
    normal = np.stack([u, v * 0.8 + 0.35, -np.ones_like(u) * 0.7], axis=-1)
    normal /= np.linalg.norm(normal, axis=-1, keepdims=True)
    rays = stage.view.rays[window]
    stage.albedo[window][hit] = np.clip(leaf, 0.0, 0.9)[hit]
    stage.normal[window][hit] = normal[hit]
    stage.distance[window][hit] = depth
    eye = np.array(stage.view.position, np.float32)
    stage.position[window][hit] = eye + rays[hit] * depth
    stage.emission[window][hit] = 0.0
    stage.lamp[window][hit] = 0
    if radius > 0.6:
        core = radius * 0.5 / math.sqrt(2)
        low = (centre[0] - core, centre[1] - core, centre[2] - core)
        stage.blocks.append(Block(low, (centre[0] + core, centre[1] + core, centre[2] + core)))
