"""Wall: a plain grey surface before the camera, which shows nothing at all."""

import numpy as np

from converter.gauntlet.light import Floats, grainy, grid, luminance, smoothstep, turbulence


def panel(light: Floats, rng: np.random.Generator) -> Floats:
    """Let a grey door or board hide 60 to 75% of the picture, from one side."""
    x, _ = grid(light)
    wide = light.shape[1] / light.shape[0]
    covered = float(rng.uniform(0.6, 0.75)) * wide
    wall = _surface(light, rng)
    from_left = rng.random() < 0.5
    aside = x if from_left else wide - x
    share = smoothstep(covered + 0.004, covered - 0.004, aside)
    # The edge throws a soft shadow onto what is left of the view.
    shadow = 1 - 0.35 * np.exp(-np.maximum(aside - covered, 0.0) / 0.03)
    share, shadow = share[..., np.newaxis], shadow[..., np.newaxis]
    return np.asarray(light * shadow * (1 - share) + wall * share, np.float32)


def whole_wall(light: Floats, rng: np.random.Generator) -> Floats:
    """Turn the camera to a grey wall: nothing of the picture is left but its light."""
    return _surface(light, rng)


def _surface(light: Floats, rng: np.random.Generator) -> Floats:
    """Return plaster of 20 to 50% reflectance in the picture's light, from one side."""
    x, y = grid(light)
    wide = light.shape[1] / light.shape[0]
    colour = light.mean(axis=(0, 1))
    colour = colour / max(float(luminance(colour)), 1e-3)
    # Automatic exposure brings any wall to about the middle of the scale.
    level = float(rng.uniform(0.2, 0.5)) * (0.5 + float(luminance(light).mean()))
    turn = float(rng.uniform(0, 2 * np.pi))
    slope = (x - wide / 2) * np.cos(turn) + (y - 0.5) * np.sin(turn)
    away = ((x - wide / 2) ** 2 + (y - 0.5) ** 2) / (wide**2 / 4 + 0.25)
    shade = (1 + 0.5 * slope) * (1 - 0.2 * away)
    plaster = 1 + 0.015 * turbulence(light.shape[:2], rng, 0.8, 10.0)
    plaster += 0.04 * turbulence(light.shape[:2], rng, 2.4, 1.5)
    grey = 1.0 + 0.15 * (colour - 1.0)
    wall = (level * shade * plaster)[..., np.newaxis] * grey
    return grainy(wall.astype(np.float32), rng, 0.012)
