"""Daylight gone warm: a sunset, and a white balance that is set for other light."""

import numpy as np

from converter.gauntlet.light import (
    DAYLIGHT_K,
    Floats,
    black_body,
    cast,
    grid,
    luminance,
    smoothstep,
    stray,
)

# Direct sunlight within some degrees of the horizon; the reddest light of a clear evening.
LOW_SUN_K = 3000.0
SETTING_SUN_K = 2200.0


def warm_light(light: Floats, rng: np.random.Generator) -> Floats:
    """Light the whole picture by a low sun, seen by a camera balanced for daylight."""
    kelvin = float(rng.uniform(2700, LOW_SUN_K + 300))
    return np.asarray(0.9 * light * cast(kelvin, DAYLIGHT_K), np.float32)


def sun_in_view(light: Floats, rng: np.random.Generator) -> Floats:
    """Put a setting sun into the brightest part of the upper picture.

    The camera closes down for it (half the light), the sky around glows in its colour, what
    lies below stays in warm shade. The sun is half a degree wide, 1% of a usual lens's view;
    its overexposed picture is several times that.
    """
    x, y = grid(light)
    column, row = _brightest(light, rng)
    colour = black_body(SETTING_SUN_K)
    scene = light * cast(SETTING_SUN_K + 600, DAYLIGHT_K) * 0.5
    apart = np.hypot(x - column, y - row)
    # The sky's brightness falls off from the sun, more slowly along the horizon.
    along = np.hypot((x - column) / 1.8, y - row)
    sky = 0.28 * np.exp(-along / 0.22) * (1 - smoothstep(row + 0.05, row + 0.45, y))
    disc = 12.0 * (1 - smoothstep(0.012, 0.02, apart))
    halo = 0.8 * np.exp(-apart / 0.04) + 0.06 * np.exp(-apart / 0.3)
    lit = scene + (sky + halo + disc)[..., np.newaxis] * colour * np.array([1.0, 0.95, 0.85])
    return stray(lit.astype(np.float32), 0.4, 0.03)


def balanced_too_cool(light: Floats, rng: np.random.Generator) -> Floats:
    """Show daylight as a camera balanced for lamps does: blue."""
    return np.asarray(light * cast(DAYLIGHT_K, float(rng.uniform(3200, 4200))), np.float32)


def balanced_too_warm(light: Floats, rng: np.random.Generator) -> Floats:
    """Show lamplight as a camera balanced for daylight does: orange."""
    return np.asarray(light * cast(float(rng.uniform(3000, 4200)), DAYLIGHT_K), np.float32)


def _brightest(light: Floats, rng: np.random.Generator) -> tuple[float, float]:
    """Return column and row, in picture heights, of the brightest spot of the upper 60%."""
    from scipy import ndimage

    height, width = light.shape[:2]
    upper = luminance(light)[: max(1, round(0.6 * height))]
    smooth = ndimage.uniform_filter(upper, max(3, height // 8))
    row, column = np.unravel_index(int(smooth.argmax()), smooth.shape)
    shift_x, shift_y = rng.uniform(-0.04, 0.04, 2)
    return (
        float(np.clip(column / height + shift_x, 0.05, width / height - 0.05)),
        float(np.clip(row / height + shift_y, 0.08, 0.6)),
    )
