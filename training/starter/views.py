"""Views: random crops and distortions of a picture, as teacher and student see them.

The teacher's view carries what changes the meaning (crop, light, colour). The
student's is the same view made smaller, sometimes blurred, noisy or compressed:
it learns to give the features of the clean picture all the same.
"""

from __future__ import annotations

import io
from typing import Any

import numpy as np
from numpy.typing import NDArray
from PIL import Image, ImageFilter

Rgb = NDArray[np.uint8]

FILTERS = (Image.Resampling.BILINEAR, Image.Resampling.BICUBIC, Image.Resampling.BOX)
WHOLE_PICTURE = 0.2
PASTED = 0.2


def teacher_view(rng: np.random.Generator, rgb: Rgb, other: Rgb, size: int) -> Rgb:
    """Return a random crop of `rgb` with its light and colour changed.

    Args:
        rng: the source of all randomness.
        rgb: uint8 [H, W, 3].
        other: uint8 [H', W', 3]; in one view of five a crop of it is pasted in.
        size: pixels a side of the result.

    Returns:
        uint8 [size, size, 3].
    """
    image = _random_crop(rng, rgb, (size, size))
    if rng.random() < PASTED:
        width, height = (int(size * rng.uniform(0.3, 0.75)) for _ in range(2))
        patch = _random_crop(rng, other, (width, height))
        image.paste(
            patch, (int(rng.integers(size - width + 1)), int(rng.integers(size - height + 1)))
        )
    if rng.random() < 0.5:
        image = image.transpose(Image.Transpose.FLIP_LEFT_RIGHT)
    return _change_colour(rng, np.asarray(image, dtype=np.float32))


def student_view(rng: np.random.Generator, view: Rgb, size: int) -> Rgb:
    """Return the view, uint8 [size, size, 3], perhaps blurred, noisy or JPEG-compressed."""
    image = Image.fromarray(view).resize((size, size), _any_filter(rng))
    if rng.random() < 0.15:
        image = image.filter(ImageFilter.GaussianBlur(rng.uniform(0.3, 1.2)))
    if rng.random() < 0.25:
        noise = rng.normal(0.0, rng.uniform(2.0, 10.0), (size, size, 3))
        image = Image.fromarray(_to_bytes(np.asarray(image, np.float32) + noise))
    if rng.random() < 0.3:
        image = _compress(image, int(rng.integers(35, 90)))
    return np.asarray(image, dtype=np.uint8)


def _random_crop(rng: np.random.Generator, rgb: Rgb, size: tuple[int, int]) -> Image.Image:
    """Cut 15 to 100% of the area, of an aspect up to 3:2 from the picture's, and scale it."""
    height, width = rgb.shape[:2]
    if rng.random() < WHOLE_PICTURE:
        box = (0.0, 0.0, float(width), float(height))
    else:
        side = np.sqrt(rng.uniform(0.15, 1.0))
        stretch = np.exp(rng.uniform(-0.2, 0.2))
        cut_width = min(1.0, side * stretch) * width
        cut_height = min(1.0, side / stretch) * height
        left, top = rng.uniform(0, width - cut_width), rng.uniform(0, height - cut_height)
        box = (left, top, left + cut_width, top + cut_height)
    return Image.fromarray(rgb).resize(size, _any_filter(rng), box=box)


def _change_colour(rng: np.random.Generator, pixels: NDArray[Any]) -> Rgb:
    """Change gamma, brightness, contrast, saturation and cast of float pixels in 0..255."""
    if rng.random() < 0.3:
        pixels = 255.0 * (pixels.clip(0, 255) / 255.0) ** np.exp(rng.uniform(-0.4, 0.4))
    if rng.random() < 0.6:
        pixels = pixels * rng.uniform(0.6, 1.4)
    if rng.random() < 0.5:
        middle = pixels.mean()
        pixels = middle + (pixels - middle) * rng.uniform(0.6, 1.4)
    if rng.random() < 0.08:
        pixels = np.repeat(pixels.mean(axis=2, keepdims=True), 3, axis=2)
    elif rng.random() < 0.4:
        grey = pixels.mean(axis=2, keepdims=True)
        pixels = grey + (pixels - grey) * rng.uniform(0.5, 1.5)
    if rng.random() < 0.3:
        pixels = pixels * rng.uniform(0.85, 1.15, 3)
    return _to_bytes(pixels)


def _compress(image: Image.Image, quality: int) -> Image.Image:
    stream = io.BytesIO()
    image.save(stream, "JPEG", quality=quality)
    return Image.open(stream)


def _any_filter(rng: np.random.Generator) -> Image.Resampling:
    return FILTERS[int(rng.integers(len(FILTERS)))]


def _to_bytes(pixels: NDArray[Any]) -> Rgb:
    return np.asarray(np.clip(np.rint(pixels), 0, 255), dtype=np.uint8)
