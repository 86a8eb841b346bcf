"""Sensor: what a camera's own eye adds: infra-red at night, and bands under flickering lamps."""

import numpy as np

from converter.gauntlet.light import Floats, grainy, grid, luminance

# With the infra-red filter swung away all three colour filters pass 850 nm about alike, and
# red things are bright there; leaves too.
INFRARED_WEIGHTS = np.array([0.55, 0.30, 0.15], np.float32)
RATED = 0.18


def grey_infrared(light: Floats, rng: np.random.Generator) -> Floats:
    """Show the scene as a night camera does at dusk: no filter, no colour, some noise."""
    grey = light @ INFRARED_WEIGHTS
    return grainy(_three(grey), rng, 0.03, grey=True)


def lit_infrared(light: Floats, rng: np.random.Generator) -> Floats:
    """Show the scene by night, lit by the camera's own infra-red diodes.

    Their beam is brightest in the middle and about gone in the corners. What shines by itself
    (a flame, a lamp: here what is brighter than 80% of white) keeps its light.
    """
    x, y = grid(light)
    wide = light.shape[1] / light.shape[0]
    away = np.hypot(x - wide / 2, y - 0.5) / np.hypot(wide / 2, 0.5)
    beam = 0.06 + 0.94 * np.exp(-((away / 0.6) ** 2))
    grey = light @ INFRARED_WEIGHTS
    own = np.clip((luminance(light) - 0.8) / 0.2, 0, 1)
    lit = grey**0.8 * beam * (1 - own) + grey * own
    # Automatic exposure, as far as it reaches at night.
    gain = float(np.clip(RATED / max(float(lit.mean()), 1e-3), 0.5, 4.0))
    return grainy(_three(lit * gain), rng, 0.06, grey=True)


def weak_bands(light: Floats, rng: np.random.Generator) -> Floats:
    """Let lamps at 100 Hz draw faint bands across a rolling shutter's picture."""
    return _bands(light, rng, depth=float(rng.uniform(0.15, 0.25)))


def strong_bands(light: Floats, rng: np.random.Generator) -> Floats:
    """Let cheap LED lamps at a short exposure draw strong bands."""
    return _bands(light, rng, depth=float(rng.uniform(0.7, 0.9)))


def _bands(light: Floats, rng: np.random.Generator, depth: float) -> Floats:
    """Weaken rows in the rhythm of the mains.

    Rows are read one after another over 10 to 33 ms, and lamps on 50 or 60 Hz flicker at 100
    or 120: one to four bands. The phosphor of a lamp glows on in yellow after its blue has
    gone, so the dark of a band is warmer than its light.
    """
    _, y = grid(light)
    bands = float(rng.uniform(1.5, 4.0))
    wave = 0.5 - 0.5 * np.cos(2 * np.pi * (bands * y + float(rng.random())))
    dark = (depth * wave)[..., np.newaxis] * np.array([0.92, 1.0, 1.08], np.float32)
    return np.asarray(light * (1 - np.clip(dark, 0.0, 0.95)), np.float32)


def _three(grey: Floats) -> Floats:
    return np.repeat(np.asarray(grey, np.float32)[..., np.newaxis], 3, axis=2)
