"""Camera look: blur, bloom, vignetting, tone curve, noise, time stamp and JPEG artefacts."""

from __future__ import annotations

import io
from dataclasses import dataclass

import numpy as np
from PIL import Image, ImageDraw
from scipy import ndimage

from training.scenes.arrays import Floats, Pixels, grey_of

_LEVELS = 4096


@dataclass(frozen=True)
class CameraLook:
    """How a cheap camera renders light.

    Attributes:
        blur_px: standard deviation of the lens blur.
        vignette: share of light lost in the corners.
        shot_noise: standard deviation of noise on white.
        read_noise: standard deviation of noise on black.
        white_balance: gains of red, green and blue.
        grey: whether it sees no colour.
        jpeg_quality: 1..95, or None for no JPEG.
        stamp: text in a corner, or nothing.
    """

    blur_px: float = 0.6
    vignette: float = 0.2
    shot_noise: float = 0.015
    read_noise: float = 0.004
    white_balance: tuple[float, float, float] = (1.0, 1.0, 1.0)
    grey: bool = False
    jpeg_quality: int | None = 75
    stamp: str = ""


def draw_look(rng: np.random.Generator, dark: bool, grey: bool) -> CameraLook:
    """Draw a camera; `dark` scenes get more noise."""
    gain = float(rng.uniform(1.4, 3.0)) if dark else 1.0
    hour, minute, second = (int(rng.integers(limit)) for limit in (24, 60, 60))
    day = f"2024-{int(rng.integers(1, 13)):02d}-{int(rng.integers(1, 29)):02d}"
    stamp = f"{day} {hour:02d}:{minute:02d}:{second:02d}  CAM {int(rng.integers(1, 9))}"
    warm = float(rng.uniform(-0.06, 0.06))
    return CameraLook(
        blur_px=float(rng.uniform(0.35, 0.9)),
        vignette=float(rng.uniform(0.05, 0.35)),
        shot_noise=float(rng.uniform(0.008, 0.02)) * gain,
        read_noise=float(rng.uniform(0.002, 0.006)) * gain,
        white_balance=(1.0 + warm, 1.0, 1.0 - warm),
        grey=grey,
        jpeg_quality=int(rng.integers(55, 92)),
        stamp=stamp if rng.random() < 0.4 else "",
    )


def photograph(light: Floats, look: CameraLook, rng: np.random.Generator) -> Pixels:
    """Turn exposed light (1.0 is white), float32 [h, w, 3], into a picture."""
    seen = ndimage.gaussian_filter(light, (look.blur_px, look.blur_px, 0), truncate=2.5)
    seen += _bloom(light)
    if look.grey:
        seen = np.repeat(grey_of(seen)[..., None], 3, axis=2)
    else:
        seen = seen * np.array(look.white_balance, np.float32)
    seen = seen * _vignette(light.shape[0], light.shape[1], look.vignette)
    # The tone curve: linear in the shadows, saturating smoothly near white.
    bright = 1.0 - np.exp(-1.15 * np.maximum(seen, 0.0))
    spread = look.read_noise + look.shot_noise * np.sqrt(bright)
    grain = rng.standard_normal((*light.shape[:2], 1 if look.grey else 3), np.float32)
    picture = _encoded(bright + spread * grain)
    if look.stamp:
        picture = stamped(picture, look.stamp)
    return picture if look.jpeg_quality is None else _jpeg(picture, look.jpeg_quality)


def stamped(picture: Pixels, text: str) -> Pixels:
    """Return the picture with a line of text in its upper left corner."""
    image = Image.fromarray(picture)
    draw = ImageDraw.Draw(image)
    draw.text((7, 5), text, fill=(0, 0, 0))
    draw.text((6, 4), text, fill=(245, 245, 245))
    return np.asarray(image).copy()


def _bloom(light: Floats) -> Floats:
    """Stray light around what is brighter than white."""
    step = 4
    height, width = light.shape[:2]
    small = np.maximum(light[::step, ::step] - 1.0, 0.0)
    if not small.any():
        return np.zeros((1, 1, 3), np.float32)
    small = np.minimum(small, 6.0)
    near = ndimage.gaussian_filter(small, (1.6, 1.6, 0)) * 0.12
    far = ndimage.gaussian_filter(small, (height / step / 12,) * 2 + (0,), truncate=3) * 0.10
    wide = np.repeat(np.repeat(near + far, step, axis=0), step, axis=1)[:height, :width]
    stray: Floats = ndimage.uniform_filter(wide, (step + 1, step + 1, 1)).astype(np.float32)
    return stray


def _vignette(height: int, width: int, share: float) -> Floats:
    y = np.linspace(-1, 1, height, dtype=np.float32)[:, None]
    x = np.linspace(-1, 1, width, dtype=np.float32)[None, :]
    return (1.0 - share * (x * x + y * y) / 2)[..., None]


def _encoded(bright: Floats) -> Pixels:
    """Apply the sRGB transfer curve by table."""
    line = np.arange(_LEVELS + 1, dtype=np.float32) / _LEVELS
    curve = np.where(line <= 0.0031308, 12.92 * line, 1.055 * line ** (1 / 2.4) - 0.055)
    table = np.round(curve * 255).astype(np.uint8)
    index = np.clip(bright * _LEVELS, 0, _LEVELS).astype(np.int32)
    return table[index]


def _jpeg(picture: Pixels, quality: int) -> Pixels:
    stream = io.BytesIO()
    Image.fromarray(picture).save(stream, "JPEG", quality=quality)
    return np.asarray(Image.open(io.BytesIO(stream.getvalue())).convert("RGB")).copy()
