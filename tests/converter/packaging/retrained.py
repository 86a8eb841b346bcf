"""Two trainings of a new head on one frozen backbone, as `emberwatch retrain` makes them."""

import shutil
from dataclasses import replace
from pathlib import Path

import numpy as np
from PIL import Image

from converter.trained_model import TrainedModel
from tests.converter.small_run import SIZE

# Wide enough that a head is a small part of the model, as in a real one.
WIDTHS = (16, 128, 256, 256)


def retrain(trained: TrainedModel, folder: Path, seed: int) -> TrainedModel:
    """Write a run on the same pictures, with its head of that seed; return it as read back."""
    run = replace(trained, folder=folder, backbone={"name": "wide", "digest": "5eed"})
    if folder.exists():
        shutil.rmtree(folder)
    folder.mkdir(parents=True)
    _train(run, seed).save(run.keras_path)
    run.write()
    return TrainedModel.read(folder)


def _train(trained: TrainedModel, seed: int):
    import keras
    from keras import layers

    # The layers' names count on in one process; each real training has a process of its own.
    keras.utils.clear_session()
    keras.utils.set_random_seed(1)
    picture = tensor = keras.Input((SIZE, SIZE, 3))
    tensor = layers.Rescaling(1 / 127.5, -1)(tensor)
    for width in WIDTHS:
        stride = 2 if width <= 128 else 1
        tensor = layers.Conv2D(width, 3, stride, "same", kernel_initializer="he_normal")(tensor)
        tensor = layers.ReLU()(tensor)
    backbone = keras.Model(picture, tensor)

    keras.utils.set_random_seed(seed)
    pictures, truth = _pictures(trained)
    features = backbone.predict(pictures, verbose=0)
    head = keras.Sequential(
        [
            keras.Input(features.shape[1:]),
            layers.Conv2D(len(trained.labels), 1, name="class_map"),
            layers.GlobalAveragePooling2D(),
        ]
    )
    loss = keras.losses.SparseCategoricalCrossentropy(from_logits=True)
    head.compile(keras.optimizers.Adam(0.01), loss)
    head.fit(features, truth, epochs=30, batch_size=24, verbose=0)
    class_map = head.get_layer("class_map")(tensor)
    scores = layers.Softmax()(layers.GlobalAveragePooling2D()(class_map))
    return keras.Model(picture, {"scores": scores, "class_map": class_map})


def _pictures(trained: TrainedModel) -> tuple[np.ndarray, np.ndarray]:
    rows = trained.pictures("training")
    pictures = [np.asarray(Image.open(trained.path_of(row))) for row in rows]
    tensors = np.stack([trained.preprocess.apply(picture) for picture in pictures])
    return tensors.astype(np.float32), np.array([trained.labels.index(row.label) for row in rows])
