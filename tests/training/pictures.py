"""Small coloured pictures for training tests: reddish fire, greyish smoke, bluish misc."""

from pathlib import Path

import numpy as np
from PIL import Image

COLOURS = {"fire": (210, 90, 30), "smoke": (150, 150, 150), "misc": (40, 80, 160)}


def write_dataset(folder: Path, per_class: int, seed: int = 0, colours=COLOURS) -> Path:
    """Write `per_class` noisy pictures of each class, JPEG and PNG in turn."""
    rng = np.random.default_rng(seed)
    for label, colour in colours.items():
        (folder / label).mkdir(parents=True)
        for i in range(per_class):
            noise = rng.integers(-30, 30, (48, 64, 3))
            pixels = np.clip(np.array(colour) + noise, 0, 255).astype(np.uint8)
            Image.fromarray(pixels).save(folder / label / f"{i:03}.{'jpg' if i % 2 else 'PNG'}")
    return folder
