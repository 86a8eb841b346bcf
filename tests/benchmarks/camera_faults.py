"""camera_faults: what can happen to a camera, done to pictures."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
import numpy.typing as npt
from PIL import Image, ImageFilter

from edge.contract.picture import Rgb

Fault = Callable[[Rgb, int], Rgb]


@lru_cache(maxsize=64)
def _noise(shape: tuple[int, ...], number: int) -> npt.NDArray[np.float32]:
    return np.random.default_rng(number).standard_normal(shape, np.float32)


def sensor(rgb: Rgb, number: int, sigma: float = 2.0) -> Rgb:
    """Add a sensor's noise, another for each frame number (of 16)."""
    noisy = rgb + np.float32(sigma) * _noise(rgb.shape, number % 16)
    return np.clip(noisy, 0, 255).astype(np.uint8)


def black(rgb: Rgb, number: int) -> Rgb:
    """Cap the lens."""
    return sensor(np.zeros_like(rgb), number, 1.5)


def white(rgb: Rgb, number: int) -> Rgb:
    """Shine a lamp into the lens."""
    return sensor(np.clip(rgb.astype(np.int16) + 245, 0, 255).astype(np.uint8), number, 1.0)


def cloth(rgb: Rgb, number: int) -> Rgb:
    """Hang a dark cloth over the lens: some light comes through, no edge does."""
    soft = np.asarray(Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(rgb.shape[1] / 6)))
    return sensor((soft * 0.15 + 25).astype(np.uint8), number, 6.0)


def hand(rgb: Rgb, number: int) -> Rgb:
    """Hold a hand before the lens, a strip of the picture's edge left free."""
    height, width = rgb.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    shade = 0.6 + 0.4 * np.cos(columns / width * 2) * np.cos(rows / height)
    skin = shade[..., np.newaxis] * np.array([150, 95, 70])
    covered = sensor(skin.astype(np.uint8), number)
    covered[: height // 25] = rgb[: height // 25]
    return covered


def paint(rgb: Rgb, number: int) -> Rgb:
    """Spray the lens: a bright even grey."""
    return sensor(np.full_like(rgb, 170), number)


def defocus(rgb: Rgb, number: int, share: float = 0.012) -> Rgb:
    """Turn the lens out of focus: a blur of this share of the width."""
    picture = Image.fromarray(rgb).filter(ImageFilter.GaussianBlur(rgb.shape[1] * share))
    return sensor(np.asarray(picture), number)


def swap(rgb: Rgb, number: int) -> Rgb:
    """Take blue for red."""
    return sensor(rgb[..., ::-1], number)


def shift(rgb: Rgb, number: int, share: float = 0.15) -> Rgb:
    """Knock the camera aside: what it saw moves by this share of the width."""
    by = round(rgb.shape[1] * share)
    return sensor(np.concatenate([rgb[:, by:], rgb[:, :by][:, ::-1]], axis=1), number)


def rotate(rgb: Rgb, number: int, degrees: float = 20.0) -> Rgb:
    """Tilt the camera."""
    turned = Image.fromarray(rgb).rotate(degrees, Image.Resampling.BILINEAR)
    height, width = rgb.shape[:2]
    inner = (width // 6, height // 6, width - width // 6, height - height // 6)
    return sensor(np.asarray(turned.crop(inner).resize((width, height))), number)


def upside_down(rgb: Rgb, number: int) -> Rgb:
    """Hang the camera upside down."""
    return sensor(rgb[::-1, ::-1], number)


def night(rgb: Rgb, number: int) -> Rgb:
    """Turn the light down to a sixth, with the noise of a high gain."""
    return sensor((rgb / 6 + 6).astype(np.uint8), number, 4.0)


def bright(rgb: Rgb, number: int) -> Rgb:
    """Turn the light up until the highlights clip."""
    return sensor(np.clip(rgb * 1.6 + 15, 0, 255).astype(np.uint8), number)


def infra_red(rgb: Rgb, number: int) -> Rgb:
    """Switch to infra-red light: grey, other tones, a lamp's cone from the camera."""
    height, width = rgb.shape[:2]
    rows, columns = np.mgrid[0:height, 0:width]
    away = np.hypot((columns / width - 0.5) * 1.2, rows / height - 0.5)
    grey = rgb @ np.array([0.6, 0.1, 0.3])
    lit = grey * (1.15 - 1.1 * away) + 12
    return sensor(np.repeat(lit.clip(0, 255)[..., np.newaxis], 3, 2).astype(np.uint8), number, 3.0)


def lamp(rgb: Rgb, number: int) -> Rgb:
    """Switch on a warm lamp at the left: a gradient and an orange cast."""
    columns = np.linspace(1.5, 0.45, rgb.shape[1])[np.newaxis, :, np.newaxis]
    cast = np.array([1.15, 0.95, 0.65])
    return sensor(np.clip(rgb * columns * cast, 0, 255).astype(np.uint8), number)


def people(rgb: Rgb, number: int) -> Rgb:
    """Let two people walk through the picture, near enough to hide a fifth of it."""
    height, width = rgb.shape[:2]
    walked = rgb.copy()
    for phase, tone in ((0, 40), (40, 150)):
        left = round((number + phase) * width / 90) % width
        right = min(width, left + width // 8)
        walked[height // 5 :, left:right] = tone
        walked[height // 5 : height // 3, left:right] = (170, 130, 110)
    return sensor(walked, number)


FAULTS: dict[str, tuple[str, Fault]] = {
    "lens cap": ("camera-black", black),
    "lamp into the lens": ("camera-white", white),
    "dark cloth": ("camera-covered", cloth),
    "hand, a strip left free": ("camera-covered", hand),
    "spray paint": ("camera-covered", paint),
    "out of focus": ("camera-defocused", defocus),
    "red and blue swapped": ("camera-colours", swap),
    "knocked aside by 15%": ("camera-moved", shift),
    "tilted by 20 degrees": ("camera-moved", rotate),
    "upside down": ("camera-moved", upside_down),
}
HARMLESS: dict[str, Fault] = {
    "nothing": sensor,
    "a sixth of the light": night,
    "light until it clips": bright,
    "infra-red": infra_red,
    "a warm lamp from the left": lamp,
    "two people walk by": people,
}
