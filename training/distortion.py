"""Distortion: what weather, light, a lens or a sensor does to a picture, as pure functions.

Each takes uint8 RGB [height, width, 3] and returns a new one of the same shape. An amount of
0 (a gain of 1, a quality of 100) gives the same pixels, bit for bit. Values are the encoded
(sRGB) grey levels 0 to 255 unless a function says light. Random numbers come in as a
Generator. About a millisecond each at 299 x 299.
"""

import io
from collections.abc import Sequence

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from edge.contract.picture import Rgb

# The size, in pixels of the shorter side, that blur radii are told in: Inception v3's input.
REFERENCE_PIXELS = 299
# sRGB is close to a power law of 2.2 (IEC 61966-2-1, annex A).
SRGB_GAMMA = 2.2
# What fog scatters towards the camera: a light grey, a little blue.
AIRLIGHT = np.array([218, 221, 225], dtype=np.float32)
# How much fog lies before the nearest thing, as a share of the fog before the farthest.
NEAR_FOG = 0.3
# Near infra-red as a silicon sensor sees it without its filter: mostly the red channel.
INFRARED_WEIGHTS = (0.6, 0.3, 0.1)
LEVELS = np.arange(256, dtype=np.float32)

Table = npt.NDArray[np.float32]


def whiten(picture: Rgb, share: float) -> Rgb:
    """Mix with white: veiling glare, mist on the lens. `share` of white is in [0, 1]."""
    return _through(picture, [LEVELS + share * (255 - LEVELS)] * 3)


def grey(picture: Rgb, share: float) -> Rgb:
    """Mix with the same picture in grey (ITU-R BT.601 luma). `share` of grey is in [0, 1]."""
    return saturation(picture, -share)


def saturation(picture: Rgb, amount: float) -> Rgb:
    """Move colours away from grey, or towards it: -1 is grey, 1 twice as colourful."""
    if amount == 0:
        return picture.copy()
    image = Image.fromarray(picture)
    luma = image.convert("L").convert("RGB")
    return np.array(Image.blend(luma, image, 1 + amount), dtype=np.uint8)


def fog(picture: Rgb, amount: float) -> Rgb:
    """Veil the picture as fog does: far things, higher in the frame, more than near ones.

    Koschmieder's law (1924): seen = light x t + airlight x (1 - t), t falling exponentially
    with distance. Distance is taken to grow evenly from the bottom row to the top one.
    `amount` in [0, 1] is 1 - t at the top: the share of airlight there.
    """
    if amount == 0:
        return picture.copy()
    distance = np.linspace(1, NEAR_FOG, len(picture), dtype=np.float32)[:, None, None]
    clear = np.float32(max(1 - amount, 1e-3)) ** distance
    return _levels(picture * clear + AIRLIGHT * (1 - clear))


def brightness(picture: Rgb, stops: float) -> Rgb:
    """Multiply the light by 2 ** stops, as exposure does; what passes white is clipped.

    Useful from -4 to 3.
    """
    return _through(picture, [LEVELS * np.float32(2 ** (stops / SRGB_GAMMA))] * 3)


def contrast(picture: Rgb, amount: float) -> Rgb:
    """Spread grey levels about the picture's mean by 1 + amount: -1 is flat, 1 twice as steep."""
    if amount == 0:
        return picture.copy()
    mean = np.float32(picture.mean())
    return _through(picture, [mean + (LEVELS - mean) * np.float32(1 + amount)] * 3)


def colour_cast(picture: Rgb, gains: Sequence[float]) -> Rgb:
    """Multiply red, green and blue by three gains, as a wrong white balance does.

    A gain of 1 leaves its channel as it is; useful from 0.5 to 1.5.
    """
    return _through(picture, [LEVELS * np.float32(gain) for gain in gains])


def warmth(picture: Rgb, amount: float) -> Rgb:
    """Turn the white balance: towards orange above 0, towards blue below it.

    `amount` is in [-1, 1]; at 1 red is 1.41 times as strong and blue 0.71 times.
    """
    return colour_cast(picture, (2 ** (amount / 2), 1.0, 2 ** (-amount / 2)))


def gamma(picture: Rgb, amount: float) -> Rgb:
    """Darken (above 0) or lighten (below) the middle, black and white kept.

    The exponent is 2 ** amount; useful from -1 to 1.
    """
    table = 255 * np.power(LEVELS / 255, 2**amount)
    return _through(picture, [table.astype(np.float32)] * 3)


def blur(picture: Rgb, radius: float) -> Rgb:
    """Blur as a lens out of focus does, by a Gaussian.

    `radius` is its standard deviation in pixels of a picture whose shorter side is 299; it
    grows with the picture. Useful from 0 to 8.
    """
    if radius == 0:
        return picture.copy()
    scaled = radius * min(picture.shape[:2]) / REFERENCE_PIXELS
    blurred = Image.fromarray(picture).filter(ImageFilter.GaussianBlur(scaled))
    return np.array(blurred, dtype=np.uint8)


def sensor_noise(picture: Rgb, sigma: float, rng: np.random.Generator) -> Rgb:
    """Add a sensor's noise: shot noise, which grows with the light, and read noise.

    `sigma` is the standard deviation at mid grey, in grey levels; half of the variance there
    is shot noise, in proportion to the level. Useful from 0 to 40.
    """
    if sigma == 0:
        return picture.copy()
    spread = np.float32(sigma) * np.sqrt(0.5 + LEVELS / 255)
    noise = rng.standard_normal(picture.shape, dtype=np.float32)
    noisy = picture + noise * spread[picture]
    return _levels(noisy)


def jpeg(picture: Rgb, quality: int) -> Rgb:
    """Pack and unpack as JPEG with colour at half resolution.

    `quality` is libjpeg's, 1 to 95; 100 and above leaves the picture as it is.
    """
    if quality >= 100:
        return picture.copy()
    packed = io.BytesIO()
    Image.fromarray(picture).save(packed, "JPEG", quality=quality, subsampling="4:2:0")
    with Image.open(packed, formats=("JPEG",)) as image:
        return np.array(image.convert("RGB"), dtype=np.uint8)


def night(picture: Rgb, amount: float, rng: np.random.Generator) -> Rgb:
    """Show the scene as a camera does at night by its own infra-red lamp.

    Grey at once, for its filter is in or out; `amount` in (0, 1] is how dark it is: less
    light, a lamp that fades towards the corners, more noise.
    """
    if amount == 0:
        return picture.copy()
    red, green, blue = INFRARED_WEIGHTS
    mix = (red, green, blue, 0) * 3
    infrared = np.asarray(Image.fromarray(picture).convert("RGB", mix))[:, :, 0]
    dimmed = infrared * _lamp(infrared.shape, amount)
    sigma = np.float32(14 * amount) * np.sqrt(0.5 + dimmed / 255)
    noisy = dimmed + sigma * rng.standard_normal(infrared.shape, dtype=np.float32)
    return np.repeat(_levels(noisy)[:, :, None], 3, axis=2)


def _lamp(shape: tuple[int, ...], amount: float) -> Table:
    """Return the light of a lamp beside the lens, float32 [height, width], 1 for daylight."""
    rows = np.linspace(-1, 1, shape[0], dtype=np.float32)[:, None]
    columns = np.linspace(-1, 1, shape[1], dtype=np.float32)[None, :]
    fall = 1 - np.float32(0.75 * amount) * np.minimum((rows**2 + columns**2) / 1.6, 1)
    return np.asarray((1 - 0.35 * amount) * fall, dtype=np.float32)


def _through(picture: Rgb, tables: Sequence[Table]) -> Rgb:
    """Send each channel through its table of 256 values, rounded and clipped."""
    flat = _levels(np.concatenate(tables))
    return np.array(Image.fromarray(picture).point(flat.tolist()), dtype=np.uint8)


def _levels(values: Table) -> Rgb:
    return np.asarray(np.rint(np.clip(values, 0, 255)), dtype=np.uint8)
