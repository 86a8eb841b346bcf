"""Head: the layer that is trained on frozen features."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

Floats = npt.NDArray[np.float32]
Ints = npt.NDArray[np.int64]


@dataclass(frozen=True)
class HeadOptions:
    """How a head is trained: the counts are of gradient steps and of pictures in a batch."""

    steps: int = 4000
    learning_rate: float = 0.001
    batch_size: int = 100
    weight_decay: float = 1e-3
    eval_interval: int = 200
    seed: int = 0


@dataclass(frozen=True)
class Progress:
    """Where training stands after `step` steps: accuracies in [0, 1], loss in nats.

    `validation_accuracy` is None where nothing is held out to validate.
    """

    step: int
    train_accuracy: float
    validation_accuracy: float | None
    cross_entropy: float


@dataclass(frozen=True)
class Head:
    """A linear classifier of bottlenecks: logits = features x kernel + bias.

    `kernel` is float32 [channels, classes], `bias` float32 [classes].
    """

    kernel: Floats
    bias: Floats

    def logits(self, features: Floats) -> Floats:
        """Return float32 [pictures, classes] of features [pictures, channels]."""
        return features @ self.kernel + self.bias

    def predict(self, features: Floats) -> Ints:
        """Return the index of the best class of each picture, [pictures]."""
        return np.asarray(self.logits(features).argmax(axis=1), dtype=np.int64)

    def accuracy(self, features: Floats, classes: Ints) -> float:
        """Return the share of pictures whose best class is right; 0 for no pictures."""
        return float((self.predict(features) == classes).mean()) if len(classes) else 0.0


def balanced_batches(classes: Ints, options: HeadOptions) -> Ints:
    """Return picture indexes [steps, batch_size]: a class drawn evenly, then a picture of it."""
    rng = np.random.default_rng(options.seed)
    present = np.unique(classes)
    drawn = rng.integers(0, len(present), (options.steps, options.batch_size))
    chosen = np.empty_like(drawn)
    for at, label in enumerate(present):
        members = np.flatnonzero(classes == label)
        here = drawn == at
        chosen[here] = rng.choice(members, int(here.sum()))
    return chosen


def train_head(
    features: Floats,
    classes: Ints,
    class_count: int,
    options: HeadOptions,
    validation: tuple[Floats, Ints] | None = None,
    on_progress: Callable[[Progress], None] = lambda _progress: None,
) -> Head:
    """Train a softmax layer by Adam on class-balanced batches.

    Features are scaled to unit spread inside and the scaling is folded into the head, so that
    one learning rate suits every backbone. The same input and seed give the same head, bit
    for bit.
    """
    import keras
    import tensorflow as tf

    mean, spread = features.mean(axis=0), features.std(axis=0) + 1e-3
    scaled = tf.constant((features - mean) / spread)
    labels = tf.constant(classes)
    kernel = tf.Variable(tf.zeros((features.shape[1], class_count)))
    bias = tf.Variable(tf.zeros((class_count,)))
    rate = keras.optimizers.schedules.CosineDecay(options.learning_rate, options.steps)
    optimizer = keras.optimizers.Adam(rate)
    optimizer.build([kernel, bias])

    @tf.function(reduce_retracing=True)  # type: ignore[untyped-decorator,unused-ignore]
    def run(batches: Any) -> Any:
        loss = tf.constant(0.0)
        for batch in batches:
            with tf.GradientTape() as tape:
                logits = tf.gather(scaled, batch) @ kernel + bias
                entropy = tf.nn.sparse_softmax_cross_entropy_with_logits(
                    tf.gather(labels, batch), logits
                )
                loss = tf.reduce_mean(entropy)
                penalty = options.weight_decay * tf.reduce_sum(kernel**2)
                total = loss + penalty
            optimizer.apply(tape.gradient(total, [kernel, bias]), [kernel, bias])
        return loss

    def folded() -> Head:
        unscaled = (kernel.numpy() / spread[:, None]).astype(np.float32)
        return Head(unscaled, (bias.numpy() - mean @ unscaled).astype(np.float32))

    batches = balanced_batches(classes, options)
    for start in range(0, options.steps, options.eval_interval):
        loss = run(tf.constant(batches[start : start + options.eval_interval]))
        head = folded()
        on_progress(
            Progress(
                min(start + options.eval_interval, options.steps),
                head.accuracy(features, classes),
                head.accuracy(*validation) if validation else None,
                float(loss),
            )
        )
    return folded()


def class_indexes(labels: Sequence[str], names: Sequence[str]) -> Ints:
    """Return the index in `names` of each label."""
    place = {name: i for i, name in enumerate(names)}
    return np.array([place[label] for label in labels], dtype=np.int64)
