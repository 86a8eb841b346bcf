"""Lamps: the headlights and tail-lamps of vehicles at dusk."""

import numpy as np

from converter.gauntlet.light import Floats, black_body, cast, grainy, grid, luminance, stray

# Halogen bulbs glow at about 3,200 K, LED and xenon lamps are made for about 5,500 K.
HALOGEN_K, LED_K = 3200.0, 5500.0
TAIL_LAMP = np.array([3.2, 0.06, 0.03], np.float32)
DUSK = 0.22


def far_traffic(light: Floats, rng: np.random.Generator) -> Floats:
    """Show dusk with one or two pairs of small headlights and a pair of red tail-lamps."""
    dim = _dusk(light)
    wide = light.shape[1] / light.shape[0]
    lit = dim
    for _ in range(int(rng.integers(1, 3))):
        place = float(rng.uniform(0.15, 0.85)) * wide, float(rng.uniform(0.5, 0.75))
        lit = _pair(lit, rng, place, apart=0.05, radius=0.007, colour=_lamp(rng))
    place = float(rng.uniform(0.15, 0.85)) * wide, float(rng.uniform(0.5, 0.75))
    lit = _pair(lit, rng, place, apart=0.06, radius=0.009, colour=TAIL_LAMP)
    return grainy(stray(lit, 0.3, 0.015), rng, 0.02)


def near_headlights(light: Floats, rng: np.random.Generator) -> Floats:
    """Show dusk with a vehicle that dazzles the camera from some metres away."""
    wide = light.shape[1] / light.shape[0]
    place = float(rng.uniform(0.3, 0.7)) * wide, float(rng.uniform(0.55, 0.75))
    lit = _pair(_dusk(light), rng, place, apart=0.24, radius=0.03, colour=_lamp(rng))
    return grainy(stray(lit, 0.12, 0.04), rng, 0.02)


def _dusk(light: Floats) -> Floats:
    """Dim the scene to a bluish dusk; cameras hold a darkened picture at about this level."""
    level = float(np.clip(0.18 / max(float(luminance(light).mean()), 0.02), 0.3, 2.0))
    return np.asarray(light * cast(8500, 6500) * DUSK * level, np.float32)


def _lamp(rng: np.random.Generator) -> Floats:
    return 14.0 * black_body(HALOGEN_K if rng.random() < 0.6 else LED_K)


def _pair(
    light: Floats,
    rng: np.random.Generator,
    place: tuple[float, float],
    *,
    apart: float,
    radius: float,
    colour: Floats,
) -> Floats:
    """Add two lamps, their halo, the star of the aperture and their streak on the ground."""
    x, y = grid(light)
    added = np.zeros(light.shape[:2], np.float32)
    for side in (-0.5, 0.5):
        across = x - (place[0] + side * apart)
        down = y - place[1] - float(rng.normal(0, 0.003))
        away = np.hypot(across, down)
        added += 1.0 / (1.0 + (away / radius) ** 6)
        added += 0.04 * np.exp(-away / (3 * radius)) + 0.0025 * np.exp(-away / (10 * radius))
        # Thin rays across the iris's edges, and light thrown back by the road.
        ray = np.exp(-np.abs(down) / (0.15 * radius)) * np.exp(-np.abs(across) / (5 * radius))
        road = np.exp(-np.abs(across) / (1.2 * radius)) * np.exp(-down / (8 * radius))
        added += 0.03 * ray + 0.012 * road * (down > 0)
    return np.asarray(light + added[..., np.newaxis] * colour, np.float32)
