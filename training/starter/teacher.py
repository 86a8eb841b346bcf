"""The teacher: the ImageNet trunk, and the targets that it gives for stored views."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from edge.contract.atomic import atomic_path
from edge.contract.errors import WeightsError
from training.starter.views import Rgb, student_view, teacher_view

if TYPE_CHECKING:
    import keras

TEACHER_SIZE = 299
MAP_CELLS = 4
VIEWS_A_SHARD = 512
BATCH = 16

ReadPicture = Callable[[int], tuple[Rgb, int]]
"""From an item's index to its pixels, uint8 [H, W, 3], and its class index."""

Predict = Callable[[NDArray[np.float32]], NDArray[np.float32]]


@dataclass(frozen=True)
class Views:
    """Views with the teacher's targets.

    pictures: uint8 [N, S, S, 3]; pooled: float16 [N, 1280]; maps: float16
    [N, 4, 4, 1280], the teacher's 8 x 8 map averaged; labels: int64 [N].
    """

    pictures: Rgb
    pooled: NDArray[np.float16]
    maps: NDArray[np.float16]
    labels: NDArray[np.int64]


def load_teacher(weights: Path) -> keras.Model:
    """Load Inception v3 up to `mixed8` with the weights of the given file.

    Raises:
        WeightsError: the file is missing or of another model.
    """
    import keras

    base = keras.applications.InceptionV3(
        weights=None, include_top=False, input_shape=(TEACHER_SIZE, TEACHER_SIZE, 3)
    )
    model = keras.Model(base.input, base.get_layer("mixed8").output)
    try:
        model.load_weights(weights)
    except (OSError, ValueError) as error:
        raise WeightsError("the teacher's weights cannot be loaded", found=str(weights)) from error
    return model


def forward(model: Any) -> Predict:
    """Return the model's inference as a function on numpy arrays in [-1, 1], of any batch size."""
    import tensorflow as tf

    signature = tf.TensorSpec((None, *model.input_shape[1:]), tf.float32)
    compiled = tf.function(lambda x: model(x, training=False), input_signature=[signature])

    def predict(pictures: NDArray[np.float32]) -> NDArray[np.float32]:
        batches = range(0, len(pictures), BATCH)
        return np.concatenate(
            [compiled(tf.constant(pictures[i : i + BATCH])).numpy() for i in batches]
        )

    return predict


def to_unit(pictures: Rgb) -> NDArray[np.float32]:
    """Scale uint8 pixels to float32 in [-1, 1]."""
    return pictures.astype(np.float32) / np.float32(127.5) - np.float32(1.0)


def write_shard(
    path: Path,
    predict: Predict,
    items: Sequence[int],
    read: ReadPicture,
    *,
    seed: int,
    student_size: int,
) -> None:
    """Write one view for each item, with the teacher's targets, atomically.

    Raises:
        StorageError: the file cannot be written.
    """
    rng = np.random.default_rng(seed)
    wide, small, labels = [], [], []
    for item in items:
        rgb, label = read(item)
        other, _ = read(items[int(rng.integers(len(items)))])
        view = teacher_view(rng, rgb, other, TEACHER_SIZE)
        wide.append(view)
        small.append(student_view(rng, view, student_size))
        labels.append(label)
    features = [predict(to_unit(np.stack(wide[i : i + 64]))) for i in range(0, len(wide), 64)]
    maps = np.concatenate([_average_cells(chunk) for chunk in features])
    with atomic_path(path) as temporary:
        np.savez(
            temporary,
            pictures=np.stack(small),
            pooled=maps.mean(axis=(1, 2)).astype(np.float16),
            maps=maps.astype(np.float16),
            labels=np.asarray(labels, np.int64),
        )


def read_views(paths: Sequence[Path]) -> Views:
    """Read shards into memory, one after the other.

    Raises:
        WeightsError: there is no shard.
    """
    if not paths:
        raise WeightsError("there are no stored views", next_step="run the distillation again")
    shards = [np.load(path, allow_pickle=False) for path in paths]
    return Views(*(np.concatenate([s[name] for s in shards]) for name in Views.__annotations__))


def _average_cells(maps: NDArray[np.float32]) -> NDArray[np.float32]:
    """Average a map [N, 8, 8, C] over squares to [N, 4, 4, C]."""
    count, side, _, channels = maps.shape
    step = side // MAP_CELLS
    split = maps.reshape(count, MAP_CELLS, step, MAP_CELLS, step, channels)
    return np.asarray(split.mean(axis=(2, 4)), dtype=np.float32)
