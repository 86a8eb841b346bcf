"""Air: fog and steam, which hide what lies behind and are neither of them smoke."""

import numpy as np

from converter.gauntlet.light import Floats, grid, luminance, smoothstep, turbulence


def thin_fog(light: Floats, rng: np.random.Generator) -> Floats:
    """Lay a fog over the picture that lets half of the farthest light through."""
    return _fog(light, rng, farthest=float(rng.uniform(0.45, 0.6)))


def thick_fog(light: Floats, rng: np.random.Generator) -> Floats:
    """Lay a fog over the picture that lets a tenth of the farthest light through."""
    return _fog(light, rng, farthest=float(rng.uniform(0.07, 0.15)))


def wisps(light: Floats, rng: np.random.Generator) -> Floats:
    """Let a kettle's thin steam rise in the picture."""
    return _steam(light, rng, thickness=1.0, spread=0.16)


def dense_steam(light: Floats, rng: np.random.Generator) -> Floats:
    """Let the thick steam of a shower or of a vent rise in the picture."""
    return _steam(light, rng, thickness=2.4, spread=0.34)


def _fog(light: Floats, rng: np.random.Generator, farthest: float) -> Floats:
    """Mix in airlight by Koschmieder's law, seen = own x t + air x (1 - t), t = e^(-bd).

    One picture does not say how far things are. As in any view over level ground, what
    stands higher is taken to be farther, up to a horizon at 35% of the height. `farthest` is
    t there; a twelfth of that distance lies at the lower edge.
    """
    _, y = grid(light)
    # Over level ground distance goes as one over the depth below the horizon.
    below = 0.06 * np.logaddexp(0.0, (y - 0.35) / 0.06)
    distance = 1.0 / (1.0 + 17.0 * below)
    patches = 1.0 + 0.12 * turbulence(light.shape[:2], rng, 2.2, 1.5)
    through = np.exp(np.log(farthest) * distance * np.clip(patches, 0.6, 1.4))
    return _veiled(light, 1 - through, _airlight(light))


def _steam(light: Floats, rng: np.random.Generator, thickness: float, spread: float) -> Floats:
    """Let a plume of droplets rise: white in any light, ragged, and gone where it dries up."""
    x, y = grid(light)
    wide = light.shape[1] / light.shape[0]
    column = float(rng.uniform(0.25, 0.75)) * wide
    source = float(rng.uniform(0.75, 0.95))
    drift = float(rng.uniform(-0.35, 0.35))
    rise = np.maximum(source - y, 0.0)
    swell, billow = (turbulence(light.shape[:2], rng, slope, 3.0) for slope in (2.4, 1.6))
    middle = column + drift * rise + 0.06 * swell * np.minimum(3 * rise, 1)
    half = 0.04 + spread * rise
    sides = 1.0 - ((x - middle) / half) ** 2
    body = smoothstep(-0.3, 1.1, (sides + 0.7 * billow).astype(np.float32))
    # Droplets evaporate as the air mixes in.
    left = smoothstep(0.95, 0.25, rise / (source - 0.02)) * smoothstep(0.0, 0.05, rise)
    cover = 1 - np.exp(-thickness * body * left * (1.0 + 0.35 * billow).clip(0.2, 2.0))
    relief = (0.95 + 0.09 * billow).clip(0.7, 1.2)
    return _veiled(light, cover.astype(np.float32), _airlight(light) * relief[..., np.newaxis])


def _airlight(light: Floats) -> Floats:
    """Return the light that droplets throw back: that of the picture's brighter parts, paler.

    Droplets scatter all colours alike (Mie), so the veil has the colour of the light.
    """
    level = float(np.quantile(luminance(light), 0.9))
    colour = light.mean(axis=(0, 1))
    colour = colour / max(float(luminance(colour)), 1e-3)
    pale = 1.0 + 0.25 * (colour - 1.0)
    return np.asarray(np.clip(level, 0.15, 0.75) * pale, np.float32)


def _veiled(light: Floats, cover: Floats, air: Floats) -> Floats:
    share = cover[..., np.newaxis]
    return np.asarray(light * (1 - share) + air * share, np.float32)
