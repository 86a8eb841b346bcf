"""A tiny classifier that takes any bright warm spot for fire, and pictures for it."""

from pathlib import Path

import numpy as np
from PIL import Image

from converter.gauntlet.subject import Subject
from edge.contract.bundle import sha256
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess

SIZE = 48
LABELS = Labels(("fire", "misc"))


def planted_model(path: Path, threshold: float) -> Subject:
    """Write a TFLite file that says fire where a spot's warmth is above `threshold`.

    A pixel is as warm as its red is above 150 and above its blue by more than 60, whichever
    is less; a spot is 4 x 4 pixels.
    """
    import keras
    import tensorflow as tf

    picture = keras.Input((SIZE, SIZE, 3))
    red, _, blue = (picture[..., at : at + 1] for at in range(3))
    warm = keras.layers.ReLU()(keras.layers.Minimum()([red - 150.0, red - blue - 60.0]))
    spot = keras.layers.GlobalMaxPooling2D()(keras.layers.AveragePooling2D(4)(warm))
    logits = keras.layers.Concatenate()([spot - threshold, threshold - spot])
    model = keras.Model(picture, keras.layers.Softmax()(logits))
    data = tf.lite.TFLiteConverter.from_keras_model(model).convert()
    path.write_bytes(data)
    return Subject(
        name="planted",
        path=path,
        in_bundle=False,
        sha256=sha256(data),
        labels=LABELS,
        preprocess=Preprocess(SIZE, SIZE),
        negative="misc",
    )


def write_pictures(folder: Path, count: int = 8) -> Path:
    """Write so many pictures of misc, grey-green and noisy, and of fire; return the folder."""
    rng = np.random.default_rng(5)
    for label in LABELS:
        (folder / label).mkdir(parents=True)
        for number in range(count):
            pixels = rng.normal((95, 115, 100), 20, (72, 96, 3)) + rng.normal(0, 10)
            if label == "fire":
                top, left = rng.integers(5, 40), rng.integers(5, 60)
                pixels[top : top + 24, left : left + 30] = (250, 140, 40)
            rgb = np.clip(pixels, 0, 255).astype(np.uint8)
            Image.fromarray(rgb).save(folder / label / f"{number}.png")
    return folder
