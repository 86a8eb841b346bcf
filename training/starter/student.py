"""The student: the starter trunk with its training-only layers, its loss and its checkpoints."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from edge.contract.atomic import atomic_path
from edge.contract.errors import WeightsError
from training.starter.architecture import build_starter_trunk
from training.starter.heldout import LABELS

TEACHER_CHANNELS = 1280
LEVELS_PER_UNIT = 127.5


@dataclass(frozen=True)
class Distillation:
    """Everything that decides the result, apart from the pictures and the clock.

    Sizes are pixels a side. The first part of the time is spent on smaller
    pictures (`first_size`), which is nearly twice as fast. Rates are AdamW's.
    """

    width: float = 0.35
    input_size: int = 171
    first_size: int = 139
    first_part: float = 0.5
    batch: int = 32
    peak_rate: float = 1e-3
    weight_decay: float = 0.01
    map_weight: float = 0.5
    class_weight: float = 0.3
    rounds: int = 14
    inherited: int = 96
    scenes: int = 400
    scene_views: int = 1536
    seed: int = 2015


@dataclass
class Clock:
    """How far training has come: optimiser steps and seconds spent in them."""

    steps: int = 0
    seconds: float = 0.0


class Student:
    """The trunk at one input size with a projection to the teacher and a class head."""

    def __init__(self, settings: Distillation, size: int) -> None:
        import keras
        import tensorflow as tf

        keras.utils.set_random_seed(settings.seed)
        self._settings = settings
        self.size = size
        self.trunk = build_starter_trunk(settings.width, size)
        channels = self.trunk.output_shape[-1]
        self._projection = keras.layers.Dense(TEACHER_CHANNELS, name="projection")
        self._projection.build((None, channels))
        self._head = keras.layers.Dense(len(LABELS), name="classes")
        self._head.build((None, channels))
        self._trained = (
            self.trunk.trainable_variables
            + self._projection.trainable_variables
            + self._head.trainable_variables
        )
        self._optimizer = keras.optimizers.AdamW(
            settings.peak_rate, weight_decay=settings.weight_decay, global_clipnorm=5.0
        )
        self._optimizer.exclude_from_weight_decay(var_names=["beta", "bias"])
        self._optimizer.build(self._trained)
        self._compiled = tf.function(self._step)

    def set_projection(self, kernel: NDArray[np.float32], bias: NDArray[np.float32]) -> None:
        """Set the projection from pooled features [C] to standardised targets [1280]."""
        self._projection.set_weights([kernel, bias])

    def step(
        self, pictures: NDArray[np.uint8], maps: Any, classes: Any, rate: float
    ) -> NDArray[np.float32]:
        """Take one step of the optimiser.

        Args:
            pictures: uint8 [N, S, S, 3], of any S; scaled to this student's size.
            maps: float32 [N, 4, 4, 1280], the standardised targets.
            classes: float32 [N, 3], soft class targets that sum to 1.
            rate: the learning rate.

        Returns:
            float32 [4]: pooled error, 1 - cosine, map error, class cross-entropy.
        """
        import tensorflow as tf

        self._optimizer.learning_rate.assign(rate)
        losses = self._compiled(
            tf.constant(pictures), tf.constant(maps, tf.float32), tf.constant(classes, tf.float32)
        )
        return np.asarray(losses.numpy(), dtype=np.float32)

    def _step(self, pictures: Any, maps: Any, classes: Any) -> Any:
        import tensorflow as tf

        pictures, maps = _distort(pictures, maps, self.size)
        with tf.GradientTape() as tape:
            losses = self._losses(self.trunk(pictures, training=True), maps, classes)
            weights = [1.0, 1.0, self._settings.map_weight, self._settings.class_weight]
            total = tf.reduce_sum(losses * tf.constant(weights))
        gradients = tape.gradient(total, self._trained)
        self._optimizer.apply_gradients(zip(gradients, self._trained, strict=True))
        return losses

    def _losses(self, features: Any, maps: Any, classes: Any) -> Any:
        """Compare features [N, h, w, C] with standardised teacher maps [N, 4, 4, 1280]."""
        import tensorflow as tf

        projected = self._projection(features)
        pooled = tf.reduce_mean(projected, axis=(1, 2))
        target = tf.reduce_mean(maps, axis=(1, 2))
        cells = tf.image.resize(maps, features.shape[1:3], method="area")
        logits = self._head(tf.reduce_mean(features, axis=(1, 2)))
        return tf.stack(
            [
                tf.reduce_mean(tf.square(pooled - target)),
                1.0 - tf.reduce_mean(_cosine(pooled, target)),
                tf.reduce_mean(tf.square(projected - cells)) / tf.math.reduce_variance(cells),
                tf.reduce_mean(tf.nn.softmax_cross_entropy_with_logits(classes, logits)),
            ]
        )

    def save(self, path: Path, clock: Clock) -> None:
        """Write weights, optimiser state and clock, atomically.

        Raises:
            StorageError: the file cannot be written.
        """
        arrays = {f"v{i:04d}": np.asarray(v) for i, v in enumerate(self._variables())}
        with atomic_path(path) as temporary:
            # mypy takes the names of the arrays for savez's own keywords.
            np.savez(temporary, steps=clock.steps, seconds=clock.seconds, **arrays)  # type: ignore[arg-type]

    def restore(self, path: Path) -> Clock:
        """Take over what `save` wrote, at this or another input size; return the clock.

        Raises:
            WeightsError: the file is of another student.
        """
        with np.load(path, allow_pickle=False) as stored:
            for index, variable in enumerate(self._variables()):
                value = stored.get(f"v{index:04d}")
                if value is None or value.shape != tuple(variable.shape):
                    raise WeightsError(
                        "the checkpoint is of another student",
                        found=str(path),
                        next_step="give another --out folder, or remove the file",
                    )
                variable.assign(value)
            return Clock(int(stored["steps"]), float(stored["seconds"]))

    def _variables(self) -> list[Any]:
        layers = [*self.trunk.weights, *self._projection.weights, *self._head.weights]
        return layers + list(self._optimizer.variables)


def _distort(pictures: Any, maps: Any, size: int) -> tuple[Any, Any]:
    """Scale to `size` and [-1, 1]; mirror half the pictures with their maps; jitter the light."""
    import tensorflow as tf

    count = tf.shape(pictures)[0]
    x = tf.cast(pictures, tf.float32)
    if pictures.shape[1] != size:
        x = tf.image.resize(x, (size, size))
    mirrored = tf.random.uniform((count, 1, 1, 1)) < 0.5
    x = tf.where(mirrored, x[:, :, ::-1], x)
    maps = tf.where(mirrored, maps[:, :, ::-1], maps)
    x = x * tf.random.uniform((count, 1, 1, 1), 0.88, 1.12)
    x = x + tf.random.uniform((count, 1, 1, 1), -10.0, 10.0)
    x = x + tf.random.normal(tf.shape(x), stddev=2.0)
    return tf.clip_by_value(x, 0.0, 255.0) / LEVELS_PER_UNIT - 1.0, maps


def _cosine(one: Any, other: Any) -> Any:
    import tensorflow as tf

    one, other = tf.math.l2_normalize(one, axis=-1), tf.math.l2_normalize(other, axis=-1)
    return tf.reduce_sum(one * other, axis=-1)
