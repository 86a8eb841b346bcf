"""Lens: rain on the glass before the camera."""

import numpy as np

from converter.gauntlet.light import Floats, smoothstep


def few_drops(light: Floats, rng: np.random.Generator) -> Floats:
    """Put half a dozen drops onto the glass."""
    return _wet(light, rng, drops=int(rng.integers(5, 9)), largest=0.07, film=0.0)


def heavy_rain(light: Floats, rng: np.random.Generator) -> Floats:
    """Cover the glass with drops and a film of water that blurs what is left."""
    return _wet(light, rng, drops=int(rng.integers(24, 36)), largest=0.11, film=0.006)


def _wet(
    light: Floats, rng: np.random.Generator, drops: int, largest: float, film: float
) -> Floats:
    """Draw drops as small lenses: each shows the whole view upside down, out of focus.

    They sit too near to be in focus, so their rims are soft, and dark where the water's slope
    throws light from far aside.
    """
    from scipy import ndimage

    height, width = light.shape[:2]
    seen = light
    if film:
        seen = ndimage.gaussian_filter(light, (film * height, film * height, 0))
        seen = 0.92 * seen + 0.08 * seen.mean(axis=(0, 1))
    wet = seen.astype(np.float32).copy()
    # What a drop shows: a wide view, upside down and blurred, made once for all drops.
    far = ndimage.gaussian_filter(light, (0.03 * height, 0.03 * height, 0))[::-1, ::-1]
    for _ in range(drops):
        radius = float(largest * rng.uniform(0.25, 1.0)) * height
        centre = float(rng.uniform(0, height)), float(rng.uniform(0, width))
        _drop(wet, far, centre, radius, float(rng.uniform(0.85, 1.25)))
    return wet


def _drop(
    wet: Floats, far: Floats, centre: tuple[float, float], radius: float, tall: float
) -> None:
    """Draw one drop into `wet`, in the box that holds it."""
    height, width = wet.shape[:2]
    reach = int(np.ceil(radius * 1.4)) + 1
    top, left = int(centre[0]) - reach, int(centre[1]) - reach
    rows = np.arange(max(top, 0), min(top + 2 * reach, height))
    columns = np.arange(max(left, 0), min(left + 2 * reach, width))
    if not len(rows) or not len(columns):
        return
    down = ((rows - centre[0]) / (radius * tall))[:, np.newaxis]
    across = ((columns - centre[1]) / radius)[np.newaxis]
    away = np.hypot(down, across)
    # The drop's view spans about 60% of the picture around the place where it sits.
    row = np.clip(centre[0] * 0.4 + 0.3 * height + 0.3 * height * down, 0, height - 1)
    column = np.clip(centre[1] * 0.4 + 0.3 * width + 0.3 * width * across, 0, width - 1)
    view = far[
        np.broadcast_to(row, away.shape).astype(int),
        np.broadcast_to(column, away.shape).astype(int),
    ]
    rim = 1 - 0.4 * smoothstep(0.4, 1.0, away.astype(np.float32))
    shine = 0.2 * np.exp(-((down + 0.4) ** 2 + (across + 0.3) ** 2) / 0.08)
    look = view * rim[..., np.newaxis] + (shine * float(far.mean()))[..., np.newaxis]
    share = smoothstep(1.15, 0.55, away.astype(np.float32))[..., np.newaxis]
    box = np.ix_(rows, columns)
    wet[box] = wet[box] * (1 - share) + look * share
