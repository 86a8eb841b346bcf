"""A small run folder, as training writes one: generated pictures and a network trained on them."""

import hashlib
from pathlib import Path

import numpy as np
from PIL import Image

from converter.trained_model import SplitRow, TrainedModel
from edge.contract.labels import Labels
from edge.contract.preprocess import Preprocess

SIZE = 48
LABELS = Labels(("blaze", "haze", "nothing"))
COLOURS = {"blaze": (200, 90, 40), "haze": (150, 150, 155), "nothing": (60, 90, 70)}
PARTS = {"training": 24, "validation": 6, "testing": 16}


def make_run(folder: Path) -> TrainedModel:
    """Write pictures and a trained model into a folder; return the run as read back."""
    rows = _write_pictures(folder / "pictures")
    trained = TrainedModel(
        folder=folder / "run",
        labels=LABELS,
        preprocess=Preprocess(SIZE, SIZE),
        dataset=folder / "pictures",
        split=tuple(rows),
        backbone={"name": "small", "cut": "last"},
        parameters={"steps": 60},
        metrics={},
        versions={},
    )
    trained.folder.mkdir()
    _train(trained).save(trained.keras_path)
    trained.write()
    return TrainedModel.read(trained.folder)


def _write_pictures(folder: Path) -> list[SplitRow]:
    rng = np.random.default_rng(7)
    rows = []
    for label, colour in COLOURS.items():
        (folder / label).mkdir(parents=True)
        for part, count in PARTS.items():
            for number in range(count):
                file = f"{label}/{part}{number:02}.png"
                path = folder / file
                Image.fromarray(_picture(colour, rng)).save(path)
                digest = hashlib.sha256(path.read_bytes()).hexdigest()
                rows.append(SplitRow(file, label, f"scene{number % 4}", digest, part))
    return rows


def _picture(colour: tuple[int, int, int], rng: np.random.Generator) -> np.ndarray:
    """Return a noisy picture with a patch of the class's colour on a background of any."""
    height, width = rng.integers(50, 90, 2)
    pixels = rng.normal(110, 12, (height, width, 3)) + rng.normal(0, 18, 3)
    top, left = rng.integers(0, height // 3), rng.integers(0, width // 3)
    patch = pixels[top : top + height // 2, left : left + width // 2]
    patch += 0.9 * (np.array(colour) - patch)
    return np.clip(pixels, 0, 255).astype(np.uint8)


def _train(trained: TrainedModel):
    import keras

    keras.utils.set_random_seed(3)
    model = network(len(trained.labels))
    rows = trained.pictures("training")
    pictures = [np.asarray(Image.open(trained.path_of(row))) for row in rows]
    x = np.stack([trained.preprocess.apply(p) for p in pictures]).astype(np.float32)
    y = np.array([trained.labels.index(row.label) for row in rows])
    trainable = keras.Model(model.input, model.output["scores"])
    trainable.compile(keras.optimizers.Adam(0.01), "sparse_categorical_crossentropy")
    trainable.fit(x, y, epochs=20, batch_size=24, verbose=0)
    return model


def network(classes: int, dense_head: bool = False):
    """Return an Inception-like network in little: pixels 0..255 to scores and class map."""
    from keras import Input, Model, layers

    def unit(tensor, filters: int, size: int, strides: int = 1):
        tensor = layers.Conv2D(filters, size, strides, "same", use_bias=False)(tensor)
        return layers.ReLU()(layers.BatchNormalization(momentum=0.8)(tensor))

    picture = Input((SIZE, SIZE, 3))
    tensor = layers.MaxPooling2D()(unit(picture, 8, 3, 2))
    pooled = unit(layers.AveragePooling2D(3, 1, "same")(tensor), 8, 1)
    tensor = layers.Concatenate()([unit(tensor, 8, 1), unit(unit(tensor, 8, 1), 8, 3), pooled])
    tensor = unit(tensor, 16, 3, 2)
    class_map = layers.Conv2D(classes, 1)(tensor)
    logits = layers.GlobalAveragePooling2D()(class_map)
    if dense_head:
        logits = layers.Dense(classes)(layers.GlobalAveragePooling2D()(tensor))
    return Model(picture, {"scores": layers.Softmax()(logits), "class_map": class_map})
