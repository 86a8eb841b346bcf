"""Pictures with large shapes, each seed another, so that perceptual hashes tell them apart."""

import io
from pathlib import Path

import numpy as np
from PIL import Image


def scenery(seed: int, size: tuple[int, int] = (240, 180), tint=(1.0, 1.0, 1.0)) -> Image.Image:
    """Return a picture of smooth blotches."""
    rng = np.random.default_rng(seed)
    cells = rng.uniform(0, 255, (7, 7, 3)) * np.array(tint)
    return Image.fromarray(cells.astype(np.uint8)).resize(size, Image.Resampling.BICUBIC)


def write_scenery(folder: Path, classes: dict[str, int], first_seed: int = 0) -> Path:
    """Write so many unlike pictures for each class."""
    seed = first_seed
    for label, count in classes.items():
        (folder / label).mkdir(parents=True, exist_ok=True)
        for i in range(count):
            scenery(seed).save(folder / label / f"{i:03}.jpg", quality=90)
            seed += 1
    return folder


def jpeg_bytes(picture: Image.Image, quality: int = 90) -> bytes:
    """Return a picture as the bytes of a JPEG file."""
    out = io.BytesIO()
    picture.save(out, "JPEG", quality=quality)
    return out.getvalue()
