"""Light: pictures as linear light, the colours of sources, stray light and turbulence."""

from functools import cache

import numpy as np
import numpy.typing as npt

from edge.contract.picture import Rgb

Floats = npt.NDArray[np.float32]

# Rec. 709 luminance of linear red, green and blue (ITU-R BT.709).
WEIGHTS = np.array([0.2126, 0.7152, 0.0722], np.float32)
# CIE XYZ to linear sRGB (IEC 61966-2-1).
XYZ_TO_RGB = np.array(
    [[3.2406, -1.5372, -0.4986], [-0.9689, 1.8758, 0.0415], [0.0557, -0.2040, 1.0570]]
)
DAYLIGHT_K = 6500.0
LEVELS = 8192
SHOULDER = 0.8


def to_light(rgb: Rgb) -> Floats:
    """Return uint8 sRGB [h, w, 3] as linear light, float32, 1.0 for white."""
    return np.asarray(_decoding()[rgb])


def to_rgb(light: Floats) -> Rgb:
    """Return linear light as uint8 sRGB; what is near or above white runs softly into it.

    A sensor clips, a camera's tone curve does so smoothly; each channel by itself, which is
    why the middle of a flame looks yellow or white.
    """
    over = np.maximum(light - SHOULDER, 0.0)
    room = 1.0 - SHOULDER
    seen = np.minimum(light, SHOULDER) + room * (1.0 - np.exp(-over / room))
    return np.asarray(_encoding()[np.clip(seen * LEVELS, 0, LEVELS).astype(np.int32)])


def luminance(light: Floats) -> Floats:
    """Return the luminance of linear light [h, w, 3], float32 [h, w]."""
    return np.asarray(light @ WEIGHTS)


def black_body(kelvin: float) -> Floats:
    """Return the linear sRGB colour of a glowing body, luminance 1; float32 [3].

    Its chromaticity by the cubic approximation of Kim et al. (2002), good from 1,667 to
    25,000 K; cooler ones are given the redness that is left out by mixing in pure red.
    """
    t = 1e3 / max(kelvin, 1667.0)
    if kelvin <= 4000:
        x = -0.2661239 * t**3 - 0.2343589 * t**2 + 0.8776956 * t + 0.179910
    else:
        x = -3.0258469 * t**3 + 2.1070379 * t**2 + 0.2226347 * t + 0.240390
    if kelvin <= 2222:
        y = -1.1063814 * x**3 - 1.34811020 * x**2 + 2.18555832 * x - 0.20219683
    elif kelvin <= 4000:
        y = -0.9549476 * x**3 - 1.37418593 * x**2 + 2.09137015 * x - 0.16748867
    else:
        y = 3.0817580 * x**3 - 5.87338670 * x**2 + 3.75112997 * x - 0.37001483
    rgb = np.maximum(XYZ_TO_RGB @ np.array([x / y, 1.0, (1 - x - y) / y]), 0.0)
    if kelvin < 1667:
        rgb[1] *= (kelvin / 1667) ** 3
    return np.asarray(rgb / (rgb @ WEIGHTS), np.float32)


def cast(seen_k: float, balanced_k: float) -> Floats:
    """Return the gains of red, green and blue that light of one colour temperature gets.

    float32 [3], luminance kept: a camera balanced for `balanced_k` looks at light of `seen_k`
    (von Kries: each channel by itself).
    """
    gains = black_body(seen_k) / black_body(balanced_k)
    return np.asarray(gains / (gains @ WEIGHTS), np.float32)


def grid(light: Floats) -> tuple[Floats, Floats]:
    """Return the column and row of each pixel in picture heights, float32 [1, w] and [h, 1]."""
    height, width = light.shape[:2]
    x = (np.arange(width, dtype=np.float32) + 0.5) / height
    y = (np.arange(height, dtype=np.float32) + 0.5) / height
    return x[np.newaxis], y[:, np.newaxis]


def turbulence(
    shape: tuple[int, int], rng: np.random.Generator, slope: float = 1.7, least_waves: float = 3.0
) -> Floats:
    """Return fractal noise, float32 [h, w], mean 0 and standard deviation 1.

    White noise whose amplitude falls as frequency to the minus `slope` (1.7 is about that of
    a turbulent flow's picture), with no wave longer than the height / `least_waves`.
    """
    height, width = shape
    rows = np.fft.fftfreq(height)[:, np.newaxis] * height
    columns = np.fft.rfftfreq(width)[np.newaxis] * height
    gain = np.maximum(np.hypot(rows, columns), least_waves) ** -slope
    gain[0, 0] = 0.0
    white = np.fft.rfft2(rng.standard_normal(shape))
    noise = np.fft.irfft2(white * gain, s=shape)
    return np.asarray(noise / max(float(noise.std()), 1e-9), np.float32)


def smoothstep(low: float, high: float, values: Floats) -> Floats:
    """Ease from 0 at `low` to 1 at `high`."""
    share = np.clip((values - low) / (high - low), 0.0, 1.0)
    return np.asarray(share * share * (3.0 - 2.0 * share), np.float32)


def stray(light: Floats, share: float, reach: float) -> Floats:
    """Return light with the glare that a lens makes of what is brighter than white.

    `share` of the excess is spread by a Gaussian of `reach` picture heights, worked out on
    every fourth pixel.
    """
    from scipy import ndimage

    height, width = light.shape[:2]
    excess = np.maximum(light - 1.0, 0.0)[::4, ::4]
    if not excess.any():
        return light
    spread = ndimage.gaussian_filter(excess, (reach * height / 4, reach * height / 4, 0))
    factors = (height / spread.shape[0], width / spread.shape[1], 1)
    wide = ndimage.zoom(spread, factors, order=1, grid_mode=True, mode="nearest")
    return np.asarray(light + share * wide[:height, :width], np.float32)


def grainy(light: Floats, rng: np.random.Generator, noise: float, grey: bool = False) -> Floats:
    """Return light with a sensor's noise: shot noise by the root of light, and a floor.

    `noise` is the standard deviation on white; a tenth of it stays on black.
    """
    spread = noise * (np.sqrt(np.clip(light, 0.0, 1.0)) * 0.9 + 0.1)
    grain = rng.standard_normal((*light.shape[:2], 1 if grey else 3), np.float32)
    return np.asarray(np.maximum(light + spread * grain, 0.0), np.float32)


@cache
def _decoding() -> Floats:
    code = np.arange(256) / 255
    line = np.where(code <= 0.04045, code / 12.92, ((code + 0.055) / 1.055) ** 2.4)
    return np.asarray(line, np.float32)


@cache
def _encoding() -> Rgb:
    line = np.arange(LEVELS + 1) / LEVELS
    code = np.where(line <= 0.0031308, 12.92 * line, 1.055 * line ** (1 / 2.4) - 0.055)
    return np.asarray(np.round(code * 255), np.uint8)
